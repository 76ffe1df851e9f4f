//! Load for `cargo xtask bench rush`: a campaign to book in, clients that book in it, and a bare
//! handler to compare with. Commands print one line of JSON.
//!
//! ```text
//! rush prepare --base URL --token TOKEN --kind hot|spread|sold-out
//! rush book    --base URL --windows ID,ID,… [--connections 256] [--seconds 5] [--warm 1] [--seed 1]
//! rush join    --base URL --campaign ID     [--connections 256] [--seconds 5] [--warm 1] [--seed 1]
//! rush get     --base URL --path /v1/…      [--connections 256] [--seconds 5] [--warm 1]
//! rush count   --base URL --campaign ID     the people booked, if as many places are taken
//! rush fetch   --base URL --path /v1/…      the body of one answer
//! rush bare    --file BODY                  serves these bytes at any path until it is killed
//! ```
//!
//! The clients share one thread and do next to nothing, because they share the machine with
//! what is measured.

mod load;
mod prepare;

use std::collections::HashMap;
use std::error::Error;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::{App, HttpResponse, HttpServer, web};

type Outcome<T> = Result<T, Box<dyn Error>>;

/// `--name value` pairs.
struct Options(HashMap<String, String>);

impl Options {
    fn read(mut words: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut pairs = HashMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or("options begin with --")?;
            let value = words.next().ok_or("an option needs a value")?;
            pairs.insert(name.to_owned(), value);
        }
        Ok(Self(pairs))
    }

    fn text(&self, name: &str) -> Outcome<&str> {
        let found = self.0.get(name).map(String::as_str);
        found.ok_or_else(|| format!("--{name} is needed").into())
    }

    fn number(&self, name: &str, usual: f64) -> Outcome<f64> {
        match self.0.get(name) {
            Some(text) => Ok(text.parse()?),
            None => Ok(usual),
        }
    }

    fn seconds(&self, name: &str, usual: f64) -> Outcome<Duration> {
        Ok(Duration::try_from_secs_f64(self.number(name, usual)?)?)
    }

    fn load(&self) -> Outcome<load::Load> {
        let address = self.text("base")?.trim_start_matches("http://");
        Ok(load::Load {
            address: address.parse()?,
            // A small whole number, given on the command line.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            connections: self.number("connections", 256.0)? as usize,
            warm: self.seconds("warm", 1.0)?,
            measure: self.seconds("seconds", 5.0)?,
        })
    }
}

fn main() -> Outcome<()> {
    let mut words = std::env::args().skip(1);
    let command = words.next().unwrap_or_default();
    let options = Options::read(words)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match command.as_str() {
        "prepare" => {
            let (base, token) = (options.text("base")?, options.text("token")?);
            let made = prepare::campaign(base, token, options.text("kind")?);
            println!("{}", runtime.block_on(made)?);
        }
        "book" => {
            let windows: Vec<&str> = options.text("windows")?.split(',').collect();
            let address = options.text("base")?;
            let seed = options.text("seed").unwrap_or("1");
            let requests = load::Requests::bookings(address, &windows, seed);
            println!("{}", load::run(&runtime, &options.load()?, requests)?);
        }
        "join" => {
            let (base, campaign) = (options.text("base")?, options.text("campaign")?);
            let seed = options.text("seed").unwrap_or("1");
            let requests = load::Requests::joins(base, campaign, seed);
            println!("{}", load::run(&runtime, &options.load()?, requests)?);
        }
        "get" => {
            let requests = load::Requests::reads(options.text("base")?, options.text("path")?);
            println!("{}", load::run(&runtime, &options.load()?, requests)?);
        }
        "count" => {
            let (base, campaign) = (options.text("base")?, options.text("campaign")?);
            println!("{}", runtime.block_on(prepare::count(base, campaign))?);
        }
        "fetch" => {
            let url = format!("{}{}", options.text("base")?, options.text("path")?);
            print!("{}", runtime.block_on(prepare::fetch(&url))?);
        }
        "bare" => bare(std::fs::read(options.text("file")?)?.into())?,
        _ => return Err("rush takes prepare, book, join, get, count, fetch or bare".into()),
    }
    Ok(())
}

/// The least that can be done with this framework: a handler that returns bytes.
fn bare(body: web::Bytes) -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on http://{}", listener.local_addr()?);
    let system = actix_web::rt::System::new();
    system.block_on(async move {
        let server = HttpServer::new(move || {
            let body = body.clone();
            App::new().default_service(web::to(move || {
                let body = body.clone();
                async move {
                    HttpResponse::Ok()
                        .content_type("application/json")
                        .body(body)
                }
            }))
        });
        server.listen(listener)?.run().await
    })?;
    Ok(())
}
