//! What a file is, by its first bytes and, for an archive, by its parts; and whether its name agrees.

use std::io::Cursor;

use crate::Format;
use crate::finding::{Note, note};
use crate::limits;

/// Something that is no table, in both languages.
struct Other(&'static str, &'static str);

/// First bytes of what people send by mistake.
const SIGNATURES: &[(&[u8], Other)] = &[
    (b"%PDF", Other("a PDF", "tệp PDF")),
    (b"\x89PNG", Other("a PNG picture", "ảnh PNG")),
    (b"\xFF\xD8\xFF", Other("a JPEG picture", "ảnh JPEG")),
    (b"GIF8", Other("a GIF picture", "ảnh GIF")),
    (
        b"RIFF",
        Other("a picture or a sound (RIFF)", "ảnh hoặc âm thanh (RIFF)"),
    ),
    (b"{\\rtf", Other("an RTF document", "văn bản RTF")),
    (b"Rar!", Other("a RAR archive", "tệp nén RAR")),
    (b"7z\xBC\xAF\x27\x1C", Other("a 7z archive", "tệp nén 7z")),
    (b"\x1F\x8B", Other("a gzip archive", "tệp nén gzip")),
    (
        b"PK\x05\x06",
        Other("an empty ZIP archive", "tệp nén ZIP rỗng"),
    ),
];

/// Old Excel, old Word and every encrypted office document begin so.
const COMPOUND: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// The file's format, if it is one we read and its name does not say otherwise.
pub(super) fn format(name: &str, bytes: &[u8]) -> Result<Format, Note> {
    if bytes.is_empty() {
        return Err(super::empty());
    }
    let ending = ending(name);
    let format = match content(bytes) {
        Ok(format) => format,
        Err(other) => return Err(unsupported(&other, &ending)),
    };
    let agrees = match ending.as_str() {
        "" => true,
        "csv" | "txt" | "tsv" => format == Format::Csv,
        "xlsx" | "xlsm" => format == Format::Xlsx,
        _ => false,
    };
    if agrees {
        Ok(format)
    } else {
        Err(contradicted(format, &ending))
    }
}

/// The name's ending in lower case; empty where it has none.
fn ending(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((_, ending)) if ending.len() <= 8 && !ending.contains(['/', '\\', ' ']) => {
            ending.to_lowercase()
        }
        _ => String::new(),
    }
}

fn content(bytes: &[u8]) -> Result<Format, Other> {
    if bytes.starts_with(b"PK\x03\x04") {
        return archive(bytes);
    }
    if bytes.starts_with(COMPOUND) {
        return Err(compound(bytes));
    }
    for (signature, other) in SIGNATURES {
        if bytes.starts_with(signature) {
            return Err(Other(other.0, other.1));
        }
    }
    let utf16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    if !utf16 && bytes.contains(&0) {
        return Err(Other(
            "binary data, or UTF-16 without a byte order mark",
            "dữ liệu nhị phân, hoặc UTF-16 không có BOM",
        ));
    }
    if is_markup(bytes) {
        return Err(Other("an HTML or XML page", "trang HTML hoặc XML"));
    }
    Ok(Format::Csv)
}

/// Some programs write HTML and call it a spreadsheet.
fn is_markup(bytes: &[u8]) -> bool {
    let start: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|b| !b.is_ascii_whitespace() && !b"\xEF\xBB\xBF".contains(b))
        .take(9)
        .map(|b| b.to_ascii_lowercase())
        .collect();
    [&b"<!doctype"[..], b"<html", b"<?xml", b"<table", b"<meta"]
        .iter()
        .any(|tag| start.starts_with(tag))
}

fn archive(bytes: &[u8]) -> Result<Format, Other> {
    let Ok(archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return Err(Other(
            "a damaged ZIP archive or workbook",
            "tệp nén hoặc bảng tính bị hỏng",
        ));
    };
    // Names are looked at only here; an archive of a million names is refused when it is unpacked.
    let has = |wanted: &str| {
        archive
            .file_names()
            .take(limits::ARCHIVE_PARTS)
            .flatten()
            .any(|n| n.eq_ignore_ascii_case(wanted))
    };
    if has("xl/workbook.xml") {
        Ok(Format::Xlsx)
    } else if has("xl/workbook.bin") {
        Err(Other(
            "a binary workbook (XLSB)",
            "bảng tính nhị phân (XLSB)",
        ))
    } else if has("word/document.xml") {
        Err(Other("a Word document (DOCX)", "văn bản Word (DOCX)"))
    } else if has("content.xml") && has("mimetype") {
        Err(Other("an OpenDocument file", "tệp OpenDocument"))
    } else {
        Err(Other(
            "a ZIP archive that is no workbook",
            "tệp nén ZIP, không phải bảng tính",
        ))
    }
}

