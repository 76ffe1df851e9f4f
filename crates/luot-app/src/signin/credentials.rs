//! Passwords and authenticators of staff: given, changed, set up.

use luot_store::credentials::{self, Credential, RecoveryCode};
use luot_store::{Instant, Tx, entities, staff};
use serde_json::json;
use uuid::Uuid;

use super::{codes, holder, password, totp};
use crate::authz::{Action, Actor, Where};
use crate::error::{Error, Invalid, Refused, Result};
use crate::keys::Place;
use crate::trail::did_anywhere;
use crate::{App, limits, new_id};
use luot_domain::finding::Note;
use luot_store::staff::Holder;

/// What an authenticator app is set up with.
#[derive(Debug, Clone)]
pub struct Totp {
    /// The secret, to be typed in.
    pub secret: String,
    /// The same as an address, for a QR code.
    pub uri: String,
}

impl App {
    /// Gives a member of staff a login and a password that they must change at once, and
    /// ends their authenticator, should they have lost it, and all their sign-ins, should
    /// somebody else have them. The password is shown once.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a login that cannot be or is taken.
    pub async fn give_password(
        &self,
        actor: &Actor,
        staff_id: Uuid,
        login: &str,
    ) -> Result<String> {
        actor.require(Action::ManageStaff, Where::Everywhere)?;
        let login = luot_domain::text::fold(login);
        let sound = (1..=limits::LOGIN_CHARACTERS).contains(&login.len())
            && login
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b".-_@".contains(&b));
        if !sound {
            return Err(login_fault("invalid-login"));
        }
        let given = codes::random_text(limits::GIVEN_PASSWORD_CHARACTERS)?;
        let password_hash = password::hash(&given).await?;
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                staff::find(tx, staff_id)
                    .await?
                    .filter(|s| s.disabled_at.is_none())
                    .ok_or(Error::NotFound("member of staff"))?;
                let taken = credentials::find(tx, &login).await?;
                if taken.is_some_and(|c| c.staff_id != staff_id) {
                    return Err(login_fault("taken"));
                }
                let old = credentials::hold(tx, staff_id).await?;
                let row = Credential {
                    id: old.as_ref().map_or_else(new_id, |c| c.id),
                    created_at: old.as_ref().map_or(now, |c| c.created_at),
                    staff_id,
                    login: login.clone(),
                    password_hash: password_hash.clone(),
                    must_change: true,
                    totp_sealed: None,
                    totp_on: false,
                    totp_step: 0,
                    tries: 0,
                    locked_until: None,
                    version: old.as_ref().map_or(1, |c| c.version),
                    updated_at: now,
                };
                match old {
                    Some(_) => credentials::update(tx, row).await?,
                    None => credentials::insert(tx, row).await?,
                }
                credentials::replace_recovery(tx, staff_id, Vec::new()).await?;
                end_sign_ins(tx, staff_id, None, now).await?;
                let trace = did_anywhere(now, actor, "password.give", json!({ "staff": staff_id }));
                Ok(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await?;
        Ok(given)
    }

