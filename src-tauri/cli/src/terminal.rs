//! Progress for people at a terminal; nothing where output is piped.

use std::io::{IsTerminal, Write, stderr};

use ingot_engine::Error;

/// Shows `text` on the last line, in place of what was there.
pub fn show(text: &str) {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r\x1b[2K\x1b[2m{text}\x1b[0m").and_then(|()| stderr().flush());
    }
}

/// Removes what [`show`] showed.
pub fn clear_line() {
    if stderr().is_terminal() {
        let _ = write!(stderr(), "\r\x1b[2K").and_then(|()| stderr().flush());
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
