//! A published campaign to book in.

use chrono::{DateTime, Days, NaiveDate};
use reqwest::Client;
use serde_json::{Value, json};

use crate::Outcome;

/// Creates, plans and publishes a campaign of a kind; tells its id and its windows.
///
/// - `hot`: one site, two windows with room for everybody,
/// - `spread`: five sites with forty windows each, with room for everybody,
/// - `sold-out`: one site, eight windows of eight places.
pub async fn campaign(base: &str, token: &str, kind: &str) -> Outcome<Value> {
    luot_app::notify::choose_encryption();
    let client = Client::new();
    let answer = client.get(format!("{base}/healthz")).send().await?;
    let date = answer.headers().get("date").ok_or("no date")?.to_str()?;
    let today = DateTime::parse_from_rfc2822(date)?.date_naive();
    let instance = instance(kind, today)?;
    let made = post(&client, &format!("{base}/v1/campaigns"), token, &instance).await?;
    let id = text(&made, "/id")?;
    let url = format!("{base}/v1/campaigns/{id}");
    let options = json!({ "steps": 10 });
    let plan = post(&client, &format!("{url}/plans"), token, &options).await?;
    let plan = format!("{base}/v1/plans/{}", text(&plan, "/id")?);
    while get(&client, &plan, token).await?["state"] == "running" {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    post(&client, &format!("{plan}/publish"), token, &json!({})).await?;
    let seen = get(&client, &format!("{url}/availability"), token).await?;
    let windows: Vec<&Value> = seen["items"]
        .as_array()
        .ok_or("no windows")?
        .iter()
        .map(|w| &w["window_id"])
        .collect();
    Ok(json!({ "campaign": id, "windows": windows }))
}

/// The people booked in a campaign; an error if not as many places are taken.
pub async fn count(base: &str, campaign: &str) -> Outcome<i64> {
    let url = format!("{base}/v1/campaigns/{campaign}/sessions");
    let sessions: Value = serde_json::from_str(&fetch(&url).await?)?;
    let (mut booked, mut taken) = (0, 0);
    for session in sessions["items"].as_array().ok_or("no sessions")? {
        let number = |name: &str| session[name].as_i64().ok_or("no number");
        booked += number("booked")?;
        taken += number("capacity")? - number("open_places")?;
    }
    if booked == taken {
        Ok(booked)
    } else {
        Err(format!("{booked} people are booked, {taken} places are taken").into())
    }
}

/// The body of an answer.
pub async fn fetch(url: &str) -> Outcome<String> {
    luot_app::notify::choose_encryption();
    let answer = Client::new().get(url).send().await?;
    Ok(answer.error_for_status()?.text().await?)
}

fn instance(kind: &str, today: NaiveDate) -> Outcome<Value> {
    // Machines a site, and their records: with room for everybody, a few million.
    let (sites, machines, end, minutes, records) = match kind {
        "hot" => (1, 4, "08:00", 30, 100_000),
        "spread" => (5, 1, "23:00", 24, 100_000),
        "sold-out" => (1, 1, "11:00", 30, 64),
        _ => return Err("a campaign is hot, spread or sold-out".into()),
    };
    let rate = if kind == "sold-out" { 1 } else { 10 };
    // Days that are over cannot be booked.
    let day = today + Days::new(2);
    let site = |n: i32| json!({ "id": format!("diem-{n}"), "machines_at_once": machines });
    let machine = |n: i32| json!({ "id": format!("may-{n}"), "rate": rate });
    let stands = |n: i32| {
        let site = format!("diem-{}", (n - 1) / machines + 1);
        json!({ "machine": format!("may-{n}"), "date": day, "shift": "ngay", "site": site })
    };
    Ok(json!({
        "format": "luot-plan/1", "name": kind, "timezone": "Asia/Ho_Chi_Minh",
        "start": day, "end": day,
        "shifts": [{ "id": "ngay", "start": "07:00", "end": end, "records": records }],
        "sites": (1..=sites).map(site).collect::<Vec<_>>(),
        "machines": (1..=sites * machines).map(machine).collect::<Vec<_>>(),
        "cohorts": [],
        "costs": {
            "unserved": 1000, "late": 10, "moved": 30, "relocation": 120,
            "session": 60, "split": 20, "finish": 100,
        },
        "policies": { "window_minutes": minutes },
        "pinned": { "rotation": (1..=sites * machines).map(stands).collect::<Vec<_>>() },
    }))
}

async fn post(client: &Client, url: &str, token: &str, body: &Value) -> Outcome<Value> {
    let answer = client
        .post(url)
        .bearer_auth(token)
        .json(body)
        .send()
        .await?;
    let status = answer.status();
    let body: Value = answer.json().await?;
    if status.is_success() {
        Ok(body)
    } else {
        Err(format!("{url}: {status}: {body:#}").into())
    }
}

async fn get(client: &Client, url: &str, token: &str) -> Outcome<Value> {
    let answer = client.get(url).bearer_auth(token).send().await?;
    Ok(answer.error_for_status()?.json().await?)
}

fn text<'a>(value: &'a Value, pointer: &str) -> Outcome<&'a str> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.ok_or_else(|| format!("no {pointer} in {value:#}").into())
}
