//! Records per shift and machine, as an instance has them: a number for the shift, a rate for the
//! machine.

use std::collections::BTreeMap;

use super::Parts;
use crate::finding::{Report, note};

/// A rate is counted in hundredths.
const WHOLE: u64 = 100;

pub(super) struct Records {
    of_shift: BTreeMap<String, u32>,
    /// In hundredths.
    of_machine: BTreeMap<String, u64>,
}

impl Records {
    /// The most a machine takes in a shift is the shift's; the rate of each machine follows. What a
    /// rate cannot express is rounded down, with a finding: too few places are safe, too many are a
    /// promise nobody can keep.
    pub(super) fn of(parts: &Parts<'_>, report: &mut Report) -> Records {
        let mut stated = BTreeMap::<(&str, &str), u32>::new();
        for (_, entry) in parts.entries() {
            let cell = (parts.machine(entry), parts.shift(entry));
            let least = stated.entry(cell).or_insert(entry.records);
            if *least != entry.records {
                *least = entry.records.min(*least);
                report.warning(
                    note(
                        "records-vary",
                        format!("{} has another number of records in the same shift elsewhere; the least is taken.", entry.machine),
                        format!("{} có số hồ sơ khác cho cùng ca ở dòng khác; lấy số nhỏ nhất.", entry.machine),
                    )
                    .row(entry.row)
                    .read(&entry.records.to_string())
                    .assumed(least.to_string()),
                );
            }
        }
        let mut of_shift = BTreeMap::<String, u32>::new();
        for ((_, shift), records) in &stated {
            let most = of_shift.entry((*shift).to_owned()).or_insert(*records);
            *most = (*most).max(*records);
        }
        let mut cells = BTreeMap::<&str, Vec<(u32, u32)>>::new();
        for ((machine, shift), records) in &stated {
            if let Some(most) = of_shift.get(*shift) {
                cells.entry(machine).or_default().push((*most, *records));
            }
        }
        let mut of_machine = BTreeMap::new();
        for (name, machine) in parts.machines.iter() {
            let cells = cells.remove(machine.as_str()).unwrap_or_default();
            let (rate, exact) = rate(&cells);
            if !exact {
                report.warning(note(
                    "records-rounded",
                    format!("The records of {name} are no whole hundredth of its shifts'; they are rounded down."),
                    format!("Số hồ sơ của {name} không quy được thành tỷ lệ phần trăm của ca; làm tròn xuống."),
                ));
            }
            of_machine.insert(machine.clone(), rate);
        }
        Records {
            of_shift,
            of_machine,
        }
    }

    pub(super) fn shift(&self, shift: &str) -> u32 {
        self.of_shift.get(shift).copied().unwrap_or_default()
    }

    /// The machine's rate, where it is not 1.
    pub(super) fn rate(&self, machine: &str) -> Option<f64> {
        let hundredths = self
            .of_machine
            .get(machine)
            .copied()
            .filter(|rate| *rate != WHOLE)?;
        u32::try_from(hundredths)
            .ok()
            .map(|hundredths| f64::from(hundredths) / 100.0)
    }

    /// What a machine takes in a shift, as the model counts it.
    pub(super) fn places(&self, machine: &str, shift: &str) -> u32 {
        let rate = self.of_machine.get(machine).copied().unwrap_or(WHOLE);
        floor(self.shift(shift), rate)
    }
}

fn floor(records: u32, hundredths: u64) -> u32 {
    u32::try_from(u64::from(records) * hundredths / WHOLE).unwrap_or(u32::MAX)
}

/// The least rate that gives each shift its own records, and true; or, where none does, the greatest
/// that gives no shift more. A shift is here its greatest number of records and the machine's.
fn rate(cells: &[(u32, u32)]) -> (u64, bool) {
    let all = |is: fn(&u32, &u32) -> bool, rate: u64| {
        cells.iter().all(|(most, own)| is(&floor(*most, rate), own))
    };
    if all(u32::eq, WHOLE) {
        return (WHOLE, true);
    }
    match (1..WHOLE).find(|rate| all(u32::eq, *rate)) {
        Some(rate) => (rate, true),
        None => (
            (1..WHOLE)
                .rev()
                .find(|rate| all(u32::le, *rate))
                .unwrap_or(1),
            false,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_gives_each_shift_its_records_or_fewer() {
        for (cells, expect) in [
            (vec![(160, 160), (80, 80)], (100, true)),
            (vec![(160, 80), (100, 50)], (50, true)),
            (vec![(80, 40), (70, 35)], (50, true)),
            (vec![(160, 120)], (75, true)),
            (vec![(160, 80), (160, 120)], (50, false)),
            (vec![(1000, 333)], (33, false)),
            (vec![], (100, true)),
        ] {
            assert_eq!(rate(&cells), expect, "{cells:?}");
        }
    }
}
