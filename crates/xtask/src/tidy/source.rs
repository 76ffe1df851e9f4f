//! Words that may not stand in the code, everywhere or in one part of it.

use super::Finding;
use super::tree::{File, Tree};

/// Left behind by hand, or a test switched off.
const NOWHERE: &[(&str, &str)] = &[
    ("todo!(", "unfinished"),
    ("unimplemented!(", "unfinished"),
    ("dbg!(", "left over from debugging"),
    ("#[ignore", "a test is fixed or deleted, not ignored"),
];

/// The words, line by line.
pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree.files.iter().filter(|file| file.is_rust()) {
        let tests_from = file.tests_from();
        for (index, line) in file.code.lines().enumerate() {
            let number = index + 1;
            let mut tell = |what: String| findings.push(Finding::at(&file.path, number, what));
            for (word, why) in NOWHERE {
                if starts_word(line, word) {
                    tell(format!("`{word}`: {why}"));
                }
            }
            if in_api(file) && line.contains(".route(") {
                tell(
                    "`.route(` serves what the API document does not show; use `.service(handler)`"
                        .to_owned(),
                );
            }
            if number >= tests_from && sleeps(line) {
                tell(
                    "a test does not sleep: move the test clock, or wait for the thing itself"
                        .to_owned(),
                );
            }
        }
    }
    findings
}

fn in_api(file: &File) -> bool {
    file.path.starts_with("crates/luot-api/")
}

/// Whether the word stands there by itself: `dbg!(` is not in `my_dbg!(`.
fn starts_word(line: &str, word: &str) -> bool {
    line.match_indices(word)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Whether the line sleeps in real time: by full path, or by a name that was imported. A method of a test clock does not.
fn sleeps(line: &str) -> bool {
    if line.contains("thread::sleep") || line.contains("time::sleep") {
        return true;
    }
    ["sleep(", "sleep_until("].iter().any(|word| {
        line.match_indices(word).any(|(at, _)| {
            let before = &line[..at];
            !before.ends_with(|c: char| c.is_alphanumeric() || "_.:".contains(c))
                && !before.ends_with("fn ")
        })
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
    fn what_is_unfinished_is_found_in_code_only() {
        let path = "crates/luot-app/src/book.rs";
        findings(path, "fn f() { todo!() }", 1);
        findings(path, "fn f() { unimplemented!(\"x\") }", 1);
        findings(path, "let x = dbg!(y);", 1);
        findings(
            path,
            "// todo!() some day\nlet s = \"dbg!(x)\"; my_dbg!(y);",
            0,
        );
    }

    #[test]
    fn a_test_that_is_switched_off_is_found() {
        findings(
            "tests/src/a.rs",
            "#[test]\n#[ignore = \"slow\"]\nfn f() {}",
            1,
        );
    }

    #[test]
    fn routes_are_looked_for_in_the_api_only() {
        findings("crates/luot-api/src/x.rs", "app.route(\"/x\", get());", 1);
        findings("crates/luot-web/src/x.rs", "app.route(\"/x\", get());", 0);
    }

    #[test]
    fn tests_do_not_sleep() {
        findings("tests/src/a.rs", "tokio::time::sleep(d).await;", 1);
        findings("tests/src/a.rs", "std::thread::sleep(d);", 1);
        findings(
            "tests/src/a.rs",
            "use tokio::time::{sleep, timeout};\nsleep(d).await;",
            1,
        );
        findings(
            "tests/src/a.rs",
            "app.clock.sleep(d).await; fn sleep(x: u8) {}",
            0,
        );
        findings(
            "crates/luot-store/src/retry.rs",
            "tokio::time::sleep(d).await;",
            0,
        );
        findings(
            "crates/luot-store/src/retry.rs",
            "f();\n#[cfg(test)]\nmod tests {\n thread::sleep(d); }",
            1,
        );
        findings("crates/luot-store/tests/a.rs", "thread::sleep(d);", 1);
    }

    #[test]
    fn the_line_is_named() {
        let findings = check(&Tree::of(&[("a.rs", "\n/* x\n */\ntodo!()")]));
        assert!(
            findings[0].to_string().starts_with("a.rs:4: "),
            "{}",
            findings[0]
        );
    }
}
