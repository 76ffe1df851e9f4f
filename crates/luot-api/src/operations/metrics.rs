//! `GET /metrics`: what is counted, for Prometheus.

use std::{fmt, sync::Arc};

use actix_web::{HttpResponse, get, web};

/// Renders the metrics; the server has the recorder.
#[derive(Clone)]
pub struct MetricsPage(Arc<dyn Fn() -> String + Send + Sync>);

impl MetricsPage {
    /// A page rendered by this function, such as `PrometheusHandle::render`.
    pub fn new(render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(render))
    }
}

impl fmt::Debug for MetricsPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsPage")
    }
}

/// What is counted
///
/// Counters and histograms in the text format of Prometheus: `http_requests_total`, `http_request_seconds` and what the
/// rest of the service counts. Holds no personal data, but is nobody's business: keep it from the public at the proxy.
#[utoipa::path(
    tag = "operations",
    operation_id = "get_metrics",
    responses((status = 200, description = "The metrics", body = String, content_type = "text/plain")),
)]
#[get("/metrics")]
pub(super) async fn get_metrics(page: web::Data<MetricsPage>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body((page.0)())
}
