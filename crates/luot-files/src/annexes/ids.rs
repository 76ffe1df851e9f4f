//! Ids of an instance, made of what the tables say so that the same tables give the same ids.

use std::collections::{BTreeMap, BTreeSet};

use crate::targets::UnitTarget;
use crate::text;
use crate::units::UnitName;

/// Gives each id once.
#[derive(Default)]
pub(super) struct Ids {
    taken: BTreeSet<String>,
    /// The number last put behind an id.
    last: BTreeMap<String, u32>,
}

impl Ids {
    /// This id, or with a number behind it where it is taken.
    pub(super) fn take(&mut self, wanted: &str) -> String {
        let mut id = wanted.to_owned();
        while !self.taken.insert(id.clone()) {
            let n = self.last.entry(wanted.to_owned()).or_insert(1);
            *n += 1;
            id = format!("{wanted}-{n}");
        }
        id
    }

    /// The name's slug; for a name without letters, what it is.
    pub(super) fn named(&mut self, name: &str, what: &str) -> String {
        let slug = text::slug(name);
        self.take(if slug.is_empty() { what } else { &slug })
    }

    /// A site's id: `mot-cua` for a one-stop office; for a site of one unit that is named after it,
    /// what stands before the unit's name and the unit's number (`CAX Hồng Thái` is `cax-03`); else
    /// the slug.
    pub(super) fn site(&mut self, name: &str, only: Option<(&UnitTarget, u32)>) -> String {
        let words = text::words(name);
        if format!(" {words} ").contains(" mot cua ") {
            return self.take("mot-cua");
        }
        if let Some((unit, number)) = only
            && let Some(before) = words.strip_suffix(&UnitName::of(&unit.name).bare)
            && let Some(short) = abbreviation(before)
        {
            return self.take(&format!("{short}-{number:02}"));
        }
        self.named(name, "diem")
    }
}

/// One word stays as it is; of several the initials: `cong an xa` is `cax`.
fn abbreviation(words: &str) -> Option<String> {
    let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    match words.as_slice() {
        [] => None,
        [word] => Some((*word).to_owned()),
        several => Some(
            several
                .iter()
                .filter_map(|word| word.chars().next())
                .collect(),
        ),
    }
}

/// The units' own numbers, or their places where these are not one for each.
pub(super) fn numbers(units: &[UnitTarget]) -> Vec<u32> {
    let own: BTreeSet<u32> = units.iter().map(|unit| unit.number).collect();
    if own.len() == units.len() {
        units.iter().map(|unit| unit.number).collect()
    } else {
        (1..).take(units.len()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(name: &str) -> UnitTarget {
        UnitTarget {
            row: 2,
            number: 3,
            name: name.into(),
            residents: None,
            target: 1,
            per_day: None,
        }
    }

    #[test]
    fn a_site_is_called_after_its_unit_its_kind_or_its_name() {
        for (site, only, expect) in [
            ("CAX Hồng Thái", Some("Hồng Thái"), "cax-03"),
            ("Công an xã Hồng Thái", Some("Xã Hồng Thái"), "cax-03"),
            ("Bộ phận Một cửa huyện", Some("Hồng Thái"), "mot-cua"),
            ("Hồng Thái", Some("Hồng Thái"), "hong-thai"),
            ("Nhà văn hóa", Some("Hồng Thái"), "nha-van-hoa"),
            ("CAX Hồng Thái", None, "cax-hong-thai"),
            ("—", None, "diem"),
        ] {
            let unit = only.map(unit);
            assert_eq!(
                Ids::default().site(site, unit.as_ref().map(|u| (u, 3))),
                expect,
                "{site}"
            );
        }
    }

    #[test]
    fn an_id_is_given_once() {
        let mut ids = Ids::default();
        assert_eq!(
            [ids.take("a"), ids.take("a"), ids.take("a-2")],
            ["a", "a-2", "a-2-2"]
        );
    }
}
