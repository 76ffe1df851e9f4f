//! What answers when no handler does: `404`, or `405` with `Allow` where the path exists with another method.
//!
//! Handlers are guarded by method, so that the framework itself says `404` to both. The document knows better.

use std::sync::OnceLock;

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    http::header::{ALLOW, HeaderValue},
};

use crate::{
    openapi,
    problem::{Code, Problem},
};

/// A path of the document, ready to be matched, with the methods it has.
struct Template {
    path: &'static str,
    /// What it begins and ends with, before and after what stands for something.
    ends: (&'static str, &'static str),
    allow: String,
}

impl Template {
    /// Whether a path has the template's segments; `{…}` stands for one that is not empty.
    fn is_match(&self, path: &str) -> bool {
        // Every request comes by here, and most templates differ there.
        if !path.starts_with(self.ends.0) || !path.ends_with(self.ends.1) {
            return false;
        }
        let mut asked = path.split('/');
        let fits = self.path.split('/').all(|own| {
            asked
                .next()
                .is_some_and(|asked| own == asked || (own.starts_with('{') && !asked.is_empty()))
        });
        fits && asked.next().is_none()
    }
}

/// The template that a path matches; a literal one before one that it would also match.
fn find(path: &str) -> Option<&'static Template> {
    let alike = templates().get(segments(path))?;
    alike.iter().find(|template| template.is_match(path))
}

fn segments(path: &str) -> usize {
    path.bytes().filter(|byte| *byte == b'/').count()
}

/// Answers what no handler took.
pub(crate) async fn fallback(request: HttpRequest) -> HttpResponse {
    refusal(request.uri().path()).error_response()
}

fn refusal(path: &str) -> Problem {
    let Some(template) = find(path) else {
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
    find(path).map(|template| template.path)
}

/// Those with one segment, with two, and so on.
fn templates() -> &'static [Vec<Template>] {
    static TEMPLATES: OnceLock<Vec<Vec<Template>>> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let paths = &openapi::document().openapi.paths.paths;
        let mut templates: Vec<_> = paths
            .iter()
            .map(|(path, item)| {
                let methods: Vec<_> = openapi::operations_of(item)
                    .map(|(method, _)| method)
                    .collect();
                let begin = path.split('{').next().unwrap_or_default();
                let end = path.rsplit('}').next().unwrap_or_default();
                Template {
                    path,
                    ends: (begin, end),
                    allow: methods.join(", "),
                }
            })
            .collect();
        templates.sort_by_key(|template| template.path.matches('{').count());
        let mut all = Vec::new();
        for template in templates {
            let segments = segments(template.path);
            if all.len() <= segments {
                all.resize_with(segments + 1, Vec::new);
            }
            all[segments].push(template);
        }
        all
    })
}
