//! What is added to the collected document: security, the problem schemas, and every operation's problem responses.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        AllOfBuilder, Components, ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi, PathItem,
        Ref, RefOr, Response, ResponseBuilder,
        path::Operation,
        schema::{Schema, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use super::{endpoints::add_schema, problems::implied};
use crate::extract::COOKIE;
use crate::problem::{self, Code, ProblemBody};

/// Completes the document.
pub(super) fn complete(document: &mut OpenApi) {
    let mut components = document.components.take().unwrap_or_default();
    add_problem_schemas(&mut components);
    add_page_examples(&mut components);
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(
        "A staff token, or for one's own appointment its `manage_token`. Public reads need none.",
    ));
    components.add_security_scheme("bearer", SecurityScheme::Http(bearer.build()));
    let cookie = ApiKeyValue::with_description(
        COOKIE,
        "The same token in a cookie, for browsers. Changes need `X-CSRF-Token` beside it.",
    );
    components.add_security_scheme("cookie", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
    for (path, item) in &mut document.paths.paths {
        for operation in operations_mut(item) {
            answer_with_problems(path, operation, &mut components);
        }
    }
    document.components = Some(components);
}

fn add_problem_schemas(components: &mut Components) {
    let mut schemas = vec![(ProblemBody::name().into_owned(), ProblemBody::schema())];
    ProblemBody::schemas(&mut schemas);
    for (name, schema) in schemas {
        // The names are ours; an endpoint that takes one is reported by the check for unknown clashes in the tests.
        let _ = add_schema(components, name, schema);
    }
}

/// Gives every page of a list an example: one item, as its own schema shows it.
fn add_page_examples(components: &mut Components) {
    let examples: BTreeMap<String, Value> = components
        .schemas
        .iter()
        .filter_map(|(name, schema)| {
            let RefOr::T(Schema::Object(schema)) = schema else {
                return None;
            };
            Some((name.clone(), schema.example.clone()?))
        })
        .chain(all_of_examples(components))
        .collect();
    for (name, schema) in &mut components.schemas {
        let example = name
            .strip_prefix("Items_")
            .and_then(|item| examples.get(item));
        if let (RefOr::T(Schema::Object(page)), Some(example)) = (schema, example) {
            page.example = Some(json!({ "items": [example], "next": null }));
        }
    }
}

/// Examples of schemas that are made of several.
fn all_of_examples(components: &Components) -> impl Iterator<Item = (String, Value)> {
    components.schemas.iter().filter_map(|(name, schema)| {
        let RefOr::T(Schema::AllOf(schema)) = schema else {
            return None;
        };
        Some((name.clone(), schema.example.clone()?))
    })
}

/// Replaces the responses that only name codes by complete ones, together with those implied by the operation.
fn answer_with_problems(path: &str, operation: &mut Operation, components: &mut Components) {
    let mut codes = implied(path, operation);
    let responses = &mut operation.responses.responses;
    responses.retain(|_, response| {
        let RefOr::T(response) = response else {
            return true;
        };
        let named = problem::codes_of(response);
        codes.extend(&named);
        named.is_empty()
    });
    codes.sort_unstable();
    codes.dedup();
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes {
        by_status.entry(code.entry().status).or_default().push(code);
    }
    for (status, codes) in by_status {
        let name = codes
            .iter()
            .map(|code| code.slug())
            .collect::<Vec<_>>()
            .join(".");
        responses.insert(status.to_string(), Ref::from_response_name(&name).into());
        components
            .responses
            .entry(name)
            .or_insert_with(|| response(status, &codes).into());
    }
}

/// The response for the codes of one status. Its schema narrows `code`, so that clients can switch exhaustively.
fn response(status: u16, codes: &[Code]) -> Response {
    let lines: Vec<_> = codes
        .iter()
        .map(|code| format!("`{}`: {}", code.slug(), code.entry().meaning))
        .collect();
    let code = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(codes.iter().map(|code| code.slug())))
        .build();
    let narrowed = AllOfBuilder::new()
        .item(Ref::from_schema_name("Problem"))
        .item(
            ObjectBuilder::new()
                .schema_type(Type::Object)
                .property("code", code),
        )
        .build();
    let narrowed = Schema::AllOf(narrowed);
    let mut response = ResponseBuilder::new()
        .description(lines.join("\n\n"))
        .content(
            problem::MEDIA_TYPE,
            ContentBuilder::new().schema(Some(narrowed)).build(),
        );
    let seconds = ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(0));
    let text = ObjectBuilder::new().schema_type(Type::String);
    match status {
        401 => {
            let header = HeaderBuilder::new()
                .schema(Some(text))
                .description(Some("How to sign in"))
                .build();
            response = response.header("WWW-Authenticate", header);
        }
        429 | 503 => {
            let header = HeaderBuilder::new()
                .schema(Some(seconds))
                .description(Some("Seconds to wait"))
                .build();
            response = response.header("Retry-After", header);
        }
        _ => {}
    }
    response.build()
}

fn operations_mut(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [
        &mut item.get,
        &mut item.post,
        &mut item.put,
        &mut item.patch,
        &mut item.delete,
    ]
    .into_iter()
    .flatten()
}
