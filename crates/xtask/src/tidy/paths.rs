//! Nothing in the project knows the machine it was written on, or where packages come from.
//!
//! The one does not work elsewhere; the other is the business of each tool's own configuration.

use super::Finding;
use super::tree::Tree;

/// Folders that exist on somebody's machine only. Put together, so that this file passes its own rule.
const MACHINE: &[&str] = &[
    concat!("/", "work/"),
    concat!("/", "root/"),
    concat!("/", "home/"),
];

/// Hosts of package registries.
const REGISTRIES: &[&str] = &[
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("python", "hosted.org"),
    concat!("npm", "js.org"),
    concat!("npm", "js.com"),
    concat!("proxy.", "golang.org"),
    concat!("deb.", "debian.org"),
];

/// How `Cargo.lock` names the default registry; cargo writes it, and no other way.
const IN_CARGO_LOCK: &str = concat!(
    "source = \"registry+https://github.com/rust-lang/crates",
    ".io-index\""
);

/// Every line of every text file.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in &tree.files {
        for (index, line) in file.text.lines().enumerate() {
            if file.path == "Cargo.lock" && line.trim() == IN_CARGO_LOCK {
                continue;
            }
            for folder in MACHINE.iter().filter(|folder| mentions(line, folder)) {
                findings.push(Finding::at(
                    &file.path,
                    index + 1,
                    format!("`{folder}` exists on one machine only"),
                ));
            }
            for host in REGISTRIES.iter().filter(|host| line.contains(**host)) {
                findings.push(Finding::at(
                    &file.path,
                    index + 1,
                    format!("names a package registry, `{host}`"),
                ));
            }
        }
    }
    findings
}

/// Whether an absolute path begins with the folder, as opposed to `$HOME/work/` or `example.org/home/`.
fn mentions(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| c.is_whitespace() || "\"'`=:,;([<>|@/".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn findings(path: &str, text: &str, expected: usize) {
        let findings = check(&Tree::of(&[(path, text)]));
        assert_eq!(findings.len(), expected, "{findings:?}");
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        for folder in MACHINE {
            findings("a.sh", &format!("cd {folder}x"), 1);
            findings("a.rs", &format!("let x = \"{folder}x\";"), 1);
            findings("a.md", &format!("file://{folder}x"), 1);
            findings(
                "a.md",
                &format!("https://example.org{folder}x $HOME{folder}x ..{folder}"),
                0,
            );
        }
    }

    #[test]
    fn registries_are_found() {
        for host in REGISTRIES {
            findings("README.md", &format!("see https://{host}/x"), 1);
        }
    }

    #[test]
    fn the_lock_file_may_name_the_default_registry_and_nothing_else() {
        findings("Cargo.lock", IN_CARGO_LOCK, 0);
        findings("Cargo.toml", IN_CARGO_LOCK, 1);
        findings(
            "Cargo.lock",
            &IN_CARGO_LOCK.replace("github.com", "example.org"),
            1,
        );
    }
}
