//! Who is asking, looked up.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use futures_util::future::LocalBoxFuture;
use luot_app::{Actor, App, Error, idempotency::Once};
use serde::Deserialize;

use super::{
    Bearer, Fingerprint, IdempotencyKey, OptionalIdempotencyKey, Token, gate::Gate, query,
};
use crate::problem::{Code, Problem};

/// What a page sends along with a change, where the token is in a cookie.
const CSRF: &str = "x-csrf-token";

/// Whoever it is: staff by their token, or a parent.
#[derive(Clone, Debug)]
pub struct Caller(pub Actor);

/// Staff; anybody else is refused before anything more of the request is read.
#[derive(Clone, Debug)]
pub struct Staff(pub Actor);

/// Like [`Caller`], but takes the token from `?manage_token=` where there is no `Authorization`: for links in messages,
/// which cannot carry a header.
#[derive(Clone, Debug)]
pub struct Holder(pub Actor);

/// Somebody who is signed in, staff or parent, with the token by which they are.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub actor: Actor,
    /// Their token.
    pub token: Token,
}

impl Caller {
    /// What makes this request one that happens once. A key in the scope that all anonymous callers share must be
    /// hard to guess.
    pub fn once(&self, key: IdempotencyKey, request: Fingerprint) -> Result<Once, Problem> {
        let key = match self.0 {
            Actor::Staff { .. } | Actor::Parent { .. } => key,
            Actor::Anonymous | Actor::Holder(_) => key.hard_to_guess()?,
        };
        Ok(once(&self.0, &key, request))
    }
}

impl Staff {
    /// What makes this request one that happens once, if it has a key.
    pub fn once(&self, key: &OptionalIdempotencyKey, request: Fingerprint) -> Option<Once> {
        key.0.as_ref().map(|key| once(&self.0, key, request))
    }
}

impl Holder {
    /// What makes this request one that happens once, if it has a key; see [`Caller::once`].
    pub fn once(
        self,
        key: OptionalIdempotencyKey,
        request: Fingerprint,
    ) -> Result<(Actor, Option<Once>), Problem> {
        let caller = Caller(self.0);
        let once = key.0.map(|key| caller.once(key, request)).transpose()?;
        Ok((caller.0, once))
    }
}

/// The fingerprint holds method, path and body.
fn once(actor: &Actor, key: &IdempotencyKey, request: Fingerprint) -> Once {
    Once::new(actor, key.as_str(), "", &request.0)
}

/// What somebody is let in for.
#[derive(Clone, Copy)]
enum For {
    Anything,
    /// Their own account, where a missing authenticator is set up.
    Account,
}

async fn look_up(app: &App, token: Option<&str>, what: For) -> Result<Actor, Error> {
    match what {
        For::Anything => app.authenticate(token).await,
        For::Account => app.authenticate_for_account(token).await,
    }
}

/// Looks the token up. A browser sends its cookie whether or not the page means to: one that has ended counts as none,
/// and a change needs more than the cookie.
async fn authenticate(request: &HttpRequest, bearer: &Bearer, what: For) -> Result<Actor, Problem> {
    let app = request
        .app_data::<web::Data<App>>()
        .ok_or(Code::Unavailable)?;
    let Some(token) = bearer.0.as_ref().filter(|token| token.is_cookie()) else {
        return Ok(look_up(app, bearer.as_deref(), what).await?);
    };
    let actor = match look_up(app, Some(token.reveal()), what).await {
        Ok(actor @ (Actor::Staff { .. } | Actor::Parent { .. })) => actor,
        Ok(Actor::Anonymous | Actor::Holder(_)) | Err(Error::Unauthorized) => {
            return Ok(Actor::Anonymous);
        }
        Err(other) => return Err(other.into()),
    };
    let given = request.headers().get(CSRF).map(|value| value.as_bytes());
    let given = given.and_then(|value| std::str::from_utf8(value).ok());
    let meant = given.is_some_and(|given| app.is_csrf_token(token.reveal(), given));
    match request.method().is_safe() || meant {
        true => Ok(actor),
        false => Err(Code::CsrfTokenRequired.into()),
    }
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let gate = Gate::close(request);
        let (request, bearer) = (request.clone(), Bearer::from_request(request, payload));
        Box::pin(async move {
            let bearer = bearer.await?;
            let actor = authenticate(&request, &bearer, For::Anything).await?;
            gate.open();
            Ok(Self(actor))
        })
    }
}

impl FromRequest for SignedIn {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let gate = Gate::close(request);
        let (request, bearer) = (request.clone(), Bearer::from_request(request, payload));
        Box::pin(async move {
            let bearer = bearer.await?;
            let actor = authenticate(&request, &bearer, For::Account).await?;
            match (actor, bearer.0) {
                (actor @ (Actor::Staff { .. } | Actor::Parent { .. }), Some(token)) => {
                    gate.open();
                    Ok(Self { actor, token })
                }
                _ => Err(Code::Unauthorized.into()),
            }
        })
    }
}

impl FromRequest for Staff {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        let gate = Gate::close(request);
        Box::pin(async move {
            match caller.await?.0 {
                actor @ Actor::Staff { .. } => {
                    gate.open();
                    Ok(Self(actor))
                }
                Actor::Parent { .. } => Err(Code::Forbidden.into()),
                Actor::Anonymous | Actor::Holder(_) => Err(Code::Unauthorized.into()),
            }
        })
    }
}

#[derive(Deserialize)]
struct InQuery {
    manage_token: Option<String>,
}

impl FromRequest for Holder {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let gate = Gate::close(request);
        let (request, bearer) = (request.clone(), Bearer::from_request(request, payload));
        Box::pin(async move {
            let bearer = bearer.await?;
            let InQuery { manage_token } = query::parse(request.query_string())?;
            let by_header = bearer.0.as_ref().is_some_and(|token| !token.is_cookie());
            let actor = match manage_token {
                // Never a staff member's: addresses end up in histories and logs.
                Some(token) if !by_header => Actor::Holder(token),
                _ => authenticate(&request, &bearer, For::Anything).await?,
            };
            gate.open();
            Ok(Self(actor))
        })
    }
}
