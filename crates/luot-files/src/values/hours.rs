//! Hours of a shift: two clock times in a text.

use chrono::NaiveTime;

use crate::{limits, text};

/// Two clock times, in the order they are written: `Từ 7h00 đến 15h00`, `7:00-15:00`, `7 giờ - 11 giờ
/// 30`. None where there are not exactly two, or one is no time of a day.
pub(crate) fn hours(text: &str) -> Option<(NaiveTime, NaiveTime)> {
    if text.chars().nth(limits::NAME_CHARS).is_some() {
        return None;
    }
    let folded = text::fold(text).replace("gio", "h");
    let characters: Vec<char> = folded.chars().collect();
    let (mut marked, mut all) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(found) = characters.get(at..).and_then(|rest| clock(rest, at)) {
        let (time, has_mark, next) = found;
        all.push(time);
        if has_mark {
            marked.push(time);
        }
        at = next;
    }
    let times = if marked.len() == 2 { marked } else { all };
    match times.as_slice() {
        [Some(start), Some(end)] => Some((*start, *end)),
        _ => None,
    }
}

/// The next number in the text as a clock time, whether it bears a mark of hours, and where it ends.
fn clock(rest: &[char], offset: usize) -> Option<(Option<NaiveTime>, bool, usize)> {
    let number = |from: usize| {
        let digits: String = rest
            .iter()
            .skip(from)
            .take_while(|c| c.is_ascii_digit())
            .take(9)
            .collect();
        (digits.parse::<u32>().ok(), from + digits.len())
    };
    let is_mark = |at: usize| rest.get(at).is_some_and(|c| ['h', 'g', ':'].contains(c));
    let start = rest.iter().position(char::is_ascii_digit)?;
    let (hour, mut end) = number(start);
    let mut mark = end;
    while rest.get(mark) == Some(&' ') {
        mark += 1;
    }
    let mut minute = 0;
    let mut marked = false;
    if is_mark(mark) {
        let colon = rest.get(mark) == Some(&':');
        let mut from = mark + 1;
        while !colon && rest.get(from) == Some(&' ') {
            from += 1;
        }
        let (minutes, after) = number(from);
        let mut beyond = after;
        while rest.get(beyond) == Some(&' ') {
            beyond += 1;
        }
        // `7h 15h`: what follows is a time of its own. `Ca 1: 7h`: this colon marks no hours.
        let own = after - from == 2 && !is_mark(beyond);
        marked = !colon || own;
        if marked {
            end = mark + 1;
        }
        if own {
            minute = minutes.unwrap_or_default();
            end = after;
        }
    }
    let time = hour.and_then(|hour| NaiveTime::from_hms_opt(hour, minute, 0));
    Some((time, marked, offset + end.max(start + 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (given, expect) in [
            ("Từ 7h00 đến 15h00", Some("07:00 15:00")),
            ("Từ 15h00 đến 23h00", Some("15:00 23:00")),
            ("7:00-15:00", Some("07:00 15:00")),
            ("07h30 – 11h30", Some("07:30 11:30")),
            ("7h - 11h", Some("07:00 11:00")),
            ("7h 15h", Some("07:00 15:00")),
            ("7 giờ 30 đến 11 giờ", Some("07:30 11:00")),
            ("7g30-11g", Some("07:30 11:00")),
            ("7 - 11h30", Some("07:00 11:30")),
            ("Ca 1: 7h00-11h00", Some("07:00 11:00")),
            ("Ca 1: 7h-11h30", Some("07:00 11:30")),
            ("22h00-6h00", Some("22:00 06:00")),
            ("7h00", None),
            ("7h60-9h00", None),
            ("15h00-24h00", None),
            ("sáng", None),
            ("", None),
            ("7h-8h-9h", None),
            ("99999999999999h - 3h", None),
        ] {
            let read =
                hours(given).map(|(a, b)| format!("{} {}", a.format("%H:%M"), b.format("%H:%M")));
            assert_eq!(read.as_deref(), expect, "{given}");
        }
    }
}
