//! A place in a JSON value, with the notes taken there. Every question has an answer; a wrong value gets a note.

use std::cell::RefCell;
use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveTime};
use serde_json::Value;

use crate::limits;
use crate::types::{Fault, Finding};
use crate::wire;

/// The faults and findings of one reading.
#[derive(Default)]
pub(super) struct Notes {
    faults: RefCell<Vec<Fault>>,
    findings: RefCell<Vec<Finding>>,
}

impl Notes {
    pub(super) fn fault(&self, pointer: &str, code: &str, detail: String, detail_vi: String) {
        let mut faults = self.faults.borrow_mut();
        if faults.len() < limits::FAULTS_LISTED {
            faults.push(Fault {
                pointer: pointer.to_owned(),
                code: code.to_owned(),
                detail,
                detail_vi,
            });
        }
    }

    pub(super) fn finding(&self, pointer: &str, code: &str, detail: String, detail_vi: String) {
        let mut findings = self.findings.borrow_mut();
        if findings.len() < limits::FAULTS_LISTED {
            findings.push(Finding {
                pointer: pointer.to_owned(),
                code: code.to_owned(),
                detail,
                detail_vi,
            });
        }
    }

    pub(super) fn sound(&self) -> bool {
        self.faults.borrow().is_empty()
    }

    /// Where there are faults.
    pub(super) fn pointers(&self) -> BTreeSet<String> {
        self.faults
            .borrow()
            .iter()
            .map(|f| f.pointer.clone())
            .collect()
    }

    pub(super) fn into_result<T>(self, value: T) -> Result<(T, Vec<Finding>), Vec<Fault>> {
        let faults = self.faults.into_inner();
        if faults.is_empty() {
            Ok((value, self.findings.into_inner()))
        } else {
            Err(faults)
        }
    }
}

/// A value and where it stands; the value is none where a field was left out.
pub(super) struct Cursor<'a> {
    value: Option<&'a Value>,
    pointer: String,
    pub(super) notes: &'a Notes,
}

impl<'a> Cursor<'a> {
    pub(super) fn root(value: &'a Value, notes: &'a Notes) -> Self {
        Self {
            value: Some(value),
            pointer: String::new(),
            notes,
        }
    }

    pub(super) fn fault(
        &self,
        code: &str,
        detail: impl Into<String>,
        detail_vi: impl Into<String>,
    ) {
        self.notes
            .fault(&self.pointer, code, detail.into(), detail_vi.into());
    }

    /// Whether there is a value; `null` counts as none.
    pub(super) fn given(&self) -> bool {
        self.value.is_some_and(|v| !v.is_null())
    }

    fn step(&self, key: &str, value: Option<&'a Value>) -> Self {
        let escaped = key.replace('~', "~0").replace('/', "~1");
        Self {
            value,
            pointer: format!("{}/{escaped}", self.pointer),
            notes: self.notes,
        }
    }

    /// Whether this is an object; a fault where it is not.
    pub(super) fn is_object(&self) -> bool {
        let object = self.value.is_some_and(Value::is_object);
        if !object {
            self.wrong("an object", "một đối tượng");
        }
        object
    }

    pub(super) fn field(&self, key: &str) -> Self {
        self.step(key, self.value.and_then(|v| v.get(key)))
    }

    fn wrong(&self, wanted: &str, wanted_vi: &str) {
        if self.given() {
            self.fault(
                "wrong-type",
                format!("this must be {wanted}"),
                format!("giá trị này phải là {wanted_vi}"),
            );
        } else {
            self.fault(
                "missing",
                format!("{wanted} is missing here"),
                format!("thiếu {wanted_vi} ở đây"),
            );
        }
    }

    /// The entries of a list; a list left out is empty, unless it is required.
    pub(super) fn entries(&self, required: bool, limit: usize) -> Vec<Self> {
        let Some(list) = self.value.and_then(Value::as_array) else {
            if required || self.given() {
                self.wrong("a list", "một danh sách");
            }
            return Vec::new();
        };
        if list.len() > limit {
            let n = list.len();
            self.fault(
                "too-many",
                format!("{n} entries; at most {limit} are taken"),
                format!("{n} mục; tối đa {limit}"),
            );
            return Vec::new();
        }
        list.iter()
            .enumerate()
            .map(|(n, v)| self.step(&n.to_string(), Some(v)))
            .collect()
    }

    /// The fields of an object that serves as a table; left out, it is empty.
    pub(super) fn rows(&self) -> Vec<(&'a str, Self)> {
        if !self.given() || !self.is_object() {
            return Vec::new();
        }
        let rows = self.value.and_then(Value::as_object).into_iter().flatten();
        rows.map(|(key, v)| (key.as_str(), self.step(key, Some(v))))
            .collect()
    }

