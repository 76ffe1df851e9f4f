//! `luot plan rebalance`: up to three answers to something that went wrong.

use std::process::ExitCode;
use std::time::Instant;

use luot_planner::Disruption;

use super::bar::{Bar, Length};
use super::files::{read_instance, read_json, read_plan, tell};
use super::tell::lines;
use super::write;
use crate::commands::Failure;
use crate::config::Rebalance;

pub(super) fn run(args: &Rebalance) -> Result<Option<ExitCode>, Failure> {
    let (Some(mut instance), Some(what)) =
        (read_instance(&args.instance)?, read_json(&args.disruption)?)
    else {
        return Ok(None);
    };
    let disruption: Disruption = match serde_json::from_value(what) {
        Ok(disruption) => disruption,
        Err(error) => {
            eprintln!("{}: not a disruption: {error}", args.disruption.display());
            return Ok(None);
        }
    };
    if let Some(published) = &args.published {
        let Some(plan) = read_plan(published)? else {
            return Ok(None);
        };
        instance.published = Some(plan);
    }
    if let Some(today) = args.today {
        instance.frozen_before = Some(today);
        instance.frozen_shift = None;
    }
    let search = &args.search;
    let began = Instant::now();
    let length = Length::new(search.seconds, search.steps);
    let gone = || length.done(began.elapsed(), 0);
    let mut bar = Bar::new(began, length);
    let limit = length.limit(&gone);
    let answer = luot_planner::proposals(&instance, &disruption, search.seed, limit, &mut |seen| {
        bar.show(seen)
    });
    bar.end();
    let answer = match answer {
        Ok(answer) => answer,
        Err(faults) => {
            tell(&args.disruption, &faults);
            return Ok(None);
        }
    };
    if let Some(folder) = &args.output {
        std::fs::create_dir_all(folder)
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        let text = serde_json::to_string(&answer.instance)?;
        write(Some(&folder.join("instance.json")), &text)?;
    }
    let mut sound = false;
    for (n, proposal) in answer.proposals.iter().enumerate() {
        let n = n + 1;
        let title = args.language.of(&proposal.title, &proposal.title_vi);
        println!("{n}. {} – {title}", proposal.kind);
        if !proposal.assessment.ok {
            let breaks = args.language.of(
                "This plan breaks rules and cannot be published:",
                "Kế hoạch này vi phạm quy tắc, không công bố được:",
            );
            println!("   {breaks}");
        }
        for fault in &proposal.assessment.faults {
            let detail = args.language.of(&fault.detail, &fault.detail_vi);
            println!("   ! {}: {detail}", fault.pointer);
        }
        for line in lines(&proposal.diff, args.language) {
            println!("   {line}");
        }
        sound |= proposal.assessment.ok;
        if let Some(folder) = &args.output {
            let text = serde_json::to_string(&proposal.plan)?;
            write(Some(&folder.join(format!("proposal-{n}.json"))), &text)?;
        }
    }
    Ok(Some(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }))
}
