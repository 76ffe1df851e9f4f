//! Programs written in Python, each in a virtual environment of its own in the cache.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::{Context, Result, run_to_end};

/// The interpreter of an environment that holds exactly what `requirements` pin; made when it is not there, or differs.
pub(crate) fn environment(context: &Context, name: &str, requirements: &str) -> Result<PathBuf> {
    let cache = context.cache();
    fs::create_dir_all(&cache)
        .map_err(|failure| format!("cannot create {}: {failure}", cache.display()))?;
    let folder = cache.join(format!("venv-{name}"));
    let python = folder.join("bin/python");
    // Two runs at once: the second waits, then finds what the first has made.
    let lock = fs::File::create(cache.join(format!("venv-{name}.lock")))?;
    lock.lock()?;

    // Written last, so that it is missing after an installation that did not finish.
    let marker = folder.join("requirements.txt");
    let made = fs::read_to_string(&marker).is_ok_and(|text| text == requirements);
    // An environment may outlive the Python it was made with.
    let works = || {
        let mut ask = Command::new(&python);
        ask.args(["-c", &format!("import {name}")])
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        ask.status().is_ok_and(|status| status.success())
    };
    if made && works() {
        return Ok(python);
    }
    println!("installing {name} with pip into {}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    run_to_end(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
    let wanted = folder.join("wanted.txt");
    fs::write(&wanted, requirements)?;
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-input",
        "--disable-pip-version-check",
        "--only-binary=:all:",
    ]);
    run_to_end(pip.arg("--requirement").arg(&wanted))?;
    fs::rename(&wanted, &marker)?;
    Ok(python)
}
