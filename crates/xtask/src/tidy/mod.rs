//! The rules of the house that a compiler does not know, one file each.
//!
//! A rule is a function from what was read ([`tree::Tree`], [`metadata::Metadata`]) to findings.
//! None of them builds anything, so that all of them together take a second.

mod docs;
mod imports;
mod mask;
mod metadata;
mod paths;
mod purity;
mod schema;
mod size;
mod source;
mod toplevel;
mod tree;

use std::fmt;

use crate::support::{Context, Result};

/// One thing that is not as it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// A path with or without a line, or a package.
    place: String,
    /// What is wrong, and what would be right.
    what: String,
}

impl Finding {
    fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            what: what.into(),
        }
    }

    fn at(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self::new(format!("{path}:{line}"), what)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// Reads the project and runs every rule over it.
pub(crate) fn inspect(context: &Context) -> Result<Vec<Finding>> {
    let tree = tree::Tree::read(&context.root)?;
    let metadata = metadata::Metadata::read(context)?;
    let rules = [
        toplevel::check(&tree),
        imports::check(&metadata),
        schema::check_features(&metadata),
        docs::check(&tree),
        source::check(&tree),
        schema::check_calls(&tree),
        purity::check(&tree),
        size::check(&tree),
        paths::check(&tree),
    ];
    println!(
        "{} files and {} packages read",
        tree.files.len(),
        metadata.packages.len()
    );
    Ok(rules.into_iter().flatten().collect())
}
