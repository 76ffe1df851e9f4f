//! The OpenAPI document: built from the handlers that are served, completed, checked, and stored as bytes.
//!
//! `document()` is what the server serves and what `openapi/openapi.json` holds; `lint` says what is missing in it.

mod complete;
mod endpoints;
mod lint;
mod problems;

use std::sync::OnceLock;

use actix_web::App;
use serde_json::{Map, Value};
use utoipa::openapi::{
    InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem, ServerBuilder, path::Operation,
    tag::TagBuilder,
};

pub use self::{endpoints::Endpoints, lint::lint};
use crate::app;

/// The version of the contract, the only place where it stands. Raise it when the contract grows.
pub const VERSION: &str = "1.0.0";

/// The groups of operations, in the order in which one meets them. No operation has any other tag.
pub const TAGS: &[(&str, &str)] = &[
    (
        "campaigns",
        "A campaign with its sites, machines, shifts and cohorts, and the files they come from.",
    ),
    (
        "plans",
        "Plans: who goes where and when. Computed, compared, published, mended after a disruption.",
    ),
    (
        "sessions",
        "What is published: sessions, timetables, progress, and which windows have places left.",
    ),
    (
        "appointments",
        "Holding, booking, moving and cancelling places.",
    ),
    (
        "waitlist",
        "Waiting for places, and the offers made to those who wait.",
    ),
    (
        "line",
        "The day itself: arrivals, tickets, calls, and the line.",
    ),
    (
        "identity",
        "Who somebody is: signing in and out, staff and devices, parents and their children.",
    ),
    (
        "operations",
        "For those who run the service: health, metrics, this document, the list of problems.",
    ),
];

/// The document with what was noticed while it was collected.
#[derive(Clone)]
pub struct Document {
    /// The completed document.
    pub openapi: OpenApi,
    /// How many handlers were added. More than there are operations means that one hides another.
    pub handlers: usize,
    /// Operations and schemas that overwrite each other.
    pub clashes: Vec<String>,
}

/// The document, built once.
pub fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| collect(app::routes))
}

/// The document of some endpoints.
pub fn collect(routes: impl FnOnce(&mut Endpoints<'_>)) -> Document {
    let mut openapi = bare();
    let mut handlers = 0;
    let mut clashes = Vec::new();
    // The framework gives a `ServiceConfig` only to a function that configures something.
    let _ = App::new().configure(|config| {
        let mut endpoints = Endpoints::collecting(config, &mut openapi);
        routes(&mut endpoints);
        (handlers, clashes) = endpoints.noticed();
    });
    complete::complete(&mut openapi);
    Document {
        openapi,
        handlers,
        clashes,
    }
}

/// Sorted keys, two spaces, a newline at the end: the same document is always the same bytes.
pub fn serialize(openapi: &OpenApi) -> String {
    let value = serde_json::to_value(openapi).unwrap_or_default();
    let mut text = serde_json::to_string_pretty(&sorted(value)).unwrap_or_default();
    text.push('\n');
    text
}

/// The generated files of the folder `openapi/`, by name: what `cargo xtask openapi` writes and compares.
pub fn files() -> [(&'static str, String); 2] {
    [
        ("openapi.json", serialize(&document().openapi)),
        ("problems.md", crate::problem::problems_markdown()),
    ]
}

/// The operations of a path with their methods.
pub(crate) fn operations_of(item: &PathItem) -> impl Iterator<Item = (&'static str, &Operation)> {
    [
        ("GET", &item.get),
        ("POST", &item.post),
        ("PUT", &item.put),
        ("PATCH", &item.patch),
        ("DELETE", &item.delete),
        ("HEAD", &item.head),
        ("OPTIONS", &item.options),
        ("TRACE", &item.trace),
    ]
    .into_iter()
    .filter_map(|(method, operation)| Some((method, operation.as_ref()?)))
}

fn bare() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Lượt")
        .version(VERSION)
        .description(Some(include_str!("description.md")))
        .license(Some(
            LicenseBuilder::new()
                .name("Apache-2.0")
                .identifier(Some("Apache-2.0"))
                .build(),
        ))
        .build();
    let tags = TAGS.iter().map(|(name, about)| {
        TagBuilder::new()
            .name(*name)
            .description(Some(*about))
            .build()
    });
    let here = ServerBuilder::new()
        .url("/")
        .description(Some("The server this document comes from"))
        .build();
    OpenApiBuilder::new()
        .info(info)
        .tags(Some(tags))
        .servers(Some([here]))
        .build()
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().collect();
            members.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(
                members
                    .into_iter()
                    .map(|(name, value)| (name, sorted(value)))
                    .collect::<Map<_, _>>(),
            )
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
