//! A file is short enough to be read at once.
//!
//! Those that are not stand in `crates/xtask/long-files.txt` with the length they may have, and that list only shrinks.

use super::Finding;
use super::tree::Tree;

/// The longest that a file may be without a line in the list. Most should be a third of it.
const LINES: usize = 500;

/// A line is a path, a blank, and the length it may have; `#` begins a remark.
const LIST: &str = "crates/xtask/long-files.txt";

/// Source code, and not generated.
fn counts(path: &str) -> bool {
    [".rs", ".ts", ".svelte"]
        .iter()
        .any(|ending| path.ends_with(ending))
        && !path.contains(".gen.")
}

/// Files that are too long, and lines of the list that have done their work.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let list = tree
        .files
        .iter()
        .find(|file| file.path == LIST)
        .map_or("", |file| file.text.as_str());
    let mut findings = Vec::new();
    let mut excused: Vec<(&str, usize)> = Vec::new();
    for (index, line) in list.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        match line
            .rsplit_once(' ')
            .and_then(|(path, length)| Some((path.trim(), length.parse().ok()?)))
        {
            Some(entry) => excused.push(entry),
            None => findings.push(Finding::at(LIST, index + 1, "not a path and a number")),
        }
    }
    for file in tree.files.iter().filter(|file| counts(&file.path)) {
        let lines = file.text.lines().count();
        let allowed = excused
            .iter()
            .find(|(path, _)| *path == file.path)
            .map(|(_, length)| *length);
        if lines > allowed.unwrap_or(LINES).max(LINES) {
            let limit = allowed.unwrap_or(LINES);
            findings.push(Finding::at(
                &file.path,
                limit,
                format!("{lines} lines, where {limit} are allowed: divide it"),
            ));
        }
    }
    for (path, allowed) in excused {
        let lines = tree
            .files
            .iter()
            .find(|file| file.path == path)
            .map_or(0, |file| file.text.lines().count());
        if lines <= LINES {
            findings.push(Finding::new(
                LIST,
                format!("{path} has {lines} lines and needs no excuse any more: delete its line"),
            ));
        } else if lines < allowed {
            findings.push(Finding::new(
                LIST,
                format!("{path} has shrunk to {lines} lines: write that down"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn findings(list: &str, lines: usize, expected: usize) {
        let text = "x\n".repeat(lines);
        let findings = check(&Tree::of(&[(LIST, list), ("a/b.rs", &text)]));
        assert_eq!(findings.len(), expected, "{findings:?}");
    }

    #[test]
    fn a_long_file_is_told_unless_it_is_excused() {
        findings("", 500, 0);
        findings("", 501, 1);
        findings("# why\na/b.rs 600", 600, 0);
        findings("a/b.rs 600", 601, 1);
    }

    #[test]
    fn the_list_only_shrinks() {
        findings("a/b.rs 600", 550, 1);
        findings("a/b.rs 600", 400, 1);
        findings("a/gone.rs 600", 10, 1);
        findings("a/b.rs many", 10, 1);
    }

    #[test]
    fn generated_and_other_files_may_be_long() {
        let text = "x\n".repeat(900);
        assert!(
            check(&Tree::of(&[
                ("ui/schema.gen.ts", &text),
                ("openapi/openapi.json", &text)
            ]))
            .is_empty()
        );
    }
}
