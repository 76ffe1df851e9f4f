//! Bytes of a text file to text: UTF-8, or UTF-16 where a byte order mark says so.
//!
//! Older Vietnamese encodings (TCVN3, VNI, Windows-1258) cannot be told apart with certainty, and a
//! wrong guess spoils every name in silence; they are refused, with the way to save as UTF-8.

use crate::finding::{Note, Report, note};

/// The text with line feeds only, or `None` after a fault.
pub(super) fn text(bytes: &[u8], report: &mut Report) -> Option<String> {
    let text = if let Some(rest) = bytes.strip_prefix(b"\xFF\xFE") {
        utf16(rest, u16::from_le_bytes, report)?
    } else if let Some(rest) = bytes.strip_prefix(b"\xFE\xFF") {
        utf16(rest, u16::from_be_bytes, report)?
    } else {
        utf8(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes), report)?
    };
    Some(text.replace("\r\n", "\n").replace('\r', "\n"))
}

fn utf8(bytes: &[u8], report: &mut Report) -> Option<String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text.to_owned()),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            report.fault(unreadable(lines(before.iter().map(|b| u32::from(*b)))));
            None
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, report: &mut Report) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    for character in char::decode_utf16(pairs.iter().map(|pair| unit(*pair))) {
        match character {
            Ok(character) => text.push(character),
            Err(_) => {
                report.fault(unreadable(lines(text.chars().map(u32::from))));
                return None;
            }
        }
    }
    if !rest.is_empty() {
        report.fault(unreadable(lines(text.chars().map(u32::from))));
        return None;
    }
    report.info(
        note(
            "encoding-utf-16",
            "The file is in UTF-16; it was read as such.",
            "Tệp dùng mã UTF-16 và đã được đọc theo mã đó.",
        )
        .assumed("UTF-16"),
    );
    Some(text)
}

/// The line that begins after these characters, from 1.
fn lines(before: impl Iterator<Item = u32>) -> u32 {
    let breaks = before.filter(|c| *c == u32::from(b'\n')).count();
    u32::try_from(breaks).unwrap_or(u32::MAX).saturating_add(1)
}

fn unreadable(row: u32) -> Note {
    note(
        "encoding-unknown",
        "From this row on, the file is not in UTF-8. In Excel, save it as “CSV UTF-8” or as XLSX; \
         convert text in TCVN3 or VNI fonts to Unicode first.",
        "Từ dòng này, tệp không dùng mã UTF-8. Trong Excel hãy lưu dạng “CSV UTF-8” hoặc XLSX; \
         nếu dùng phông TCVN3 hoặc VNI thì chuyển sang Unicode trước.",
    )
    .row(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<String> {
        text(bytes, &mut Report::default())
    }

    #[test]
    fn utf_8_and_utf_16_give_the_same_text() {
        let le: Vec<u8> = "\u{FEFF}Tháng\r4\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let be: Vec<u8> = "\u{FEFF}Tháng\r4\r\n"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        for bytes in [
            &b"Th\xC3\xA1ng\r\n4\n"[..],
            b"\xEF\xBB\xBFTh\xC3\xA1ng\n4\r\n",
            &le,
            &be,
        ] {
            assert_eq!(read(bytes).as_deref(), Some("Tháng\n4\n"));
        }
    }

    #[test]
    fn another_encoding_is_a_fault_that_names_its_row() {
        for bytes in [
            &b"a,b\nc,d\nTh\xE1ng,4\n"[..],
            b"\xFF\xFEa\0\n\0b\0\n\0\x00\xD8",
            b"\xFF\xFEa\0\n\0b\0\n\0c",
        ] {
            let mut report = Report::default();
            assert_eq!(text(bytes, &mut report), None);
            let faults = report.close().err().unwrap_or_default();
            assert_eq!(faults.first().and_then(|f| f.row), Some(3));
        }
    }
}
