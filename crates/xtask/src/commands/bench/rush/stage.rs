//! The servers and databases that the loads run on, and one run of each load.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use crate::support::postgres::Postgres;
use crate::support::redis::Redis;
use crate::support::throwaway::{Folder, Server};
use crate::support::tools::{self, Need};
use crate::support::{Context, Result, luot, process, say};

/// Appointments that are there before a run begins.
const FEW: u32 = 10_000;
/// Rows that the plain transaction is spread over: as many as there are windows.
const SPREAD: u32 = 200;

/// What anybody sets who gives PostgreSQL a machine of this size (its manual: a quarter of the memory); the plain
/// transactions have the same. A checkpoint in the midst of a run would be luck.
const SETTINGS: [&str; 3] = [
    "shared_buffers=1GB",
    "max_wal_size=8GB",
    "checkpoint_timeout=30min",
];

/// What the load tells.
#[derive(Deserialize)]
struct Told {
    per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_us: f64,
    lost: u64,
    answers: HashMap<String, u64>,
}

/// A service that runs: where, and as which process.
struct Running {
    server: Server,
    base: String,
    is_ours: bool,
}

/// What a run gave.
pub(super) struct Measured {
    pub(super) per_second: f64,
    pub(super) p50: f64,
    pub(super) p99: f64,
    /// The service's peak memory in MiB; nothing for what is not the service.
    pub(super) memory: Option<f64>,
    /// Processor time for each answer, in microseconds: of the service, of PostgreSQL, of the load.
    pub(super) cpu: [f64; 3],
}

/// A campaign to book in.
#[derive(Clone, Deserialize)]
struct Campaign {
    campaign: String,
    windows: Vec<String>,
}

/// A database to copy for each run.
struct Base {
    name: String,
    made: Campaign,
}

/// Where the loads run.
pub(super) struct Stage {
    luot: PathBuf,
    load: PathBuf,
    folder: Folder,
    postgres: Postgres,
    redis: Redis,
    bases: HashMap<String, Base>,
    seconds: f64,
    runs: u32,
}

impl Stage {
    /// Builds what is measured, unless it is in a folder already, and starts the servers.
    pub(super) fn set(context: &Context, built: Option<PathBuf>, seconds: f64) -> Result<Self> {
        tools::ensure(&[Need::Postgres, Need::Redis])?;
        let folder = match built {
            Some(folder) => folder,
            None => luot::build_release(context)?,
        };
        let (luot, load) = (folder.join("luot"), folder.join("examples/rush"));
        let stage = Self {
            luot,
            load,
            folder: Folder::new("rush")?,
            postgres: Postgres::start(&SETTINGS)?,
            redis: Redis::start()?,
            bases: HashMap::new(),
            seconds,
            runs: 0,
        };
        let key = stage.key_file();
        say(Command::new(&stage.luot).args(["keys", "new", "--key-file", &key]))?;
        stage.plain_tables()?;
        Ok(stage)
    }

    /// Runs a load once.
    pub(super) fn run(&mut self, load: &str, many: u32) -> Result<Measured> {
        self.runs += 1;
        match load {
            "plain-hot" => self.plain(1),
            "plain-spread" => self.plain(SPREAD),
            "hot" => self.booked("hot", FEW),
            "many" => self.booked("hot", many),
            "spread" => self.booked("spread", 0),
            "full" => self.refused(),
            "joins" => self.joined(),
            "reads" => self.reads(),
            "bare" => self.bare(),
            _ => self.embedded(),
        }
    }

