//! Who is asking, looked up.

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use futures_util::future::LocalBoxFuture;
use luot_app::{Actor, App, idempotency::Once};
use serde::Deserialize;

use super::{Bearer, Fingerprint, IdempotencyKey, OptionalIdempotencyKey, gate, query};
use crate::problem::{Code, Problem};

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

impl Caller {
    /// What makes this request one that happens once. A key in the scope that all anonymous callers share must be
    /// hard to guess.
    pub fn once(&self, key: IdempotencyKey, request: Fingerprint) -> Result<Once, Problem> {
        let key = match self.0 {
            Actor::Staff { .. } => key,
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

async fn authenticate(request: &HttpRequest, token: Option<&str>) -> Result<Actor, Problem> {
    let app = request
        .app_data::<web::Data<App>>()
        .ok_or(Code::Unavailable)?;
    Ok(app.authenticate(token).await?)
}

impl FromRequest for Caller {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let open = gate::close(request);
        let (request, bearer) = (request.clone(), Bearer::from_request(request, payload));
        Box::pin(async move {
            let bearer = bearer.await?;
            let actor = authenticate(&request, bearer.as_deref()).await?;
            open.send_replace(true);
            Ok(Self(actor))
        })
    }
}

impl FromRequest for Staff {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let caller = Caller::from_request(request, payload);
        let open = gate::close(request);
        Box::pin(async move {
            match caller.await?.0 {
                actor @ Actor::Staff { .. } => {
                    open.send_replace(true);
                    Ok(Self(actor))
                }
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
        let open = gate::close(request);
        let (request, bearer) = (request.clone(), Bearer::from_request(request, payload));
        Box::pin(async move {
            let bearer = bearer.await?;
            let InQuery { manage_token } = query::parse(request.query_string())?;
            let actor = match (bearer.as_deref(), manage_token) {
                // Never a staff member's: addresses end up in histories and logs.
                (None, Some(token)) => Actor::Holder(token),
                (token, _) => authenticate(&request, token).await?,
            };
            open.send_replace(true);
            Ok(Self(actor))
        })
    }
}
