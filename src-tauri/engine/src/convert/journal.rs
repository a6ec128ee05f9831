//! How far a conversion has come.
//!
//! A record is written only after what it tells of is on the disk for good.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::source::HashState;
use crate::journal;

/// A unit that is written for good: its number, and the CRC-32 of what it wrote into each tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done(pub u32, pub [u32; 3]);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Record {
    /// First: what is being made of what. Another conversion's progress is of no use.
    Begin { identity: String },
    /// `hashed` has the sums that no earlier record has.
    Progress { done: Vec<Done>, hashed: HashState },
}

/// What a journal tells.
#[derive(Debug, Default)]
pub struct Progress {
    pub done: Vec<Done>,
    pub hashed: HashState,
}

/// A journal open for more.
pub struct Journal {
    records: journal::Journal<Record>,
    /// Files whose sums it has.
    known: BTreeSet<String>,
    /// Whether it tells of anything done.
    pub has_progress: bool,
}

impl Journal {
    /// Goes on with the journal at `path` if it tells of some progress of `identity`.
    pub fn resume(path: &Path, identity: &str) -> io::Result<Option<(Self, Progress)>> {
        let Some((records, told)) = journal::Journal::resume(path)? else { return Ok(None) };
        let Some(progress) = progress(told, identity).filter(|progress| !progress.done.is_empty()) else {
            return Ok(None);
        };
        let known = progress.hashed.sums.keys().cloned().collect();
        Ok(Some((Self { records, known, has_progress: true }, progress)))
    }

    /// Begins a journal at `path`, in place of any other.
    pub fn begin(path: &Path, identity: &str) -> io::Result<Self> {
        let records = journal::Journal::begin(path, &Record::Begin { identity: identity.to_owned() })?;
        Ok(Self { records, known: BTreeSet::new(), has_progress: false })
    }

    /// Adds `done`, for good; `hashed` is how far the source is hashed.
    pub fn add(&mut self, done: &[Done], hashed: &HashState) -> io::Result<()> {
        let fresh = hashed.sums.iter().filter(|(name, _)| !self.known.contains(*name));
        let fresh: BTreeMap<String, String> = fresh.map(|(name, sum)| (name.clone(), sum.clone())).collect();
        let names: Vec<String> = fresh.keys().cloned().collect();
        let hashed = HashState { sums: fresh, current: hashed.current.clone() };
        self.records.add(&Record::Progress { done: done.to_vec(), hashed })?;
        self.records.sync()?;
        self.known.extend(names);
        self.has_progress |= !done.is_empty();
        Ok(())
    }
}

/// What `records` tell of `identity`; `None` if they are not of it, or make no sense.
fn progress(records: Vec<Record>, identity: &str) -> Option<Progress> {
    let mut records = records.into_iter();
    let Some(Record::Begin { identity: of }) = records.next() else { return None };
    let mut progress = (of == identity).then(Progress::default)?;
    for record in records {
        let Record::Progress { done, hashed } = record else { return None };
        progress.done.extend(done);
        progress.hashed.sums.extend(hashed.sums);
        progress.hashed.current = hashed.current;
    }
    Some(progress)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashed(names: &[&str]) -> HashState {
        let sums = names.iter().map(|name| ((*name).to_owned(), format!("sum of {name}"))).collect();
        HashState { sums, current: Some(("last".into(), 7, "state".into())) }
    }

    #[test]
    fn what_is_cut_off_anywhere_leaves_what_was_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let mut journal = Journal::begin(&path, "a").expect("made");
        assert!(Journal::resume(&path, "a").expect("read").is_none(), "nothing is done yet");
        journal.add(&[Done(0, [1, 2, 3]), Done(2, [4, 5, 6])], &hashed(&["x"])).expect("written");
        let first = std::fs::metadata(&path).expect("there").len() as usize;
        journal.add(&[Done(1, [7, 8, 9])], &hashed(&["x", "y"])).expect("written");
        let whole = std::fs::read(&path).expect("there");
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).expect("cut");
            let expected = match length {
                _ if length < first => None,
                _ if length < whole.len() => Some((2, hashed(&["x"]))),
                _ => Some((3, hashed(&["x", "y"]))),
            };
            let resumed = Journal::resume(&path, "a").expect("read");
            let Some((mut journal, progress)) = resumed else {
                assert_eq!(expected, None, "{length}");
                continue;
            };
            assert_eq!(Some((progress.done.len(), progress.hashed)), expected, "{length}");
            journal.add(&[Done(9, [0; 3])], &hashed(&["x", "y", "z"])).expect("written");
            let (_, progress) = Journal::resume(&path, "a").expect("read").expect("some progress");
            assert_eq!(progress.done.last(), Some(&Done(9, [0; 3])), "{length}");
            assert_eq!(progress.hashed, hashed(&["x", "y", "z"]), "{length}");
        }
    }

    #[test]
    fn damage_and_other_conversions_are_not_gone_on_with() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        let mut journal = Journal::begin(&path, "a").expect("made");
        journal.add(&[Done(0, [1, 2, 3])], &hashed(&[])).expect("written");
        assert!(Journal::resume(&path, "b").expect("read").is_none());
        let mut bytes = std::fs::read(&path).expect("there");
        let last = bytes.len() - 5;
        bytes[last] ^= 1;
        std::fs::write(&path, &bytes).expect("damaged");
        assert!(Journal::resume(&path, "a").expect("read").is_none());
    }
}
