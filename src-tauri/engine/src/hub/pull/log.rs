//! What a download writes down as it goes, and what the next one learns from that.
//!
//! Chunks are noted when they are written, and not when the disk has them for good: whoever goes on compares each with its
//! CRC-32 first.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::chunks::Chunks;
use super::place::USUAL_REVISION;
use crate::digest::Stamp;
use crate::hub::listing::{MOST_BYTES, RemoteFile, Sum};
use crate::journal::Journal;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Record {
    Begin(Begun),
    /// A file that is being fetched. Later records call it by its number, the files before it.
    File {
        name: String,
        bytes: u64,
        sum: Sum,
    },
    Chunk {
        file: usize,
        chunk: usize,
        crc: u32,
    },
    /// The file's chunks are wrong, all of them.
    Forget {
        file: usize,
    },
    /// The file is whole and on the disk for good.
    Whole {
        file: usize,
        sha256: String,
        stamp: Stamp,
    },
}

/// What is being downloaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    pub repo: String,
    pub revision: String,
}

/// As [`crate::hub::Repo::with_revision`] reads it.
impl fmt::Display for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.revision.as_str() {
            USUAL_REVISION => f.write_str(&self.repo),
            revision => write!(f, "{}@{revision}", self.repo),
        }
    }
}

/// What is known of a file's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// In the journal.
    pub number: usize,
    pub chunks: Chunks,
    /// Its SHA-256 and its state when that was made, if it was whole.
    pub whole: Option<(String, Stamp)>,
}

/// What the journal at `path` is of, if there is one.
pub fn begun(path: &Path) -> Option<Begun> {
    match Journal::look(path).ok()?.into_iter().next() {
        Some(Record::Begin(begun)) => Some(begun),
        _ => None,
    }
}

/// The journal at `path` of the download `what`, gone on with or begun, and what is known of `files` by it.
pub fn open(path: &Path, what: &Begun, files: &[&RemoteFile]) -> io::Result<(Journal<Record>, Vec<Known>)> {
    let resumed = Journal::resume(path)?;
    let resumed = resumed.filter(|(_, records)| matches!(records.first(), Some(Record::Begin(begun)) if begun == what));
    let (mut journal, records) = match resumed {
        Some(resumed) => resumed,
        None => (Journal::begin(path, &Record::Begin(what.clone()))?, Vec::new()),
    };
    let mut told = read(records);
    let mut number = told.len();
    let mut known = Vec::new();
    for file in files {
        // The last of a name: an earlier one's bytes were written over.
        let last = told.iter_mut().rev().find(|told| told.name == file.name.as_str());
        let same = last.filter(|told| told.bytes == file.bytes && told.sum == file.sum);
        known.push(match same.and_then(|told| told.known.take()) {
            Some(known) => known,
            None => {
                let name = file.name.as_str().to_owned();
                journal.add(&Record::File { name, bytes: file.bytes, sum: file.sum.clone() })?;
                number += 1;
                Known { number: number - 1, chunks: Chunks::new(file.bytes), whole: None }
            }
        });
    }
    Ok((journal, known))
}

/// A file that a journal tells of.
struct Told {
    name: String,
    bytes: u64,
    sum: Sum,
    known: Option<Known>,
}

fn read(records: Vec<Record>) -> Vec<Told> {
    let mut files: Vec<Told> = Vec::new();
    for record in records {
        let number = files.len();
        match record {
            Record::Begin(_) => {}
            Record::File { name, bytes, sum } => {
                // No file that was begun is longer.
                let bytes = bytes.min(MOST_BYTES);
                let known = Some(Known { number, chunks: Chunks::new(bytes), whole: None });
                files.push(Told { name, bytes, sum, known });
            }
            Record::Chunk { file, chunk, crc } => {
                let known = files.get_mut(file).and_then(|file| file.known.as_mut());
                known.map(|known| known.chunks.put(chunk, crc));
            }
            Record::Forget { file } => {
                let file = files.get_mut(file);
                file.into_iter().for_each(|file| {
                    file.known = Some(Known { number: file.number(), chunks: Chunks::new(file.bytes), whole: None });
                });
            }
            Record::Whole { file, sha256, stamp } => {
                let known = files.get_mut(file).and_then(|file| file.known.as_mut());
                known.into_iter().for_each(|known| known.whole = Some((sha256.clone(), stamp)));
            }
        }
    }
    files
}

