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
    /// The keys that seal what is personal.
    #[command(subcommand)]
    Keys(Keys),
    /// The trail of who did what.
    #[command(subcommand)]
    Audit(Audit),
    /// How long personal data is kept.
    #[command(subcommand)]
    Privacy(Privacy),
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
    /// File with the keys that all servers of one database share; `luot keys new` makes it.
    /// Losing it makes personal data unreadable. Beside an SQLite database by default, else
    /// `var/luot.key`.
    #[arg(long, env = "LUOT_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// The keys themselves instead, `;` between lines. Only by the environment: others can
    /// read a command line.
    #[arg(long, env = "LUOT_KEYS", hide = true, hide_env_values = true)]
    pub keys: Option<String>,
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
    /// A page's origin (`https://h5.zdn.vn`) that may call from a browser; repeatable. No
    /// others may.
    #[arg(long, env = "LUOT_ORIGINS", value_delimiter = ',')]
    pub origin: Vec<String>,
    /// A proxy, or a network of proxies (`10.0.0.0/8`), whose `X-Forwarded-For` is believed;
    /// repeatable.
    #[arg(long, env = "LUOT_PROXIES", value_delimiter = ',')]
    pub proxy: Vec<luot_api::guards::Network>,
    /// Requests a minute from one address; 0 for as many as come. What else is counted (codes,
    /// tries, bookings of one phone) stays counted.
    #[arg(long, env = "LUOT_RATE_ADDRESS", default_value_t = 1_200)]
    pub rate_address: u32,
    /// Requests a minute with one token.
    #[arg(long, env = "LUOT_RATE_TOKEN", default_value_t = 600)]
    pub rate_token: u32,
    /// Counts nothing at all, neither requests nor tries at codes nor bookings: for load tests
    /// on a database of their own, and for nothing else. There is no variable for it.
    #[arg(long, hide = true)]
    pub without_budgets: bool,
    /// Roles whose people must set up an authenticator when they have signed in, before they
    /// can do anything else: `admin,scheduler`, or `none`. A demo wants it of nobody.
    #[arg(long, env = "LUOT_SECOND_FACTOR_OF", default_value = "admin,scheduler")]
    pub second_factor_of: Roles,
    /// How messages and Zalo are reached.
    #[command(flatten)]
    pub outside: OutsideArgs,
    /// How often the key file is looked at for a change, in seconds.
    #[arg(long, env = "LUOT_KEY_WATCH_SECONDS", default_value_t = 5)]
    pub key_watch_seconds: u64,
}

/// Some roles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles(pub Vec<Role>);

impl std::str::FromStr for Roles {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::default()),
            _ => text
                .split(',')
                .map(|r| r.trim().parse())
                .collect::<Result<_, _>>()
                .map(Self),
        }
    }
}

/// How messages are brought, and who vouches for parents.
#[derive(Debug, Clone, Args)]
pub struct OutsideArgs {
    /// An SMS gateway that takes `POST {to, text}` with a bearer token.
    #[arg(long, env = "LUOT_SMS_URL", hide_env_values = true)]
    pub sms_url: Option<String>,
    /// The gateway's token. Better by the environment.
    #[arg(
        long,
        env = "LUOT_SMS_TOKEN",
        hide_env_values = true,
        default_value = ""
    )]
    pub sms_token: String,
    /// The secret of the Zalo app whose mini-app parents use.
    #[arg(long, env = "LUOT_ZALO_SECRET", hide_env_values = true)]
    pub zalo_secret: Option<String>,
    /// The access token of the Zalo official account that sends codes, instead of an SMS
    /// gateway.
    #[arg(
        long,
        env = "LUOT_ZALO_OA_TOKEN",
        hide_env_values = true,
        requires = "zalo_template"
    )]
    pub zalo_oa_token: Option<String>,
    /// The template of such a message, with one parameter, `otp`.
    #[arg(long, env = "LUOT_ZALO_TEMPLATE")]
    pub zalo_template: Option<String>,
    /// Shows messages on the console instead: for a demo. Nobody's phone rings.
    #[arg(long, env = "LUOT_MESSAGES_TO_CONSOLE")]
    pub messages_to_console: bool,
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
        /// The instance, `luot-plan/1`; `-` for standard input.
        instance: PathBuf,
        /// Where the plan is written; standard output without it.
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// How to search.
        #[command(flatten)]
        search: Search,
    },
    /// Checks a plan against the rules and costs it: one line of JSON. Ends with 1 when a
    /// rule is broken, with 2 when a file cannot be used.
    Check {
        /// The instance, `luot-plan/1`.
        instance: PathBuf,
        /// The plan.
        plan: PathBuf,
    },
    /// Tells why each machine stands where it does, who has no place or a late one, why, and
    /// what would help.
    Explain {
        /// The instance, `luot-plan/1`.
        instance: PathBuf,
        /// The plan.
        plan: PathBuf,
        /// In which language.
        #[arg(long, value_enum, default_value = "en")]
        language: Language,
    },
    /// Tells what another plan changes for people, and for machines.
    Diff {
        /// The instance, `luot-plan/1`.
        instance: PathBuf,
        /// The plan before.
        before: PathBuf,
        /// The plan after.
        after: PathBuf,
        /// In which language.
        #[arg(long, value_enum, default_value = "en")]
        language: Language,
    },
    /// Answers something that went wrong with up to three plans, the cheapest first, and tells
    /// what each means. Ends with 1 when none keeps all rules.
    Rebalance(Rebalance),
}

