//! `luot keys`: the secrets that seal what is personal.

use std::time::Duration;

use super::open_ready;
use crate::config::Keys;
use crate::{Outcome, keyfile};

pub(super) async fn run(command: &Keys) -> Outcome {
    match command {
        Keys::New { database } => {
            let path = keyfile::make(database)?;
            println!(
                "made {}: keep it, and give it to every server of this database",
                path.display()
            );
        }
        Keys::List { database } => {
            let secrets = keyfile::secrets(database)?;
            for secret in secrets.all() {
                let current = secret.number == secrets.current().number;
                println!(
                    "k{}{}",
                    secret.number,
                    if current { " current" } else { "" }
                );
            }
        }
        Keys::Rotate {
            wait_seconds,
            database,
        } => {
            if database.keys.is_some() {
                return Err(keyfile::KeyFileError::NotAFile.into());
            }
            let path = keyfile::path(database);
            let wait = Duration::from_secs(*wait_seconds);
            // Every server must be able to open what the first of them seals with it.
            let next = keyfile::with_another(keyfile::secrets(database)?)?;
            keyfile::write(&path, &next)?;
            println!(
                "k{} is there; waiting {wait_seconds} s until every server knows it",
                next.next_number() - 1
            );
            tokio::time::sleep(wait).await;
            let next = next.promoted();
            keyfile::write(&path, &next)?;
            println!(
                "k{} is current; waiting {wait_seconds} s until every server uses it",
                next.current().number
            );
            tokio::time::sleep(wait).await;
            reseal(database).await?;
        }
        Keys::Reseal { database } => reseal(database).await?,
    }
    Ok(())
}

async fn reseal(database: &crate::config::DatabaseArgs) -> Outcome {
    let app = open_ready(database).await?;
    let done = app.reseal().await?;
    let unreadable: usize = done.iter().map(|d| d.unreadable.len()).sum();
    for column in &done {
        println!("{:<32} {:>8} sealed anew", column.column, column.values);
    }
    app.stop().await;
    if unreadable > 0 {
        return Err(format!(
            "{unreadable} values cannot be opened by any key; the audit trail has their rows"
        )
        .into());
    }
    Ok(())
}
