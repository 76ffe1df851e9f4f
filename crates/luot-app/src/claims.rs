//! Whether whoever names a person knows them: given name and birth date, compared as a keyed
//! hash beside the row.
//!
//! The hazard: a personal number is on many papers. Whoever has it and nothing else must not
//! be shown, or told, anything about the child it belongs to.

use chrono::NaiveDate;
use luot_domain::booking::Facts;
use luot_domain::person::claim_material;
use luot_store::entities::person;
use luot_store::{Tx, people};
use uuid::Uuid;

use crate::error::Result;
use crate::keys::{Keys, Place};

/// What shows that somebody knows the person with this key.
pub(crate) fn claim(keys: &Keys, person_key: &[u8], full_name: &str, birth: NaiveDate) -> Vec<u8> {
    keys.claim_hash(person_key, &claim_material(full_name, birth))
}

/// The same of a row by what is sealed in it; nothing where that has been erased.
pub(crate) fn claim_of(keys: &Keys, row: &person::Model) -> Option<Vec<u8>> {
    let open = |column, sealed: &Option<Vec<u8>>| {
        let place = Place {
            column,
            row: row.id,
        };
        keys.open(place, sealed.as_ref()?).ok()
    };
    let name = open("person.full_name", &row.full_name_sealed)?;
    let birth = open("person.birth_date", &row.birth_date_sealed)?;
    let birth = birth.parse().ok()?;
    Some(claim(keys, &row.person_key, &name, birth))
}

/// Completes the facts about people whose rows are older than the hash beside them. Costs a
/// statement only where there are such.
pub(crate) async fn complete(keys: &Keys, tx: &Tx, facts: &mut Facts) -> Result<()> {
    let of_before: Vec<Uuid> = facts
        .people
        .values()
        .filter(|person| person.claim.is_none())
        .filter_map(|person| person.id)
        .collect();
    for chunk in of_before.chunks(500) {
        for row in people::list(tx, chunk).await? {
            let claim = claim_of(keys, &row);
            let known = facts.people.get_mut(&(row.campaign_id, row.person_key));
            if let Some(known) = known {
                known.claim = claim;
            }
        }
    }
    Ok(())
}
