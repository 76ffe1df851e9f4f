//! `luot import`: a campaign from the two annexes of an official plan.

use std::path::Path;
use std::process::ExitCode;

use luot_app::imports::{AnnexFiles, ImportFinding};
use luot_app::{Error, Role};
use serde_json::json;

use super::{Failure, open_ready};
use crate::config::Import;

pub(super) async fn run(args: &Import) -> Result<ExitCode, Failure> {
    let name = |path: &Path| {
        path.file_name()
            .map(|n| n.to_string_lossy().into_owned())
            .unwrap_or_default()
    };
    let read = |path: &Path| {
        std::fs::read(path).map_err(|e| format!("{} cannot be read: {e}", path.display()))
    };
    let (rotation, targets) = (read(&args.rotation)?, read(&args.targets)?);
    let (rotation_name, targets_name) = (name(&args.rotation), name(&args.targets));
    let files = AnnexFiles {
        rotation: (&rotation_name, &rotation),
        targets: (&targets_name, &targets),
    };
    let app = open_ready(&args.database).await?;
    let actor = app.operator(Role::Scheduler);
    let done = app
        .create_from_annexes(
            &actor,
            &args.title,
            files,
            &json!({}),
            args.not_before,
            args.dry_run,
        )
        .await;
    app.stop().await;
    match done {
        Ok(made) => {
            list(&made.findings);
            if args.dry_run {
                println!("Dry run: nothing was kept.");
            } else {
                println!("campaign {}", made.campaign_id);
                println!("plan     {}", made.plan_id);
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(Error::Invalid(_, faults)) => {
            for fault in &faults {
                eprintln!("{}: {}\n    {}", fault.code, fault.vi, fault.en);
            }
            eprintln!("Nothing was kept; faults: {}.", faults.len());
            Ok(ExitCode::FAILURE)
        }
        Err(other) => Err(other.into()),
    }
}

/// Prints findings, one a line.
pub(super) fn list(findings: &[ImportFinding]) {
    for finding in findings {
        let mark = if finding.severity == "warning" {
            "!"
        } else {
            "·"
        };
        let row = finding
            .row
            .map(|r| format!("row {r}, "))
            .unwrap_or_default();
        let column = finding
            .column
            .as_ref()
            .map(|c| format!("{c}: "))
            .unwrap_or_default();
        let read = match (&finding.read, &finding.assumed) {
            (Some(read), Some(assumed)) => format!(" (read “{read}”, took {assumed})"),
            (Some(read), None) => format!(" (read “{read}”)"),
            (None, Some(assumed)) => format!(" (took {assumed})"),
            (None, None) => String::new(),
        };
        println!("  {mark} {row}{column}{}{read}", finding.en);
    }
}
