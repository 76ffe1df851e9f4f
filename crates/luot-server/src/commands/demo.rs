//! `luot demo`: the main job on Bình Gia district's two annexes of 2023.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use luot_app::imports::AnnexFiles;
use luot_app::plans::{PlanRequest, PlanState, PlanView};
use luot_app::sessions::Question;
use luot_app::{Actor, App, Role, new_id};
use luot_domain::calendar::Zone;
use luot_files::samples::{BINH_GIA_ROTATION, BINH_GIA_TARGETS};
use luot_store::Alone;
use serde_json::json;
use uuid::Uuid;

use super::{Failure, import, open_ready, serve};
use crate::config::{Demo, Roles};
use crate::{Outcome, keyfile};

const TITLE: &str = "Bình Gia 2023 (diễn lại)";

pub(super) async fn run(args: &Demo) -> Outcome {
    let database = &args.serve.database;
    let alone = (!args.once).then(|| Alone::claim(&database.database));
    let _alone = alone.transpose()?;
    match keyfile::make(database) {
        Ok(path) => println!("Made a key file, {}.", path.display()),
        Err(keyfile::KeyFileError::There(path)) => println!("The keys are in {}.", path.display()),
        Err(keyfile::KeyFileError::NotAFile) => {}
        Err(error) => return Err(error.into()),
    }
    let app = open_ready(database).await?;
    let token = app.add_user("demo", Role::Admin).await?;
    let actor = app.authenticate(Some(&token)).await?;
    let known = app
        .list_campaigns(None, 500)
        .await?
        .into_iter()
        .find(|c| c.row.title == TITLE && c.published_plan_id.is_some());
    let campaign = match known {
        Some(campaign) => {
            println!("The campaign is there from an earlier run.");
            campaign.row.id
        }
        None => make(&app, &actor, args).await?,
    };
    summary(&app, &actor, campaign).await?;
    if args.once {
        app.stop().await;
        return Ok(());
    }
    invite(&app, campaign, &args.serve.listen, &token).await?;
    let mut serve = args.serve.clone();
    serve.outside.messages_to_console = true;
    serve.second_factor_of = Roles::default();
    serve::serve(app, &serve).await
}

/// Imports, plans, and publishes the better plan.
async fn make(app: &App, actor: &Actor, args: &Demo) -> Result<Uuid, Failure> {
    println!("Reading the two annexes of Bình Gia district, Lạng Sơn, 2023 …");
    let zone = Zone::named("Asia/Ho_Chi_Minh")?;
    let tomorrow = zone.date_at(app.now()) + Days::new(1);
    let files = AnnexFiles {
        rotation: ("binh-gia-2023-rotation.csv", BINH_GIA_ROTATION),
        targets: ("binh-gia-2023-targets.csv", BINH_GIA_TARGETS),
    };
    // The campaign of 2023 was for those over 14.
    let policies = json!({ "age_from": 14 });
    let made = app
        .create_from_annexes(actor, TITLE, files, &policies, Some(tomorrow), false)
        .await?;
    println!("{} findings:", made.findings.len());
    import::list(&made.findings);
    println!(
        "\nSo that places can be booked today, all dates are {} weeks later: {} to {}.",
        made.weeks,
        day(made.days.0),
        day(made.days.1)
    );
    println!("Planning from scratch for {} s …", args.seconds);
    let from_scratch = PlanRequest {
        seconds: args.seconds,
        against_published: Some(false),
        ..PlanRequest::default()
    };
    let started = app
        .start_plan(actor, None, made.campaign_id, &from_scratch)
        .await?;
    let ours = finished(app, actor, started.id).await?;
    let theirs = app.get_plan(actor, made.plan_id).await?;
    let better = if ours.row.cost <= theirs.row.cost {
        &ours
    } else {
        &theirs
    };
    app.publish_plan(actor, None, better.row.id, None).await?;
    Ok(made.campaign_id)
}

async fn finished(app: &App, actor: &Actor, plan: Uuid) -> Result<PlanView, Failure> {
    loop {
        let view = app.get_plan(actor, plan).await?;
        match view.state {
            PlanState::Running => tokio::time::sleep(Duration::from_millis(50)).await,
            PlanState::Failed => return Err(view.row.failure.unwrap_or_default().into()),
            _ => return Ok(view),
        }
    }
}

/// The district's plan and ours, side by side.
async fn summary(app: &App, actor: &Actor, campaign: Uuid) -> Outcome {
    println!(
        "\n{:<26}{:>10}{:>10}{:>12}{:>10}{:>10}  state",
        "plan", "without", "machine-", "changes of", "last day", "cost"
    );
    println!(
        "{:<26}{:>10}{:>10}{:>12}{:>10}",
        "", "a place", "shifts", "site", ""
    );
    for plan in app.list_plans(actor, campaign, None, 100).await? {
        let Some(terms) = plan.terms else { continue };
        let name = match plan.row.origin.as_str() {
            "import" => "the district's (2023)",
            "solver" => "Lượt's, from scratch",
            other => other,
        };
        println!(
            "{name:<26}{:>10}{:>10}{:>12}{:>10}{:>10}  {}",
            terms.unserved,
            terms.session,
            terms.relocation,
            terms.finish,
            plan.row.cost.unwrap_or_default(),
            plan.row.state
        );
    }
    let open = app
        .list_availability(campaign, &Question::default())
        .await?;
    let sessions = app
        .list_sessions(campaign, None, None, None, None, 500)
        .await?;
    println!(
        "\nPublished: {} sessions, {} places given to communes, {} open to everybody in {} windows.",
        sessions.len(),
        sessions.iter().map(|s| s.allotted).sum::<i64>(),
        sessions.iter().map(|s| s.open_places).sum::<i64>(),
        open.windows.len()
    );
    Ok(())
}

/// A staff token, and one line that books a place.
async fn invite(app: &App, campaign: Uuid, listen: &str, token: &str) -> Outcome {
    println!("\nAPI and its page:  http://{listen}/docs/");
    println!("Staff token:       {token}");
    let timetable = app.list_timetable(campaign, None).await?;
    for row in timetable {
        let question = Question {
            cohort: Some(row.cohort.0.clone()),
            needs_card: true,
            ..Question::default()
        };
        let found = app.list_availability(campaign, &question).await?;
        let window = found
            .windows
            .iter()
            .find(|w| w.cohort_places_left.unwrap_or(0) > 0);
        if let Some(window) = window {
            let body = json!({
                "window_id": window.window_id,
                "contact": { "name": "Hoàng Văn Thử", "phone": "0912345678" },
                "persons": [{
                    "full_name": format!("Hoàng Thị Mẫu {}", name_of(new_id())),
                    "birth_date": "2000-01-31",
                    "cohort_id": row.cohort.0,
                }],
                "consent": "2026-11/vi",
            });
            println!(
                "\nThis books a place for somebody invented, of {}, on {} at {}:\n",
                row.cohort.1,
                day(window.date),
                window.starts.format("%H:%M")
            );
            println!(
                "curl -sS http://{listen}/v1/appointments -H 'Content-Type: application/json' -H 'Idempotency-Key: {}' -d '{body}'\n",
                new_id().simple()
            );
            break;
        }
    }
    Ok(())
}

/// Letters that nobody else has, so that each run of the demo books somebody new.
fn name_of(id: Uuid) -> String {
    id.as_bytes()
        .iter()
        .rev()
        .take(6)
        .map(|b| char::from(b'A' + b % 26))
        .collect()
}

fn day(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}
