//! The schema is changed by migrations and by nothing else.
//!
//! sea-orm can synchronise a database with its entities. That drops what entities cannot express, silently on SQLite:
//! partial unique indexes, and with them the guard against double booking. So neither the feature is asked for,
//! nor is a word of its interface written. (That the feature is in the binary all the same is sea-orm-migration's doing.)

use super::Finding;
use super::metadata::Metadata;
use super::tree::Tree;

const FEATURE: &str = "schema-sync";

/// Asks for the feature in its own manifest, without calling what it brings.
const ASKS_ALL_THE_SAME: &str = "sea-orm-migration";

/// The ways to a synchronisation.
const INTERFACE: &[&str] = &["get_schema_builder", "get_schema_registry", "SchemaBuilder"];

/// The manifests: who asks for the feature, by name or as one of the defaults.
pub(super) fn check_features(metadata: &Metadata) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in metadata
        .packages
        .iter()
        .filter(|package| package.name != ASKS_ALL_THE_SAME)
    {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| dependency.name == "sea-orm")
        {
            if dependency.features.iter().any(|feature| feature == FEATURE)
                || dependency.uses_default_features
            {
                let what = format!(
                    "asks for sea-orm's `{FEATURE}` (one of its defaults), which drops indexes"
                );
                findings.push(Finding::new(&package.name, what));
            }
        }
    }
    findings
}

/// The code: who calls it.
pub(super) fn check_calls(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.is_rust()) {
        for (index, line) in file.code.lines().enumerate() {
            for word in INTERFACE.iter().filter(|word| line.contains(**word)) {
                let what =
                    format!("`{word}`: synchronising a schema drops indexes; write a migration");
                findings.push(Finding::at(&file.path, index + 1, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asking(package: &str, features: &[&str], uses_default_features: bool) -> usize {
        let mut metadata = Metadata::of(&[(package, &["sea-orm"])]);
        let dependency = &mut metadata.packages[0].dependencies[0];
        dependency.features = features
            .iter()
            .map(|feature| (*feature).to_owned())
            .collect();
        dependency.uses_default_features = uses_default_features;
        check_features(&metadata).len()
    }

    #[test]
    fn the_feature_is_found_by_name_and_among_the_defaults() {
        assert_eq!(asking("luot-store", &["macros"], false), 0);
        assert_eq!(asking("luot-store", &["schema-sync"], false), 1);
        assert_eq!(asking("luot-store", &["macros"], true), 1);
        assert_eq!(asking("sea-orm-migration", &["schema-sync"], true), 0);
    }

    #[test]
    fn the_calls_are_found() {
        let count =
            |text: &str| check_calls(&Tree::of(&[("crates/luot-store/src/a.rs", text)])).len();
        assert_eq!(
            count("db.get_schema_registry(\"luot::*\").sync(db).await?;"),
            1
        );
        assert_eq!(count("// get_schema_registry is banned"), 0);
    }
}