    /// Changes one's own password, and ends all other sign-ins. A wrong old one counts like
    /// a wrong one at signing in.
    ///
    /// # Errors
    /// [`Error::SignIn`] when the old one is wrong, or too many were.
    pub async fn change_password(
        &self,
        actor: &Actor,
        token: &str,
        old: &str,
        new: &str,
    ) -> Result<()> {
        codes::check_password(new, old)?;
        let seen = self.own_credential(actor).await?;
        let tried = self.begin_try(seen).await?;
        let right = self.is_password(old, tried.as_ref()).await?;
        let Some(tried) = tried else {
            return Err(Error::SignIn(Refused::Wrong));
        };
        if !right {
            return self.note_failure(&tried).await;
        }
        let seen = tried.seen;
        let hash = password::hash(new).await?;
        let present = crate::users::hash(token);
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                let mut row = credentials::hold(tx, seen.staff_id)
                    .await?
                    .filter(|c| c.password_hash == seen.password_hash)
                    .ok_or(Error::SignIn(Refused::Wrong))?;
                row.tries = 0;
                row.locked_until = None;
                row.password_hash.clone_from(&hash);
                row.must_change = false;
                row.updated_at = now;
                credentials::update(tx, row).await?;
                end_sign_ins(tx, seen.staff_id, Some(&present), now).await?;
                let subject = json!({ "staff": seen.staff_id });
                let trace = did_anywhere(now, actor, "password.change", subject);
                Ok(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await
    }

    /// Begins to set an authenticator up; it counts once a code of it was shown.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who has no password.
    pub async fn begin_totp(&self, actor: &Actor) -> Result<Totp> {
        let seen = self.own_credential(actor).await?;
        let mut secret = [0_u8; totp::SECRET_BYTES];
        getrandom::fill(&mut secret).map_err(|e| Error::Bug(e.to_string()))?;
        let place = Place {
            column: "credential.totp",
            row: seen.id,
        };
        let sealed = self.keys.seal(place, &codes::hex(&secret));
        self.store
            .write(async |tx| {
                let mut row = credentials::hold(tx, seen.staff_id)
                    .await?
                    .ok_or(Error::Forbidden)?;
                if row.totp_on {
                    return Err(Error::State(crate::error::Forbidden::InUse));
                }
                row.totp_sealed = Some(sealed.clone());
                let now = self.clock.now();
                row.updated_at = now;
                let subject = json!({ "staff": row.staff_id });
                credentials::update(tx, row).await?;
                let trace = did_anywhere(now, actor, "totp.begin", subject);
                Ok(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await?;
        let secret = totp::base32(&secret);
        Ok(Totp {
            uri: format!(
                "otpauth://totp/Luot:{}?secret={secret}&issuer=Luot",
                seen.login.replace('@', "%40")
            ),
            secret,
        })
    }

    /// Puts the authenticator in use, and gives the recovery codes: each stands in for it
    /// once. They are shown this one time.
    ///
    /// # Errors
    /// [`Error::SignIn`] when the code is wrong.
    pub async fn confirm_totp(&self, actor: &Actor, code: &str) -> Result<Vec<String>> {
        let seen = self.own_credential(actor).await?;
        let mut given = Vec::with_capacity(limits::RECOVERY_CODES);
        for _ in 0..limits::RECOVERY_CODES {
            given.push(codes::random_text(limits::RECOVERY_CHARACTERS)?);
        }
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                let mut row = credentials::hold(tx, seen.staff_id)
                    .await?
                    .filter(|c| c.totp_sealed.is_some() && !c.totp_on)
                    .ok_or(Error::State(crate::error::Forbidden::InUse))?;
                let secret = self.totp_secret(&row)?;
                let step = totp::step_of(&secret, code, now.timestamp(), row.totp_step)
                    .ok_or(Error::SignIn(Refused::Wrong))?;
                row.totp_on = true;
                row.totp_step = step;
                row.updated_at = now;
                let staff_id = row.staff_id;
                credentials::update(tx, row).await?;
                let rows = given.iter().map(|code| RecoveryCode {
                    id: new_id(),
                    created_at: now,
                    staff_id,
                    code_hash: codes::recovery_hash(&self.keys, staff_id, code),
                    used_at: None,
                });
                credentials::replace_recovery(tx, staff_id, rows.collect()).await?;
                let trace = did_anywhere(now, actor, "totp.confirm", json!({ "staff": staff_id }));
                Ok::<_, Error>(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await?;
        Ok(given)
    }

    async fn own_credential(&self, actor: &Actor) -> Result<entities::credential::Model> {
        let Holder::Staff(id) = holder(actor)? else {
            return Err(Error::Forbidden);
        };
        self.store
            .read(async |tx| credentials::find_of(tx, id).await?.ok_or(Error::Forbidden))
            .await
    }
}

/// Ends whatever signing in gave a member of staff, but for the token of that hash.
async fn end_sign_ins(tx: &Tx, id: Uuid, but: Option<&[u8]>, now: Instant) -> Result<()> {
    let holder = Holder::Staff(id);
    for token in staff::list_tokens(tx, holder, now).await? {
        if token.kind == "sign_in" && Some(token.token_hash.as_slice()) != but {
            staff::end_tokens(tx, holder, Some(token.id), now).await?;
        }
    }
    Ok(())
}

fn login_fault(code: &'static str) -> Error {
    let (en, vi) = match code {
        "taken" => ("this login is taken", "tên đăng nhập này đã có"),
        _ => (
            "a login has letters without accents, digits, and .-_@",
            "tên đăng nhập gồm chữ không dấu, số và .-_@",
        ),
    };
    Error::Invalid(Invalid::Input, vec![Note::new("/login", code, en, vi)])
}
