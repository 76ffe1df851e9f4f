//! What the tests of this crate share: the instances of the project, luck from a seed, and the other judge.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use luot_planner::{Instance, Plan, read_instance, read_plan};
use serde_json::{Value, json};

/// The public instances, each with its file name without the ending.
pub const PUBLIC: [&str; 7] = [
    "binh-gia-2023",
    "commune-1",
    "commune-tight-1",
    "district-1",
    "province-1",
    "commune-1-breakdown",
    "commune-tight-1-breakdown",
];

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/instances")
}

pub fn value(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder().join(format!("{name}.json"))).unwrap()).unwrap()
}

pub fn instance(name: &str) -> Instance {
    read_instance(&value(name)).unwrap().0
}

pub fn plan(name: &str) -> Plan {
    read_plan(&value(name)).unwrap()
}

/// A stream of numbers that is the same for a seed, everywhere and always.
pub struct Luck(pub u64);

impl Luck {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap()
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// What the reference judge says of many pairs of instance and plan; none where it is not at hand.
///
/// An input that it cannot use at all is `{"ok": false}`.
pub fn reference_judge(pairs: &[(Value, Value)]) -> Option<Vec<Value>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/planning");
    if !folder.join("check.py").exists() {
        println!("skipped: ../shared/planning/check.py is not beside the project");
        return None;
    }
    let driver = "
import sys, json
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import check
out = []
for instance, plan in json.load(sys.stdin):
    try:
        out.append(check.assess(instance, plan))
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        out.append(dict(ok=False))
json.dump(out, sys.stdout)
";
    let mut child = Command::new("python3")
        .args(["-c", driver])
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs the reference judge");
    let input = serde_json::to_vec(&json!(pairs)).unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(&input).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success(), "the reference judge failed");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}
