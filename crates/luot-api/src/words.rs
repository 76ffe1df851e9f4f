//! The small words of requests and responses: days, clock times, services, findings.
//!
//! Stricter than what the calendar library reads: exactly `YYYY-MM-DD` and `HH:MM`, years 1 to 9999, so that whatever
//! comes in can be stored by both databases and goes out as the document says.

use std::fmt;

use chrono::{Datelike, NaiveDate, NaiveTime};
use luot_domain::{area::Area, finding::Note};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, SchemaFormat, schema::Schema, schema::Type},
};

use crate::locale::Locale;

/// A date, local to the campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day(pub NaiveDate);

/// A clock time, local to the campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hour(pub NaiveTime);

impl Day {
    pub(crate) fn read(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let shaped = bytes.len() == 10 && bytes.iter().all(|b| b.is_ascii_digit() || *b == b'-');
        let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        (shaped && day.year() >= 1).then_some(Self(day))
    }
}

impl Hour {
    fn read(text: &str) -> Option<Self> {
        let shaped = text.len() == 5 && !text.contains(' ');
        let time = NaiveTime::parse_from_str(text, "%H:%M").ok()?;
        shaped.then_some(Self(time))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%Y-%m-%d").fmt(f)
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.format("%H:%M").fmt(f)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Hour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text)
            .ok_or_else(|| D::Error::custom("there is no such day; days are written YYYY-MM-DD"))
    }
}

impl<'de> Deserialize<'de> for Hour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text)
            .ok_or_else(|| D::Error::custom("there is no such time; times are written HH:MM"))
    }
}

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            .description(Some("A date, local to the campaign."))
            .build()
            .into()
    }
}

impl PartialSchema for Hour {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"))
            .description(Some("A clock time, local to the campaign."))
            .build()
            .into()
    }
}

impl ToSchema for Day {}
impl ToSchema for Hour {}

/// A province or a commune by its official code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AreaCode(pub Area);

impl Serialize for AreaCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for AreaCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(D::Error::custom)
    }
}

impl PartialSchema for AreaCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some("^[0-9]{2}(/[0-9]{5})?$"))
            .description(Some(
                "A province's two digits, or with those of a commune of it: `20` or `20/06001`.",
            ))
            .build()
            .into()
    }
}

impl ToSchema for AreaCode {}

/// What a person comes for, and what a machine can issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Service {
    /// An account only; any machine will do.
    Account,
    /// A card; only machines that issue cards will do.
    Card,
}

impl From<Service> for luot_planner::Service {
    fn from(service: Service) -> Self {
        match service {
            Service::Account => Self::Account,
            Service::Card => Self::Card,
        }
    }
}

impl From<luot_planner::Service> for Service {
    fn from(service: luot_planner::Service) -> Self {
        match service {
            luot_planner::Service::Account => Self::Account,
            luot_planner::Service::Card => Self::Card,
        }
    }
}

/// A machine's speed, with at most two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate(u32);

impl Rate {
    pub(crate) fn from_hundredths(hundredths: u32) -> Self {
        Self(hundredths)
    }

    pub(crate) fn hundredths(self) -> u32 {
        self.0
    }

    fn read(rate: f64) -> Option<Self> {
        let scaled = rate * 100.0;
        let whole = scaled.round();
        // A distance of a millionth is the noise of binary fractions; the bounds make the cast exact.
        let fine = (1.0..=1000.0).contains(&whole) && (scaled - whole).abs() < 1e-6;
        fine.then_some(Self(whole as u32))
    }
}

impl Default for Rate {
    fn default() -> Self {
        Self(100)
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(f64::deserialize(deserializer)?).ok_or_else(|| {
            D::Error::custom("a rate is from 0.01 to 10 and has at most two decimals")
        })
    }
}

impl PartialSchema for Rate {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Number)
            .minimum(Some(0.01))
            .maximum(Some(10.0))
            .default(Some(1.0.into()))
            .description(Some(
                "A machine's speed, where 1 is the normal one; at most two decimals.",
            ))
            .build()
            .into()
    }
}

impl ToSchema for Rate {}

/// Something odd, but usable.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Finding, example = json!({
    "pointer": "/cohorts/4", "code": "no-possible-session", "detail": "None of its sites is open when 6a can come."
}))]
pub(crate) struct FindingBody {
    /// A JSON pointer (RFC 6901) into what was sent.
    pointer: String,
    /// Kebab-case; an open list.
    code: String,
    /// What is odd and what was made of it, in English or Vietnamese by `Accept-Language`.
    detail: String,
}

impl FindingBody {
    pub(crate) fn all(notes: Vec<Note>, locale: Locale) -> Vec<Self> {
        let told = |note: Note| Self {
            pointer: note.pointer,
            code: note.code,
            detail: match locale {
                Locale::En => note.en,
                Locale::Vi => note.vi,
            },
        };
        notes.into_iter().map(told).collect()
    }
}

/// For a member that may be left out (`None`) or be `null` (`Some(None)`); with `#[serde(default)]`.
pub(crate) fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_day_of_a_year_with_four_digits() {
        let check = |text: &str, expect: bool| {
            assert_eq!(Day::read(text).is_some(), expect, "{text}");
        };
        check("2026-11-21", true);
        check("0001-01-01", true);
        check("9999-12-31", true);
        check("0000-01-01", false);
        check("-001-01-01", false);
        check("+999-01-01", false);
        check("10000-01-01", false);
        check("2026-1-1", false);
        check("2026-02-30", false);
        check(" 026-01-01", false);
        check("", false);
    }

    #[test]
    fn a_rate_has_two_decimals_and_is_neither_nothing_nor_absurd() {
        for (rate, expect) in [
            (1.0, Some(100)),
            (0.01, Some(1)),
            (0.8, Some(80)),
            (1.15, Some(115)),
            (10.0, Some(1000)),
            (10.01, None),
            (0.0, None),
            (-1.0, None),
            (0.123, None),
            (f64::NAN, None),
            (1e300, None),
        ] {
            assert_eq!(Rate::read(rate).map(Rate::hundredths), expect, "{rate}");
        }
    }

    #[test]
    fn an_hour_is_two_digits_and_two_digits() {
        let check = |text: &str, expect: bool| {
            assert_eq!(Hour::read(text).is_some(), expect, "{text}");
        };
        check("07:00", true);
        check("23:59", true);
        check("24:00", false);
        check("7:00", false);
        check("07:0", false);
        check(" 7:00", false);
        check("07:00:00", false);
    }
}
