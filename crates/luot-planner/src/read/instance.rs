//! Reading an instance field by field. What concerns two fields at once is in [`super::cross`].

use std::collections::BTreeMap;

use super::cursor::Cursor;
use super::plan::plan;
use crate::limits;
use crate::types::{Calendar, Cohort, Costs, FORMAT, Instance, Machine, Service, Shift, Site};

pub(super) fn instance(at: &Cursor<'_>) -> Instance {
    at.is_object();
    let format = at.field("format");
    if format.given() && format.text() != FORMAT {
        format.fault(
            "unknown-format",
            format!("only the format {FORMAT} is known"),
            format!("chỉ hỗ trợ định dạng {FORMAT}"),
        );
    }
    let name = at.field("name");
    let frozen_shift = at.field("frozen_shift");
    let optional_plan = |key: &str| {
        let field = at.field(key);
        field.given().then(|| plan(&field, false))
    };
    Instance {
        names: crate::Names::default(),
        running: Vec::new(),
        format: FORMAT.to_owned(),
        name: if name.given() {
            name.text()
        } else {
            String::new()
        },
        timezone: at.field("timezone").id(),
        start: at.field("start").date(),
        end: at.field("end").date(),
        shifts: at
            .field("shifts")
            .entries(true, limits::SHIFTS)
            .iter()
            .map(shift)
            .collect(),
        sites: at
            .field("sites")
            .entries(true, limits::SITES)
            .iter()
            .map(site)
            .collect(),
        machines: at
            .field("machines")
            .entries(true, limits::MACHINES)
            .iter()
            .map(machine)
            .collect(),
        cohorts: at
            .field("cohorts")
            .entries(true, limits::COHORTS)
            .iter()
            .map(cohort)
            .collect(),
        setup_minutes: at
            .field("setup_minutes")
            .whole_number(Some(0), 0, limits::MINUTES),
        travel_minutes: travel(&at.field("travel_minutes")),
        travel_default: at
            .field("travel_default")
            .whole_number(Some(30), 0, limits::MINUTES),
        costs: costs(&at.field("costs")),
        published: optional_plan("published"),
        frozen_before: at.field("frozen_before").optional_date(),
        frozen_shift: frozen_shift.given().then(|| frozen_shift.id()),
        pinned: optional_plan("pinned"),
    }
}

fn shift(at: &Cursor<'_>) -> Shift {
    at.is_object();
    let (start, end) = (at.field("start").clock(), at.field("end").clock());
    Shift {
        id: at.field("id").id(),
        start,
        end,
        records: at.field("records").whole_number(None, 0, limits::RECORDS),
    }
}

fn calendar(at: &Cursor<'_>) -> Calendar {
    let weekdays = at.field("weekdays");
    let shifts = at.field("shifts");
    let weekday = |day: &Cursor<'_>| {
        // At most 7, so it fits.
        u8::try_from(day.whole_number(None, 1, 7)).unwrap_or(7)
    };
    Calendar {
        from: at.field("from").optional_date(),
        to: at.field("to").optional_date(),
        weekdays: weekdays
            .given()
            .then(|| weekdays.entries(true, 100).iter().map(weekday).collect()),
        shifts: shifts
            .given()
            .then(|| shifts.entries(true, 100).iter().map(Cursor::id).collect()),
        closed: at
            .field("closed")
            .entries(false, limits::ENTRIES)
            .iter()
            .map(Cursor::date)
            .collect(),
    }
}

fn site(at: &Cursor<'_>) -> Site {
    at.is_object();
    let most = u32::try_from(limits::MACHINES).unwrap_or(u32::MAX);
    Site {
        id: at.field("id").id(),
        machines_at_once: at.field("machines_at_once").whole_number(Some(1), 0, most),
        calendar: calendar(at),
    }
}

fn service(at: &Cursor<'_>) -> Service {
    if !at.given() {
        return Service::Account;
    }
    match at.text().as_str() {
        "account" => Service::Account,
        "card" => Service::Card,
        _ => {
            at.fault(
                "unknown-service",
                "a service is account or card",
                "dịch vụ là account hoặc card",
            );
            Service::Account
        }
    }
}

fn machine(at: &Cursor<'_>) -> Machine {
    at.is_object();
    let services = at.field("services");
    let home = at.field("home");
    Machine {
        id: at.field("id").id(),
        services: if services.given() {
            services.entries(true, 100).iter().map(service).collect()
        } else {
            vec![Service::Account]
        },
        home: home.given().then(|| home.id()),
        rate_hundredths: at.field("rate").rate(),
        calendar: calendar(at),
        out: at
            .field("out")
            .entries(false, limits::ENTRIES)
            .iter()
            .filter_map(out)
            .collect(),
    }
}

/// A pair of a date and a shift's id.
fn out(at: &Cursor<'_>) -> Option<(chrono::NaiveDate, String)> {
    let pair = at.entries(true, 2);
    let [date, shift] = pair.as_slice() else {
        at.fault(
            "wrong-type",
            "this must be a pair of a date and a shift",
            "giá trị này phải là một cặp ngày và ca",
        );
        return None;
    };
    Some((date.date(), shift.id()))
}

fn cohort(at: &Cursor<'_>) -> Cohort {
    at.is_object();
    Cohort {
        id: at.field("id").id(),
        people: at.field("people").whole_number(None, 0, limits::PEOPLE),
        service: service(&at.field("service")),
        sites: at
            .field("sites")
            .entries(true, limits::SITES)
            .iter()
            .map(Cursor::id)
            .collect(),
        whole: at.field("whole").boolean(),
        due: at.field("due").optional_date(),
        weight: at.field("weight").whole_number(Some(1), 0, limits::WEIGHT),
        calendar: calendar(at),
    }
}

fn travel(at: &Cursor<'_>) -> BTreeMap<String, BTreeMap<String, u32>> {
    let minutes =
        |(to, at): (&str, Cursor<'_>)| (to.to_owned(), at.whole_number(None, 0, limits::MINUTES));
    at.rows()
        .into_iter()
        .map(|(from, row)| {
            (
                from.to_owned(),
                row.rows().into_iter().map(minutes).collect(),
            )
        })
        .collect()
}

fn costs(at: &Cursor<'_>) -> Costs {
    at.is_object();
    let most = u32::try_from(limits::COST).unwrap_or(u32::MAX);
    let term = |key: &str| i64::from(at.field(key).whole_number(None, 0, most));
    Costs {
        unserved: term("unserved"),
        late: term("late"),
        moved: term("moved"),
        relocation: term("relocation"),
        session: term("session"),
        split: term("split"),
        finish: term("finish"),
    }
}
