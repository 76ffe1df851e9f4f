//! Appointments that are to move, as the rules ask about them.

use std::collections::HashMap;

use luot_domain::appointment::State;
use luot_domain::booking::Mover;
use luot_store::appointments::{self, Appointment};
use luot_store::entities::person;
use luot_store::facts::Wanted;
use luot_store::{Tx, people};
use uuid::Uuid;

use crate::error::Result;
use crate::keys::{Keys, Place};

/// The appointments that are to move, with what the rules ask about them. Adds to `wanted`
/// the windows they are in and the people they are of.
pub(super) async fn movers(
    keys: &Keys,
    tx: &Tx,
    codes: &[String],
    wanted: &mut Wanted,
) -> Result<HashMap<String, (Appointment, Mover)>> {
    let rows = appointments::find_by_codes(tx, codes).await?;
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Uuid> = rows.values().map(|a| a.person_id).collect();
    let persons: HashMap<Uuid, person::Model> = people::list(tx, &ids)
        .await?
        .into_iter()
        .map(|p| (p.id, p))
        .collect();
    let mut movers = HashMap::new();
    for (code, row) in rows {
        let Some(person) = persons.get(&row.person_id) else {
            continue;
        };
        wanted.windows.insert(row.slot_id);
        wanted
            .keys
            .insert((row.campaign_id, person.person_key.clone()));
        let mover = mover(keys, &row, person);
        movers.insert(code, (row, mover));
    }
    Ok(movers)
}

/// What the rules ask about an appointment that is to move.
pub(crate) fn mover(keys: &Keys, row: &Appointment, person: &person::Model) -> Mover {
    Mover {
        appointment_id: row.id,
        person_id: row.person_id,
        key: person.person_key.clone(),
        birth: birth_of(keys, person),
        service_id: row.service_id,
        campaign_id: row.campaign_id,
        cohort_id: row.cohort_id,
        window_id: row.slot_id,
        has_place: State::read(&row.state).is_some_and(State::takes_a_place),
    }
}

/// When somebody was born; unknown where it has been erased.
pub(crate) fn birth_of(keys: &Keys, person: &person::Model) -> Option<chrono::NaiveDate> {
    let place = Place {
        column: "person.birth_date",
        row: person.id,
    };
    let sealed = person.birth_date_sealed.as_ref()?;
    keys.open(place, sealed).ok()?.parse().ok()
}