    /// The plain transaction, as many times as PostgreSQL's own bench gets it through.
    fn plain(&self, rows: u32) -> Result<Measured> {
        let script = self.folder.path().join("plain.sql");
        fs::write(
            &script,
            "\\set pool random(1, :rows)\n\
             BEGIN;\n\
             UPDATE plain_pool SET taken = taken + 1 WHERE id = :pool AND taken < places;\n\
             INSERT INTO plain_booking (id, pool_id, created_at) VALUES (gen_random_uuid(), :pool, now());\n\
             COMMIT;\n",
        )?;
        self.psql(
            "plain",
            "TRUNCATE plain_booking; VACUUM plain_pool; CHECKPOINT",
        )?;
        let mut pgbench = self.postgres.program("pgbench")?;
        pgbench
            .args(["-n", "-c", "16", "-j", "2", "-M", "prepared", "-D"])
            .arg(format!("rows={rows}"))
            .arg("-T")
            .arg(format!("{:.0}", self.seconds.max(1.0)))
            .arg("-f")
            .arg(&script)
            .arg("plain")
            .stderr(Stdio::null());
        let before = self.postgres.time()?;
        let told = say(&mut pgbench)?;
        let spent = self.postgres.time()? - before;
        let number = |name: &str| -> Result<f64> {
            let line = told.lines().find_map(|line| line.strip_prefix(name));
            let word = line.and_then(|line| line.split_whitespace().next());
            Ok(word
                .ok_or(format!("pgbench does not tell {name}"))?
                .parse()?)
        };
        let latency = number("latency average = ")?;
        Ok(Measured {
            per_second: number("tps = ")?,
            p50: latency,
            p99: f64::NAN,
            memory: None,
            cpu: [
                0.0,
                spent / number("number of transactions actually processed: ")?,
                0.0,
            ],
        })
    }

    fn plain_tables(&self) -> Result<()> {
        self.psql("postgres", "CREATE DATABASE plain")?;
        self.psql(
            "plain",
            &format!(
                "CREATE TABLE plain_pool (id int PRIMARY KEY, places bigint NOT NULL, taken bigint NOT NULL);
                 CREATE TABLE plain_booking (id uuid PRIMARY KEY, pool_id int NOT NULL, created_at timestamptz NOT NULL);
                 INSERT INTO plain_pool SELECT n, 1000000000, 0 FROM generate_series(1, {SPREAD}) n"
            ),
        )?;
        Ok(())
    }

    /// Bookings on PostgreSQL beside so many appointments, checked in the database.
    fn booked(&mut self, kind: &str, beside: u32) -> Result<Measured> {
        let (database, made) = self.copy(kind, beside)?;
        let running = self.serve(&self.postgres.url_of(&database), true)?;
        let windows = match kind {
            // The other window is where the appointments are that were there before.
            "hot" => made.windows[..1].join(","),
            _ => made.windows.join(","),
        };
        let (told, measured) = self.load(&running, "book", &["--windows", &windows])?;
        let booked = told.only("201")?;
        let there = self.number(&database, "SELECT count(*) FROM appointment")?;
        let taken = self.number(&database, "SELECT sum(taken) FROM pool")?;
        let expected = u64::from(beside) + booked;
        if there != expected || taken != expected {
            return Err(format!(
                "{kind}: {booked} were answered, {beside} were there before; now there are {there}, and {taken} places are taken"
            )
            .into());
        }
        self.end(running, &database)?;
        Ok(measured)
    }

    /// Refusals in a window that is sold out.
    fn refused(&mut self) -> Result<Measured> {
        let (database, made) = self.copy("sold-out", 0)?;
        let running = self.serve(&self.postgres.url_of(&database), true)?;
        let (told, measured) = self.load(&running, "book", &["--windows", &made.windows[0]])?;
        let booked = told.answers.get("201").copied().unwrap_or(0);
        let there = self.number(&database, "SELECT count(*) FROM appointment")?;
        let odd = |answer: &&String| !["201", "409 window-full"].contains(&answer.as_str());
        if there != booked || booked != 8 || told.answers.keys().any(|a| odd(&a)) || told.lost > 0 {
            return Err(format!("8 places: {:?}, {there} appointments", told.answers).into());
        }
        self.end(running, &database)?;
        Ok(measured)
    }

    /// Parties that join the waitlist of a campaign with few places.
    fn joined(&mut self) -> Result<Measured> {
        let (database, made) = self.copy("sold-out", 0)?;
        let running = self.serve(&self.postgres.url_of(&database), true)?;
        let (told, measured) = self.load(&running, "join", &["--campaign", &made.campaign])?;
        let joined = told.only("201")?;
        let there = self.number(&database, "SELECT count(*) FROM waitlist_entry")?;
        if there != joined {
            return Err(format!("{joined} were answered that they wait, {there} do").into());
        }
        self.end(running, &database)?;
        Ok(measured)
    }

    /// Reads of one site's windows.
    fn reads(&mut self) -> Result<Measured> {
        let (database, made) = self.copy("spread", 0)?;
        let running = self.serve(&self.postgres.url_of(&database), true)?;
        let (told, measured) = self.load(&running, "get", &["--path", &availability(&made)])?;
        told.only("200")?;
        self.end(running, &database)?;
        Ok(measured)
    }

