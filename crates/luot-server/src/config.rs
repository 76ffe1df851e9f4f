//! What the process is told: flags, and `LUOT_…` in the environment.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use luot_app::Role;

/// Appointments and queues for level-2 electronic identity campaigns.
#[derive(Debug, Parser)]
#[command(name = "luot", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// How logs are written (to standard error).
    #[arg(long, global = true, env = "LUOT_LOG_FORMAT", value_enum, default_value_t = LogFormat::Human)]
    pub log_format: LogFormat,
    /// What is logged, as `tracing` filters have it: a level, or levels by module.
    #[arg(long, global = true, env = "LUOT_LOG", default_value = "info")]
    pub log: String,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The ways logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the API.
    Serve(Serve),
    /// Runs the main job on Bình Gia district's annexes of 2023, then serves it.
    Demo(Demo),
    /// Applies pending migrations, under a lock.
    Migrate(DatabaseArgs),
    /// Creates a campaign from the two annexes of an official plan.
    Import(Import),
    /// Solves and checks rotation problems in files; needs no database.
    #[command(subcommand)]
    Plan(Plan),
    /// Staff.
    #[command(subcommand)]
    User(User),
    /// Prints, writes or checks the API's document and list of problems.
    Openapi(Openapi),
}

/// Which database, with which keys.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// `sqlite:PATH` (made if it is not there) or `postgres://USER@HOST/NAME`.
    #[arg(
        long,
        env = "LUOT_DATABASE",
        default_value = "sqlite:var/luot.db",
        hide_env_values = true
    )]
    pub database: String,
    /// Connections to PostgreSQL.
    #[arg(long, env = "LUOT_DATABASE_POOL")]
    pub database_pool: Option<u32>,
    /// File with the 32-byte secret, in hexadecimal, that all servers of one database share;
    /// made if it is not there. Losing it makes personal data unreadable. Beside an SQLite
    /// database by default, else `var/luot.key`.
    #[arg(long, env = "LUOT_KEY_FILE")]
    pub key_file: Option<PathBuf>,
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Address and port; port 0 takes a free one.
    #[arg(long, env = "LUOT_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: String,
    /// Which database.
    #[command(flatten)]
    pub database: DatabaseArgs,
    /// `redis://HOST:PORT` for the line; in memory without it.
    #[arg(long, env = "LUOT_REDIS", hide_env_values = true)]
    pub redis: Option<String>,
}

/// How to demonstrate.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// How to serve.
    #[command(flatten)]
    pub serve: Serve,
    /// Ends after the summary, without serving.
    #[arg(long)]
    pub once: bool,
    /// For how long to plan from scratch, in seconds.
    #[arg(long, default_value_t = 2)]
    pub seconds: u32,
}

/// Which annexes.
#[derive(Debug, Clone, Args)]
pub struct Import {
    /// The rotation, CSV or XLSX: which machine stands where, when.
    #[arg(long)]
    pub rotation: PathBuf,
    /// The targets, CSV or XLSX: how many people each unit is to reach.
    #[arg(long)]
    pub targets: PathBuf,
    /// What the campaign is called.
    #[arg(long)]
    pub title: String,
    /// Moves the dates by whole weeks, so that the campaign starts on that day or later.
    #[arg(long)]
    pub not_before: Option<chrono::NaiveDate>,
    /// Reads, reports, and keeps nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Which database.
    #[command(flatten)]
    pub database: DatabaseArgs,
}

/// Rotation problems in files.
#[derive(Debug, Subcommand)]
pub enum Plan {
    /// Looks for a good plan.
    Solve {
        /// The instance, `luot-plan/1`.
        instance: PathBuf,
        /// Where the plan is written; standard output without it.
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// For how long.
        #[arg(long, default_value_t = 2, conflicts_with = "steps")]
        seconds: u64,
        /// For so many steps instead: then the seed alone decides what comes out.
        #[arg(long)]
        steps: Option<u64>,
        /// Of the random choices.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Checks a plan against the rules and costs it: one line of JSON. Ends with 1 when a
    /// rule is broken, with 2 when a file cannot be used.
    Check {
        /// The instance, `luot-plan/1`.
        instance: PathBuf,
        /// The plan.
        plan: PathBuf,
    },
}

/// Staff.
#[derive(Debug, Subcommand)]
pub enum User {
    /// Adds somebody and prints their token, once.
    Add {
        /// Who.
        #[arg(long)]
        name: String,
        /// As what: admin, scheduler, school, village, operator, supervisor, display.
        #[arg(long)]
        role: Role,
        /// Which database.
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

/// What to do with the API's document.
#[derive(Debug, Clone, Args)]
pub struct Openapi {
    /// Compares with the files, and says what differs.
    #[arg(long, conflicts_with = "write")]
    pub check: bool,
    /// Writes the files.
    #[arg(long)]
    pub write: bool,
    /// The folder of the files.
    #[arg(long, default_value = "openapi")]
    pub folder: PathBuf,
}
