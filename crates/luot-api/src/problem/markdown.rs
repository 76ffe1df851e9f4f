//! `openapi/problems.md`, written from the registry.

use std::fmt::Write;

use super::Code;

/// The text of `openapi/problems.md`.
pub fn problems_markdown() -> String {
    let mut out = String::from(
        "# Problems\n\n\
         <!-- Generated from the registry in the code; `cargo xtask openapi` writes it. -->\n\n\
         Every error has the media type `application/problem+json` and a `code` from this list.\n\
         A code keeps its meaning and its status. New codes may appear: treat one you do not know by its status.\n\n\
         | code | status | title | what has happened | what to do |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    for code in Code::ALL {
        let entry = code.entry();
        let cells =
            [entry.title, entry.meaning, entry.advice_en].map(|cell| cell.replace('|', "\\|"));
        let [title, meaning, advice] = cells;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "| `{}` | {} | {title} | {meaning} | {advice} |",
            entry.slug, entry.status
        );
    }
    out
}
