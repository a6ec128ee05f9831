//! A file of records that is right after any crash: each line is whole and checked, or ignored with all that follow.
//!
//! What the records mean is [`crate::convert`]'s and [`crate::hub`]'s business.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::marker::PhantomData;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::digest::sync_folder;
use crate::disk;

/// A journal of records `R`, open for more.
pub struct Journal<R> {
    file: File,
    records: PhantomData<fn(R)>,
}

impl<R: Serialize + DeserializeOwned> Journal<R> {
    /// Begins a journal at `path`, in place of any other; its first record is `first`, for good.
    pub fn begin(path: &Path, first: &R) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(true).write(true).custom_flags(libc::O_NOFOLLOW);
        let mut journal = Self { file: options.open(path)?, records: PhantomData };
        journal.add(first)?;
        journal.sync()?;
        path.parent().map_or(Ok(()), sync_folder)?;
        Ok(journal)
    }

    /// The journal at `path`, with the records in it; `None` if there is none, or it has none.
    pub fn resume(path: &Path) -> io::Result<Option<(Self, Vec<R>)>> {
        disk::clear_for_file(path)?;
        let mut options = OpenOptions::new();
        options.read(true).append(true).custom_flags(libc::O_NOFOLLOW);
        let Some(file) = there(options.open(path))? else { return Ok(None) };
        let (records, sound) = read(&file)?;
        // What was cut off in the middle would spoil the next line.
        file.set_len(sound)?;
        Ok((!records.is_empty()).then_some((Self { file, records: PhantomData }, records)))
    }

    /// The records in the journal at `path`, which somebody else may be writing.
    pub fn look(path: &Path) -> io::Result<Vec<R>> {
        // Opening a pipe would wait for its writer.
        if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
            return Err(ErrorKind::InvalidData.into());
        }
        Ok(there(File::open(path))?.map(|file| read(&file)).transpose()?.unwrap_or_default().0)
    }

    /// Adds `record`. A crash of this process does not lose it; one of the machine may, until [`Self::sync`].
    pub fn add(&mut self, record: &R) -> io::Result<()> {
        let text = serde_json::to_string(record)?;
        self.file.write_all(format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes())).as_bytes())
    }

    /// The file itself, to wait for the disk without keeping others from adding.
    pub fn file(&self) -> io::Result<File> {
        self.file.try_clone()
    }

    /// Waits for the disk.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

fn there(file: io::Result<File>) -> io::Result<Option<File>> {
    match file {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The records of `file`, and how many of its bytes are sound.
fn read<R: DeserializeOwned>(file: &File) -> io::Result<(Vec<R>, u64)> {
    let (mut reader, mut records, mut sound, mut line) = (BufReader::new(file), Vec::new(), 0, Vec::new());
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line)?;
        let Some(record) = parse(&line) else { return Ok((records, sound)) };
        records.push(record);
        sound += length as u64;
    }
}

fn parse<R: DeserializeOwned>(line: &[u8]) -> Option<R> {
    let line = std::str::from_utf8(line.strip_suffix(b"\n")?).ok()?;
    let (sum, text) = line.split_once(' ')?;
    (u32::from_str_radix(sum, 16).ok()? == crc32fast::hash(text.as_bytes())).then_some(())?;
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut_off_or_damaged_anywhere_leaves_what_was_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("journal");
        assert!(Journal::<u32>::resume(&path).expect("read").is_none(), "there is none");
        let mut journal = Journal::begin(&path, &1_u32).expect("made");
        let mut ends = vec![std::fs::metadata(&path).expect("there").len() as usize];
        for record in 2..5 {
            journal.add(&record).expect("written");
            ends.push(std::fs::metadata(&path).expect("there").len() as usize);
        }
        let whole = std::fs::read(&path).expect("there");
        let resumed = |expected: usize, what: &str| {
            assert_eq!(Journal::<u32>::look(&path).expect("read").len(), expected, "{what}");
            let resumed = Journal::<u32>::resume(&path).expect("read");
            let Some((mut journal, records)) = resumed else { return assert_eq!(expected, 0, "{what}") };
            assert_eq!(records, (1..=expected as u32).collect::<Vec<_>>(), "{what}");
            journal.add(&99).expect("written");
            let (_, records) = Journal::<u32>::resume(&path).expect("read").expect("records");
            assert_eq!((records.len(), records.last()), (expected + 1, Some(&99)), "{what}");
        };
        for length in 0..=whole.len() {
            std::fs::write(&path, &whole[..length]).expect("cut");
            resumed(ends.iter().filter(|end| **end <= length).count(), &format!("cut at {length}"));
            if length < whole.len() {
                let mut flipped = whole.clone();
                flipped[length] ^= 1;
                std::fs::write(&path, flipped).expect("damaged");
                resumed(ends.iter().filter(|end| **end <= length).count(), &format!("damaged at {length}"));
            }
        }
    }
}
