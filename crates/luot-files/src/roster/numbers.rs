//! Personal numbers and phone numbers, which spreadsheets take for amounts.

use chrono::{Datelike, NaiveDate};

use super::{Reader, Sex};
use crate::finding::note;
use crate::table::Row;

/// Digits of a personal number.
const PERSONAL: usize = 12;

impl Reader {
    /// Twelve digits, leading zeros restored. One that cannot be read is taken as missing, with a
    /// finding: the person can be enrolled without it.
    pub(super) fn personal_number(&mut self, row: &Row) -> Option<String> {
        let shown = self.text(row, "personal_number")?;
        let digits = shown.replace([' ', '.', '-', '\''], "");
        let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
        // The number begins with a place of birth from 001 on, so that one or two zeros can be lost.
        if all_digits
            && (PERSONAL - 2..PERSONAL).contains(&digits.len())
            && !digits.starts_with('0')
        {
            let restored = format!("{digits:0>PERSONAL$}");
            let said = note(
                "leading-zeros-restored",
                "The number lacks digits in front, as when a spreadsheet takes it for an amount; zeros were put there. Format the column as text.",
                "Số bị thiếu chữ số ở đầu do bảng tính hiểu là số; đã thêm số 0. Hãy định dạng cột là văn bản.",
            );
            let said = self.at(row, "personal_number", said);
            self.report
                .info(said.read(&masked(&digits)).assumed(masked(&restored)));
            return Some(restored);
        }
        if all_digits && digits.len() == PERSONAL {
            return Some(digits);
        }
        let said = if all_digits && digits.len() == 9 {
            note(
                "old-identity-number",
                "Nine digits are an old identity card's number, not a personal number; taken as missing.",
                "Số chín chữ số là số CMND cũ, không phải số định danh cá nhân; coi như không có.",
            )
        } else {
            note(
                "personal-number-unreadable",
                "A personal number has twelve digits; this one was taken as missing.",
                "Số định danh cá nhân phải có mười hai chữ số; coi như không có.",
            )
        };
        let said = self.at(row, "personal_number", said).read(&masked(&shown));
        self.report.warning(said);
        None
    }

    /// The fourth digit tells century and sex, the next two the year of birth. A mismatch happens in
    /// good papers too, so it is only told.
    pub(super) fn compare(
        &mut self,
        row: &Row,
        number: &str,
        birth_date: NaiveDate,
        sex: Option<Sex>,
    ) {
        let digit = |at: usize| number.get(at..=at).and_then(|d| d.parse::<i32>().ok());
        let (Some(code), Some(tens), Some(ones)) = (digit(3), digit(4), digit(5)) else {
            return;
        };
        let year = 1900 + code / 2 * 100 + tens * 10 + ones;
        if year != birth_date.year() {
            let said = note(
                "number-contradicts-birth-date",
                format!(
                    "The personal number says the year {year}, the list {}. Both are kept; check them against the papers.",
                    birth_date.year()
                ),
                format!(
                    "Số định danh cho biết năm sinh {year}, danh sách ghi {}. Giữ cả hai; hãy đối chiếu giấy tờ.",
                    birth_date.year()
                ),
            );
            let said = self.at(row, "personal_number", said).read(&masked(number));
            self.report.warning(said);
        }
        let by_number = if code % 2 == 0 {
            Sex::Male
        } else {
            Sex::Female
        };
        if sex.is_some_and(|sex| sex != by_number) {
            let said = note(
                "number-contradicts-sex",
                "The personal number says another sex than the list. Both are kept; check them against the papers.",
                "Số định danh cho biết giới tính khác với danh sách. Giữ cả hai; hãy đối chiếu giấy tờ.",
            );
            let said = self.at(row, "personal_number", said).read(&masked(number));
            self.report.warning(said);
        }
    }

