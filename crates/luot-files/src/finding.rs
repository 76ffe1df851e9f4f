//! What a reader has to say about a file: findings, which let it pass, and faults, which do not.
//!
//! Both speak of a place in the file as whoever sent it sees it (the row a spreadsheet shows, the
//! heading of the column), quote what stood there, and say in English and Vietnamese what was made
//! of it or what to do. Codes are for programs; they keep their meaning.

use serde::Serialize;

use crate::{limits, text};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Written in an unusual way; there is one sensible reading.
    Info,
    /// Somebody should look: the file contradicts itself, or something had to be assumed.
    Warning,
}

/// An oddity that does not stop an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What kind of oddity, kebab-case.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// The row as a spreadsheet counts it, from 1.
    pub row: Option<u32>,
    /// The heading of the column, as the file has it.
    pub column: Option<String>,
    /// What was read.
    pub read: Option<String>,
    /// What was taken instead, where it was not taken literally.
    pub assumed: Option<String>,
    /// In English.
    pub detail: String,
    /// In Vietnamese.
    pub detail_vi: String,
}

/// Something that cannot be read or cannot be true; with one, nothing of the file is taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What kind of fault, kebab-case.
    pub code: String,
    /// The row as a spreadsheet counts it, from 1.
    pub row: Option<u32>,
    /// The heading of the column, as the file has it.
    pub column: Option<String>,
    /// What was read.
    pub read: Option<String>,
    /// What it was taken for, where that explains the fault.
    pub assumed: Option<String>,
    /// In English: what is wrong, and what to do.
    pub detail: String,
    /// The same in Vietnamese.
    pub detail_vi: String,
}

impl Fault {
    /// The fault of a file over [`limits::FILE_BYTES`], for callers who stop receiving at the limit
    /// and never have the whole of it.
    pub fn file_too_large() -> Fault {
        let mib = limits::FILE_BYTES / (1024 * 1024);
        note(
            "file-too-large",
            format!(
                "The file is larger than {mib} MiB, the limit for one file. Send it in parts, or without pictures."
            ),
            format!(
                "Tệp lớn hơn {mib} MiB là mức tối đa cho một tệp. Hãy chia nhỏ tệp hoặc bỏ hình ảnh."
            ),
        )
        .fault()
    }
}

/// A finding or a fault in the making; boxed, for it travels in the error of small functions.
pub(crate) struct Note(Box<Fault>);

/// Begins a note with its code and its two texts.
pub(crate) fn note(code: &str, detail: impl Into<String>, detail_vi: impl Into<String>) -> Note {
    Note(Box::new(Fault {
        code: code.to_owned(),
        row: None,
        column: None,
        read: None,
        assumed: None,
        detail: text::cut(&detail.into(), limits::DETAIL_CHARS),
        detail_vi: text::cut(&detail_vi.into(), limits::DETAIL_CHARS),
    }))
}

impl Note {
    pub(crate) fn row(mut self, row: u32) -> Self {
        self.0.row = Some(row);
        self
    }

    pub(crate) fn column(mut self, heading: &str) -> Self {
        self.0.column = Some(text::quoted(heading));
        self
    }

    pub(crate) fn read(mut self, read: &str) -> Self {
        self.0.read = Some(text::quoted(read));
        self
    }

    pub(crate) fn assumed(mut self, assumed: impl Into<String>) -> Self {
        self.0.assumed = Some(assumed.into());
        self
    }

    pub(crate) fn fault(self) -> Fault {
        *self.0
    }

    pub(crate) fn info(self) -> Finding {
        self.finding(Severity::Info)
    }

    pub(crate) fn warning(self) -> Finding {
        self.finding(Severity::Warning)
    }

    fn finding(self, severity: Severity) -> Finding {
        let Fault {
            code,
            row,
            column,
            read,
            assumed,
            detail,
            detail_vi,
        } = *self.0;
        Finding {
            code,
            severity,
            row,
            column,
            read,
            assumed,
            detail,
            detail_vi,
        }
    }
}

/// Collects what is said about one file, and keeps it to a length that somebody reads.
#[derive(Default)]
pub(crate) struct Report {
    findings: Vec<Finding>,
    faults: Vec<Fault>,
    /// Faults beyond the limit.
    more_faults: usize,
}

impl Report {
    pub(crate) fn info(&mut self, note: Note) {
        self.findings.push(note.info());
    }

    pub(crate) fn warning(&mut self, note: Note) {
        self.findings.push(note.warning());
    }

    pub(crate) fn fault(&mut self, note: Note) {
        if self.faults.len() < limits::FAULTS {
            self.faults.push(note.fault());
        } else {
            self.more_faults += 1;
        }
    }

    pub(crate) fn has_faults(&self) -> bool {
        !self.faults.is_empty()
    }

    /// The findings, or the faults if there are any; what is of the whole file first, then by row.
    pub(crate) fn close(mut self) -> Result<Vec<Finding>, Vec<Fault>> {
        self.findings.sort_by_key(|finding| finding.row);
        self.faults.sort_by_key(|fault| fault.row);
        if self.faults.is_empty() {
            return Ok(shortened(self.findings));
        }
        if self.more_faults > 0 {
            let more = self.more_faults;
            self.faults.push(
                note(
                    "more-faults",
                    format!(
                        "There are {more} more faults; repair these first and send the file again."
                    ),
                    format!("Còn {more} lỗi khác; hãy sửa các lỗi trên rồi gửi lại tệp."),
                )
                .fault(),
            );
        }
        Err(self.faults)
    }
}

/// Cuts each code's findings to the limit, and says how many were cut.
fn shortened(findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = std::collections::BTreeMap::<String, usize>::new();
    let mut kept: Vec<Finding> = findings
        .into_iter()
        .filter(|finding| {
            let count = seen.entry(finding.code.clone()).or_default();
            *count += 1;
            *count <= limits::FINDINGS_PER_CODE
        })
        .collect();
    for (code, count) in seen {
        if count > limits::FINDINGS_PER_CODE {
            let more = count - limits::FINDINGS_PER_CODE;
            kept.push(
                note(
                    "more-findings",
                    format!("There are {more} more findings like `{code}`."),
                    format!("Còn {more} lưu ý khác cùng loại `{code}`."),
                )
                .warning(),
            );
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]
    use super::*;

    #[test]
    fn two_hundred_faults_are_told_and_the_rest_counted() {
        let mut report = Report::default();
        for row in 0..230 {
            report.fault(note("some", "a", "b").row(row));
        }
        let faults = report.close().unwrap_err();
        assert_eq!(faults.len(), limits::FAULTS + 1);
        assert!(faults.last().unwrap().detail.contains("30 more"));
    }

    #[test]
    fn findings_are_cut_by_code() {
        let mut report = Report::default();
        for _ in 0..=limits::FINDINGS_PER_CODE {
            report.info(note("many", "a", "b"));
        }
        report.warning(note("one", "a", "b"));
        let findings = report.close().unwrap();
        assert_eq!(findings.len(), limits::FINDINGS_PER_CODE + 2);
        assert_eq!(findings.last().unwrap().code, "more-findings");
    }
}
