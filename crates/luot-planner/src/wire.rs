//! How single values are written in the file format: defaults, clock times, and rates.

use crate::types::{FORMAT, Plan, Service};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

pub(crate) const fn one() -> u32 {
    1
}

pub(crate) const fn thirty() -> u32 {
    30
}

pub(crate) const fn hundred() -> u32 {
    100
}

pub(crate) fn accounts() -> Vec<Service> {
    vec![Service::Account]
}

// serde's `skip_serializing_if` passes references, whatever the size.
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(crate) const fn is_false(value: &bool) -> bool {
    !*value
}

#[allow(clippy::trivially_copy_pass_by_ref)]
pub(crate) const fn is_one(value: &u32) -> bool {
    *value == 1
}

#[allow(clippy::trivially_copy_pass_by_ref)]
pub(crate) const fn is_hundred(value: &u32) -> bool {
    *value == 100
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (broken_off, stopped) = (!self.broken_off.is_empty(), !self.stopped.is_empty());
        let more = usize::from(broken_off) + usize::from(stopped);
        let mut plan = serializer.serialize_struct("Plan", 3 + more)?;
        plan.serialize_field("format", FORMAT)?;
        plan.serialize_field("rotation", &self.rotation)?;
        plan.serialize_field("allotments", &self.allotments)?;
        if broken_off {
            plan.serialize_field("broken_off", &self.broken_off)?;
        }
        if stopped {
            plan.serialize_field("stopped", &self.stopped)?;
        }
        plan.end()
    }
}

/// `HH:MM`.
pub(crate) mod clock {
    use chrono::NaiveTime;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(crate) fn parse(text: &str) -> Option<NaiveTime> {
        NaiveTime::parse_from_str(text, "%H:%M").ok()
    }

    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(crate) fn serialize<S: Serializer>(
        time: &NaiveTime,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&time.format("%H:%M"))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<NaiveTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| D::Error::custom("a time of day is written HH:MM"))
    }
}

/// A rate: a number with at most two decimals in the file, hundredths in memory.
pub(crate) mod rate {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    /// Hundredths of a written rate; none when it is negative, too large, or has more than two decimals.
    pub(crate) fn hundredths(rate: f64) -> Option<u32> {
        let scaled = rate * 100.0;
        let whole = scaled.round();
        // The bounds make the cast exact; a distance of a millionth is the noise of binary fractions.
        ((0.0..=1_000_000.0).contains(&whole) && (scaled - whole).abs() < 1e-6)
            .then_some(whole as u32)
    }

    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(crate) fn serialize<S: Serializer>(rate: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        if rate.is_multiple_of(100) {
            serializer.serialize_u32(rate / 100)
        } else {
            serializer.serialize_f64(f64::from(*rate) / 100.0)
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let written = f64::deserialize(deserializer)?;
        hundredths(written).ok_or_else(|| D::Error::custom("a rate has at most two decimals"))
    }
}
