//! `cargo deny`, built once into the cache.

use std::fs;
use std::path::PathBuf;

use super::{Context, Result, run_to_end};

/// Built from source on purpose: that works wherever the project itself can be built.
const VERSION: &str = "0.20.2";

/// The program; built when it is not there, which takes two cores some two minutes.
pub(crate) fn program(context: &Context) -> Result<PathBuf> {
    let cache = context.cache();
    fs::create_dir_all(&cache)
        .map_err(|failure| format!("cannot create {}: {failure}", cache.display()))?;
    // Two runs at once: the second waits, then finds what the first has made.
    let lock = fs::File::create(cache.join("cargo-deny.lock"))?;
    lock.lock()?;
    let folder = cache.join(format!("cargo-deny-{VERSION}"));
    // Cargo moves it there when it is whole.
    let program = folder.join("bin/cargo-deny");
    if !program.exists() {
        println!("building cargo-deny {VERSION} into {}", folder.display());
        let mut install = context.cargo();
        install
            .args(["install", "cargo-deny", "--locked", "--quiet"])
            .args(["--version", VERSION])
            .arg("--root")
            .arg(&folder)
            // It needs a release of its own, and not our target directory to make it in.
            .env_remove("CARGO_TARGET_DIR");
        run_to_end(&mut install)?;
    }
    Ok(program)
}
