//! `luot user`: staff.

use super::open_ready;
use crate::Outcome;
use crate::config::User;

pub(super) async fn run(command: &User) -> Outcome {
    match command {
        User::Add {
            name,
            role,
            database,
        } => {
            let app = open_ready(database).await?;
            let token = app.add_user(name, *role).await?;
            app.stop().await;
            println!("{token}");
            Ok(())
        }
    }
}
