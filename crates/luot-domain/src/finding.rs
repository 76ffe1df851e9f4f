//! What is odd but usable, and what is at fault: both told in two languages.

use serde::{Deserialize, Serialize};

/// One thing to tell a person about their input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// JSON pointer to what it is about; empty for the whole.
    pub pointer: String,
    /// A stable kebab-case code.
    pub code: String,
    /// In English.
    pub en: String,
    /// In Vietnamese.
    pub vi: String,
}

impl Note {
    /// A note about what the pointer names.
    pub fn new(
        pointer: impl Into<String>,
        code: &str,
        en: impl Into<String>,
        vi: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            code: code.into(),
            en: en.into(),
            vi: vi.into(),
        }
    }
}