fn compound(bytes: &[u8]) -> Other {
    // The names of the parts stand in the file in UTF-16.
    let encrypted: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    if bytes.windows(encrypted.len()).any(|part| part == encrypted) {
        Other("a workbook with a password", "bảng tính có mật khẩu")
    } else {
        Other(
            "an old Excel or Word file (XLS, DOC)",
            "tệp Excel hoặc Word đời cũ (XLS, DOC)",
        )
    }
}

fn unsupported(other: &Other, ending: &str) -> Note {
    let Other(en, vi) = other;
    let claims_table = matches!(ending, "csv" | "txt" | "tsv" | "xlsx" | "xlsm");
    let code = if claims_table {
        "file-not-what-its-name-says"
    } else {
        "file-type-unsupported"
    };
    let (but, but_vi) = if claims_table {
        (
            format!(", though its name ends in .{ending}"),
            format!(", dù tên tệp có đuôi .{ending}"),
        )
    } else {
        (String::new(), String::new())
    };
    note(
        code,
        format!(
            "The file is {en}{but}. Save the table as XLSX or as CSV in UTF-8, without a password."
        ),
        format!(
            "Tệp là {vi}{but_vi}. Hãy lưu bảng thành XLSX hoặc CSV (UTF-8), không đặt mật khẩu."
        ),
    )
}

fn contradicted(format: Format, ending: &str) -> Note {
    let (en, vi, right) = match format {
        Format::Csv => ("plain text", "văn bản thuần", "csv"),
        Format::Xlsx => ("an XLSX workbook", "bảng tính XLSX", "xlsx"),
    };
    note(
        "file-not-what-its-name-says",
        format!("The name ends in .{ending}, the content is {en}. Give it the ending .{right}, or choose the right file."),
        format!("Tên tệp có đuôi .{ending} nhưng nội dung là {vi}. Hãy đổi đuôi thành .{right} hoặc chọn đúng tệp."),
    )
    .read(ending)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]
    use super::*;

    #[test]
    fn what_is_no_table_is_named() {
        let cfb = [COMPOUND, &[0; 64]].concat();
        let mut locked = cfb.clone();
        locked.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
        for (name, bytes, code, says) in [
            ("a.pdf", &b"%PDF-1.7"[..], "file-type-unsupported", "a PDF"),
            ("a.csv", b"%PDF-1.7", "file-not-what-its-name-says", "a PDF"),
            ("a.xls", &cfb, "file-type-unsupported", "old Excel"),
            ("a.xlsx", &cfb, "file-not-what-its-name-says", "old Excel"),
            ("a.xlsx", &locked, "file-not-what-its-name-says", "password"),
            ("a.png", b"\x89PNG\r\n", "file-type-unsupported", "PNG"),
            ("a.csv", b"a\0b\0", "file-not-what-its-name-says", "binary"),
            (
                "a.csv",
                b" <!DOCTYPE html>",
                "file-not-what-its-name-says",
                "HTML",
            ),
            (
                "a.csv",
                b"\xEF\xBB\xBF<table>",
                "file-not-what-its-name-says",
                "HTML",
            ),
            (
                "a.xlsx",
                b"PK\x03\x04 and no more",
                "file-not-what-its-name-says",
                "damaged",
            ),
            (
                "a.xlsx",
                b"a,b\n1,2",
                "file-not-what-its-name-says",
                "plain text",
            ),
            (
                "a.xls",
                b"a,b\n1,2",
                "file-not-what-its-name-says",
                "plain text",
            ),
            ("a.csv", b"", "file-empty", "nothing"),
        ] {
            let fault = format(name, bytes).map_err(Note::fault).unwrap_err();
            assert_eq!(fault.code, code, "{name}");
            assert!(fault.detail.contains(says), "{name}: {}", fault.detail);
        }
    }

    #[test]
    fn a_name_without_an_ending_is_no_contradiction() {
        for name in ["", "upload", "Danh sách lớp 3.A học sinh", "x/y.d/z"] {
            assert_eq!(format(name, b"a,b").ok(), Some(Format::Csv), "{name}");
        }
        assert_eq!(format("LIST.CSV", b"a,b").ok(), Some(Format::Csv));
    }
}
