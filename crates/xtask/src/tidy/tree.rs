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

    /// The number of the line from which on a Rust file is tests; by convention they are its last item.
    pub(super) fn tests_from(&self) -> usize {
        if self.is_test() {
            return 1;
        }
        let marker = self
            .code
            .lines()
            .position(|line| line.trim_start().starts_with("#[cfg(test)]"));
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
