//! The list of a class or village, with names: for those whose it is, and, with a reason, for
//! supervisors. Each reading is told to the audit trail.

use std::collections::HashMap;

use luot_files::{ListedPerson, write_list_csv, write_list_xlsx};
use luot_store::parts::cohorts;
use luot_store::{appointments, people};
use serde_json::json;
use uuid::Uuid;

use crate::App;
use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Invalid, Result};
use crate::signin::Field;
use luot_domain::finding::Note;

/// Why somebody reads names. A closed list: what people type would hold names itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Somebody complained.
    Complaint,
    /// Those who have not come are to be found.
    Missing,
    /// Two rows may be one person.
    Duplicates,
    /// A parent asked about their data.
    DataRequest,
    /// An inspection.
    Inspection,
}

impl Reason {
    /// As told.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::Missing => "missing",
            Self::Duplicates => "duplicates",
            Self::DataRequest => "data-request",
            Self::Inspection => "inspection",
        }
    }
}

/// Who reads must say why.
pub(crate) fn reason_required() -> Error {
    Error::Invalid(
        Invalid::Input,
        vec![Note::new(
            "/reason",
            "reason-required",
            "say why you read this",
            "cần nêu lý do xem",
        )],
    )
}

/// Somebody on a list.
#[derive(Debug, Clone)]
pub struct RosterRow {
    /// Their id.
    pub person_id: Uuid,
    /// Full name; nothing once erased.
    pub full_name: Option<String>,
    /// Day of birth; likewise.
    pub birth_date: Option<chrono::NaiveDate>,
    /// Where their latest appointment stands.
    pub state: Option<String>,
}

impl App {
    /// The people on the list of a cohort.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not there, or not the caller's; [`Error::Invalid`] for
    /// who must give a reason and does not.
    pub async fn list_roster(
        &self,
        actor: &Actor,
        campaign: Uuid,
        cohort: Uuid,
        reason: Option<Reason>,
    ) -> Result<Vec<RosterRow>> {
        actor.require(Action::ReadRosterWithReason, Where::Unknown)?;
        let place = Where::Within {
            campaign,
            site: None,
            session: None,
            cohort: Some(cohort),
        };
        if !actor.may(Action::ReadRosterWithReason, place) {
            return Err(Error::NotFound("cohort"));
        }
        if !actor.may(Action::ReadRoster, place) && reason.is_none() {
            return Err(reason_required());
        }
        let rows = self
            .store
            .read(async |tx| {
                cohorts::find(tx, campaign, cohort)
                    .await?
                    .ok_or(Error::NotFound("cohort"))?;
                let listed = people::list_of_cohort(tx, cohort).await?;
                let mut states = HashMap::new();
                for some in listed.chunks(500) {
                    let ids: Vec<Uuid> = some.iter().map(|p| p.id).collect();
                    let of = appointments::list_of_persons(tx, &ids).await?;
                    states.extend(of.into_iter().map(|a| (a.person_id, a.state)));
                }
                listed
                    .iter()
                    .map(|person| {
                        let birth = self.opened(person, Field::Birth)?;
                        Ok(RosterRow {
                            person_id: person.id,
                            full_name: self.opened(person, Field::Name)?,
                            birth_date: birth.and_then(|d| d.parse().ok()),
                            state: states.get(&person.id).cloned(),
                        })
                    })
                    .collect::<Result<Vec<_>>>()
            })
            .await?;
        let subject = json!({ "cohort": cohort, "people": rows.len() });
        let reason = reason.map(Reason::as_str);
        self.note_reading(actor, Some(campaign), "roster.read", subject, reason)
            .await?;
        Ok(rows)
    }

    /// The same as a file: CSV, or an XLSX workbook.
    ///
    /// # Errors
    /// As for the list.
    pub async fn export_roster(
        &self,
        actor: &Actor,
        campaign: Uuid,
        cohort: Uuid,
        reason: Option<Reason>,
        xlsx: bool,
    ) -> Result<Vec<u8>> {
        let rows = self.list_roster(actor, campaign, cohort, reason).await?;
        let people: Vec<ListedPerson> = rows
            .into_iter()
            .map(|row| ListedPerson {
                full_name: row.full_name.unwrap_or_default(),
                birth_date: row
                    .birth_date
                    .map(|d| d.format("%d/%m/%Y").to_string())
                    .unwrap_or_default(),
                state: row.state.unwrap_or_default(),
            })
            .collect();
        match xlsx {
            true => write_list_xlsx(&people).map_err(|e| Error::Bug(e.to_string())),
            false => Ok(write_list_csv(&people)),
        }
    }
}
