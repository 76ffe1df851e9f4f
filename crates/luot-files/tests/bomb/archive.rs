//! A zip bomb, made by hand: one packed megabyte, and a directory that names it again and
//! again. Also for the tests over HTTP.

/// What one part unpacks to: a space, and so many times 258 more of them.
const MATCHES: usize = 4_064;
const PART_BYTES: usize = 1 + 258 * MATCHES;
/// How many parts there are, all of them the same bytes of the file.
const PARTS: u16 = 400;

/// A few kilobytes that unpack to 400 megabytes.
pub fn bomb() -> Vec<u8> {
    let packed = packed();
    let name = |n: u16| match n {
        0 => "xl/workbook.xml".to_owned(),
        n => format!("xl/p{n:011}"),
    };
    // What both heads of a part say: version, deflate, checksum, sizes, length of the name.
    let mut facts = vec![20, 0, 0, 0, 8, 0, 0, 0, 0, 0];
    facts.extend(checksum().to_le_bytes());
    facts.extend(four(packed.len()));
    facts.extend(four(PART_BYTES));
    facts.extend([15, 0, 0, 0]);
    let mut file = b"PK\x03\x04".to_vec();
    file.extend(&facts);
    file.extend(name(0).bytes());
    file.extend(packed);
    let start = file.len();
    for n in 0..PARTS {
        file.extend(b"PK\x01\x02\x14\0");
        file.extend(&facts);
        // No comment, and at the very beginning of the file.
        file.extend([0; 14]);
        file.extend(name(n).bytes());
    }
    let length = file.len() - start;
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(PARTS.to_le_bytes());
    file.extend(PARTS.to_le_bytes());
    file.extend(four(length));
    file.extend(four(start));
    file.extend([0, 0]);
    file
}

fn four(n: usize) -> [u8; 4] {
    u32::try_from(n).expect("small").to_le_bytes()
}

/// One block of deflate with the fixed codes: a space, then "258 of what was one before".
fn packed() -> Vec<u8> {
    // The last block; fixed codes; the literal 32 (its code is 0x30 + 32).
    let mut bits = vec![true, true, false];
    let mut code = |value: u32, length: u32| {
        bits.extend((0..length).rev().map(|at| value >> at & 1 == 1));
    };
    code(0x30 + 32, 8);
    for _ in 0..MATCHES {
        // Length 258 has no bits beyond its code, distance 1 neither.
        code(0xC5, 8);
        code(0, 5);
    }
    // The end.
    code(0, 7);
    let byte = |eight: &[bool]| (0..).zip(eight).map(|(at, bit)| u8::from(*bit) << at).sum();
    bits.chunks(8).map(byte).collect()
}

/// CRC-32 of what a part unpacks to.
fn checksum() -> u32 {
    let bit = |crc: u32| (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
    let byte = |crc: u32| (0..8).fold(crc ^ u32::from(b' '), |crc, _| bit(crc));
    !(0..PART_BYTES).fold(!0, |crc, _| byte(crc))
}
