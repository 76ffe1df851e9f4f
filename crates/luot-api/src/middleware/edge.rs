//! The outermost layer.

use std::{
    fmt,
    future::{Ready, ready},
    panic::AssertUnwindSafe,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, MessageBody},
    dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready},
    error::InternalError,
};
use futures_util::{FutureExt, future::LocalBoxFuture};
use tracing::Instrument;

use super::{
    access::{self, Route, UNMATCHED},
    arrival::Arrival,
    finish::{finish, preflight},
};
use luot_app::App;

use crate::{
    fallback,
    guards::Guards,
    problem::{Code, Problem},
};

/// Names every request, keeps its deadline, catches its panics, finishes its problems, counts and logs it.
#[derive(Clone)]
pub struct Edge {
    deadline: Duration,
    guards: Arc<Guards>,
    app: App,
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edge")
            .field("deadline", &self.deadline)
            .field("guards", &self.guards)
            .finish_non_exhaustive()
    }
}

impl Edge {
    /// An edge that gives every request so long until its response begins.
    pub fn new(deadline: Duration, guards: Arc<Guards>, app: App) -> Self {
        Self {
            deadline,
            guards,
            app,
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Edge
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Transform = EdgeService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(EdgeService {
            service: Rc::new(service),
            edge: self.clone(),
        }))
    }
}

/// [`Edge`] around a service.
#[derive(Debug)]
pub struct EdgeService<S> {
    service: Rc<S>,
    edge: Edge,
}

impl<S, B> Service<ServiceRequest> for EdgeService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self::Response, Self::Error>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let started = Instant::now();
        let arrival = Arrival::note(&mut request, &self.edge.guards, &self.edge.app);
        let span = tracing::info_span!("http", request_id = %arrival.occasion.request_id);
        let service = Rc::clone(&self.service);
        let deadline = self.edge.deadline;
        // The request may not be kept: the router must be its only owner. After a panic, a timeout or an error it is
        // gone, which is why `Arrival` notes what an answer needs.
        let answer = async move {
            if arrival.is_preflight() {
                let allowed = request.into_response(preflight());
                return Ok(answered(allowed, &arrival, started));
            }
            if let Some(refusal) = arrival.refusal() {
                let refusal = request.error_response(refusal);
                return Ok(answered(refusal, &arrival, started));
            }
            let id = arrival.occasion.request_id.clone();
            let inner = luot_app::trail::during(id, async { service.call(request).await });
            let inner = AssertUnwindSafe(inner).catch_unwind();
            match tokio::time::timeout(deadline, inner).await {
                Ok(Ok(Ok(response))) => Ok(answered(response, &arrival, started)),
                Ok(Ok(Err(error))) => Err(failed(error.error_response(), &arrival, started)),
                Ok(Err(_panic)) => Err(failed(unfinished(Code::Internal), &arrival, started)),
                Err(_elapsed) => Err(failed(unfinished(Code::Timeout), &arrival, started)),
            }
        };
        Box::pin(answer.instrument(span))
    }
}

fn answered<B>(
    response: ServiceResponse<B>,
    arrival: &Arrival,
    started: Instant,
) -> ServiceResponse<BoxBody>
where
    B: MessageBody + 'static,
{
    // The framework would try all its routes again to tell: only for what the document does not have.
    let known = fallback::template_of(&arrival.occasion.instance);
    let other = known.map_or_else(|| response.request().match_pattern(), |_| None);
    let (request, response) = response.into_parts();
    let (response, problem) = finish(response, arrival);
    let route = match (known, &other) {
        (None, Some(other)) => Route::Other(other),
        (known, _) => Route::Ours(known.unwrap_or(UNMATCHED)),
    };
    access::record(
        &arrival.method,
        route,
        response.status(),
        started.elapsed(),
        problem.as_ref(),
    );
    ServiceResponse::new(request, response)
}

/// The error that carries a finished response past the framework, which has lost the request.
fn failed(response: HttpResponse, arrival: &Arrival, started: Instant) -> Error {
    let (response, problem) = finish(response, arrival);
    let route = fallback::template_of(&arrival.occasion.instance).unwrap_or(UNMATCHED);
    access::record(
        &arrival.method,
        Route::Ours(route),
        response.status(),
        started.elapsed(),
        problem.as_ref(),
    );
    InternalError::from_response("answered", response).into()
}

fn unfinished(code: Code) -> HttpResponse {
    actix_web::ResponseError::error_response(&Problem::new(code))
}
