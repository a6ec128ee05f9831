//! How far a conversion has come, in a file that is right after any crash: each line is whole and checked, or ignored.
//!
//! A line is written only after what it tells of is on the disk for good.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::source::HashState;

/// A unit that is written for good: its number, and the CRC-32 of what it wrote into each tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done(pub u32, pub [u32; 3]);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    /// First: what is being made of what. Another conversion's progress is of no use.
    Begin {
        identity: String,
    },
    Progress {
        done: Vec<Done>,
        hashed: HashState,
    },
}

/// What a journal tells.
#[derive(Debug, Default)]
pub struct Progress {
    pub done: Vec<Done>,
    pub hashed: HashState,
}

/// A journal open for more.
pub struct Journal {
    file: File,
    /// Whether it tells of anything done.
    pub has_progress: bool,
}

impl Journal {
    /// Opens the journal at `path` and reads how far `identity` had come; begins anew if it tells of anything else.
    pub fn open(path: &Path, identity: &str) -> io::Result<(Self, Option<Progress>)> {
        if let Ok(file) = File::open(path)
            && let (Some(progress), sound) = read(file, identity)
        {
            let file = OpenOptions::new().append(true).open(path)?;
            // What was cut off in the middle would spoil the next line.
            file.set_len(sound)?;
            let has_progress = !progress.done.is_empty();
            return Ok((Self { file, has_progress }, Some(progress)));
        }
        let mut journal = Self { file: File::create(path)?, has_progress: false };
        journal.write(&Record::Begin { identity: identity.to_owned() })?;
        if let Some(folder) = path.parent() {
            crate::digest::sync_folder(folder)?;
        }
        Ok((journal, None))
    }

    /// Adds `done`, for good; `hashed` is how far the source is hashed.
    pub fn add(&mut self, done: &[Done], hashed: &HashState) -> io::Result<()> {
        self.write(&Record::Progress { done: done.to_vec(), hashed: hashed.clone() })?;
        self.has_progress |= !done.is_empty();
        Ok(())
    }

    fn write(&mut self, record: &Record) -> io::Result<()> {
        let text = serde_json::to_string(record)?;
        self.file.write_all(format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes())).as_bytes())?;
        self.file.sync_data()
    }
}

/// The progress of `identity`, and how many bytes of the file are sound.
fn read(file: File, identity: &str) -> (Option<Progress>, u64) {
    let mut reader = BufReader::new(file);
    let (mut progress, mut sound, mut line) = (None, 0, Vec::new());
    while let Ok(length) = reader.read_until(b'\n', &mut line)
        && length > 0
        && let Some(record) = parse(&line)
    {
        match (record, &mut progress) {
            (Record::Begin { identity: of }, None) if of == identity => progress = Some(Progress::default()),
            (Record::Progress { done, hashed }, Some(progress)) => {
                progress.done.extend(done);
                progress.hashed = hashed;
            }
            _ => return (None, 0),
        }
        sound += length as u64;
        line.clear();
    }
    (progress, sound)
}

fn parse(line: &[u8]) -> Option<Record> {
    let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (sum, text) = line.split_once(' ')?;
    (u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(text.as_bytes())).then_some(())?;
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_anywhere_leaves_what_was_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let (mut journal, before) = Journal::open(&path, "a").expect("made");
        assert!(before.is_none());
        let hashed = HashState::default();
        journal.add(&[Done(0, [1, 2, 3]), Done(2, [4, 5, 6])], &hashed).expect("written");
        let first = std::fs::metadata(&path).expect("there").len() as usize;
        journal.add(&[Done(1, [7, 8, 9])], &hashed).expect("written");
        let whole = std::fs::read(&path).expect("there");
        let begun = whole.iter().position(|&byte| byte == b'\n').expect("a line") + 1;
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).expect("cut");
            let (mut journal, progress) = Journal::open(&path, "a").expect("opened");
            let expected = match length {
                _ if length < begun => None,
                _ if length < first => Some(0),
                _ if length < whole.len() => Some(2),
                _ => Some(3),
            };
            assert_eq!(progress.map(|progress| progress.done.len()), expected, "{length}");
            journal.add(&[Done(9, [0; 3])], &hashed).expect("written");
            let (_, progress) = Journal::open(&path, "a").expect("opened");
            assert_eq!(progress.expect("read").done.last(), Some(&Done(9, [0; 3])), "{length}");
        }
    }

    #[test]
    fn damage_and_other_conversions_begin_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let (mut journal, _) = Journal::open(&path, "a").expect("made");
        journal.add(&[Done(0, [1, 2, 3])], &HashState::default()).expect("written");
        let mut bytes = std::fs::read(&path).expect("there");
        let last = bytes.len() - 5;
        bytes[last] ^= 1;
        std::fs::write(&path, &bytes).expect("damaged");
        assert_eq!(Journal::open(&path, "a").expect("opened").1.expect("begun").done, []);
        assert!(Journal::open(&path, "b").expect("opened").1.is_none());
    }
}
