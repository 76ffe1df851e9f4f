//! Who may import whom, and which libraries are whose.
//!
//! The layers keep what is hard to undo in one place: SQL in the store, Redis in the line, HTTP at the edge.
//! A crate without a row here fails, so that a new one gets its place before it gets its habits.

use super::Finding;
use super::metadata::{Dependency, Metadata, Package};

/// Our crates and those of ours that each may import. A `*` may import any but tests and chores.
const LAYERS: &[(&str, &[&str])] = &[
    ("luot-domain", &[]),
    ("luot-planner", &["luot-domain"]),
    ("luot-migrations", &[]),
    ("luot-store", &["luot-domain", "luot-migrations"]),
    ("luot-line", &["luot-domain"]),
    ("luot-files", &["luot-domain", "luot-planner"]),
    ("luot-notify", &["luot-domain"]),
    (
        "luot-app",
        &[
            "luot-domain",
            "luot-planner",
            "luot-store",
            "luot-line",
            "luot-files",
            "luot-notify",
        ],
    ),
    // Not the store: its models never go to a client.
    ("luot-api", &["luot-domain", "luot-planner", "luot-app"]),
    ("luot-web", &["luot-domain"]),
    ("luot-server", &["*"]),
    ("luot-testkit", &["*"]),
    ("luot-tests", &["*", "luot-testkit"]),
    ("xtask", &[]),
];

/// Those that only tests and chores are made of; nobody's ordinary dependency.
const NOT_SHIPPED: &[&str] = &["luot-testkit", "luot-tests", "xtask"];

/// Libraries (with all that begin with the name and a dash) and the crates they are for.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("sea-orm", &["luot-store", "luot-migrations"]),
    ("sea-query", &["luot-store", "luot-migrations"]),
    ("sqlx", &["luot-store", "luot-migrations"]),
    ("redis", &["luot-line"]),
    ("actix", &["luot-api", "luot-web", "luot-server"]),
    ("utoipa", &["luot-api", "luot-web", "luot-server"]),
    ("chrono-tz", &["luot-domain"]),
];

/// All that xtask may depend on: it is compiled before anything else can happen.
const FOR_CHORES: &[&str] = &["serde", "serde_json"];

/// The layers and the libraries.
pub(super) fn check(metadata: &Metadata) -> Vec<Finding> {
    let ours: Vec<&str> = metadata
        .ours()
        .map(|package| package.name.as_str())
        .collect();
    let mut findings = Vec::new();
    for package in metadata.ours() {
        let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == package.name) else {
            findings.push(Finding::new(
                &package.name,
                "this crate has no row in crates/xtask/src/tidy/imports.rs",
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let complaint = if ours.contains(&dependency.name.as_str()) {
                may_not_import(package, dependency, allowed)
            } else {
                may_not_use(package, dependency)
            };
            findings.extend(complaint.map(|what| Finding::new(&package.name, what)));
        }
    }
    findings
}

fn may_not_import(package: &Package, dependency: &Dependency, allowed: &[&str]) -> Option<String> {
    let name = dependency.name.as_str();
    let shipped = !NOT_SHIPPED.contains(&name);
    let for_tests = dependency.kind.as_deref() == Some("dev");
    let fine = allowed.contains(&name)
        || (allowed.contains(&"*") && shipped)
        // A crate's own tests may use the kit; cargo allows the circle.
        || (for_tests && name == "luot-testkit")
        || name == package.name;
    (!fine).then(|| {
        format!("may not import {name}; the layers are in crates/xtask/src/tidy/imports.rs")
    })
}

fn may_not_use(package: &Package, dependency: &Dependency) -> Option<String> {
    let name = dependency.name.as_str();
    if package.name == "xtask" {
        return (!FOR_CHORES.contains(&name))
            .then(|| format!("may not use {name}: xtask stays lean, it is compiled first"));
    }
    if NOT_SHIPPED.contains(&package.name.as_str()) {
        return None;
    }
    let is = |library: &str| {
        name == library
            || name
                .strip_prefix(library)
                .is_some_and(|rest| rest.starts_with('-'))
    };
    let (_, owners) = LIBRARIES.iter().find(|(library, _)| is(library))?;
    (!owners.contains(&package.name.as_str()))
        .then(|| format!("may not use {name}, which is for {}", owners.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn complaints(packages: &[(&str, &[&str])], expected: usize) {
        let findings = check(&Metadata::of(packages));
        assert_eq!(findings.len(), expected, "{findings:?}");
    }

    #[test]
    fn layers_import_downwards() {
        complaints(
            &[
                ("luot-domain", &[]),
                ("luot-planner", &["luot-domain"]),
                ("luot-app", &["luot-planner"]),
            ],
            0,
        );
        complaints(
            &[("luot-domain", &["luot-planner"]), ("luot-planner", &[])],
            1,
        );
        complaints(&[("luot-planner", &["luot-store"]), ("luot-store", &[])], 1);
    }

    #[test]
    fn the_edge_does_not_reach_the_store() {
        complaints(&[("luot-api", &["luot-store"]), ("luot-store", &[])], 1);
        complaints(&[("luot-api", &["dev:luot-store"]), ("luot-store", &[])], 1);
        complaints(&[("luot-server", &["luot-store"]), ("luot-store", &[])], 0);
    }

    #[test]
    fn the_kit_is_for_tests() {
        complaints(
            &[
                ("luot-store", &["dev:luot-testkit"]),
                ("luot-testkit", &["luot-store"]),
            ],
            0,
        );
        complaints(
            &[("luot-store", &["luot-testkit"]), ("luot-testkit", &[])],
            1,
        );
        complaints(
            &[("luot-server", &["luot-testkit"]), ("luot-testkit", &[])],
            1,
        );
        complaints(
            &[("luot-tests", &["luot-testkit"]), ("luot-testkit", &[])],
            0,
        );
    }

    #[test]
    fn a_crate_without_a_place_is_told() {
        complaints(&[("luot-misc", &[])], 1);
    }

    #[test]
    fn libraries_stay_with_their_owners() {
        complaints(
            &[
                ("luot-store", &["sea-orm"]),
                ("luot-migrations", &["sea-orm-migration"]),
            ],
            0,
        );
        complaints(&[("luot-app", &["sea-orm"])], 1);
        complaints(&[("luot-app", &["redis"])], 1);
        complaints(&[("luot-store", &["actix-web", "utoipa-actix-web"])], 2);
        complaints(&[("luot-api", &["chrono-tz"])], 1);
        complaints(&[("luot-api", &["dev:sqlx"])], 1);
        complaints(&[("luot-testkit", &["redis", "sea-orm"])], 0);
        complaints(&[("luot-app", &["chrono", "redistribute"])], 0);
    }

    #[test]
    fn the_chores_stay_lean() {
        complaints(&[("xtask", &["serde", "serde_json"])], 0);
        complaints(&[("xtask", &["clap"])], 1);
    }
}
