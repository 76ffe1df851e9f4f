//! What a plan means for people, in words.

use std::path::Path;
use std::process::ExitCode;

use super::files::{read_instance, read_plan};
use crate::commands::Failure;
use crate::config::Language;

impl Language {
    /// Of two texts the one in this language.
    pub(super) fn of<'a>(self, en: &'a str, vi: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Vi => vi,
        }
    }
}

/// Who keeps their place, who moves from where to where, and which machine goes where.
pub(super) fn diff(
    instance: &Path,
    before: &Path,
    after: &Path,
    language: Language,
) -> Result<Option<ExitCode>, Failure> {
    let (Some(instance), Some(before), Some(after)) = (
        read_instance(instance)?,
        read_plan(before)?,
        read_plan(after)?,
    ) else {
        return Ok(None);
    };
    for line in lines(&luot_planner::diff(&instance, &before, &after), language) {
        println!("{line}");
    }
    Ok(Some(ExitCode::SUCCESS))
}

/// A comparison as sentences.
pub(super) fn lines(diff: &luot_planner::Diff, language: Language) -> &[String] {
    match language {
        Language::En => &diff.text,
        Language::Vi => &diff.text_vi,
    }
}

/// Why each machine stands where it does; who is left out or late, why, and what would help.
pub(super) fn explain(
    instance: &Path,
    plan: &Path,
    language: Language,
) -> Result<Option<ExitCode>, Failure> {
    let (Some(instance), Some(plan)) = (read_instance(instance)?, read_plan(plan)?) else {
        return Ok(None);
    };
    for block in luot_planner::blocks(&instance, &plan) {
        println!("{}", language.of(&block.text, &block.text_vi));
    }
    for left in luot_planner::explain(&instance, &plan) {
        let (cohort, people) = (&left.cohort, left.people);
        println!(
            "{cohort} ({people}): {}",
            language.of(&left.text, &left.text_vi)
        );
        if let Some(relief) = &left.relief {
            println!("  → {}", language.of(&relief.text, &relief.text_vi));
        }
    }
    Ok(Some(ExitCode::SUCCESS))
}
