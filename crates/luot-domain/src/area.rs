//! A province, or a commune of it, by the official codes: two digits, and five (`20`,
//! `20/06001`). A campaign is of one; staff of a province reach the campaigns of its communes.

/// A province, or a commune of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Area {
    province: u8,
    commune: Option<u32>,
}

/// The text is no area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an area is a province's two digits, or with its commune's five: 20 or 20/06001")]
pub struct NoArea;

impl Area {
    /// Whether the other is this area or lies in it.
    #[must_use]
    pub fn covers(self, other: Self) -> bool {
        self.province == other.province && (self.commune.is_none() || self.commune == other.commune)
    }
}

impl std::str::FromStr for Area {
    type Err = NoArea;

    fn from_str(text: &str) -> Result<Self, NoArea> {
        let digits = |part: &str, count| {
            (part.len() == count && part.bytes().all(|b| b.is_ascii_digit())).then_some(())
        };
        let (province, commune) = match text.split_once('/') {
            Some((province, commune)) => (province, Some(commune)),
            None => (text, None),
        };
        digits(province, 2).ok_or(NoArea)?;
        let commune = match commune {
            Some(commune) => {
                digits(commune, 5).ok_or(NoArea)?;
                Some(commune.parse().map_err(|_| NoArea)?)
            }
            None => None,
        };
        Ok(Self {
            province: province.parse().map_err(|_| NoArea)?,
            commune,
        })
    }
}

impl std::fmt::Display for Area {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}", self.province)?;
        match self.commune {
            Some(commune) => write!(f, "/{commune:05}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_read_as_they_are_written() {
        for text in ["01", "20", "20/06001", "96/00001"] {
            assert_eq!(text.parse::<Area>().map(|a| a.to_string()), Ok(text.into()));
        }
        for text in [
            "",
            "1",
            "020",
            "20/",
            "20/6001",
            "20/060011",
            "ab",
            "20/+6001",
            "２０",
        ] {
            assert_eq!(text.parse::<Area>(), Err(NoArea), "{text}");
        }
    }

    #[test]
    fn a_province_covers_its_communes_and_no_commune_its_province() {
        for (wide, narrow, covers) in [
            ("20", "20", true),
            ("20", "20/06001", true),
            ("20/06001", "20/06001", true),
            ("20/06001", "20", false),
            ("20/06001", "20/06002", false),
            ("20", "31/06001", false),
        ] {
            let (wide, narrow): (Result<Area, _>, Result<Area, _>) = (wide.parse(), narrow.parse());
            let told = wide.and_then(|w| narrow.map(|n| w.covers(n)));
            assert_eq!(told, Ok(covers));
        }
    }
}
