//! `luot openapi`: the API's document and list of problems, from the code.

use std::process::ExitCode;

use luot_api::openapi;

use super::Failure;
use crate::config::Openapi;

pub(super) fn run(args: &Openapi) -> Result<ExitCode, Failure> {
    let faults = openapi::lint(openapi::document());
    for fault in &faults {
        eprintln!("{fault}");
    }
    let mut sound = faults.is_empty();
    for (name, text) in openapi::files() {
        let path = args.folder.join(name);
        if args.write {
            std::fs::write(&path, text)?;
        } else if args.check {
            let kept = std::fs::read_to_string(&path).unwrap_or_default();
            if kept != text {
                sound = false;
                let line = kept
                    .lines()
                    .zip(text.lines())
                    .take_while(|(a, b)| a == b)
                    .count();
                eprintln!(
                    "{} is not what the code says, from line {}: run `cargo xtask openapi`",
                    path.display(),
                    line + 1
                );
            }
        } else if name.ends_with(".json") {
            print!("{text}");
        }
    }
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
