//! What a file is about, and what it is made of.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What an import is to be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Which machine stands where and when: the first annex of an official plan.
    Rotation,
    /// How many people each unit is to reach: the second annex.
    Targets,
    /// The people of a class or a village.
    Roster,
}

impl Kind {
    /// The word for it in the API and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Rotation => "rotation",
            Kind::Targets => "targets",
            Kind::Roster => "roster",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no kind of import.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no kind of import: it is rotation, targets or roster")]
pub struct UnknownKind(pub String);

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [Kind::Rotation, Kind::Targets, Kind::Roster]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| UnknownKind(word.to_owned()))
    }
}

/// What a file turned out to be made of, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Text with a comma, a semicolon or a tab between the cells.
    Csv,
    /// An Office Open XML workbook.
    Xlsx,
}
