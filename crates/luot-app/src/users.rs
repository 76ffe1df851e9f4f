//! Staff, systems and devices: adding somebody, what they reach, their tokens, and knowing
//! everybody by their token.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use luot_store::staff::{self, Staff, Token};
use luot_store::{Instant, Tx, credentials};
use serde_json::json;
use uuid::Uuid;

use crate::authz::{Action, Actor, Reach, Role, Where};
use crate::error::{Error, Invalid, Refused, Result};
use crate::keys::{digest, new_secret};
pub use crate::scopes::ScopeOf;
use crate::scopes::{self, reach_of};
use crate::trail::did_anywhere;
use crate::{App, limits, new_id};
use luot_domain::finding::Note;

/// How our tokens begin, so that one that leaked can be told by its looks.
const PREFIX: &str = "luot_";

/// Somebody to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Who.
    pub name: String,
    /// As what.
    pub role: Role,
    /// What they reach.
    pub scopes: Vec<ScopeOf>,
}

impl NewUser {
    /// Somebody who reaches everything.
    #[must_use]
    pub fn everywhere(name: &str, role: Role) -> Self {
        Self {
            name: name.into(),
            role,
            scopes: vec![ScopeOf::default()],
        }
    }
}

/// A member of staff as they are told.
#[derive(Debug, Clone)]
pub struct UserView {
    /// The row.
    pub row: Staff,
    /// As what.
    pub role: Role,
    /// What they reach.
    pub scopes: Vec<ScopeOf>,
}

impl App {
    /// Adds somebody who reaches everything, and gives their token. It is shown once: only
    /// its hash is kept.
    ///
    /// # Errors
    /// Of the store.
    pub async fn add_user(&self, name: &str, role: Role) -> Result<String> {
        let console = self.operator(Role::Admin);
        let new = NewUser::everywhere(name, role);
        let id = self.add_staff(&console, &new).await?;
        Ok(self.add_token(&console, id, "first", None).await?.1)
    }

