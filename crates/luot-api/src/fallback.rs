//! What answers when no handler does: `404`, or `405` with `Allow` where the path exists with another method.
//!
//! Handlers are guarded by method, so that the framework itself says `404` to both. The document knows better.

use std::sync::OnceLock;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    dev::ResourceDef,
    http::header::{ALLOW, HeaderValue},
};

use crate::{
    openapi,
    problem::{Code, Problem},
};

/// A path of the document, ready to be matched, with the methods it has.
struct Template {
    pattern: ResourceDef,
    allow: String,
}

/// Answers what no handler took.
pub(crate) async fn fallback(request: HttpRequest) -> HttpResponse {
    refusal(request.uri().path()).error_response()
}

fn refusal(path: &str) -> Problem {
    let Some(template) = templates()
        .iter()
        .find(|template| template.pattern.is_match(path))
    else {
        return Problem::new(Code::NotFound);
    };
    let problem = Problem::new(Code::MethodNotAllowed);
    match HeaderValue::from_str(&template.allow) {
        Ok(allow) => problem.header(ALLOW, allow),
        Err(_) => problem,
    }
}

/// The document's path template that a path matches.
pub(crate) fn template_of(path: &str) -> Option<&'static str> {
    templates()
        .iter()
        .find(|template| template.pattern.is_match(path))
        .and_then(|it| it.pattern.pattern())
}

fn templates() -> &'static [Template] {
    static TEMPLATES: OnceLock<Vec<Template>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let paths = &openapi::document().openapi.paths.paths;
        let mut templates: Vec<_> = paths
            .iter()
            .map(|(path, item)| {
                let methods: Vec<_> = openapi::operations_of(item)
                    .map(|(method, _)| method)
                    .collect();
                Template {
                    pattern: ResourceDef::new(path.as_str()),
                    allow: methods.join(", "),
                }
            })
            .collect();
        // A literal path goes before a template that it would also match.
        templates.sort_by_key(|template| {
            template
                .pattern
                .pattern()
                .map(|path| path.matches('{').count())
        });
        templates
    })
}
