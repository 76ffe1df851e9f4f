//! What signing in gives: a token in the body, or in a cookie that scripts cannot read.

use actix_web::{
    HttpResponse,
    cookie::{Cookie, SameSite, time::Duration},
    http::header::CACHE_CONTROL,
};
use chrono::{DateTime, Utc};
use luot_app::{Actor, App, signin::SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::{Bearer, COOKIE};

/// Where the token goes.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TokenPlace)]
pub(super) enum As {
    /// Into a cookie, for browsers: scripts cannot read it, and changes need the `csrf_token`.
    #[default]
    Cookie,
    /// Into the body, for the mini-app and other programs.
    Token,
}

/// Somebody is signed in.
#[derive(Serialize, ToSchema)]
#[schema(as = SignedIn, example = json!({
    "id": "0199c0f2-6a2e-7c31-9d0e-3f4b5a6c7d8e", "who": "parent", "role": null,
    "expires_at": "2027-01-04T00:30:00Z", "csrf_token": "b7Jp0w4Qd3xkUeYz9sLmNfRtAbCdEfGhIjKlMnOpQrS", "token": null
}))]
pub(super) struct Response {
    /// Of the sign-in, to end it by.
    id: Uuid,
    /// Whether staff or a parent.
    who: Who,
    /// As what staff work.
    #[schema(required = true)]
    role: Option<&'static str>,
    /// When it ends by itself.
    expires_at: DateTime<Utc>,
    /// What a browser sends as `X-CSRF-Token` with every change.
    csrf_token: String,
    /// The token, where it was asked for. Keep it secret.
    #[schema(required = true)]
    token: Option<String>,
}

/// Whether staff or a parent.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Who {
    /// Staff, a system or a device.
    Staff,
    /// A parent.
    Parent,
}

impl Who {
    /// What somebody is, and as what staff work.
    pub(crate) fn of(actor: &Actor) -> (Self, Option<&'static str>) {
        match actor {
            Actor::Staff { role, .. } => (Self::Staff, Some(role.as_str())),
            _ => (Self::Parent, None),
        }
    }
}

/// The answer, and the end of whatever token came with the request.
pub(super) async fn answer(
    app: &App,
    bearer: &Bearer,
    place: As,
    signed_in: SignedIn,
) -> HttpResponse {
    // What was there before is not carried on: neither the token nor its rights.
    if let Some(old) = bearer.as_deref() {
        app.forget_token(old).await;
    }
    let (who, role) = Who::of(&signed_in.actor);
    let mut response = HttpResponse::Created();
    response.insert_header((CACHE_CONTROL, "no-store"));
    if place == As::Cookie {
        let lasts = signed_in.expires_at - app.now();
        response.cookie(cookie(signed_in.token.clone(), lasts.num_seconds()));
    }
    response.json(Response {
        id: signed_in.id,
        who,
        role,
        expires_at: signed_in.expires_at,
        csrf_token: signed_in.csrf_token,
        token: (place == As::Token).then_some(signed_in.token),
    })
}

/// The cookie. `__Host-` lets a browser take it only over HTTPS, for this host and no other.
pub(super) fn cookie(token: String, seconds: i64) -> Cookie<'static> {
    Cookie::build(COOKIE, token)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(seconds))
        .finish()
}