    pub(super) fn text(&self) -> String {
        match self.value.and_then(Value::as_str) {
            Some(text) if text.len() <= limits::ID_BYTES => text.to_owned(),
            Some(_) => {
                let limit = limits::ID_BYTES;
                self.fault(
                    "too-long",
                    format!("longer than {limit} bytes"),
                    format!("dài hơn {limit} byte"),
                );
                String::new()
            }
            None => {
                self.wrong("a text", "một chuỗi ký tự");
                String::new()
            }
        }
    }

    /// A text that names something: not empty.
    pub(super) fn id(&self) -> String {
        let before = self.notes.faults.borrow().len();
        let id = self.text();
        if id.trim().is_empty() && self.notes.faults.borrow().len() == before {
            self.fault(
                "empty",
                "this must not be empty",
                "giá trị này không được để trống",
            );
        }
        id
    }

    pub(super) fn whole_number(&self, default: Option<u32>, least: u32, most: u32) -> u32 {
        if !self.given()
            && let Some(default) = default
        {
            return default;
        }
        let number = self
            .value
            .and_then(|v| v.as_i64().or_else(|| exact(v.as_f64()?)));
        let Some(number) = number else {
            if self.value.is_some_and(Value::is_number) {
                self.fault(
                    "not-whole",
                    "this must be a whole number",
                    "giá trị này phải là số nguyên",
                );
            } else {
                self.wrong("a whole number", "một số nguyên");
            }
            return least;
        };
        if number < 0 {
            self.fault(
                "negative",
                format!("{number} is negative"),
                format!("{number} là số âm"),
            );
            return least;
        }
        match u32::try_from(number) {
            Ok(n) if (least..=most).contains(&n) => n,
            _ => {
                let (en, vi) = (
                    format!("{number} is not between {least} and {most}"),
                    format!("{number} không nằm trong khoảng {least} đến {most}"),
                );
                self.fault("out-of-range", en, vi);
                least
            }
        }
    }

    pub(super) fn boolean(&self) -> bool {
        match self.value {
            Some(Value::Bool(yes)) => *yes,
            _ => {
                if self.given() {
                    self.wrong("true or false", "true hoặc false");
                }
                false
            }
        }
    }

    pub(super) fn optional_date(&self) -> Option<NaiveDate> {
        self.given().then(|| self.date())
    }

    pub(super) fn date(&self) -> NaiveDate {
        let Some(text) = self.value.and_then(Value::as_str) else {
            self.wrong("a date", "một ngày");
            return NaiveDate::default();
        };
        // Exactly YYYY-MM-DD: dates are compared as text by other programs.
        let date = (text.len() == 10)
            .then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
            .flatten();
        date.unwrap_or_else(|| {
            let (en, vi) = (
                "there is no such date; dates are written YYYY-MM-DD",
                "không có ngày này; ngày viết theo dạng YYYY-MM-DD",
            );
            self.fault("no-such-date", en, vi);
            NaiveDate::default()
        })
    }

    pub(super) fn clock(&self) -> NaiveTime {
        let Some(text) = self.value.and_then(Value::as_str) else {
            self.wrong("a time of day", "một giờ trong ngày");
            return NaiveTime::MIN;
        };
        wire::clock::parse(text).unwrap_or_else(|| {
            let (en, vi) = (
                "there is no such time; times are written HH:MM",
                "không có giờ này; giờ viết theo dạng HH:MM",
            );
            self.fault("no-such-time", en, vi);
            NaiveTime::MIN
        })
    }

    /// A machine's rate in hundredths.
    pub(super) fn rate(&self) -> u32 {
        if !self.given() {
            return 100;
        }
        let Some(rate) = self.value.and_then(Value::as_f64) else {
            self.wrong("a number", "một số");
            return 100;
        };
        if rate < 0.0 {
            self.fault("negative", "a rate is not negative", "hệ số không được âm");
            return 100;
        }
        match wire::rate::hundredths(rate) {
            Some(r) if (1..=limits::RATE_HUNDREDTHS).contains(&r) => r,
            Some(0) => {
                let (en, vi) = (
                    "a rate of zero takes nobody; leave the machine out instead",
                    "hệ số 0 không phục vụ được ai; hãy bỏ máy này",
                );
                self.fault("rate-zero", en, vi);
                100
            }
            Some(_) => {
                let most = limits::RATE_HUNDREDTHS / 100;
                self.fault(
                    "out-of-range",
                    format!("a rate is at most {most}"),
                    format!("hệ số tối đa là {most}"),
                );
                100
            }
            None => {
                self.fault(
                    "too-precise",
                    "a rate has at most two decimals",
                    "hệ số có tối đa hai chữ số thập phân",
                );
                100
            }
        }
    }
}

/// A whole number that was written with a decimal point, such as `12.0`.
fn exact(number: f64) -> Option<i64> {
    // Within these bounds the cast is exact.
    (number.fract() == 0.0 && number.abs() < 9.0e15).then_some(number as i64)
}