    /// Adds somebody, who has no way in yet: a token or a password comes after.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name or scope that cannot be.
    pub async fn add_staff(&self, actor: &Actor, new: &NewUser) -> Result<Uuid> {
        actor.require(Action::ManageStaff, Where::Everywhere)?;
        let name = luot_domain::text::tidy(&new.name);
        let sound = !name.is_empty()
            && name.chars().count() <= limits::NAME_MOST
            && !name.chars().any(char::is_control);
        if !sound {
            return Err(invalid(
                "/name",
                "invalid-name",
                "a name is needed",
                "cần có tên",
            ));
        }
        if new.scopes.is_empty() || new.scopes.len() > limits::SCOPES_MOST {
            return Err(invalid(
                "/scopes",
                "invalid-scopes",
                "say what they reach; an empty scope reaches everything",
                "hãy nêu phạm vi; phạm vi rỗng là toàn bộ",
            ));
        }
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                for (i, scope) in new.scopes.iter().enumerate() {
                    scopes::check(tx, i, scope).await?;
                }
                let id = new_id();
                let row = Staff {
                    id,
                    created_at: now,
                    campaign_id: None,
                    unit_id: None,
                    name: name.clone(),
                    role: stored(new.role).0.into(),
                    device: stored(new.role).1.map(str::to_owned),
                    // No longer read: tokens have a table of their own. It must be something
                    // that is nobody's else.
                    token_hash: id.as_bytes().to_vec(),
                    disabled_at: None,
                    version: 1,
                    updated_at: now,
                };
                let (scopes, areas) = scopes::rows(id, &new.scopes, now);
                staff::insert(tx, row, scopes, areas).await?;
                let trace = did_anywhere(now, actor, "staff.add", json!({ "staff": id }));
                luot_store::audit::record(tx, vec![trace]).await?;
                Ok(id)
            })
            .await
    }

    /// When a token ends whose end nobody names.
    #[must_use]
    pub fn usual_end_of_token(&self) -> Instant {
        self.clock.now() + Duration::days(limits::TOKEN_DAYS.into())
    }

    /// Makes a token for a member of staff, a system or a device; it ends when told to.
    /// The token is shown once: only its hash is kept.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] without a label, or when it has ended already.
    pub async fn add_token(
        &self,
        actor: &Actor,
        staff_id: Uuid,
        label: &str,
        expires_at: Option<Instant>,
    ) -> Result<(Uuid, String)> {
        actor.require(Action::ManageStaff, Where::Everywhere)?;
        let label = luot_domain::text::tidy(label);
        if label.is_empty() || label.chars().count() > limits::NAME_MOST {
            return Err(invalid(
                "/label",
                "invalid-label",
                "a label is needed",
                "cần có nhãn",
            ));
        }
        if expires_at.is_some_and(|at| at <= self.clock.now()) {
            return Err(invalid(
                "/expires_at",
                "out-of-range",
                "a token ends in the future",
                "mã phải hết hạn trong tương lai",
            ));
        }
        let (token, token_hash) = new_token()?;
        let id = new_id();
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                staff::find(tx, staff_id)
                    .await?
                    .filter(|s| s.disabled_at.is_none())
                    .ok_or(Error::NotFound("member of staff"))?;
                let row = Token {
                    id,
                    created_at: now,
                    staff_id: Some(staff_id),
                    parent_id: None,
                    kind: "api".into(),
                    token_hash: token_hash.clone(),
                    label: label.clone(),
                    expires_at,
                    used_at: None,
                    ended_at: None,
                };
                staff::insert_token(tx, row).await?;
                let subject = json!({ "staff": staff_id, "token": id });
                let trace = did_anywhere(now, actor, "token.add", subject);
                luot_store::audit::record(tx, vec![trace]).await?;
                Ok::<_, Error>(())
            })
            .await?;
        Ok((id, token))
    }

    /// Ends somebody's access; everything they did stays told.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn disable_staff(&self, actor: &Actor, id: Uuid) -> Result<()> {
        actor.require(Action::ManageStaff, Where::Everywhere)?;
        self.store
            .write(async |tx| {
                let now = self.clock.now();
                staff::find(tx, id)
                    .await?
                    .ok_or(Error::NotFound("member of staff"))?;
                staff::disable(tx, id, now).await?;
                let trace = did_anywhere(now, actor, "staff.disable", json!({ "staff": id }));
                Ok(luot_store::audit::record(tx, vec![trace]).await?)
            })
            .await
    }

    /// Staff in order of creation, after that one.
    ///
    /// # Errors
    /// Of the store.
    pub async fn list_staff(
        &self,
        actor: &Actor,
        after: Option<Uuid>,
        limit: u64,
    ) -> Result<Vec<UserView>> {
        actor.require(Action::ManageStaff, Where::Everywhere)?;
        let all: Vec<UserView> = self
            .store
            .read(async |tx| {
                let rows = staff::list(tx, after, limit).await?;
                let ids: Vec<Uuid> = rows.iter().map(|s| s.id).collect();
                let mut reached = scopes::list(tx, &ids).await?;
                rows.into_iter()
                    .map(|row| {
                        Ok(UserView {
                            role: role_of(&row)?,
                            scopes: reached.remove(&row.id).unwrap_or_default(),
                            row,
                        })
                    })
                    .collect::<Result<_>>()
            })
            .await?;
        let ids: Vec<Uuid> = all.iter().map(|s| s.row.id).collect();
        self.note_reading(actor, None, "staff.read", json!({ "ids": ids }), None)
            .await?;
        Ok(all)
    }

    /// Whoever runs the binary beside the database, in a role.
    #[must_use]
    pub fn operator(&self, role: Role) -> Actor {
        Actor::Staff {
            id: None,
            role,
            reach: Arc::new(Reach::everywhere()),
        }
    }

    /// Who has that token. What is none of ours may be a booking's: the use case that knows
    /// the booking decides.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] for a token of ours that nobody has, or that has ended;
    /// [`Error::SignIn`] for who must set up an authenticator before anything else.
    pub async fn authenticate(&self, token: Option<&str>) -> Result<Actor> {
        let actor = self.authenticate_for_account(token).await?;
        match token {
            Some(token) if self.lacks_second_factor(&actor, token).await? => {
                Err(Error::SignIn(Refused::SetUpNeeded))
            }
            _ => Ok(actor),
        }
    }

    /// The same for what concerns nothing but the caller's own account: an authenticator that
    /// is wanted is set up there.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] for a token of ours that nobody has, or that has ended.
    pub async fn authenticate_for_account(&self, token: Option<&str>) -> Result<Actor> {
        let Some(token) = token else {
            return Ok(Actor::Anonymous);
        };
        if !token.starts_with(PREFIX) {
            return Ok(Actor::Holder(token.into()));
        }
        Ok(self.find_bearer(token).await?.1)
    }

    /// Ends a token that signing in made, whoever's it is, if it is one. For a browser that
    /// signs in anew: what it had before is good for nothing any more.
    pub async fn forget_token(&self, token: &str) {
        if let Ok((found, actor)) = self.find_bearer(token).await
            && found.kind == "sign_in"
            && let Err(error) = self.end_sign_in(&actor, token, Some(found.id)).await
        {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a former sign-in could not be ended"
            );
        }
    }

    /// Whether somebody signed in in a role of which an authenticator is wanted, and has none.
    ///
    /// # Errors
    /// Of the store.
    pub async fn lacks_second_factor(&self, actor: &Actor, token: &str) -> Result<bool> {
        let Actor::Staff {
            id: Some(id), role, ..
        } = actor
        else {
            return Ok(false);
        };
        if !self.second_factor_of.contains(role) {
            return Ok(false);
        }
        let (id, now) = (*id, self.clock.now());
        self.store
            .read(async |tx| {
                let found = staff::find_token(tx, hash(token), now).await?;
                let signed_in = found.is_some_and(|t| t.kind == "sign_in");
                let has = credentials::find_of(tx, id)
                    .await?
                    .is_some_and(|c| c.totp_on);
                Ok(signed_in && !has)
            })
            .await
    }

    /// The token and whose it is.
    pub(crate) async fn find_bearer(&self, token: &str) -> Result<(Token, Actor)> {
        let now = self.clock.now();
        let (found, actor) = self
            .store
            .read(async |tx| {
                let found = staff::find_token(tx, hash(token), now)
                    .await?
                    .ok_or(Error::Unauthorized)?;
                let actor = actor_of(tx, &found).await?;
                Ok::<_, Error>((found, actor))
            })
            .await?;
        let seen = found.used_at.unwrap_or(found.created_at);
        let idle = Duration::hours(limits::STAFF_IDLE_HOURS);
        if found.kind == "sign_in" && found.staff_id.is_some() && seen < now - idle {
            return Err(Error::Unauthorized);
        }
        let every = Duration::minutes(limits::TOKEN_USE_MINUTES);
        if found.used_at.is_none_or(|at| at < now - every) {
            self.store
                .write(async |tx| staff::note_use(tx, found.id, now, every).await)
                .await?;
        }
        Ok((found, actor))
    }
}

