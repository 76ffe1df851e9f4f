//! Units of the rotation found among the targets.

use std::collections::BTreeMap;

use crate::finding::{Note, Report, note};
use crate::rotation::{Rotation, RotationEntry};
use crate::targets::Targets;
use crate::text;
use crate::units::UnitName;

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
    let known: Vec<UnitName> = targets
        .units
        .iter()
        .map(|unit| UnitName::of(&unit.name))
        .collect();
    let mut seen = BTreeMap::<&str, Option<usize>>::new();
    let (mut nearly, mut example) = (0_usize, None);
    let mut found = Vec::with_capacity(rotation.entries.len());
    for entry in &rotation.entries {
        let place = match seen.get(entry.unit.as_str()) {
            Some(place) => *place,
            None => {
                let place = match look_up(&entry.unit, targets, &known) {
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
                        report.fault(unknown(entry, targets, &known));
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

fn look_up(name: &str, targets: &Targets, known: &[UnitName]) -> Match {
    if let Some(n) = targets.units.iter().position(|unit| unit.name == name) {
        return Match::Same(n);
    }
    let wanted = UnitName::of(name);
    let of_name = |accept: &dyn Fn(&UnitName) -> bool| -> Vec<usize> {
        (0..)
            .zip(known)
            .filter(|(_, unit)| accept(unit))
            .map(|(n, _)| n)
            .collect()
    };
    let exact = of_name(&|unit| *unit == wanted);
    let likely = of_name(&|unit| unit.may_be(&wanted));
    let called = of_name(&|unit| unit.bare == wanted.bare);
    match (exact.as_slice(), likely.as_slice(), called.as_slice()) {
        ([n], _, _) | ([], [n], _) => Match::Nearly(*n),
        ([], [], [n]) => Match::OtherKind(*n),
        ([], [], []) => Match::Unknown,
        _ => Match::Ambiguous,
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

fn unknown(entry: &RotationEntry, targets: &Targets, known: &[UnitName]) -> Note {
    let wanted = UnitName::of(&entry.unit).bare;
    let near = known
        .iter()
        .zip(&targets.units)
        .map(|(unit, target)| (text::distance(&unit.bare, &wanted), target.name.as_str()))
        .min()
        .filter(|(distance, _)| *distance <= wanted.len() / 3);
    let (guess, guess_vi) = match near {
        Some((_, name)) => (format!(" Is it “{name}”?"), format!(" Có phải “{name}”?")),
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
