//! The last words of a worker: the end of its standard error, for the error that tells of its death.

use std::collections::VecDeque;
use std::io::Read;
use std::process::ChildStderr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use crate::sync::lock;

/// Bytes kept, whatever the worker prints.
const KEPT_BYTES: usize = 4096;

pub struct LastWords {
    tail: Arc<Mutex<VecDeque<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl LastWords {
    pub fn listen(mut stderr: ChildStderr) -> Self {
        let tail = Arc::new(Mutex::new(VecDeque::with_capacity(KEPT_BYTES)));
        let kept = Arc::clone(&tail);
        let reader = std::thread::Builder::new().name("worker stderr".into()).spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stderr.read(&mut buffer) {
                let mut kept = lock(&kept);
                kept.extend(&buffer[..count]);
                let excess = kept.len().saturating_sub(KEPT_BYTES);
                kept.drain(..excess);
            }
        });
        Self { tail, reader: reader.ok() }
    }

    /// The last two lines that say something, joined. Call it once the worker has ended.
    pub fn take(&mut self) -> Option<String> {
        // The worker is gone, so its end of the pipe is too, unless a child of its own holds it.
        let deadline = std::time::Instant::now() + std::time::Duration::from_millis(200);
        while self.reader.as_ref().is_some_and(|reader| !reader.is_finished()) && std::time::Instant::now() < deadline {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let bytes: Vec<u8> = lock(&self.tail).iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let is_telling =
            |line: &&str| !line.is_empty() && !line.starts_with("note: ") && !line.contains("RUST_BACKTRACE");
        let lines: Vec<&str> = text.lines().map(str::trim).filter(is_telling).collect();
        let last = lines[lines.len().saturating_sub(2)..].join(" / ");
        (!last.is_empty()).then_some(last)
    }
}
