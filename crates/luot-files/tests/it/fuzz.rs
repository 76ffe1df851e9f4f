//! Whatever the bytes, there is an answer and no panic. Seeded, so that a failure comes again.

use luot_files::samples::{BINH_GIA_ROTATION, BINH_GIA_TARGETS};
use luot_files::{campaign_from_annexes, read_roster, read_rotation, read_table, read_targets};

use crate::make::xlsx_of;

/// A generator as small as it gets (xorshift).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.roll(256)).unwrap()
    }
}

/// Every reader on the same bytes; whether a table came out at all.
fn read_all(name: &str, bytes: &[u8]) -> bool {
    let Ok(table) = read_table(name, bytes) else {
        return false;
    };
    let rotation = read_rotation(&table, Some(2023));
    let targets = read_targets(&table);
    let _ = read_roster(&table);
    if let (Ok(rotation), Ok(targets)) = (rotation, targets) {
        let _ = campaign_from_annexes("x", &rotation, &targets);
    }
    true
}

fn broken(dice: &mut Dice, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(bytes.len());
        match dice.roll(4) {
            0 => bytes[at] = dice.byte(),
            1 => {
                bytes.remove(at);
            }
            2 => bytes.insert(
                at,
                [b',', b'"', b'\n', b'0', b'9', b'/', b';', 0xC3][dice.roll(8)],
            ),
            _ => {
                let to = (at + dice.roll(40)).min(bytes.len());
                let part = bytes[at..to].to_vec();
                let place = dice.roll(bytes.len());
                bytes.splice(place..place, part);
            }
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

#[test]
fn random_bytes_never_panic() {
    let mut dice = Dice(7);
    for _ in 0..1_000 {
        let length = dice.roll(300);
        let mut bytes: Vec<u8> = (0..length).map(|_| dice.byte()).collect();
        if dice.roll(4) == 0 {
            bytes.splice(0..0, *b"PK\x03\x04");
        }
        read_all(["a.csv", "a.xlsx", ""][dice.roll(3)], &bytes);
    }
}

#[test]
fn broken_tables_never_panic() {
    let mut dice = Dice(11);
    let mut tables = 0;
    for n in 0..400 {
        let sound = if n % 2 == 0 {
            BINH_GIA_ROTATION
        } else {
            BINH_GIA_TARGETS
        };
        tables += usize::from(read_all("a.csv", &broken(&mut dice, sound)));
    }
    assert!(
        tables > 80,
        "most are refused before they are read: {tables}"
    );
}

#[test]
fn broken_workbooks_never_panic() {
    let mut dice = Dice(13);
    let sound = xlsx_of(BINH_GIA_TARGETS);
    for _ in 0..150 {
        read_all("a.xlsx", &broken(&mut dice, &sound));
    }
}

/// Breaks the parts inside the archive, so that the archive itself is sound.
#[test]
fn workbooks_with_broken_parts_never_panic() {
    use std::io::{Cursor, Read as _, Write as _};
    let mut dice = Dice(17);
    let sound = xlsx_of(BINH_GIA_TARGETS);
    let mut archive = zip::ZipArchive::new(Cursor::new(sound)).unwrap();
    let mut parts = Vec::new();
    for n in 0..archive.len() {
        let mut part = archive.by_index(n).unwrap();
        let mut bytes = Vec::new();
        part.read_to_end(&mut bytes).unwrap();
        parts.push((part.name().unwrap().into_owned(), bytes));
    }
    for _ in 0..150 {
        let chosen = dice.roll(parts.len());
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (n, (name, bytes)) in parts.iter().enumerate() {
            archive
                .start_file(
                    name.as_str(),
                    zip::write::SimpleFileOptions::default()
                        .compression_method(zip::CompressionMethod::Stored),
                )
                .unwrap();
            let bytes = if n == chosen {
                broken(&mut dice, bytes)
            } else {
                bytes.clone()
            };
            archive.write_all(&bytes).unwrap();
        }
        read_all("a.xlsx", &archive.finish().unwrap().into_inner());
    }
}
