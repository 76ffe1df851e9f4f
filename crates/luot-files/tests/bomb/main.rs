//! A real zip bomb: a few kilobytes that unpack to hundreds of megabytes. Alone in its
//! process, so that the memory it takes can be told.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    missing_docs,
    reason = "a test stops where it is surprised"
)]

mod archive;

/// What reading it may take beyond what there was: far less than what it unpacks to.
const MEMORY_KB: u64 = 16 * 1024;

#[test]
fn a_bomb_is_refused_at_the_limit_and_takes_little_memory() {
    let bomb = archive::bomb();
    assert!(bomb.len() < 64 * 1024, "{} bytes as sent", bomb.len());
    let before = peak_kb();
    let faults = luot_files::read_table("danh-sach.xlsx", &bomb).unwrap_err();
    let fault = &faults[0];
    assert_eq!(fault.code, "file-too-large", "{fault:?}");
    assert!(
        fault.detail.contains("unpacks to more than 128 MiB"),
        "{}",
        fault.detail
    );
    if let (Some(before), Some(after)) = (before, peak_kb()) {
        assert!(after - before < MEMORY_KB, "{} kB", after - before);
    }
}

/// The most memory this process has had, where the system tells.
fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}
