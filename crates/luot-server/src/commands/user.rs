//! `luot user`: staff, systems and devices.

use chrono::Duration;
use luot_app::Role;
use luot_app::users::{NewUser, ScopeOf};

use super::open_ready;
use crate::Outcome;
use crate::config::User;

pub(super) async fn run(command: &User) -> Outcome {
    match command {
        User::Add {
            name,
            role,
            login,
            days,
            area,
            campaign,
            unit,
            site,
            session,
            cohort,
            database,
        } => {
            let app = open_ready(database).await?;
            let console = app.operator(Role::Admin);
            let new = NewUser {
                name: name.clone(),
                role: *role,
                scopes: vec![ScopeOf {
                    area: *area,
                    campaign: *campaign,
                    unit: *unit,
                    site: *site,
                    session: *session,
                    cohort: *cohort,
                }],
            };
            let id = app.add_staff(&console, &new).await?;
            // The token or the password alone on a line of its own, for scripts.
            match login {
                Some(login) => println!("{}", app.give_password(&console, id, login).await?),
                None => {
                    let until = app.now() + Duration::days(i64::from(*days));
                    let made = app.add_token(&console, id, "first", Some(until)).await?;
                    println!("{}", made.1);
                }
            }
            app.stop().await;
            Ok(())
        }
    }
}
