//! What is odd in a file, and what is at fault, as told to whoever sent it.

use luot_domain::finding::Note;
use luot_files::{Fault, Finding, Severity};
use serde::{Deserialize, Serialize};

/// Something odd, but usable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFinding {
    /// What kind of oddity.
    pub code: String,
    /// `info` or `warning`.
    pub severity: String,
    /// The row as a spreadsheet shows it.
    pub row: Option<u32>,
    /// The heading of the column.
    pub column: Option<String>,
    /// What was read.
    pub read: Option<String>,
    /// What was assumed.
    pub assumed: Option<String>,
    /// In English.
    pub en: String,
    /// In Vietnamese.
    pub vi: String,
}

impl From<&Finding> for ImportFinding {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code.clone(),
            severity: match finding.severity {
                Severity::Info => "info",
                Severity::Warning => "warning",
            }
            .into(),
            row: finding.row,
            column: finding.column.clone(),
            read: finding.read.clone(),
            assumed: finding.assumed.clone(),
            en: finding.detail.clone(),
            vi: finding.detail_vi.clone(),
        }
    }
}

/// A fault of a file; the pointer leads to the row and column of its table.
pub(super) fn note_of(fault: &Fault) -> Note {
    let mut pointer = String::from("/file");
    let (mut en, mut vi) = (String::new(), String::new());
    if let Some(row) = fault.row {
        pointer.push_str(&format!("/{row}"));
        en.push_str(&format!("Row {row}"));
        vi.push_str(&format!("Dòng {row}"));
    }
    if let Some(column) = &fault.column {
        pointer.push('/');
        pointer.push_str(&column.replace('~', "~0").replace('/', "~1"));
        let comma = if en.is_empty() { "" } else { ", " };
        en.push_str(&format!("{comma}column “{column}”"));
        vi.push_str(&format!("{comma}cột “{column}”"));
    }
    if let Some(read) = &fault.read {
        let comma = if en.is_empty() { "" } else { ", " };
        en.push_str(&format!("{comma}read “{read}”"));
        vi.push_str(&format!("{comma}đọc được “{read}”"));
    }
    if !en.is_empty() {
        en.push_str(": ");
        vi.push_str(": ");
    }
    Note::new(
        pointer,
        &fault.code,
        en + &fault.detail,
        vi + &fault.detail_vi,
    )
}
