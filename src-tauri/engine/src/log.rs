//! What went wrong, in a file of the app's own, for whoever asks about it later. Bounded, and never sent anywhere.
//!
//! Deliberately elsewhere: what a worker says at its end is part of the error that tells of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Zoned;

use crate::error::{Error, one_line};
use crate::sync::lock;

const FILE: &str = "ingot.log";
const OLDER: &str = "ingot.older.log";
/// Bytes after which a new file begins; one older is kept.
const LONGEST: u64 = 256 << 10;
/// Lines that are shown.
const SHOWN: usize = 200;

/// One line for each error.
#[derive(Debug)]
pub struct Log {
    home: PathBuf,
    lock: Mutex<()>,
}

impl Log {
    pub fn new(home: &Path) -> Self {
        Self { home: home.to_owned(), lock: Mutex::default() }
    }

    pub fn path(&self) -> PathBuf {
        self.home.join(FILE)
    }

    /// Adds `error`, with the time and what was being done. A log that cannot be written is nobody's concern.
    pub fn note(&self, what: &str, error: &Error) {
        let _ = self.add(&format!("{what}: {:?}: {}", error.code, error.message));
    }

    fn add(&self, text: &str) -> io::Result<()> {
        let _held = lock(&self.lock);
        let path = self.path();
        if fs::metadata(&path).is_ok_and(|file| file.len() > LONGEST) {
            fs::rename(&path, self.home.join(OLDER))?;
        }
        let mut file: File = OpenOptions::new().create(true).append(true).open(&path)?;
        writeln!(file, "{} {}", Zoned::now().strftime("%Y-%m-%d %H:%M:%S"), one_line(text))
    }

    /// The latest lines; empty if nothing went wrong.
    pub fn recent(&self) -> String {
        let _held = lock(&self.lock);
        let read = |name: &str| fs::read(self.home.join(name)).unwrap_or_default();
        let text = [read(OLDER), read(FILE)].concat();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(SHOWN)..].join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_there_later_and_the_file_stays_small() {
        let home = tempfile::tempdir().expect("a folder");
        let log = Log::new(home.path());
        assert_eq!(log.recent(), "");
        log.note("load_model", &Error::bad_request("no such\nfolder"));
        let recent = log.recent();
        assert!(recent.ends_with("load_model: BadRequest: no such\\u{a}folder"), "{recent}");
        for number in 0..6000 {
            log.note("x", &Error::internal(format!("{number} {}", "word ".repeat(20))));
        }
        let size = |name: &str| fs::metadata(home.path().join(name)).expect("there").len();
        assert!(size(FILE) <= LONGEST + 1000 && size(OLDER) <= LONGEST + 1000);
        assert_eq!(log.recent().lines().count(), SHOWN);
        assert!(log.recent().lines().last().is_some_and(|line| line.contains("5999")));
        Log::new(Path::new("/nonexistent")).note("x", &Error::internal("nobody minds"));
    }
}
