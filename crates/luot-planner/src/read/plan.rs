//! Reading a plan, which stands alone in a file and three times in an instance.

use super::cursor::Cursor;
use crate::limits;
use crate::types::{Allotment, Placement, Plan};

/// Reads a plan; where `both` is not asked, either part may be left out.
pub(super) fn plan(at: &Cursor<'_>, both: bool) -> Plan {
    if !at.is_object() {
        return Plan::default();
    }
    let rotation = at
        .field("rotation")
        .entries(both, limits::ENTRIES)
        .iter()
        .map(placement)
        .collect();
    let list = at.field("allotments");
    let allotments: Vec<Allotment> = list
        .entries(both, limits::ENTRIES)
        .iter()
        .map(allotment)
        .collect();
    let all: u64 = allotments.iter().map(|a| u64::from(a.people)).sum();
    if all > limits::PEOPLE_IN_ALL {
        let most = limits::PEOPLE_IN_ALL;
        list.fault(
            "too-many",
            format!("{all} people in all; at most {most} are taken"),
            format!("tổng cộng {all} người; tối đa {most}"),
        );
    }
    Plan {
        rotation,
        allotments,
        broken_off: Vec::new(),
        stopped: Vec::new(),
    }
}

fn placement(at: &Cursor<'_>) -> Placement {
    at.is_object();
    Placement {
        machine: at.field("machine").id(),
        date: at.field("date").date(),
        shift: at.field("shift").id(),
        site: at.field("site").id(),
    }
}

fn allotment(at: &Cursor<'_>) -> Allotment {
    at.is_object();
    Allotment {
        cohort: at.field("cohort").id(),
        date: at.field("date").date(),
        shift: at.field("shift").id(),
        site: at.field("site").id(),
        people: at.field("people").whole_number(None, 1, limits::PEOPLE),
        moved_before: at.field("moved_before").boolean(),
    }
}
