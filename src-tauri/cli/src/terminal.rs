//! Progress for people at a terminal; nothing where output is piped.

use std::io::{self, ErrorKind, IsTerminal, Write, stderr};
use std::sync::atomic::{AtomicBool, Ordering};

use ingot_engine::bytes::Bytes;
use ingot_engine::{Error, Result};

/// Whether the last line is one of [`show`]'s.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// Shows `text` on the last line, in place of what was there.
pub fn show(text: &str) {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r\x1b[2K\x1b[2m{text}\x1b[0m").and_then(|()| stderr().flush());
        SHOWN.store(true, Ordering::Relaxed);
    }
}

/// Removes what [`show`] showed, and nothing else: the line may hold an answer by now.
pub fn clear_line() {
    if SHOWN.swap(false, Ordering::Relaxed) {
        let _ = write!(stderr(), "\r\x1b[2K").and_then(|()| stderr().flush());
    }
}

/// `what` is done so far, as a bar and in numbers.
pub fn bar(what: &str, done: u64, total: u64) -> String {
    const WIDTH: u64 = 24;
    let filled = (u128::from(done) * u128::from(WIDTH) / u128::from(total.max(1))) as usize;
    let bar = "━".repeat(filled) + &"─".repeat(WIDTH as usize - filled);
    format!("{what} {bar} {} of {}", Bytes(done), Bytes(total))
}

/// How fast it goes, and how long it will still take, to follow a [`bar`].
pub fn pace(bytes_per_second: f64, seconds_left: Option<f64>) -> String {
    let left = match seconds_left {
        Some(seconds) if seconds >= 60.0 => format!(", {:.0} min left", (seconds / 60.0).ceil()),
        Some(seconds) => format!(", {:.0} s left", seconds.ceil()),
        None => String::new(),
    };
    format!(", {}/s{left}", Bytes(bytes_per_second as u64))
}

/// A line of JSON for whoever reads along: in one piece, whatever happens to this process.
pub fn json_line(value: &serde_json::Value) {
    let _ = stderr().write_all(format!("{value}\n").as_bytes());
}

/// What comes of standard output that could not be written: whoever closed the pipe has seen enough, anything else is a
/// failure.
pub fn written(error: io::Error) -> Result<()> {
    match error.kind() {
        ErrorKind::BrokenPipe => Ok(()),
        _ => Err(Error::internal(format!("standard output cannot be written: {error}"))),
    }
}

/// The line for a failure.
pub fn error(error: &Error) {
    clear_line();
    eprintln!("error: {error}");
}

/// A line of small print.
pub fn note(text: &str) {
    if stderr().is_terminal() {
        eprintln!("\x1b[2m{text}\x1b[0m");
    } else {
        eprintln!("{text}");
    }
}
