//! What a planner may let pass in an instance and the service does not: what both databases
//! and every calendar program must be able to take, and what a published plan must keep.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDate};
use luot_domain::finding::Note;
use luot_planner::{Instance, Plan};
use serde_json::Value;

use crate::limits;

/// Everything of that sort, with pointers into the body. `findings` are the planner's.
pub(super) fn faults(body: &Value, instance: Option<&Instance>, findings: &[Note]) -> Vec<Note> {
    let mut faults = impossible_texts(body);
    let Some(instance) = instance else {
        return faults;
    };
    faults.extend(far_off("/start", instance.start));
    faults.extend(far_off("/end", instance.end));
    for (n, site) in instance.sites.iter().enumerate() {
        if site.machines_at_once == 0 {
            faults.push(no_room(&format!("/sites/{n}/machines_at_once")));
        }
    }
    if let Some(plan) = &instance.published {
        // What is only odd to a planner cannot become sessions.
        let unknown = |note: &&Note| {
            note.pointer.starts_with("/published/")
                && note.code.starts_with("unknown-")
                && note.code != "unknown-day"
        };
        faults.extend(findings.iter().filter(unknown).cloned());
        published(plan, &mut faults);
    }
    faults.truncate(luot_planner::limits::FAULTS_LISTED);
    faults
}

/// A site at which nothing can ever stand.
pub(crate) fn no_room(pointer: &str) -> Note {
    Note::new(
        pointer,
        "out-of-range",
        "at least one machine must have room at a site; retire the site instead",
        "mỗi điểm phải đặt được ít nhất một máy; hãy ngừng điểm này nếu không dùng",
    )
}

/// A day that databases, time zones and calendar programs disagree about.
fn far_off(pointer: &str, day: NaiveDate) -> Option<Note> {
    let years = limits::CAMPAIGN_YEARS;
    (!years.contains(&day.year())).then(|| {
        let (from, to) = (years.start(), years.end());
        Note::new(
            pointer,
            "out-of-range",
            format!("a campaign lies between the years {from} and {to}"),
            format!("đợt phải nằm trong khoảng năm {from} đến {to}"),
        )
    })
}

/// Every machine is in one place at a time, and no more people have places than any
/// campaign may have.
fn published(plan: &Plan, faults: &mut Vec<Note>) {
    let mut seen = HashSet::new();
    for (n, placed) in plan.rotation.iter().enumerate() {
        let pointer = format!("/published/rotation/{n}/date");
        faults.extend(far_off(&pointer, placed.date));
        if !seen.insert((&placed.machine, placed.date, &placed.shift)) {
            faults.push(Note::new(
                format!("/published/rotation/{n}"),
                "machine-twice",
                format!("{} is in another place at that time", placed.machine),
                format!("{} đang ở nơi khác vào lúc đó", placed.machine),
            ));
        }
    }
    let people: u64 = plan.allotments.iter().map(|a| u64::from(a.people)).sum();
    let most = luot_planner::limits::PEOPLE_IN_ALL;
    if people > most {
        faults.push(Note::new(
            "/published/allotments",
            "too-many",
            format!("{people} people; at most {most} are taken"),
            format!("{people} người; tối đa {most}"),
        ));
    }
}

/// Texts with control characters, which would end up in files and on screens, and days
/// before the year 1, which no other program reads.
pub(crate) fn impossible_texts(value: &Value) -> Vec<Note> {
    let mut faults = Vec::new();
    walk(value, &mut String::new(), &mut faults);
    faults.truncate(luot_planner::limits::FAULTS_LISTED);
    faults
}

fn walk(value: &Value, pointer: &mut String, faults: &mut Vec<Note>) {
    let length = pointer.len();
    match value {
        Value::String(text) => faults.extend(impossible(text, pointer)),
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{n}"));
                walk(item, pointer, faults);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                pointer.push('/');
                pointer.push_str(&key.replace('~', "~0").replace('/', "~1"));
                if key.chars().any(char::is_control) {
                    faults.push(control(pointer));
                }
                walk(member, pointer, faults);
                pointer.truncate(length);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn impossible(text: &str, pointer: &str) -> Option<Note> {
    if text.chars().any(char::is_control) {
        return Some(control(pointer));
    }
    let day = (text.len() == 10)
        .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .flatten();
    let odd = day.is_some_and(|day| day.year() < 1 || text.starts_with('+'));
    odd.then(|| {
        Note::new(
            pointer,
            "no-such-date",
            "there is no such date; dates are written YYYY-MM-DD",
            "không có ngày này; ngày viết theo dạng YYYY-MM-DD",
        )
    })
}

fn control(pointer: &str) -> Note {
    Note::new(
        pointer,
        "control-character",
        "a text holds a control character",
        "có văn bản chứa ký tự điều khiển",
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_no_other_program_reads_is_found_where_it_stands() {
        let body = json!({
            "name": "a\u{1}", "fine": "2026-04-08", "sites": [{"from": "-001-01-01"}, {"a/b": "0000-01-01"}],
        });
        let found: Vec<_> = impossible_texts(&body)
            .into_iter()
            .map(|note| (note.pointer, note.code))
            .collect();
        let expect = [
            ("/name", "control-character"),
            ("/sites/0/from", "no-such-date"),
            ("/sites/1/a~1b", "no-such-date"),
        ];
        assert_eq!(found, expect.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }
}