impl Told {
    fn number(&self) -> usize {
        self.known.as_ref().map_or(0, |known| known.number)
    }
}

/// Whether the journal at `path` tells of nothing that was fetched. One that cannot be read may tell of much.
pub fn is_empty(path: &Path) -> bool {
    let records = Journal::<Record>::look(path);
    records.is_ok_and(|records| {
        !records.iter().any(|record| matches!(record, Record::Chunk { .. } | Record::Whole { .. }))
    })
}

/// A download that was not finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub begun: Begun,
    pub bytes: u64,
    /// Of all files that were begun.
    pub total_bytes: u64,
}

/// What the journal at `path` tells of how far it is.
pub fn unfinished(path: &Path) -> Option<Unfinished> {
    let records = Journal::<Record>::look(path).ok()?;
    let Some(Record::Begin(begun)) = records.first().cloned() else { return None };
    let mut files: HashMap<String, Told> = HashMap::new();
    read(records).into_iter().for_each(|told| drop(files.insert(told.name.clone(), told)));
    let bytes = files.values().filter_map(|file| file.known.as_ref()).map(|known| known.chunks.here()).sum();
    let total_bytes = files.values().fold(0_u64, |sum, file| sum.saturating_add(file.bytes));
    Some(Unfinished { begun, bytes, total_bytes })
}

#[cfg(test)]
mod tests {
    use super::super::chunks::CHUNK;
    use super::*;
    use crate::hub::name::FileName;

    fn file(name: &str, bytes: u64, sum: &str) -> RemoteFile {
        RemoteFile { name: FileName::parse(name).expect("a name"), bytes, sum: Sum::Sha256(sum.into()) }
    }

    #[test]
    fn what_was_fetched_counts_for_the_same_file_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let what = Begun { repo: "a/b".into(), revision: "main".into() };
        let (weights, config) = (file("w", 3 * CHUNK, "1"), file("c", 10, "2"));
        let (mut journal, known) = open(&path, &what, &[&config, &weights]).expect("begun");
        assert_eq!(known.iter().map(|known| known.number).collect::<Vec<_>>(), [0, 1]);
        journal.add(&Record::Chunk { file: 1, chunk: 2, crc: 9 }).expect("noted");
        journal.add(&Record::Chunk { file: 7, chunk: 2, crc: 9 }).expect("noted");
        journal.add(&Record::Chunk { file: 0, chunk: 2, crc: 9 }).expect("noted");
        let unfinished = unfinished(&path).expect("begun");
        assert_eq!((unfinished.begun, unfinished.bytes, unfinished.total_bytes), (what.clone(), CHUNK, 3 * CHUNK + 10));

        let (_, known) = open(&path, &what, &[&weights, &config]).expect("resumed");
        assert_eq!((known[0].number, known[0].chunks.crc(2), known[0].chunks.here()), (1, Some(9), CHUNK));
        assert_eq!((known[1].number, known[1].chunks.here()), (0, 0));
        // A new commit: the weights are others, and then the old ones again.
        let (_, known) = open(&path, &what, &[&file("w", 3 * CHUNK, "3"), &config]).expect("resumed");
        assert_eq!((known[0].number, known[0].chunks.here()), (2, 0));
        let (mut journal, known) = open(&path, &what, &[&weights]).expect("resumed");
        assert_eq!((known[0].number, known[0].chunks.here()), (3, 0), "they were written over");
        journal.add(&Record::Chunk { file: 3, chunk: 0, crc: 1 }).expect("noted");
        journal.add(&Record::Forget { file: 3 }).expect("noted");
        let (mut journal, known) = open(&path, &what, &[&weights]).expect("resumed");
        assert_eq!((known[0].number, known[0].chunks.here()), (3, 0));
        journal.add(&Record::Chunk { file: 3, chunk: 0, crc: 1 }).expect("noted");
        assert_eq!(begun(&path), Some(what));
        // Another download begins anew.
        let other = Begun { repo: "c/d".into(), revision: "main".into() };
        let (_, known) = open(&path, &other, &[&weights]).expect("begun");
        assert_eq!((known[0].number, known[0].chunks.here()), (0, 0));
    }
}
