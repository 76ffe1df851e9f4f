//! `luot audit`: the trail of who did what.

use luot_app::chain::Fault;

use super::open_ready;
use crate::Outcome;
use crate::config::Audit;

pub(super) async fn run(command: &Audit) -> Outcome {
    match command {
        Audit::Verify { head, database } => {
            let app = open_ready(database).await?;
            let verdict = app.verify_trail(head).await?;
            app.stop().await;
            for fault in &verdict.faults {
                println!("{}", told(fault));
            }
            for id in &verdict.taken_in {
                println!(
                    "row {id} was chained by another server: its own stopped before it came to it"
                );
            }
            println!(
                "{} links in {} chains, {} rows yet to be chained",
                verdict.links,
                verdict.heads.len(),
                verdict.waiting
            );
            println!("Note these heads elsewhere, and give them to the next check with --head:");
            for head in &verdict.heads {
                println!("{}", head.text());
            }
            match verdict.faults.len() {
                0 => Ok(()),
                n => Err(format!("{n} faults in the audit trail").into()),
            }
        }
    }
}

fn told(fault: &Fault) -> String {
    match fault {
        Fault::Changed(id) => format!("row {id} was changed"),
        Fault::Removed(id) => format!("row {id} was removed"),
        Fault::Gap { server, position } => {
            format!("the chain of {server} has no link {position}")
        }
        Fault::Broken { server, position } => {
            format!("the chain of {server} is broken at link {position}")
        }
        Fault::Cut(head) => format!("a chain was cut: {head} is no longer in it"),
        Fault::Inserted(id) => format!(
            "row {id} is in no chain and not as a server wrote it: it was inserted by hand, or changed"
        ),
    }
}
