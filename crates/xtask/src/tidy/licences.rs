//! Every dependency may be used and passed on under the terms of our own licence, Apache-2.0.

use super::Finding;
use super::metadata::{Metadata, Package};
use super::spdx::satisfiable;

/// Permissive licences, without a duty beyond naming the authors.
const ALLOWED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// Licences accepted for a single package each, with the reason beside it.
/// MPL-2.0 belongs here: it is a licence by file, harmless as long as we do not change that file.
const EXCEPTIONS: &[(&str, &str)] = &[];

/// The licences of all that is built.
pub(super) fn check(metadata: &Metadata) -> Vec<Finding> {
    metadata
        .foreign()
        .filter_map(|package| {
            let complaint = complaint(package, EXCEPTIONS)?;
            Some(Finding::new(
                format!("{} {}", package.name, package.version),
                complaint,
            ))
        })
        .collect()
}

fn complaint(package: &Package, exceptions: &[(&str, &str)]) -> Option<String> {
    let Some(expression) = package.license.as_deref() else {
        return Some("states no licence".to_owned());
    };
    let accepts = |licence: &str| {
        ALLOWED.contains(&licence) || exceptions.contains(&(package.name.as_str(), licence))
    };
    match satisfiable(expression, &accepts) {
        Ok(true) => None,
        Ok(false) => Some(format!(
            "is under `{expression}`, which crates/xtask/src/tidy/licences.rs does not allow"
        )),
        Err(problem) => Some(format!("its licence cannot be read: {problem}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn findings(license: Option<&str>, expected: usize) {
        let metadata = Metadata::of(&[("luot-app", &[])]).with_foreign("their", license);
        assert_eq!(check(&metadata).len(), expected, "{license:?}");
    }

    #[test]
    fn permissive_licences_pass_and_others_do_not() {
        findings(Some("MIT OR Apache-2.0"), 0);
        findings(Some("(MIT OR Apache-2.0) AND Unicode-3.0"), 0);
        findings(Some("Unlicense/MIT"), 0);
        findings(Some("GPL-3.0-only"), 1);
        findings(Some("MPL-2.0"), 1);
        findings(Some("MIT AND"), 1);
        findings(None, 1);
    }

    #[test]
    fn our_own_packages_are_not_asked() {
        assert!(check(&Metadata::of(&[("luot-app", &[])])).is_empty());
    }

    #[test]
    fn an_exception_is_for_one_package() {
        let package = |name: &str| Package {
            name: name.to_owned(),
            license: Some("MPL-2.0".to_owned()),
            ..Package::default()
        };
        let exceptions = [("fine", "MPL-2.0")];
        assert!(complaint(&package("fine"), &exceptions).is_none());
        assert!(complaint(&package("other"), &exceptions).is_some());
    }
}
