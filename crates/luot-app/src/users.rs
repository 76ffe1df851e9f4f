//! Staff: adding somebody, and knowing them by their token.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use luot_store::{entities, staff};

use crate::authz::{Actor, Role};
use crate::error::{Error, Result};
use crate::keys::{digest, new_secret};
use crate::{App, new_id};

/// How staff tokens begin, so that one that leaked can be told by its looks.
const PREFIX: &str = "luot_";

impl App {
    /// Adds somebody, and gives their token. It is shown once: only its hash is kept.
    ///
    /// # Errors
    /// Of the store.
    pub async fn add_user(&self, name: &str, role: Role) -> Result<String> {
        let secret = new_secret().map_err(|e| Error::Bug(e.to_string()))?;
        let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
        let now = self.clock.now();
        let row = entities::staff::Model {
            id: new_id(),
            created_at: now,
            campaign_id: None,
            unit_id: None,
            name: luot_domain::text::tidy(name),
            role: role.as_str().into(),
            token_hash: hash(&token),
            disabled_at: None,
            version: 1,
            updated_at: now,
        };
        self.store
            .write(async |tx| Ok::<_, Error>(staff::insert(tx, row.clone()).await?))
            .await?;
        Ok(token)
    }

    /// Whoever runs the binary beside the database, in a role.
    #[must_use]
    pub fn operator(&self, role: Role) -> Actor {
        Actor::Staff {
            id: None,
            role,
            campaign: None,
        }
    }

    /// Who has that token. What is no staff token may be a booking's: the use case that
    /// knows the booking decides.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] for a staff token that nobody has.
    pub async fn authenticate(&self, token: Option<&str>) -> Result<Actor> {
        let Some(token) = token else {
            return Ok(Actor::Anonymous);
        };
        if !token.starts_with(PREFIX) {
            return Ok(Actor::Holder(token.into()));
        }
        let found = self
            .store
            .read(async |tx| Ok::<_, Error>(staff::find_by_token(tx, hash(token)).await?))
            .await?
            .ok_or(Error::Unauthorized)?;
        Ok(Actor::Staff {
            id: Some(found.id),
            role: found.role.parse().map_err(Error::Bug)?,
            campaign: found.campaign_id,
        })
    }
}

/// A token has 256 random bits: a plain hash is as good as a slow one.
fn hash(token: &str) -> Vec<u8> {
    digest(&[token.as_bytes()]).to_vec()
}
