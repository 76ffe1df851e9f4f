//! Signing in and out: staff by password and authenticator, parents by a code sent to their
//! phone or by Zalo.
//!
//! What comes of it is a token: 256 random bits, stored hashed, with an end. Each sign-in
//! makes a new one, whatever token came with the request.

mod asked;
mod children;
mod codes;
mod credentials;
mod password;
mod phone;
mod staff;
mod totp;
mod zalo;

pub(crate) use asked::masked;
pub use asked::{AskedView, Decision};
pub(crate) use children::Field;
pub use children::{AddChild, ChildView, Linked};
pub use credentials::Totp;
pub use staff::SignIn;

use chrono::Duration;
use luot_store::staff::{Holder, Token};
use luot_store::{Instant, Tx};
use uuid::Uuid;

use crate::authz::Actor;
use crate::error::{Error, Result};
use crate::trail::did_by;
use crate::users::new_token;
use crate::{App, limits, new_id};
use serde_json::json;

/// Somebody is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The token's id, by which it can be ended.
    pub id: Uuid,
    /// The token: shown once.
    pub token: String,
    /// What a browser sends along, should the token be in a cookie.
    pub csrf_token: String,
    /// When it ends.
    pub expires_at: Instant,
    /// Who.
    pub actor: Actor,
}

/// A way in that somebody has open.
#[derive(Debug, Clone)]
pub struct SignInView {
    /// The token.
    pub row: Token,
    /// Whether it is the one that is asking.
    pub present: bool,
}

impl App {
    /// Makes the token of somebody who has shown who they are, and ends the one they had.
    pub(crate) async fn open(&self, tx: &Tx, actor: Actor, label: &str) -> Result<SignedIn> {
        let now = self.clock.now();
        let (token, token_hash) = new_token()?;
        let (staff_id, parent_id, lasts) = match &actor {
            Actor::Staff { id: Some(id), .. } => {
                (Some(*id), None, Duration::hours(limits::STAFF_HOURS))
            }
            Actor::Parent { id } => (None, Some(*id), Duration::days(limits::PARENT_DAYS)),
            Actor::Staff { id: None, .. } | Actor::Anonymous | Actor::Holder(_) => {
                return Err(Error::Unauthorized);
            }
        };
        let row = Token {
            id: new_id(),
            created_at: now,
            staff_id,
            parent_id,
            kind: "sign_in".into(),
            token_hash,
            label: label.into(),
            expires_at: Some(now + lasts),
            used_at: Some(now),
            ended_at: None,
        };
        let id = row.id;
        luot_store::staff::insert_token(tx, row).await?;
        let trace = did_by(now, None, &actor, "sign_in.open", json!({ "token": id }));
        luot_store::audit::record(tx, vec![trace]).await?;
        Ok(SignedIn {
            id,
            csrf_token: self.keys.csrf_token(&token),
            token,
            expires_at: now + lasts,
            actor,
        })
    }

    /// What a browser must send along with a cookie that holds this token.
    #[must_use]
    pub fn csrf_token(&self, token: &str) -> String {
        self.keys.csrf_token(token)
    }

    /// Whether a browser sent along what belongs to its cookie, in constant time.
    #[must_use]
    pub fn is_csrf_token(&self, token: &str, given: &str) -> bool {
        crate::keys::same(self.keys.csrf_token(token).as_bytes(), given.as_bytes())
    }

    /// Where somebody is signed in, and with which tokens.
    ///
    /// # Errors
    /// [`Error::Unauthorized`].
    pub async fn list_sign_ins(&self, actor: &Actor, token: &str) -> Result<Vec<SignInView>> {
        let holder = holder(actor)?;
        let now = self.clock.now();
        let present = crate::users::hash(token);
        let rows = self
            .store
            .read(async |tx| luot_store::staff::list_tokens(tx, holder, now).await)
            .await?;
        Ok(rows
            .into_iter()
            .map(|row| SignInView {
                present: row.token_hash == present,
                row,
            })
            .collect())
    }

    /// Ends one of somebody's own tokens: the one named, or the one that is asking.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not theirs.
    pub async fn end_sign_in(&self, actor: &Actor, token: &str, id: Option<Uuid>) -> Result<()> {
        let holder = holder(actor)?;
        let present = crate::users::hash(token);
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                let mine = luot_store::staff::list_tokens(tx, holder, now).await?;
                let row = mine
                    .iter()
                    .find(|t| match id {
                        Some(id) => t.id == id,
                        None => t.token_hash == present,
                    })
                    .ok_or(Error::NotFound("sign-in"))?;
                luot_store::staff::end_tokens(tx, holder, Some(row.id), now).await?;
                let subject = json!({ "token": row.id });
                let trace = did_by(now, None, actor, "sign_in.end", subject);
                Ok(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await
    }
}

/// Whose tokens they are.
fn holder(actor: &Actor) -> Result<Holder> {
    match actor {
        Actor::Staff { id: Some(id), .. } => Ok(Holder::Staff(*id)),
        Actor::Parent { id } => Ok(Holder::Parent(*id)),
        Actor::Staff { id: None, .. } => Err(Error::Forbidden),
        Actor::Anonymous | Actor::Holder(_) => Err(Error::Unauthorized),
    }
}
