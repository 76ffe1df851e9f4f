//! Collects endpoints: each is served, and noted in the document.
//!
//! In place of the collector of `utoipa-actix-web`, for three reasons: it has no `.route`, which would serve without
//! documenting; it notices what that one overwrites silently (two handlers for one operation, two schemas of one
//! name); and while serving it does not build the document again for each worker.

use actix_web::{dev::HttpServiceFactory, web::ServiceConfig};
use utoipa::openapi::{Components, OpenApi, RefOr, schema::Schema};
use utoipa_actix_web::OpenApiFactory;

use super::operations_of;

/// Where endpoints are added, one line each.
pub struct Endpoints<'a> {
    config: &'a mut ServiceConfig,
    document: Option<&'a mut OpenApi>,
    handlers: usize,
    clashes: Vec<String>,
}

impl<'a> Endpoints<'a> {
    /// Only serves.
    pub(crate) fn serving(config: &'a mut ServiceConfig) -> Self {
        Self {
            config,
            document: None,
            handlers: 0,
            clashes: Vec::new(),
        }
    }

    /// Also notes everything in the document.
    pub(super) fn collecting(config: &'a mut ServiceConfig, document: &'a mut OpenApi) -> Self {
        Self {
            config,
            document: Some(document),
            handlers: 0,
            clashes: Vec::new(),
        }
    }

    /// Adds the handler of one endpoint.
    pub fn service<F>(&mut self, handler: F) -> &mut Self
    where
        F: HttpServiceFactory + OpenApiFactory + 'static,
    {
        self.note(&handler);
        self.config.service(handler);
        self
    }

    /// How many handlers there were, and which overwrite each other.
    pub(super) fn noticed(self) -> (usize, Vec<String>) {
        (self.handlers, self.clashes)
    }

    fn note(&mut self, handler: &impl OpenApiFactory) {
        let Some(document) = self.document.as_deref_mut() else {
            return;
        };
        let paths = handler.paths();
        for (path, item) in &paths.paths {
            for (method, _) in operations_of(item) {
                self.handlers += 1;
                let present = document.paths.paths.get(path);
                if present.is_some_and(|item| operations_of(item).any(|(other, _)| other == method))
                {
                    self.clashes.push(format!(
                        "{method} {path}: two handlers, of which only the first is served"
                    ));
                }
            }
        }
        document.paths.merge(paths);

        let mut schemas = Vec::new();
        handler.schemas(&mut schemas);
        let components = document.components.get_or_insert_with(Components::new);
        for (name, schema) in schemas {
            if let Some(clash) = add_schema(components, name, schema) {
                self.clashes.push(clash);
            }
        }
    }
}

/// Adds a schema; answers with what is wrong if another one has its name.
pub(super) fn add_schema(
    components: &mut Components,
    name: String,
    schema: RefOr<Schema>,
) -> Option<String> {
    let clash = components
        .schemas
        .get(&name)
        .is_some_and(|present| *present != schema);
    let clash = clash
        .then(|| format!("schema {name}: two types of this name; give one `#[schema(as = …)]`"));
    components.schemas.insert(name, schema);
    clash
}
