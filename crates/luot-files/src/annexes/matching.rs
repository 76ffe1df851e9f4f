//! Units of the rotation found among the targets.

use std::collections::BTreeMap;

use crate::finding::{Note, Report, note};
use crate::rotation::{Rotation, RotationEntry};
use crate::targets::Targets;
use crate::units::UnitName;
use crate::{limits, text};

enum Match {
    /// The name as it is written.
    Same(usize),
    /// But for the unit's kind, the case or the accents.
    Nearly(usize),
    /// The kinds differ: `Xã Bình Gia` and `Thị trấn Bình Gia`, and there is no other of the name.
    OtherKind(usize),
    Ambiguous,
    Unknown,
}

/// For each entry of the rotation the place of its unit among the targets; where one is not found, a
/// fault and no places.
pub(super) fn units(rotation: &Rotation, targets: &Targets, report: &mut Report) -> Vec<usize> {
    let known = Known::of(targets);
    let mut seen = BTreeMap::<&str, Option<usize>>::new();
    let (mut nearly, mut example, mut unknown_count) = (0_usize, None, 0_usize);
    let mut found = Vec::with_capacity(rotation.entries.len());
    for entry in &rotation.entries {
        let place = match seen.get(entry.unit.as_str()) {
            Some(place) => *place,
            None => {
                let place = match known.look_up(&entry.unit) {
                    Match::Same(n) => Some(n),
                    Match::Nearly(n) => {
                        nearly += 1;
                        let there = targets.units.get(n).map_or("", |unit| unit.name.as_str());
                        example.get_or_insert((entry, there));
                        Some(n)
                    }
                    Match::OtherKind(n) => {
                        let there = targets.units.get(n).map_or("", |unit| unit.name.as_str());
                        report.warning(other_kind(entry, there));
                        Some(n)
                    }
                    Match::Ambiguous => {
                        report.fault(ambiguous(entry));
                        None
                    }
                    Match::Unknown => {
                        unknown_count += 1;
                        let near = if unknown_count <= limits::GUESSES {
                            known.near(&entry.unit)
                        } else {
                            None
                        };
                        report.fault(unknown(entry, near));
                        None
                    }
                };
                seen.insert(&entry.unit, place);
                place
            }
        };
        found.extend(place);
    }
    if let Some((entry, there)) = example {
        report.info(
            note(
                "unit-names-differ",
                format!("{} written differently in the two tables (with or without xã, thị trấn); they were matched by name.", text::count(nearly, "unit is", "units are")),
                format!("{nearly} đơn vị được viết khác nhau trong hai bảng (có hoặc không có chữ xã, thị trấn); đã ghép theo tên."),
            )
            .row(entry.row)
            .read(&entry.unit)
            .assumed(there),
        );
    }
    found
}

/// The targets' units, to be looked up by name.
struct Known<'t> {
    targets: &'t Targets,
    as_written: BTreeMap<&'t str, usize>,
    by_name: BTreeMap<String, Vec<(UnitName, usize)>>,
}

impl<'t> Known<'t> {
    fn of(targets: &'t Targets) -> Known<'t> {
        let mut by_name = BTreeMap::<String, Vec<(UnitName, usize)>>::new();
        let mut as_written = BTreeMap::new();
        for (n, unit) in targets.units.iter().enumerate() {
            let name = UnitName::of(&unit.name);
            as_written.entry(unit.name.as_str()).or_insert(n);
            by_name
                .entry(name.bare.clone())
                .or_default()
                .push((name, n));
        }
        Known {
            targets,
            as_written,
            by_name,
        }
    }

    fn look_up(&self, name: &str) -> Match {
        if let Some(n) = self.as_written.get(name) {
            return Match::Same(*n);
        }
        let wanted = UnitName::of(name);
        let called = self
            .by_name
            .get(&wanted.bare)
            .map_or(&[][..], Vec::as_slice);
        let of_name = |accept: &dyn Fn(&UnitName) -> bool| -> Vec<usize> {
            let accepted = called.iter().filter(|(unit, _)| accept(unit));
            accepted.map(|(_, n)| *n).collect()
        };
        let exact = of_name(&|unit| *unit == wanted);
        let likely = of_name(&|unit| unit.may_be(&wanted));
        match (exact.as_slice(), likely.as_slice(), called) {
            ([n], _, _) | ([], [n], _) => Match::Nearly(*n),
            ([], [], [(_, n)]) => Match::OtherKind(*n),
            ([], [], []) => Match::Unknown,
            _ => Match::Ambiguous,
        }
    }

    /// The name that is most like this one, if any is much like it.
    fn near(&self, name: &str) -> Option<&'t str> {
        let wanted = UnitName::of(name).bare;
        let nearest = self
            .by_name
            .iter()
            .map(|(bare, units)| (text::distance(bare, &wanted), units))
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, _)| *distance <= wanted.len() / 3);
        let (_, n) = nearest?.1.first()?;
        self.targets.units.get(*n).map(|unit| unit.name.as_str())
    }
}

fn other_kind(entry: &RotationEntry, there: &str) -> Note {
    note(
        "unit-kind-differs",
        format!(
            "The targets have “{there}”, another kind of unit of the same name; taken for the same."
        ),
        format!("Bảng chỉ tiêu ghi “{there}”, cùng tên nhưng khác loại đơn vị; coi là một."),
    )
    .row(entry.row)
    .read(&entry.unit)
    .assumed(there)
}

fn ambiguous(entry: &RotationEntry) -> Note {
    note(
        "unit-ambiguous",
        "Several units of the targets have this name. Write the kind of unit (xã, thị trấn) in both tables.",
        "Bảng chỉ tiêu có nhiều đơn vị trùng tên này. Hãy ghi rõ xã, thị trấn ở cả hai bảng.",
    )
    .row(entry.row)
    .read(&entry.unit)
}

fn unknown(entry: &RotationEntry, near: Option<&str>) -> Note {
    let (guess, guess_vi) = match near {
        Some(name) => (format!(" Is it “{name}”?"), format!(" Có phải “{name}”?")),
        None => Default::default(),
    };
    note(
        "unknown-unit",
        format!("The targets have no unit of this name.{guess} Write the unit's name the same way in both tables, or add its target."),
        format!("Bảng chỉ tiêu không có đơn vị này.{guess_vi} Hãy ghi tên giống nhau ở hai bảng hoặc bổ sung chỉ tiêu."),
    )
    .row(entry.row)
    .read(&entry.unit)
}