/// Whose token it is, and what they reach.
async fn actor_of(tx: &Tx, token: &Token) -> Result<Actor> {
    if let Some(id) = token.parent_id {
        return Ok(Actor::Parent { id });
    }
    let id = token.staff_id.ok_or(Error::Unauthorized)?;
    let row = staff::find(tx, id)
        .await?
        .filter(|s| s.disabled_at.is_none())
        .ok_or(Error::Unauthorized)?;
    actor_of_staff(tx, &row).await
}

/// A member of staff as somebody who asks.
pub(crate) async fn actor_of_staff(tx: &Tx, row: &Staff) -> Result<Actor> {
    Ok(Actor::Staff {
        id: Some(row.id),
        role: role_of(row)?,
        reach: Arc::new(reach_of(tx, row.id).await?),
    })
}

/// A role as it is stored: its name, and what kind of device it is.
fn stored(role: Role) -> (&'static str, Option<&'static str>) {
    match role {
        Role::Kiosk => (Role::Display.as_str(), Some("kiosk")),
        Role::Display => (Role::Display.as_str(), Some("board")),
        other => (other.as_str(), None),
    }
}

fn role_of(row: &Staff) -> Result<Role> {
    match row.device.as_deref() {
        Some("kiosk") => Ok(Role::Kiosk),
        _ => row.role.parse().map_err(Error::Bug),
    }
}

fn invalid(pointer: &str, code: &'static str, en: &'static str, vi: &'static str) -> Error {
    Error::Invalid(Invalid::Input, vec![Note::new(pointer, code, en, vi)])
}

/// A new token and its hash.
pub(crate) fn new_token() -> Result<(String, Vec<u8>)> {
    let secret = new_secret().map_err(|e| Error::Bug(e.to_string()))?;
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(secret));
    let hash = hash(&token);
    Ok((token, hash))
}

/// A token has 256 random bits: a plain hash is as good as a slow one.
pub(crate) fn hash(token: &str) -> Vec<u8> {
    digest(&[token.as_bytes()]).to_vec()
}
