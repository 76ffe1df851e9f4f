//! `luot migrate`: a step of a release.

use luot_store::Store;

use crate::Outcome;
use crate::config::DatabaseArgs;

pub(super) async fn run(args: &DatabaseArgs) -> Outcome {
    let store = Store::connect(&args.database, Some(1)).await?;
    let applied = store.migrate(&args.database).await?;
    for name in &applied {
        println!("applied {name}");
    }
    if applied.is_empty() {
        println!("nothing is pending");
    }
    store.close().await?;
    Ok(())
}
