//! Plans inside an instance, and whether there is a session for everybody.

use chrono::NaiveDate;

use super::Cross;
use crate::types::{Calendar, Plan, Service};

impl Cross<'_> {
    /// A plan inside the instance. What was published may speak of what is gone since; what is pinned may not.
    pub(super) fn plan(&self, key: &str, plan: &Plan) {
        let pinned = key == "pinned";
        let ask = |known: bool, pointer: String, what: &str, what_vi: &str, id: &str| {
            if known {
                return;
            }
            let (en, vi) = (
                format!("there is no {what} {id}"),
                format!("không có {what_vi} {id}"),
            );
            let code = format!("unknown-{what}");
            if pinned {
                self.fault(pointer, &code, en, vi);
            } else {
                self.finding(pointer, &code, en, vi);
            }
        };
        let within = |date: NaiveDate| self.instance.start <= date && date <= self.instance.end;
        for (n, r) in plan.rotation.iter().enumerate() {
            let at = format!("/{key}/rotation/{n}");
            ask(
                self.machines.contains(r.machine.as_str()),
                format!("{at}/machine"),
                "machine",
                "máy",
                &r.machine,
            );
            ask(
                self.sites.contains_key(r.site.as_str()),
                format!("{at}/site"),
                "site",
                "điểm thu nhận",
                &r.site,
            );
            ask(
                self.shifts.contains(r.shift.as_str()),
                format!("{at}/shift"),
                "shift",
                "ca",
                &r.shift,
            );
            ask(
                within(r.date),
                format!("{at}/date"),
                "day",
                "ngày",
                &r.date.to_string(),
            );
        }
        for (n, a) in plan.allotments.iter().enumerate() {
            let at = format!("/{key}/allotments/{n}");
            ask(
                self.cohorts.contains(a.cohort.as_str()),
                format!("{at}/cohort"),
                "cohort",
                "nhóm",
                &a.cohort,
            );
            ask(
                self.sites.contains_key(a.site.as_str()),
                format!("{at}/site"),
                "site",
                "điểm thu nhận",
                &a.site,
            );
            ask(
                self.shifts.contains(a.shift.as_str()),
                format!("{at}/shift"),
                "shift",
                "ca",
                &a.shift,
            );
            ask(
                within(a.date),
                format!("{at}/date"),
                "day",
                "ngày",
                &a.date.to_string(),
            );
        }
    }

    /// Sites that are never open, and cohorts for which no session can be made.
    pub(super) fn possible_sessions(&self) {
        let admits = |calendar: &Calendar, date: NaiveDate| -> u32 {
            let bits = self
                .instance
                .shifts
                .iter()
                .enumerate()
                .filter(|(_, s)| calendar.admits(date, &s.id));
            bits.fold(0, |mask, (n, _)| mask | 1 << n)
        };
        let open: Vec<Vec<u32>> = self
            .instance
            .sites
            .iter()
            .map(|s| self.days().map(|d| admits(&s.calendar, d)).collect())
            .collect();
        for (n, days) in open.iter().enumerate() {
            if days.iter().all(|d| *d == 0) {
                let id = &self.instance.sites[n].id;
                self.finding(
                    format!("/sites/{n}"),
                    "never-open",
                    format!("{id} is open on no day of the campaign"),
                    format!("{id} không mở cửa ngày nào trong đợt"),
                );
            }
        }
        let cards = self
            .instance
            .machines
            .iter()
            .any(crate::types::Machine::issues_cards);
        for (n, cohort) in self.instance.cohorts.iter().enumerate() {
            let sites: Vec<&Vec<u32>> = cohort
                .sites
                .iter()
                .filter_map(|s| self.sites.get(s.as_str()))
                .map(|s| &open[*s])
                .collect();
            let possible = self.days().enumerate().any(|(d, date)| {
                let mask = sites.iter().fold(0, |mask, site| mask | site[d]);
                mask != 0 && mask & admits(&cohort.calendar, date) != 0
            });
            if !possible {
                self.finding(
                    format!("/cohorts/{n}"),
                    "no-possible-session",
                    format!("none of its sites is open when {} can come", cohort.id),
                    format!("không điểm nào mở cửa khi {} có thể đến", cohort.id),
                );
            } else if cohort.service == Service::Card && !cards {
                self.finding(
                    format!("/cohorts/{n}/service"),
                    "no-card-machine",
                    format!("{} needs cards, and no machine issues them", cohort.id),
                    format!("{} cần cấp thẻ nhưng không máy nào cấp thẻ", cohort.id),
                );
            }
        }
    }
}
