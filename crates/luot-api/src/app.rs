//! Puts it together, the same for the server and for tests.

use std::{fmt, io, net::TcpListener, sync::Arc, time::Duration};

use actix_web::{
    App, Error, HttpServer,
    body::BoxBody,
    dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::Compress,
    web::{self, ServiceConfig},
};

use crate::{
    appointments, campaigns, children, cohorts, consent_texts, data_requests, disruptions, extract,
    fallback::fallback,
    guards::Guards,
    holds, imports, limits, line, machines, me,
    middleware::Edge,
    offers,
    openapi::Endpoints,
    operations::{self, MetricsPage, Readiness},
    plans, rosters, sessions, shifts, sign_ins, sites, staff, waitlist,
};

/// Every endpoint, one line a module. The document is made from the same list.
pub fn routes(endpoints: &mut Endpoints<'_>) {
    // The framework tries them one after the other: what thousands ask for at once comes first.
    sessions::routes(endpoints);
    appointments::routes(endpoints);
    operations::routes(endpoints);
    campaigns::routes(endpoints);
    sites::routes(endpoints);
    machines::routes(endpoints);
    shifts::routes(endpoints);
    cohorts::routes(endpoints);
    imports::routes(endpoints);
    plans::routes(endpoints);
    disruptions::routes(endpoints);
    holds::routes(endpoints);
    line::routes(endpoints);
    waitlist::routes(endpoints);
    offers::routes(endpoints);
    sign_ins::routes(endpoints);
    me::routes(endpoints);
    children::routes(endpoints);
    consent_texts::routes(endpoints);
    data_requests::routes(endpoints);
    rosters::routes(endpoints);
    staff::routes(endpoints);
}

/// What the HTTP layer is given.
#[derive(Clone)]
pub struct Parts {
    /// The service itself.
    pub service: luot_app::App,
    /// Says whether the service is ready.
    pub readiness: Arc<dyn Readiness>,
    /// Renders `/metrics`.
    pub metrics: MetricsPage,
    /// How long a request may take.
    pub deadline: Duration,
    /// How long a client may take to send its headers.
    pub headers_deadline: Duration,
    /// Whom the edge believes and lets in.
    pub guards: Arc<Guards>,
    /// What else is served that is no operation: pages, and the test's own handlers.
    pub besides: Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>,
}

impl Parts {
    /// The usual parts.
    pub fn new(
        service: luot_app::App,
        readiness: Arc<dyn Readiness>,
        metrics: MetricsPage,
    ) -> Self {
        Self {
            service,
            readiness,
            metrics,
            deadline: limits::REQUEST_DEADLINE,
            headers_deadline: limits::HEADERS_DEADLINE,
            guards: Arc::default(),
            besides: Arc::new(|_| {}),
        }
    }

    /// With another deadline.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// With another time for clients to send their headers.
    pub fn headers_deadline(mut self, deadline: Duration) -> Self {
        self.headers_deadline = deadline;
        self
    }

    /// With other guards.
    pub fn guards(mut self, guards: Guards) -> Self {
        self.guards = Arc::new(guards);
        self
    }

    /// With something more to serve.
    pub fn besides(mut self, add: impl Fn(&mut ServiceConfig) + Send + Sync + 'static) -> Self {
        self.besides = Arc::new(add);
        self
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// The whole application.
pub fn app(
    parts: &Parts,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    > + use<>,
> {
    App::new()
        .configure(extract::defaults)
        .configure(|config| configure(config, parts))
        .default_service(web::to(fallback))
        .wrap(Compress::default())
        // The last one is the outermost.
        .wrap(Edge::new(
            parts.deadline,
            Arc::clone(&parts.guards),
            parts.service.clone(),
        ))
}

fn configure(config: &mut ServiceConfig, parts: &Parts) {
    config.app_data(web::Data::new(parts.service.clone()));
    config.app_data(web::Data::new(Arc::clone(&parts.readiness)));
    config.app_data(web::Data::new(parts.metrics.clone()));
    routes(&mut Endpoints::serving(config));
    operations::docs(config);
    (parts.besides)(config);
}

/// A server on a listener that is already open, so that the caller knows its port. Run it by awaiting it; stop it with
/// its handle, which lets accepted requests finish. Signals are the caller's to handle.
pub fn server(parts: Parts, listener: TcpListener) -> io::Result<Server> {
    let headers_deadline = parts.headers_deadline;
    let server = HttpServer::new(move || app(&parts))
        .shutdown_timeout(limits::SHUTDOWN_SECONDS)
        .client_request_timeout(headers_deadline)
        .keep_alive(limits::KEEP_ALIVE)
        .max_connections(limits::CONNECTIONS)
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(server)
}
