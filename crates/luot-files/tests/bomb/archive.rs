//! A zip bomb. Also for the tests over HTTP.

use std::io::{Cursor, Write as _};

/// What one part unpacks to.
const PART_BYTES: usize = 1024 * 1024;
/// How many parts there are, all of them the same bytes of the file.
const PARTS: u16 = 400;

/// One packed megabyte, and a directory that names it again and again.
pub fn bomb() -> Vec<u8> {
    let mut one = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    one.start_file("xl/workbook.xml", options).expect("a bomb");
    one.write_all(&[b' '; PART_BYTES]).expect("a bomb");
    let one = one.finish().expect("a bomb").into_inner();
    let end = one.len() - 22;
    let place = |at: usize| u32::from_le_bytes(one[at..at + 4].try_into().expect("a bomb"));
    let (length, start) = (place(end + 12) as usize, place(end + 16) as usize);
    let entry = &one[start..start + length];
    let name = 46..46 + "xl/workbook.xml".len();
    let mut file = one[..start].to_vec();
    for n in 0..PARTS {
        let mut entry = entry.to_vec();
        if n > 0 {
            // Another name of the same length, so that no part is named twice.
            entry[name.clone()].copy_from_slice(format!("xl/p{n:011}").as_bytes());
        }
        file.extend(entry);
    }
    let length = u32::try_from(file.len() - start).expect("a bomb");
    let mut tail = one[end..].to_vec();
    tail[8..10].copy_from_slice(&PARTS.to_le_bytes());
    tail[10..12].copy_from_slice(&PARTS.to_le_bytes());
    tail[12..16].copy_from_slice(&length.to_le_bytes());
    file.extend(tail);
    file
}
