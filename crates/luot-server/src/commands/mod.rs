//! One file a command.

mod audit;
mod demo;
mod import;
mod keys;
mod migrate;
mod openapi;
mod plan;
mod privacy;
mod serve;
mod user;

use std::process::ExitCode;
use std::sync::Arc;

use luot_app::App;
use luot_domain::clock::SystemClock;
use luot_store::{Backend, Store};

use crate::config::{Cli, Command, DatabaseArgs};
use crate::{keyfile, telemetry};

type Failure = Box<dyn std::error::Error>;

/// Does what was asked.
///
/// # Errors
/// Why it could not be done.
pub async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    // A demo talks to a person: only what goes wrong is logged, unless asked otherwise.
    let quiet = matches!(
        cli.command,
        Command::Demo(_)
            | Command::Import(_)
            | Command::User(_)
            | Command::Keys(_)
            | Command::Privacy(_)
            | Command::Audit(_)
            | Command::Migrate(_)
    ) && cli.log == "info";
    telemetry::log(cli.log_format, if quiet { "warn" } else { &cli.log })?;
    match cli.command {
        Command::Serve(args) => serve::run(&args).await?,
        Command::Demo(args) => demo::run(&args).await?,
        Command::Migrate(args) => migrate::run(&args).await?,
        Command::Import(args) => return import::run(&args).await,
        Command::Plan(args) => return plan::run(&args),
        Command::Audit(args) => audit::run(&args).await?,
        Command::Privacy(args) => privacy::run(&args).await?,
        Command::Keys(args) => keys::run(&args).await?,
        Command::User(args) => user::run(&args).await?,
        Command::Openapi(args) => return openapi::run(&args),
    }
    Ok(ExitCode::SUCCESS)
}

/// The service over its database. An embedded one is migrated first.
async fn open(args: &DatabaseArgs) -> Result<App, Failure> {
    let store = Store::connect(&args.database, args.database_pool).await?;
    if store.backend() == Backend::Sqlite {
        store.migrate(&args.database).await?;
    }
    let keys = keyfile::keys(args)?;
    Ok(App::start(store, Arc::new(SystemClock), keys))
}

/// The service over a database that is ready for work.
async fn open_ready(args: &DatabaseArgs) -> Result<App, Failure> {
    let app = open(args).await?;
    let pending = app.store().pending().await?;
    if !pending.is_empty() {
        return Err(format!(
            "{} migrations are pending: run `luot migrate --database …` first",
            pending.len()
        )
        .into());
    }
    app.check_keys().await?;
    Ok(app)
}
