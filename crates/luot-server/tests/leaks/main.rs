//! Nothing personal comes out: a whole server is run with marked names, numbers and phones,
//! and everything it printed, logged, counted, stored and told others is searched for them.
//! And nothing that people write becomes a line of the log.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "in a test, what must not happen may panic"
)]

mod day;
mod injection;
mod service;
mod surface;

use luot_testkit::{Database, Fakes};

use service::Service;

/// What must not come out: in this form, and as it is stored or sent.
pub const MARKS: &[&str] = &[
    "Dấuvết",
    "DAUVET",
    "dauvet",
    "0987650001",
    "84987650001",
    "987650001",
    "001217654321",
    "1917-03-04",
    "04/03/1917",
];
/// The name of a member of staff is theirs to be seen by administrators.
const ADMIN: &str = "Dấuvết Quản Trị";
/// A login as well; it is looked up as it is.
const LOGIN: &str = "truong.xa";

#[tokio::test(flavor = "multi_thread")]
async fn marked_names_numbers_and_phones_come_out_nowhere_on_sqlite() {
    come_out_nowhere(Database::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn marked_names_numbers_and_phones_come_out_nowhere_on_postgresql_and_redis() {
    come_out_nowhere(Database::postgres().await).await;
}

async fn come_out_nowhere(database: Database) {
    let fakes = Fakes::start();
    let service = Service::start(database, &fakes, "json", ADMIN).await;
    let mut told = day::a_day(&service, &fakes).await;
    told.push_str(&surface::everything(&service).await);
    let mut heard = service.stop().await;
    heard.push(("what others are told", told));
    for (what, text) in &heard {
        for mark in MARKS {
            // Also as bytes that are shown in hexadecimal.
            let hex: String = mark.bytes().map(|b| format!("{b:02x}")).collect();
            for form in [(*mark).to_owned(), hex] {
                let of_staff = text.matches(ADMIN).count();
                let allowed = if *what == "the database" && *mark == "Dấuvết" && form == *mark {
                    of_staff
                } else {
                    0
                };
                if text.matches(form.as_str()).count() > allowed {
                    let at = text.find(form.as_str()).expect("it is there");
                    let from = text.floor_char_boundary(at.saturating_sub(300));
                    let to = text.floor_char_boundary((at + 100).min(text.len()));
                    panic!("{mark} is in {what}: {}", &text[from..to]);
                }
            }
        }
    }
}