    /// `0912345678` whichever way it is written; not a mobile's, or not readable, with a finding.
    pub(super) fn phone(&mut self, row: &Row) -> Option<String> {
        let shown = self.text(row, "phone")?;
        let mut numbers = shown
            .split(['/', ';', ','])
            .map(str::trim)
            .filter(|n| !n.is_empty());
        let first = numbers.next().unwrap_or_default();
        if numbers.next().is_some() {
            let said = note(
                "several-phones",
                "There are several numbers; the first is taken.",
                "Có nhiều số điện thoại; chỉ lấy số đầu tiên.",
            );
            let said = self.at(row, "phone", said);
            self.report.info(said);
        }
        let digits = first.replace([' ', '.', '-', '(', ')', '\''], "");
        let (phone, restored) = national(&digits);
        let Some(phone) = phone else {
            let said = note(
                "phone-unreadable",
                "This is no Vietnamese phone number (0…, +84… or 84…); taken as missing.",
                "Không phải số điện thoại Việt Nam (0…, +84… hoặc 84…); coi như không có.",
            );
            let said = self.at(row, "phone", said).read(&masked(first));
            self.report.warning(said);
            return None;
        };
        if restored {
            let said = note(
                "leading-zeros-restored",
                "The phone number lacks its leading zero, as when a spreadsheet takes it for an amount; it was put there.",
                "Số điện thoại bị thiếu số 0 ở đầu do bảng tính hiểu là số; đã thêm vào.",
            );
            let said = self.at(row, "phone", said);
            self.report
                .info(said.read(&masked(&digits)).assumed(masked(&phone)));
        }
        if !is_mobile(&phone) {
            let said = note(
                "phone-not-mobile",
                "This is not a mobile number; no messages can be sent to it.",
                "Không phải số di động; không nhắn tin được.",
            );
            let said = self.at(row, "phone", said).read(&masked(&phone));
            self.report.warning(said);
        }
        Some(phone)
    }
}

/// The number as dialled within the country, and whether its zero had to be put back.
fn national(digits: &str) -> (Option<String>, bool) {
    let (rest, restored) = if let Some(rest) = digits.strip_prefix("+84") {
        (rest, false)
    } else if let Some(rest) = digits.strip_prefix("84").filter(|rest| rest.len() >= 9) {
        (rest, false)
    } else if let Some(rest) = digits.strip_prefix('0') {
        (rest, false)
    } else {
        (digits, true)
    };
    // Some write +84 (0) 912….
    let rest = rest.strip_prefix('0').unwrap_or(rest);
    let readable = (9..=10).contains(&rest.len())
        && rest.bytes().all(|b| b.is_ascii_digit())
        && rest.starts_with(['2', '3', '5', '7', '8', '9']);
    if !readable {
        return (None, false);
    }
    (Some(format!("0{rest}")), restored)
}

fn is_mobile(phone: &str) -> bool {
    phone.len() == 10 && !phone.starts_with("02")
}

/// A number's ends, enough to find it in the list again and too little to use it.
fn masked(number: &str) -> String {
    let characters: Vec<char> = number.chars().take(20).collect();
    let shown = if characters.len() >= 9 { 3 } else { 1 };
    characters
        .iter()
        .enumerate()
        .map(|(n, c)| {
            if n < shown || n + 2 >= characters.len() {
                *c
            } else {
                '•'
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phones_are_one_number_however_they_are_written() {
        for (given, expect) in [
            ("0912345678", Some(("0912345678", false))),
            ("+84912345678", Some(("0912345678", false))),
            ("84912345678", Some(("0912345678", false))),
            ("+840912345678", Some(("0912345678", false))),
            ("912345678", Some(("0912345678", true))),
            ("842345678", Some(("0842345678", true))),
            ("02053812345", Some(("02053812345", false))),
            ("0112345678", None),
            ("12345", None),
            ("không có", None),
            ("", None),
        ] {
            let (phone, restored) = national(given);
            assert_eq!(phone.as_deref().map(|p| (p, restored)), expect, "{given}");
        }
        assert!(is_mobile("0912345678") && !is_mobile("02053812345"));
    }

    #[test]
    fn a_masked_number_shows_its_ends() {
        assert_eq!(masked("020315001234"), "020•••••••34");
        assert_eq!(masked("12345"), "1••45");
        assert_eq!(masked("1"), "1");
    }
}
