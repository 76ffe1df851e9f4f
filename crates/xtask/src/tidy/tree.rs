//! The project's files: those that git knows, and those it would add.

use std::path::Path;
use std::process::Command;

use super::mask::mask;
use crate::support::{Result, say};

/// A text file of the project.
pub(super) struct File {
    /// From the root, with `/`.
    pub(super) path: String,
    /// As it stands.
    pub(super) text: String,
    /// The text with comments and literals blanked, line for line, when it is Rust; empty otherwise.
    pub(super) code: String,
}

impl File {
    pub(super) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let code = if path.ends_with(".rs") {
            mask(&text)
        } else {
            String::new()
        };
        Self { path, text, code }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// Whether the file consists of tests, or is there for tests only.
    pub(super) fn is_test(&self) -> bool {
        self.path.starts_with("tests/")
            || self.path.starts_with("crates/luot-testkit/")
            || self.path.contains("/tests/")
            || self.path.ends_with("/tests.rs")
    }

    /// The number of the line from which on a Rust file is tests; by convention their module is its last item.
    pub(super) fn tests_from(&self) -> usize {
        if self.is_test() {
            return 1;
        }
        let lines: Vec<&str> = self.code.lines().map(str::trim).collect();
        let opens_module = |index: usize| {
            let item = lines[index + 1..]
                .iter()
                .find(|line| !line.is_empty() && !line.starts_with("#["));
            item.is_some_and(|item| item.contains("mod ") && item.ends_with('{'))
        };
        let marker =
            (0..lines.len()).find(|index| lines[*index] == "#[cfg(test)]" && opens_module(*index));
        marker.map_or(usize::MAX, |index| index + 1)
    }
}

/// All text files, sorted, and the paths of all others.
pub(super) struct Tree {
    pub(super) files: Vec<File>,
    /// Every path, those of binary files too.
    pub(super) paths: Vec<String>,
}

impl Tree {
    /// Reads the files below `root`. Those that git is told to ignore are none of ours.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let listing = say(Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root))?;
        let mut paths: Vec<String> = listing
            .split('\0')
            .filter(|path| !path.is_empty())
            .map(str::to_owned)
            .collect();
        // Deleted in the working tree, but not yet in the index.
        paths.retain(|path| root.join(path).is_file());
        paths.sort();
        paths.dedup();
        let mut files = Vec::new();
        for path in &paths {
            if let Ok(text) = String::from_utf8(std::fs::read(root.join(path))?) {
                files.push(File::new(path, text));
            }
        }
        Ok(Self { files, paths })
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self {
            files: files
                .iter()
                .map(|(path, text)| File::new(*path, *text))
                .collect(),
            paths: files.iter().map(|(path, _)| (*path).to_owned()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_begin_with_their_module() {
        let from = |text: &str| File::new("crates/luot-app/src/a.rs", text).tests_from();
        assert_eq!(from("f();\n#[cfg(test)]\nmod tests {\n}"), 2);
        assert_eq!(
            from("f();\n#[cfg(test)]\n#[allow(x)]\npub(crate) mod tests {\n}"),
            2
        );
        assert_eq!(from("#[cfg(test)]\nfn of() {}\nf();"), usize::MAX);
        assert_eq!(from("#[cfg(test)]\nmod tests;\nf();"), usize::MAX);
        assert_eq!(from("f();"), usize::MAX);
    }

    #[test]
    fn files_of_tests_are_known_by_their_place() {
        let from = |path: &str| File::new(path, "f();").tests_from();
        for path in [
            "tests/src/a.rs",
            "crates/luot-store/tests/a.rs",
            "crates/luot-app/src/book/tests.rs",
        ] {
            assert_eq!(from(path), 1, "{path}");
        }
    }
}