    /// The same bytes from a handler that does nothing else.
    fn bare(&mut self) -> Result<Measured> {
        let (database, made) = self.copy("spread", 0)?;
        let running = self.serve(&self.postgres.url_of(&database), true)?;
        let body = self.folder.path().join("availability.json");
        let path = availability(&made);
        fs::write(
            &body,
            self.ask("fetch", &["--base", &running.base, "--path", &path])?,
        )?;
        self.end(running, &database)?;
        let mut bare = Command::new(&self.load);
        bare.arg("bare").arg("--file").arg(&body);
        let server = Server::start("the bare handler", Folder::new("bare")?, "KILL", &bare)?;
        let base = server.ready(Duration::from_secs(20), |s| luot::listening(&s.log()))?;
        let running = Running {
            server,
            base,
            is_ours: false,
        };
        let (told, measured) = self.load(&running, "get", &["--path", "/"])?;
        told.only("200")?;
        Ok(measured)
    }

    /// Bookings in one window on SQLite.
    fn embedded(&mut self) -> Result<Measured> {
        let folder = Folder::new("sqlite")?;
        let url = format!("sqlite:{}", folder.path().join("luot.db").display());
        let token = self.token(&url)?;
        let running = self.serve(&url, false)?;
        let made = self.prepare(&running.base, &token, "hot")?;
        let (told, measured) = self.load(&running, "book", &["--windows", &made.windows[0]])?;
        let booked = told.only("201")?;
        let count = ["--base", &running.base, "--campaign", &made.campaign];
        let there: u64 = self.ask("count", &count)?.parse()?;
        if there != booked {
            return Err(format!("{booked} were answered on SQLite, {there} are there").into());
        }
        Ok(measured)
    }

    /// Ends a service and forgets its database.
    fn end(&self, running: Running, database: &str) -> Result<()> {
        drop(running);
        self.psql("postgres", &format!("DROP DATABASE {database}"))?;
        Ok(())
    }

    /// A copy of a prepared database for one run; the first time, prepares it.
    fn copy(&mut self, kind: &str, beside: u32) -> Result<(String, Campaign)> {
        let key = format!("{}_{beside}", kind.replace('-', "_"));
        if !self.bases.contains_key(&key) {
            let made = self.base(&key, kind, beside)?;
            let base = Base {
                name: key.clone(),
                made,
            };
            self.bases.insert(key.clone(), base);
        }
        let base = &self.bases[&key];
        let (name, copy) = (&base.name, format!("run_{}", self.runs));
        self.psql(
            "postgres",
            &format!("CREATE DATABASE {copy} TEMPLATE {name} STRATEGY file_copy"),
        )?;
        self.psql("postgres", "CHECKPOINT")?;
        Ok((copy, base.made.clone()))
    }

    fn base(&self, name: &str, kind: &str, beside: u32) -> Result<Campaign> {
        println!("  preparing: {kind}, with {beside} appointments");
        self.psql("postgres", &format!("CREATE DATABASE {name}"))?;
        let url = self.postgres.url_of(name);
        say(Command::new(&self.luot).args(["migrate", "--database", &url]))?;
        let token = self.token(&url)?;
        let running = self.serve(&url, true)?;
        let made = self.prepare(&running.base, &token, kind)?;
        drop(running);
        if beside > 0 {
            self.psql(name, &seeding(&made, beside))?;
        }
        self.psql(name, "VACUUM (ANALYZE)")?;
        Ok(made)
    }

    fn prepare(&self, base: &str, token: &str, kind: &str) -> Result<Campaign> {
        let told = self.ask(
            "prepare",
            &["--base", base, "--token", token, "--kind", kind],
        )?;
        Ok(serde_json::from_str(&told)?)
    }

    fn token(&self, url: &str) -> Result<String> {
        let key = self.key_file();
        if !std::path::Path::new(&key).exists() {
            say(Command::new(&self.luot).args(["keys", "new", "--key-file", &key]))?;
        }
        luot::staff_token(&self.luot, url, &["--key-file", &key])
    }

    fn key_file(&self) -> String {
        self.folder.path().join("luot.key").display().to_string()
    }

    fn serve(&self, url: &str, with_redis: bool) -> Result<Running> {
        let (key, redis) = (self.key_file(), self.redis.url());
        let mut options = vec!["--key-file", &key];
        if with_redis {
            options.extend(["--redis", &redis]);
        }
        let folder = Folder::new("serve")?;
        let (server, base) = luot::serve_with(&self.luot, url, &options, folder)?;
        Ok(Running {
            server,
            base,
            is_ours: true,
        })
    }

