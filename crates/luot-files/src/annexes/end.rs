//! When the campaign ends, which neither annex says.
//!
//! But the targets per day do: each is the target by the number of days, rounded. Of Bình Gia's 19
//! rows all agree on 70 days, which is the plan's 11 April to 20 June counted from the first day to
//! the last.

use chrono::{Days, NaiveDate};

use crate::finding::{Report, note};
use crate::targets::{Targets, UnitTarget};

/// The longest campaign that is looked for.
const MOST_DAYS: u32 = 400;
/// Fewer rows than this agree on many numbers of days.
const FEWEST_ROWS: usize = 3;

/// The last day, from the first day, the rotation's last and the targets per day.
pub(super) fn of(
    start: NaiveDate,
    last: NaiveDate,
    targets: &Targets,
    report: &mut Report,
) -> NaiveDate {
    let counted = days(&targets.units);
    let by_targets = counted.and_then(|days| start.checked_add_days(Days::new(days.into())));
    let (Some(days), Some(end)) = (counted, by_targets) else {
        report.info(
            note(
                "campaign-end-assumed",
                "The tables do not say when the campaign ends; the rotation's last day is taken.",
                "Các bảng không ghi ngày kết thúc; lấy ngày cuối của lịch luân chuyển máy.",
            )
            .assumed(shown(last)),
        );
        return last;
    };
    for unit in targets.units.iter().filter(|unit| !agrees(unit, days)) {
        let Some(per_day) = unit.per_day else {
            continue;
        };
        report.warning(
            note(
                "per-day-differs",
                format!("Over {days} days the target of {} is not {per_day} a day; the target counts.", unit.name),
                format!("Chia chỉ tiêu của {} cho {days} ngày không ra {per_day} mỗi ngày; lấy theo chỉ tiêu.", unit.name),
            )
            .row(unit.row)
            .read(&per_day.to_string()),
        );
    }
    if end < last {
        report.warning(
            note(
                "rotation-beyond-end",
                format!("The targets per day are for {days} days, to {}; the rotation goes on to {}, which is taken.", shown(end), shown(last)),
                format!("Chỉ tiêu theo ngày tính cho {days} ngày, đến {}; lịch luân chuyển kéo dài đến {} và được lấy làm ngày cuối.", shown(end), shown(last)),
            )
            .assumed(shown(last)),
        );
        return last;
    }
    report.info(
        note(
            "campaign-end-inferred",
            format!("The tables do not say when the campaign ends. Each target by its target per day gives {days} days, counted from {}.", shown(start)),
            format!("Các bảng không ghi ngày kết thúc. Chỉ tiêu chia cho chỉ tiêu theo ngày ra {days} ngày, tính từ {}.", shown(start)),
        )
        .assumed(shown(end)),
    );
    end
}

fn shown(date: NaiveDate) -> String {
    date.format("%d/%m/%Y").to_string()
}

/// The number of days on which most rows agree; none unless four rows of five do.
fn days(units: &[UnitTarget]) -> Option<u32> {
    let stated: Vec<&UnitTarget> = units.iter().filter(|unit| unit.per_day.is_some()).collect();
    let target: u64 = stated.iter().map(|unit| u64::from(unit.target)).sum();
    let per_day: u64 = stated
        .iter()
        .filter_map(|unit| unit.per_day)
        .map(u64::from)
        .sum();
    if stated.len() < FEWEST_ROWS || per_day == 0 {
        return None;
    }
    // Where several numbers of days fit alike, the one nearest to the whole table's is taken.
    let off = |days: u32| (u64::from(days) * per_day).abs_diff(target);
    let agreeing = |days: u32| stated.iter().filter(|unit| agrees(unit, days)).count();
    let best =
        (1..=MOST_DAYS).max_by_key(|days| (agreeing(*days), std::cmp::Reverse(off(*days))))?;
    (agreeing(best) * 5 >= stated.len() * 4).then_some(best)
}

/// Whether the row's target by this number of days, rounded, is its target per day.
fn agrees(unit: &UnitTarget, days: u32) -> bool {
    let (target, days) = (u64::from(unit.target), u64::from(days));
    unit.per_day
        .is_none_or(|per_day| (2 * target + days) / (2 * days) == u64::from(per_day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(rows: &[(u32, Option<u32>)]) -> Vec<UnitTarget> {
        rows.iter()
            .zip(1..)
            .map(|((target, per_day), number)| UnitTarget {
                row: number + 1,
                number,
                name: format!("Xã {number}"),
                residents: None,
                target: *target,
                per_day: *per_day,
            })
            .collect()
    }

    #[test]
    fn targets_per_day_tell_the_number_of_days() {
        for (rows, expect) in [
            (
                vec![
                    (2700, Some(39)),
                    (1439, Some(21)),
                    (860, Some(12)),
                    (291, Some(4)),
                ],
                Some(70),
            ),
            (
                vec![(100, Some(10)), (200, Some(20)), (300, Some(30))],
                Some(10),
            ),
            (vec![(100, Some(10)), (200, Some(20))], None),
            (vec![(100, None), (200, None), (300, None)], None),
            (vec![(100, Some(0)), (200, Some(0)), (300, Some(0))], None),
            (vec![(100, Some(10)), (200, Some(90)), (300, Some(3))], None),
        ] {
            assert_eq!(days(&units(&rows)), expect, "{rows:?}");
        }
    }
}
