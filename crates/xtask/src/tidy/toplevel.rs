//! The visible top level is fixed: who opens the project sees all of its parts, and nothing else.

use std::collections::BTreeSet;

use super::Finding;
use super::tree::Tree;

/// What is there, and has to be. Dot-files beside it are free.
const ENTRIES: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "crates",
    "deploy",
    "migrations",
    "openapi",
    "tests",
];

/// What is too much and what is missing.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let present: BTreeSet<&str> = tree
        .paths
        .iter()
        .filter_map(|path| path.split('/').next())
        .collect();
    let superfluous = present
        .iter()
        .filter(|entry| !entry.starts_with('.') && !ENTRIES.contains(entry))
        .map(|entry| Finding::new(*entry, "does not belong at the top level, which is fixed"));
    let missing = ENTRIES
        .iter()
        .filter(|entry| !present.contains(*entry))
        .map(|entry| Finding::new(*entry, "is missing at the top level"));
    superfluous.chain(missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(paths: &[&str]) -> Vec<String> {
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (*path, "")).collect();
        check(&Tree::of(&files))
            .iter()
            .map(|finding| finding.place.clone())
            .collect()
    }

    #[test]
    fn too_much_and_too_little_are_told() {
        let mut paths = ENTRIES.to_vec();
        paths.extend([".gitignore", ".ci/run"]);
        assert_eq!(findings(&paths), Vec::<String>::new());
        paths.push("scripts/fix.sh");
        paths.retain(|path| *path != "LICENSE");
        assert_eq!(findings(&paths), ["scripts", "LICENSE"]);
    }
}
