//! The files in `openapi/` are those that the code makes.

use std::path::Path;

use luot_api::openapi;

#[test]
fn the_generated_files_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi");
    for (name, expect) in openapi::files() {
        let present = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let first = present
            .lines()
            .zip(expect.lines())
            .position(|(a, b)| a != b);
        assert!(
            present == expect,
            "openapi/{name} is not what the code says (first difference in line {:?}); `cargo xtask openapi` writes it",
            first.map(|line| line + 1)
        );
    }
}

#[test]
fn the_document_is_complete() {
    assert_eq!(openapi::lint(openapi::document()), Vec::<String>::new());
}
