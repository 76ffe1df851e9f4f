//! Staff sign in: password, then the authenticator's code, if they have set one up.
//!
//! A wrong name, a wrong password and a lock look alike and take as long, so that nobody
//! learns whom there is to try.

use chrono::Duration;
use luot_store::credentials::{self, Credential};
use luot_store::{Tx, staff};
use serde_json::json;

use super::{SignedIn, codes, password, totp};
use crate::App;
use crate::error::{Error, Refused, Result};
use crate::keys::Place;
use crate::limits;
use crate::trail::did_anywhere;
use crate::users::actor_of_staff;

/// What somebody shows to be let in.
#[derive(Clone)]
pub struct SignIn {
    /// Their login.
    pub login: String,
    /// Their password.
    pub password: String,
    /// The authenticator's code, or a recovery code.
    pub second: Option<String>,
    /// The password from now on, where the old one was given by somebody else.
    pub new_password: Option<String>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignIn(…)")
    }
}

impl App {
    /// Signs a member of staff in.
    ///
    /// # Errors
    /// [`Error::SignIn`] with what is missing, or that something is wrong, not what.
    pub async fn sign_in(&self, given: &SignIn) -> Result<SignedIn> {
        let login = luot_domain::text::fold(&given.login);
        let found = self
            .store
            .read(async |tx| credentials::find(tx, &login).await)
            .await?;
        let stored = found.as_ref().map(|c| c.password_hash.as_str());
        let right = given.password.len() <= limits::PASSWORD_BYTES
            && password::is(&given.password, stored).await?;
        let Some(found) = found else {
            return Err(Error::SignIn(Refused::Wrong));
        };
        let now = self.clock.now();
        if found.locked_until.is_some_and(|until| until > now) {
            return Err(Error::SignIn(Refused::Wrong));
        }
        if !right {
            self.note_failure(&found).await?;
            return Err(Error::SignIn(Refused::Wrong));
        }
        let new_hash = match (&given.new_password, found.must_change) {
            (None, true) => return Err(Error::SignIn(Refused::NewPasswordNeeded)),
            (None, false) => None,
            (Some(new), _) => {
                codes::check_password(new, &given.password)?;
                Some(password::hash(new).await?)
            }
        };
        if found.totp_on && given.second.is_none() {
            return Err(Error::SignIn(Refused::SecondFactorNeeded));
        }
        let let_in = self
            .store
            .write(async |tx| {
                let mut row = credentials::find(tx, &login)
                    .await?
                    .ok_or(Error::SignIn(Refused::Wrong))?;
                if row.totp_on && !self.second_factor(tx, &mut row, given).await? {
                    return Ok::<_, Error>(None);
                }
                row.tries = 0;
                row.locked_until = None;
                row.updated_at = self.clock.now();
                if let Some(hash) = &new_hash {
                    row.password_hash.clone_from(hash);
                    row.must_change = false;
                }
                let id = row.staff_id;
                credentials::update(tx, row).await?;
                let member = staff::find(tx, id)
                    .await?
                    .filter(|s| s.disabled_at.is_none())
                    .ok_or(Error::SignIn(Refused::Wrong))?;
                let actor = actor_of_staff(tx, &member).await?;
                Ok(Some(self.open(tx, actor, "staff").await?))
            })
            .await?;
        match let_in {
            Some(signed_in) => Ok(signed_in),
            None => {
                self.note_failure(&found).await?;
                Err(Error::SignIn(Refused::Wrong))
            }
        }
    }

    /// Whether the second factor is right; notes that it is used up.
    async fn second_factor(&self, tx: &Tx, row: &mut Credential, given: &SignIn) -> Result<bool> {
        let Some(code) = given.second.as_deref() else {
            return Ok(false);
        };
        let secret = self.totp_secret(row)?;
        let now = self.clock.now().timestamp();
        if let Some(step) = totp::step_of(&secret, code, now, row.totp_step) {
            row.totp_step = step;
            return Ok(true);
        }
        let hash = codes::recovery_hash(&self.keys, row.staff_id, code);
        Ok(credentials::use_recovery(tx, row.staff_id, hash, self.clock.now()).await?)
    }

    /// The authenticator's secret.
    pub(super) fn totp_secret(&self, row: &Credential) -> Result<Vec<u8>> {
        let sealed = row
            .totp_sealed
            .as_ref()
            .ok_or_else(|| Error::Bug("an authenticator without a secret".into()))?;
        let place = Place {
            column: "credential.totp",
            row: row.id,
        };
        let text = self
            .keys
            .open(place, sealed)
            .map_err(|e| Error::Bug(e.to_string()))?;
        codes::from_hex(&text).ok_or_else(|| Error::Bug("a secret is misspelt".into()))
    }

    /// Counts a failure; after a few, each locks for twice as long as the one before.
    async fn note_failure(&self, seen: &Credential) -> Result<()> {
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                let tries = credentials::count_failure(tx, seen.id).await?;
                let beyond = tries - limits::PASSWORD_TRIES;
                if beyond >= 0 {
                    let doubled = 1_i64 << beyond.min(16);
                    let seconds = (limits::LOCK_SECONDS * doubled).min(limits::LOCK_SECONDS_MOST);
                    credentials::lock(tx, seen.id, now + Duration::seconds(seconds)).await?;
                }
                let console = self.operator(crate::Role::Admin);
                let subject = json!({ "staff": seen.staff_id, "tries": tries });
                let trace = did_anywhere(now, &console, "sign_in.fail", subject);
                Ok(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await
    }
}
