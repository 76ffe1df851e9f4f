//! Dates, sessions and differences as sentences, in English and in Vietnamese.
//!
//! Parts are called by their names where an instance has them (`Instance::names`), by their ids otherwise.

use chrono::{Datelike, NaiveDate};

use crate::diff::{Diff, Move, When};
use crate::types::Instance;

/// `Tue 14 Apr`.
pub(crate) fn day(date: NaiveDate) -> String {
    date.format("%a %-d %b").to_string()
}

/// `thứ Ba 14/4`.
pub(crate) fn day_vi(date: NaiveDate) -> String {
    let weekday = match date.weekday().number_from_monday() {
        1 => "thứ Hai",
        2 => "thứ Ba",
        3 => "thứ Tư",
        4 => "thứ Năm",
        5 => "thứ Sáu",
        6 => "thứ Bảy",
        _ => "Chủ nhật",
    };
    format!("{weekday} {}/{}", date.day(), date.month())
}

/// A shift by its name and hours: `sáng (07:30–11:30)`.
pub(crate) fn shift(instance: &Instance, id: &str) -> String {
    let found = instance.shifts.iter().find(|s| s.id == id);
    found.map_or_else(
        || id.to_owned(),
        |s| {
            format!(
                "{} ({}–{})",
                instance.names.shift(id),
                s.start.format("%H:%M"),
                s.end.format("%H:%M")
            )
        },
    )
}

fn when(instance: &Instance, at: &When) -> String {
    format!(
        "{} {} at {}",
        day(at.date),
        shift(instance, &at.shift),
        instance.names.site(&at.site)
    )
}

fn when_vi(instance: &Instance, at: &When) -> String {
    format!(
        "{} ca {} tại {}",
        day_vi(at.date),
        shift(instance, &at.shift),
        instance.names.site(&at.site)
    )
}

fn to(instance: &Instance, from: &When, to: &When) -> (String, String) {
    if from.site == to.site {
        let en = format!(
            "{} {}, same place",
            day(to.date),
            shift(instance, &to.shift)
        );
        (
            en,
            format!(
                "{} ca {}, cùng địa điểm",
                day_vi(to.date),
                shift(instance, &to.shift)
            ),
        )
    } else {
        (when(instance, to), when_vi(instance, to))
    }
}

/// Fills in the sentences of a difference.
pub(crate) fn tell(instance: &Instance, diff: &mut Diff) {
    let before = diff.kept + diff.moved + diff.lost;
    let (moved, lost, gained) = (diff.moved, diff.lost, diff.gained);
    diff.text.push(format!("{moved} of {before} people move, {lost} lose their place, {gained} get one; cost {} instead of {}", diff.cost_after, diff.cost_before));
    diff.text_vi.push(format!(
        "{moved} trên {before} người đổi lịch, {lost} người mất chỗ, {gained} người có chỗ mới; chi phí {} thay vì {}",
        diff.cost_after, diff.cost_before
    ));
    for Move {
        cohort,
        people,
        from,
        to: target,
    } in &diff.moves
    {
        let cohort = instance.names.cohort(cohort);
        let (en, vi) = match (from, target) {
            (Some(a), Some(b)) => {
                let (en, vi) = to(instance, a, b);
                (
                    format!("{cohort}: {people} from {} to {en}", when(instance, a)),
                    format!(
                        "{cohort}: {people} người từ {} sang {vi}",
                        when_vi(instance, a)
                    ),
                )
            }
            (Some(a), None) => (
                format!("{cohort}: {people} lose {}", when(instance, a)),
                format!("{cohort}: {people} người mất chỗ {}", when_vi(instance, a)),
            ),
            (None, Some(b)) => (
                format!("{cohort}: {people} get {}", when(instance, b)),
                format!("{cohort}: {people} người có chỗ {}", when_vi(instance, b)),
            ),
            (None, None) => continue,
        };
        diff.text.push(en);
        diff.text_vi.push(vi);
    }
    for m in &diff.machines {
        let (d, v, s) = (day(m.date), day_vi(m.date), shift(instance, &m.shift));
        let site = |id: &Option<String>| {
            let id = id.as_deref()?;
            Some(instance.names.site(id).to_owned())
        };
        let machine = instance.names.machine(&m.machine);
        let (en, vi) = match (site(&m.from), site(&m.to)) {
            (Some(a), Some(b)) => (
                format!("{machine} goes to {b} instead of {a} on {d} {s}"),
                format!("{machine} đến {b} thay vì {a} vào {v} ca {s}"),
            ),
            (None, Some(b)) => (
                format!("{machine} goes to {b} on {d} {s}"),
                format!("{machine} đến {b} vào {v} ca {s}"),
            ),
            (Some(a), None) => (
                format!("{machine} does not go to {a} on {d} {s}"),
                format!("{machine} không đến {a} vào {v} ca {s}"),
            ),
            (None, None) => continue,
        };
        diff.text.push(en);
        diff.text_vi.push(vi);
    }
}

/// `17,290`.
pub(crate) fn number(n: i64) -> String {
    grouped(n, ',')
}

/// `17.290`.
pub(crate) fn number_vi(n: i64) -> String {
    grouped(n, '.')
}

fn grouped(n: i64, separator: char) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut text = String::new();
    for (k, digit) in digits.chars().enumerate() {
        if k > 0 && (digits.len() - k).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    if n < 0 { format!("-{text}") } else { text }
}
