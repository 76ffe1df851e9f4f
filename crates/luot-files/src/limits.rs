//! How much a file may ask of us, each limit with its reason.
//!
//! The largest list we know of is a province's children: some 300,000 persons, sent school by
//! school. One file is one school, one commune or one district.

/// Bytes of a file as it was sent. A class list takes 30 kB, a commune's children 500 kB.
pub const FILE_BYTES: usize = 16 * 1024 * 1024;

/// Bytes of an XLSX once unpacked. A sheet packs about ten to one; deflate can reach a thousand to
/// one, so that the size as sent says nothing about the memory it takes.
pub const UNPACKED_BYTES: u64 = 128 * 1024 * 1024;

/// Parts in an XLSX archive. An office program writes ten to thirty.
pub const ARCHIVE_PARTS: usize = 2_000;

/// Rows that hold something.
pub const ROWS: usize = 50_000;

/// Columns, counted from the first. The widest official form has about thirty.
pub const COLUMNS: usize = 128;

/// Cells, each row's counted up to its last that holds something, and cells filled from merged ones.
pub const CELLS: usize = 2_000_000;

/// Bytes of text in all cells. A workbook holds a text once however many cells show it, so that its
/// size says little of the table's.
pub const TEXT_BYTES: usize = 64 * 1024 * 1024;

/// Characters of a name of a machine, a site or a unit, which every entry of a rotation bears.
pub const NAME_CHARS: usize = 200;

/// Characters of a list of days; a whole month's takes a hundred.
pub const DAYS_CHARS: usize = 1_000;

/// Units with a target in one file. The whole country has 3,321 communes, and had 10,600.
pub const UNITS: usize = 12_000;

/// Unknown units for which the nearest known name is looked up; the search is by hand, so to speak.
pub const GUESSES: usize = 20;

/// Rows, from the top, in which the header is looked for: official forms bear the state's name, the
/// unit, a number, a title and a remark above their table.
pub const HEADER_ROWS: usize = 30;

/// Entries (machine, date, hours) of one rotation: a province with a hundred machines, two shifts a
/// day and a whole year has 73,000.
pub const ROTATION_ENTRIES: usize = 200_000;

/// Faults reported of one file; beyond it, how many more there are. Nobody repairs more at a time.
pub const FAULTS: usize = 200;

/// Findings reported with one code; beyond it, how many more there are.
pub const FINDINGS_PER_CODE: usize = 500;

/// Characters of a cell that a finding quotes.
pub const QUOTED_CHARS: usize = 120;

/// Characters of what a finding says, where it names things of the file.
pub const DETAIL_CHARS: usize = 1_500;
