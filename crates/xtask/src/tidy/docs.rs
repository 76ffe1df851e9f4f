//! Each module opens by saying what lives in it.

use super::Finding;
use super::tree::Tree;

/// Every Rust file begins with `//!`.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|file| file.is_rust())
        .filter(|file| {
            !file
                .text
                .lines()
                .find(|line| !line.trim().is_empty())
                .is_some_and(is_sentence)
        })
        .map(|file| {
            Finding::at(
                &file.path,
                1,
                "begins without `//!` and a sentence: what lives here, what does not?",
            )
        })
        .collect()
}

fn is_sentence(line: &str) -> bool {
    line.strip_prefix("//!")
        .is_some_and(|rest| !rest.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_its_sentence_is_told() {
        let count = |text: &str| check(&Tree::of(&[("crates/luot-app/src/book.rs", text)])).len();
        assert_eq!(count("\n//! Books.\nuse x;"), 0);
        assert_eq!(count("use x;\n//! late"), 1);
        assert_eq!(count("//!\nuse x;"), 1);
        assert_eq!(count("// Books.\n"), 1);
        assert_eq!(count(""), 1);
        assert!(check(&Tree::of(&[("README.md", "# x")])).is_empty());
    }
}