    /// Runs a load against a service.
    fn load(&self, on: &Running, what: &str, options: &[&str]) -> Result<(Told, Measured)> {
        let (seconds, seed) = (self.seconds.to_string(), self.runs.to_string());
        let mut all = vec!["--base", &on.base, "--seconds", &seconds, "--seed", &seed];
        all.extend(options);
        let pid = on.server.pid()?;
        let time = || -> Result<[f64; 2]> {
            Ok([process::time_with_children(pid)?, self.postgres.time()?])
        };
        let before = time()?;
        let told: Told = serde_json::from_str(&self.ask(what, &all)?)?;
        let after = time()?;
        let answers = told.answers.values().sum::<u64>() as f64;
        let measured = Measured {
            per_second: told.per_second,
            p50: told.p50_ms,
            p99: told.p99_ms,
            memory: on.is_ours.then(|| process::peak_memory(pid)).transpose()?,
            cpu: [after[0] - before[0], after[1] - before[1], told.cpu_us].map(|us| us / answers),
        };
        Ok((told, measured))
    }

    /// What the load's program says.
    fn ask(&self, what: &str, options: &[&str]) -> Result<String> {
        say(Command::new(&self.load).arg(what).args(options))
    }

    fn psql(&self, database: &str, sql: &str) -> Result<String> {
        let mut psql = self.postgres.program("psql")?;
        psql.args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            database,
        ]);
        // One by one, for some of them may not run in a transaction.
        for statement in sql.split(';') {
            psql.arg("-c").arg(statement);
        }
        say(&mut psql)
    }

    fn number(&self, database: &str, sql: &str) -> Result<u64> {
        Ok(self.psql(database, sql)?.parse()?)
    }
}

impl Told {
    /// How often that was answered, if it was the only answer.
    fn only(&self, answer: &str) -> Result<u64> {
        match self.answers.get(answer) {
            Some(times) if self.answers.len() == 1 && self.lost == 0 => Ok(*times),
            _ => Err(format!("not only {answer}: {:?}, {} lost", self.answers, self.lost).into()),
        }
    }
}

/// What people ask: one site's windows.
fn availability(made: &Campaign) -> String {
    format!("/v1/campaigns/{}/availability?site=diem-1", made.campaign)
}

/// Appointments of other people, in the second window, as if they had booked before.
fn seeding(made: &Campaign, people: u32) -> String {
    let (campaign, window) = (&made.campaign, &made.windows[1]);
    // Ids that sort like ours, keys and first answers that do not.
    let id = "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid";
    let hash = "sha256(n::text::bytea)";
    let rows = format!("FROM generate_series(1, {people}) n");
    let pool = format!("(SELECT id FROM pool WHERE slot_id = '{window}' AND cohort_id IS NULL)");
    let service = format!(
        "(SELECT id FROM service WHERE campaign_id = '{campaign}' AND NOT issues_card AND subject = 'person' LIMIT 1)"
    );
    format!(
        "SET session_replication_role = replica;
         INSERT INTO person (id, created_at, campaign_id, subject, person_key, full_name_sealed, birth_date_sealed)
           SELECT {id}, now(), '{campaign}', 'person', substring({hash}, 1, 20), {hash} || {hash}, {hash} || {hash} {rows};
         INSERT INTO booking (id, created_at, campaign_id, contact_name_sealed, contact_phone_sealed, contact_phone_index)
           SELECT {id}, now(), '{campaign}', {hash} || {hash}, {hash} || {hash}, substring({hash}, 1, 20) {rows};
         INSERT INTO appointment (id, created_at, campaign_id, booking_id, person_id, service_id, slot_id, pool_id, code, needs_card, state, moves, version, updated_at)
           SELECT {id}, now(), '{campaign}', {id}, {id}, {service}, '{window}', {pool}, 'x' || lpad(to_hex(n), 7, '0'), false, 'booked', 0, 1, now() {rows};
         INSERT INTO first_answer (id, created_at, request_hash, status, answer, expires_at)
           SELECT encode(substring({hash}, 1, 16), 'hex')::uuid, now(), substring({hash}, 1, 16), 200, '{{}}'::jsonb, now() + interval '1 day' {rows};
         UPDATE pool SET taken = {people} WHERE id = {pool}"
    )
}
