//! The one error that crosses module, process and window boundaries.
//!
//! Parsers have their own typed errors; at their module's edge these become an [`Error`]: a code that
//! programs may match on, and one line for people: what, where, why, what to do.

use serde::{Deserialize, Serialize};

pub type Result<T> = std::result::Result<T, Error>;

/// What a program may need to tell apart. The text of an [`Error`] is never matched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The model's files are damaged, hostile, or disagree with each other.
    InvalidModel,
    /// The files are sound, but Ingot does not run this kind of model.
    Unsupported,
    OutOfMemory,
    /// The network, or a server, does not do what it should. Trying again may help.
    Network,
    /// The disk is full. What was done is kept.
    DiskFull,
    WorkerDied,
    WorkerHung,
    /// The model crashed its worker too often and waits for a person's word.
    SetAside,
    Busy,
    NotLoaded,
    BadRequest,
    Internal,
}

/// One line for a person, and a code for a program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[cfg_attr(feature = "typescript", ts(rename = "AppError"))]
#[error("{message}")]
pub struct Error {
    pub code: ErrorCode,
    pub message: String,
}

impl Error {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self { code, message: one_line(&message.into()) }
    }

    pub fn invalid_model(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidModel, message)
    }

    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Unsupported, message)
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadRequest, message)
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::Internal, message)
    }
}

/// Longest message kept, in characters: a hostile file must not fill a terminal.
const LONGEST: usize = 1000;

/// `text` made safe to print on one line: controls and direction marks escaped, cut when too long.
pub fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LONGEST));
    for (count, c) in text.chars().enumerate() {
        if count == LONGEST {
            line.push('…');
            break;
        }
        if c.is_control() || is_invisible(c) { line.extend(c.escape_unicode()) } else { line.push(c) }
    }
    line
}

/// Characters that change how the text around them is shown without being seen themselves.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_one_printable_line() {
        let error = Error::internal("a\nb\u{1b}[31m\u{202e}c");
        assert_eq!(error.message, "a\\u{a}b\\u{1b}[31m\\u{202e}c");
        assert!(Error::internal("x".repeat(5000)).message.chars().count() <= LONGEST + 1);
    }
}
