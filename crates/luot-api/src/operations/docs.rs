//! `/docs/`: the document as a page. Everything it loads comes from this server.

use actix_web::web::{self, ServiceConfig};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Adds the page. It is not an operation, hence not in the document.
pub fn docs(config: &mut ServiceConfig) {
    // The validator's badge would be loaded from a public server.
    let settings = Config::from("/openapi.json")
        .validator_url("none")
        .display_operation_id(true)
        .deep_linking(true);
    config
        .service(web::redirect("/docs", "/docs/"))
        .service(SwaggerUi::new("/docs/{_:.*}").config(settings));
}
