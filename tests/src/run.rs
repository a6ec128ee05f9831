//! Runs a program to its end and tells what it said, how long it took, and how much memory it held.

use std::io::Read;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

#[derive(Debug)]
pub struct Outcome {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
    pub time: Duration,
    /// Most memory that it, or a process it started, had resident, in bytes; 0 where the system does not tell.
    pub peak_bytes: u64,
}

/// Runs `command` with nothing on its standard input.
///
/// # Panics
/// If it cannot be started.
pub fn run(command: &mut Command) -> Outcome {
    let begin = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let (memory, pid) = (Arc::new(AtomicU64::new(0)), child.id());
    let seen = Arc::clone(&memory);
    std::thread::spawn(move || watch(pid, &seen));
    let (mut stdout, mut stderr) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    let errors = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = stderr.read_to_end(&mut text);
        text
    });
    let mut output = Vec::new();
    let _ = stdout.read_to_end(&mut output);
    let status = child.wait().expect("the child can be waited for");
    Outcome {
        status,
        stdout: String::from_utf8_lossy(&output).into_owned(),
        stderr: String::from_utf8_lossy(&errors.join().expect("the reader")).into_owned(),
        time: begin.elapsed(),
        peak_bytes: memory.load(Ordering::Relaxed),
    }
}

/// Follows the peak of process `pid` and of its children until it ends. What `wait4` tells is of no use: it counts
/// the memory of this test, too, which the child shared before it became another program.
fn watch(pid: u32, memory: &AtomicU64) {
    let peak = |pid: u32| -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
    };
    let own = std::fs::read_link("/proc/self/exe").ok();
    while std::fs::read_link(format!("/proc/{pid}/exe")).ok() == own && own.is_some() {
        std::thread::sleep(Duration::from_micros(200));
    }
    while let Some(bytes) = peak(pid) {
        let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        let below = children.split_whitespace().filter_map(|child| {
            let child = child.parse().ok()?;
            (std::fs::read_link(format!("/proc/{child}/exe")).ok() != own).then(|| peak(child))?
        });
        memory.fetch_max(below.fold(bytes, u64::max), Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(1));
    }
}
