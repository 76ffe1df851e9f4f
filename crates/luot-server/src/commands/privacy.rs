//! `luot privacy`: keeping no longer than is right, and as long as is due.

use luot_app::Role;

use super::open_ready;
use crate::Outcome;
use crate::config::Privacy;

pub(super) async fn run(command: &Privacy) -> Outcome {
    match command {
        Privacy::Purge { dry_run, database } => {
            let app = open_ready(database).await?;
            let purged = app.purge(&app.operator(Role::Admin), *dry_run).await?;
            app.stop().await;
            let what = if *dry_run { "would be" } else { "were" };
            for of in &purged {
                println!(
                    "campaign {}: {} people and {} bookings {what} erased, {} people are held",
                    of.campaign_id, of.people, of.bookings, of.held
                );
                if of.holds + of.reasons > 0 {
                    println!(
                        "  {} kept places {what} without whose they were, {} outcomes without why",
                        of.holds, of.reasons
                    );
                }
            }
            if purged.is_empty() {
                println!("nothing has been kept too long");
            }
        }
        Privacy::Hold {
            campaign,
            person,
            reference,
            database,
        } => {
            let app = open_ready(database).await?;
            let console = app.operator(Role::Admin);
            let id = app
                .place_hold(&console, *campaign, *person, reference)
                .await?;
            app.stop().await;
            println!("{id}");
        }
        Privacy::Release { hold, database } => {
            let app = open_ready(database).await?;
            app.end_hold(&app.operator(Role::Admin), *hold).await?;
            app.stop().await;
        }
    }
    Ok(())
}
