//! The two annexes of Bình Gia district's plan of 2023, cell by cell as they stand: the demo's
//! input, and the hardest test of the readers.

/// The first annex, the rotation of the machines; read it as `binh-gia-2023-rotation.csv`.
pub const BINH_GIA_ROTATION: &[u8] = include_bytes!("../data/binh-gia-2023-rotation.csv");

/// The second annex, each commune's target; read it as `binh-gia-2023-targets.csv`.
pub const BINH_GIA_TARGETS: &[u8] = include_bytes!("../data/binh-gia-2023-targets.csv");
