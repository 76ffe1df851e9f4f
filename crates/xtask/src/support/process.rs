//! What the kernel knows of a process: its memory, its processor time.

use std::fs;
use std::path::Path;

use super::Result;

/// The most memory a process has had, in MiB.
pub(crate) fn peak_memory(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.ok_or("no VmHWM")?.parse::<f64>()? / 1024.0)
}

/// Processor time of a process, of its children, and of those that are gone, in microseconds.
pub(crate) fn time_with_children(pid: u32) -> Result<f64> {
    let own = Times::read(pid)?;
    let mut ticks = own.own + own.gone;
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(other) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        // One that has just ended is counted with those that are gone.
        match Times::read(other) {
            Ok(child) if child.parent == pid => ticks += child.own,
            _ => {}
        }
    }
    // Linux counts in hundredths of a second wherever this runs.
    Ok(ticks * 10_000.0)
}

struct Times {
    parent: u32,
    own: f64,
    gone: f64,
}

impl Times {
    fn read(pid: u32) -> Result<Self> {
        let stat = fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat"))?;
        // The name, in parentheses, may hold anything.
        let (_, rest) = stat.rsplit_once(')').ok_or("no name")?;
        let words: Vec<&str> = rest.split_whitespace().collect();
        let number =
            |at: usize| -> Result<f64> { Ok(words.get(at).ok_or("a short line")?.parse()?) };
        Ok(Self {
            parent: words.get(1).ok_or("a short line")?.parse()?,
            own: number(11)? + number(12)?,
            gone: number(13)? + number(14)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_has_taken_time() {
        let me = std::process::id();
        assert!(peak_memory(me).unwrap() > 0.1);
        assert!(time_with_children(me).unwrap() >= 0.0);
        assert!(Times::read(me).unwrap().parent > 0);
    }
}
