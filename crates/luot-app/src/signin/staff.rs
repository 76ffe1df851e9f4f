//! Staff sign in: password, then the authenticator's code, if they have set one up.
//!
//! A wrong name, a wrong password and a lock look alike and take as long, so that nobody
//! learns whom there is to try.

use chrono::Duration;
use luot_store::credentials::{self, Credential};
use luot_store::{Instant, Tx, staff};
use serde_json::json;

use super::{SignedIn, codes, password, totp};
use crate::authz::Actor;
use crate::error::{Error, Refused, Result};
use crate::keys::Place;
use crate::trail::did_anywhere;
use crate::users::actor_of_staff;
use crate::{App, limits, new_id};

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

/// A try at somebody's password, which is counted already.
pub(super) struct Try {
    pub(super) seen: Credential,
    /// How many there are with it.
    tries: i32,
    /// The lock that it brought, as if it were wrong.
    lock: Option<Instant>,
}

impl App {
    /// Signs a member of staff in.
    ///
    /// # Errors
    /// [`Error::SignIn`] with what is missing, or that something is wrong, not what.
    pub async fn sign_in(&self, given: &SignIn) -> Result<SignedIn> {
        if let Some(new) = &given.new_password {
            codes::check_password(new, &given.password)?;
        }
        let login = luot_domain::text::fold(&given.login);
        let found = self
            .store
            .read(async |tx| credentials::find(tx, &login).await)
            .await?;
        let whose = found.as_ref().map(|seen| seen.staff_id);
        let tried = match found {
            Some(seen) => self.begin_try(seen).await?,
            None => self.begin_nothing().await?,
        };
        let right = self.is_password(&given.password, tried.as_ref()).await?;
        let Some(tried) = tried else {
            return self.note_nothing(whose).await;
        };
        if !right {
            return self.note_failure(&tried).await;
        }
        if tried.seen.must_change && given.new_password.is_none() {
            self.take_back(&tried).await?;
            return Err(Error::SignIn(Refused::NewPasswordNeeded));
        }
        if tried.seen.totp_on && given.second.is_none() {
            self.take_back(&tried).await?;
            return Err(Error::SignIn(Refused::SecondFactorNeeded));
        }
        let new_hash = match &given.new_password {
            Some(new) => Some(password::hash(new).await?),
            None => None,
        };
        match self.let_in(given, &tried.seen, new_hash).await? {
            Some(signed_in) => Ok(signed_in),
            None => self.note_failure(&tried).await,
        }
    }

    /// Lets somebody in whose password was right, unless the second factor is wrong.
    async fn let_in(
        &self,
        given: &SignIn,
        seen: &Credential,
        new_hash: Option<String>,
    ) -> Result<Option<SignedIn>> {
        self.store
            .write(async |tx| {
                // What was right may have been changed while it was looked at. Whoever comes
                // with the same code of the authenticator waits here, and finds it used.
                let mut row = credentials::hold(tx, seen.staff_id)
                    .await?
                    .filter(|c| c.login == seen.login && c.password_hash == seen.password_hash)
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
            .await
    }

    /// Whether that is the password; as slow where there is none to try.
    pub(super) async fn is_password(&self, given: &str, tried: Option<&Try>) -> Result<bool> {
        let stored = tried.map(|t| t.seen.password_hash.as_str());
        Ok(given.len() <= limits::PASSWORD_BYTES && password::is(given, stored).await?)
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

    /// Counts a try before it is looked at, which takes its time: however many come at once,
    /// no more of them are looked at than may be wrong. After a few, each locks for twice as
    /// long as the one before; nothing while it is locked.
    pub(super) async fn begin_try(&self, seen: Credential) -> Result<Option<Try>> {
        let counted = self
            .store
            .write(async |tx| {
                let now = self.clock.now();
                let Some(tries) = credentials::begin_try(tx, seen.id, now).await? else {
                    return Ok::<_, Error>(None);
                };
                let beyond = tries - limits::PASSWORD_TRIES;
                if beyond < 0 {
                    return Ok(Some((tries, None)));
                }
                let doubled = 1_i64 << beyond.min(16);
                let seconds = (limits::LOCK_SECONDS * doubled).min(limits::LOCK_SECONDS_MOST);
                let until = now + Duration::seconds(seconds);
                credentials::lock(tx, seen.id, until).await?;
                Ok(Some((tries, Some(until))))
            })
            .await?;
        Ok(counted.map(|(tries, lock)| Try { seen, tries, lock }))
    }

    /// As long as [`Self::begin_try`] takes, where there is nobody to try.
    async fn begin_nothing(&self) -> Result<Option<Try>> {
        self.store
            .write(async |tx| {
                credentials::begin_try(tx, new_id(), self.clock.now()).await?;
                Ok::<_, Error>(None)
            })
            .await
    }

    /// Tells the trail that somebody tried a login that is locked, or that is nobody's (which
    /// login is not told: it may be a password in the wrong field), and says no more than that.
    async fn note_nothing<T>(&self, whose: Option<uuid::Uuid>) -> Result<T> {
        let (action, subject) = match whose {
            Some(id) => ("sign_in.locked", json!({ "staff": id })),
            None => ("sign_in.fail", json!({ "staff": null })),
        };
        self.tell_failure(action, subject).await?;
        Err(Error::SignIn(Refused::Wrong))
    }

    /// By nobody: whoever it was has not shown who they are.
    async fn tell_failure(&self, action: &'static str, subject: serde_json::Value) -> Result<()> {
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                let trace = did_anywhere(now, &Actor::Anonymous, action, subject.clone());
                Ok::<_, Error>(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await
    }

    /// What was right after all, though not enough, counts for nothing.
    async fn take_back(&self, tried: &Try) -> Result<()> {
        self.store
            .write(async |tx| Ok(credentials::take_back_try(tx, tried.seen.id, tried.lock).await?))
            .await
    }

    /// Tells the trail that a try was wrong, and says no more than that.
    pub(super) async fn note_failure<T>(&self, tried: &Try) -> Result<T> {
        let subject = json!({ "staff": tried.seen.staff_id, "tries": tried.tries });
        self.tell_failure("sign_in.fail", subject).await?;
        Err(Error::SignIn(Refused::Wrong))
    }
}
