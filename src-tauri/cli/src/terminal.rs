//! Progress for people at a terminal; nothing where output is piped.

use std::io::{self, ErrorKind, IsTerminal, Write, stderr};
use std::sync::atomic::{AtomicBool, Ordering};

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