/// How to search for a plan.
#[derive(Debug, Args)]
pub struct Search {
    /// For how long.
    #[arg(long, default_value_t = 2, conflicts_with = "steps")]
    pub seconds: u64,
    /// For so many steps instead: then the seed alone decides what comes out.
    #[arg(long)]
    pub steps: Option<u64>,
    /// Of the random choices.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

/// What went wrong, in what.
#[derive(Debug, Args)]
pub struct Rebalance {
    /// The instance, `luot-plan/1`.
    pub instance: PathBuf,
    /// What went wrong, as the API takes it: `{"kind": "machine-out", "machine": "may-1",
    /// "from": {"date": "2026-04-14", "shift": "sang"}, "to": …}`, or `site-closed`,
    /// `shift-lost`, `session-behind`, `cohort-grew`; `-` for standard input.
    pub disruption: PathBuf,
    /// The plan that people know, where it is not in the instance.
    #[arg(long)]
    pub published: Option<PathBuf>,
    /// The day before which nothing changes, where it is not the instance's.
    #[arg(long)]
    pub today: Option<chrono::NaiveDate>,
    /// A folder for the changed instance (`instance.json`) and the plans (`proposal-1.json` …).
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// In which language.
    #[arg(long, value_enum, default_value = "en")]
    pub language: Language,
    /// How to search.
    #[command(flatten)]
    pub search: Search,
}

/// A language that people are told things in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Vietnamese.
    Vi,
}

/// The keys.
#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Makes a key file.
    New {
        /// Which database.
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Names the keys there are, never what they are.
    List {
        /// Which database.
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Makes another key, puts it in use, and seals everything anew, while servers run.
    Rotate {
        /// How long to wait, twice, until every server has looked at the file.
        #[arg(long, default_value_t = 15)]
        wait_seconds: u64,
        /// Which database.
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Seals everything anew that is not under the current key.
    Reseal {
        /// Which database.
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

/// Keeping and erasing.
#[derive(Debug, Subcommand)]
pub enum Privacy {
    /// Erases what has been kept as long as its campaign says (`keep_days` after its end).
    /// Statistics stay.
    Purge {
        /// Only counts.
        #[arg(long)]
        dry_run: bool,
        /// Which database.
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Keeps a campaign's data, or one person's, until released; prints the hold's id.
    Hold {
        /// The campaign.
        #[arg(long)]
        campaign: uuid::Uuid,
        /// One person of it.
        #[arg(long)]
        person: Option<uuid::Uuid>,
        /// The number of the case; no names.
        #[arg(long)]
        reference: String,
        /// Which database.
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Ends a hold.
    Release {
        /// Which.
        #[arg(long)]
        hold: uuid::Uuid,
        /// Which database.
        #[command(flatten)]
        database: DatabaseArgs,
    },
}

/// The audit trail.
#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Looks for rows that were changed, removed or inserted. Ends with 1 when there are any.
    Verify {
        /// The end of a chain, as an earlier check or a server's log told it; repeatable.
        #[arg(long)]
        head: Vec<String>,
        /// Which database.
        #[command(flatten)]
        database: DatabaseArgs,
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
        /// As what: admin, scheduler, school, village, operator, supervisor, display, kiosk.
        #[arg(long)]
        role: Role,
        /// A login, and a password to begin with instead of a token.
        #[arg(long)]
        login: Option<String>,
        /// For how many days the token is good.
        #[arg(long, default_value_t = luot_app::limits::TOKEN_DAYS, conflicts_with = "login",
            value_parser = clap::value_parser!(u32).range(1..=3_650))]
        days: u32,
        /// What they reach: the campaigns of a province (`20`) or commune (`20/06001`), by
        /// official code.
        #[arg(long, conflicts_with = "campaign")]
        area: Option<luot_domain::area::Area>,
        /// Or a campaign, by id; everything without one.
        #[arg(long)]
        campaign: Option<uuid::Uuid>,
        /// Within the campaign: a unit, with its sites and cohorts.
        #[arg(long, requires = "campaign")]
        unit: Option<uuid::Uuid>,
        /// Within the campaign: a site.
        #[arg(long, requires = "campaign")]
        site: Option<uuid::Uuid>,
        /// Within the campaign: a session.
        #[arg(long, requires = "campaign")]
        session: Option<uuid::Uuid>,
        /// Within the campaign: a class or village.
        #[arg(long, requires = "campaign")]
        cohort: Option<uuid::Uuid>,
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

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn nothing_in_the_environment_takes_the_budgets_away() {
        let mut cli = Cli::command();
        cli.build();
        let serve = cli.find_subcommand("serve").unwrap();
        let flag = |name: &str| serve.get_arguments().find(|a| a.get_id() == name).unwrap();
        assert!(flag("rate_address").get_env().is_some());
        let budgets = flag("without_budgets");
        assert!(budgets.get_env().is_none() && budgets.is_hide_set());
    }

    /// The unit of the timer says what the binary understands; what it then does is tested
    /// under `tests/privacy/retention.rs`.
    #[test]
    fn the_daily_timer_runs_a_purge_that_erases() {
        let service = include_str!("../../../deploy/luot-purge.service");
        let line = service
            .lines()
            .find_map(|l| l.strip_prefix("ExecStart=/usr/local/bin/"));
        let cli = Cli::try_parse_from(line.unwrap().split(' ')).unwrap();
        assert!(matches!(
            cli.command,
            Command::Privacy(Privacy::Purge { dry_run: false, .. })
        ));
        let timer = include_str!("../../../deploy/luot-purge.timer");
        assert!(timer.contains("OnCalendar=*-*-* "), "once a day");
    }
}
