//! The annex's own rotation as a plan, so that it can be measured and compared.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Parts, Records};

pub(super) struct Official {
    pub(super) json: Value,
    /// For each unit how many of its people have a place.
    pub(super) served: Vec<u32>,
}

/// The rotation as it stands, and each unit's people in its sessions from the first on until nobody
/// or no place is left.
pub(super) fn official(parts: &Parts<'_>, records: &Records) -> Official {
    let mut stands = BTreeSet::new();
    let mut rotation = Vec::new();
    for (_, entry) in parts.entries() {
        let (machine, shift) = (parts.machine(entry), parts.shift(entry));
        // A session shared by two units is two entries and one machine.
        if stands.insert((machine, entry.date, shift)) {
            rotation.push(json!({
                "machine": machine, "date": entry.date, "shift": shift, "site": parts.site(entry),
            }));
        }
    }

    let mut entries: Vec<_> = parts.entries().collect();
    entries.sort_by_key(|(_, entry)| (entry.date, entry.start, entry.end));
    let mut left = BTreeMap::new();
    let mut served = vec![0_u32; parts.targets.units.len()];
    let mut allotted = Vec::new();
    let mut place_of = BTreeMap::new();
    for (unit, entry) in entries {
        let (machine, shift, site) = (parts.machine(entry), parts.shift(entry), parts.site(entry));
        let (Some(target), Some(served)) = (parts.targets.units.get(unit), served.get_mut(unit))
        else {
            continue;
        };
        let places = left
            .entry((machine, entry.date, shift))
            .or_insert_with(|| records.places(machine, shift));
        let people = (*places).min(target.target.saturating_sub(*served));
        if people == 0 {
            continue;
        }
        *places -= people;
        *served += people;
        // Two machines at one site are one session.
        let session = (unit, site, entry.date, shift);
        let place = *place_of.entry(session).or_insert(allotted.len());
        match allotted.get_mut(place) {
            Some((_, sum)) => *sum += people,
            None => allotted.push((session, people)),
        }
    }
    let allotments: Vec<Value> = allotted
        .into_iter()
        .filter_map(|((unit, site, date, shift), people)| {
            let cohort = parts.cohorts.get(unit)?;
            Some(json!({
                "cohort": cohort, "date": date, "shift": shift, "site": site, "people": people,
            }))
        })
        .collect();
    let json = json!({"format": "luot-plan/1", "rotation": rotation, "allotments": allotments});
    Official { json, served }
}
