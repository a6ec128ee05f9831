//! What the threads of a download share: which chunks are there, where the bytes go, and whether it is over.
//!
//! Once [`Shared::close`] has returned nothing is written any more, although a thread may still wait for the network.

use std::collections::BTreeSet;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use url::Url;

use super::chunks::Chunks;
use super::log::Record;
use crate::bytes::Bytes;
use crate::digest::Stamp;
use crate::disk;
use crate::error::{Error, ErrorCode, Result};
use crate::hub::Hub;
use crate::hub::listing::RemoteFile;
use crate::journal::Journal;
use crate::sync::lock;

pub struct Shared {
    pub hub: Arc<Hub>,
    pub items: Vec<Item>,
    state: Mutex<State>,
    changed: Condvar,
    place: RwLock<Option<Place>>,
}

/// A file to fetch.
pub struct Item {
    pub remote: RemoteFile,
    /// On the Hub.
    pub address: Url,
    /// In errors.
    pub what: String,
    /// In the journal.
    pub number: usize,
    pub path: PathBuf,
}

/// Where the bytes go.
pub struct Place {
    /// As many as there are items.
    pub files: Vec<Arc<File>>,
    pub journal: Mutex<Journal<Record>>,
}

#[derive(Default)]
pub struct State {
    pub files: Vec<FileState>,
    /// Bytes of chunks that are not whole yet.
    pub in_flight: u64,
    /// Bytes that came over the network.
    pub fetched: u64,
    /// Bytes written since the disk was last waited for.
    pub unsynced: u64,
    /// Bytes of chunks that were there and turned out to be wrong.
    pub spoiled: u64,
    /// Hosts that have answered.
    pub reached: BTreeSet<String>,
    /// Why nothing comes at the moment.
    pub trouble: Option<String>,
    pub error: Option<Error>,
    is_over: bool,
}

pub struct FileState {
    pub chunks: Chunks,
    /// Where the Hub's redirect has led.
    pub found: Option<Url>,
    /// A file on this machine that should have the same bytes.
    pub local: Option<PathBuf>,
    /// Whether one connection fetches all that is missing, from a server that knows no ranges.
    pub is_streamed: bool,
    /// Bytes that were hashed.
    pub checked: u64,
    /// How often all of it was wrong.
    pub faults: u32,
    /// Its SHA-256 and its state, once it is there and right.
    pub whole: Option<(String, Stamp)>,
}

impl Shared {
    pub fn new(hub: Arc<Hub>, items: Vec<Item>, files: Vec<FileState>, place: Place) -> Self {
        // It has just told what there is.
        let reached = BTreeSet::from([hub.endpoint().host().to_owned()]);
        let state = State { files, reached, ..State::default() };
        Self { hub, items, state: Mutex::new(state), changed: Condvar::new(), place: RwLock::new(Some(place)) }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Changes what is known, and wakes who waits for it.
    pub fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let changed = change(&mut self.state());
        self.changed.notify_all();
        changed
    }

    /// Waits until `look` finds something; `None` if the download is over.
    pub fn wait_for<T>(&self, mut look: impl FnMut(&mut State) -> Option<T>) -> Option<T> {
        let mut state = self.state();
        loop {
            if state.is_over {
                return None;
            }
            if let Some(found) = look(&mut state) {
                return Some(found);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Waits for a change, or for `time`.
    pub fn wait_a_while(&self, time: Duration) {
        let _ = self.changed.wait_timeout(self.state(), time);
    }

    pub fn is_over(&self) -> bool {
        self.state().is_over
    }

    /// The first failure counts, unless it is over anyway.
    pub fn fail(&self, error: Error) {
        self.update(|state| {
            if !state.is_over && state.error.is_none() {
                state.error = Some(error);
            }
        });
    }

    /// Ends it: nothing is written from now on.
    pub fn close(&self) -> Option<Place> {
        self.update(|state| state.is_over = true);
        self.place.write().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Does `work` where the bytes go; `None` if the download is over.
    pub fn at_place<T>(&self, work: impl FnOnce(&Place) -> Result<T>) -> Result<Option<T>> {
        self.place.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(work).transpose()
    }

    /// Writes `bytes` of file `file` at `at`.
    pub fn write(&self, file: usize, bytes: &[u8], at: u64) -> Result<Option<()>> {
        let written = self.at_place(|place| {
            place.files[file].write_all_at(bytes, at).map_err(|error| self.cannot_write(file, &error))
        })?;
        if written.is_some() {
            let mut state = self.state();
            state.in_flight += bytes.len() as u64;
            state.unsynced += bytes.len() as u64;
            state.trouble = None;
        }
        Ok(written)
    }

    /// Notes that chunk `chunk` of file `file` is written.
    pub fn note(&self, file: usize, chunk: usize, crc: u32) -> Result<Option<()>> {
        let item = &self.items[file];
        self.at_place(|place| {
            let ours = place.files[file].metadata().map_err(|error| self.cannot_write(file, &error))?;
            // A file that was removed takes everything and keeps nothing.
            let is = |there: &Metadata| (there.dev(), there.ino()) == (ours.dev(), ours.ino());
            if !item.path.symlink_metadata().is_ok_and(|there| is(&there)) {
                let path = item.path.display();
                return Err(Error::internal(format!(
                    "{path} is gone: its folder was removed or moved; download it again"
                )));
            }
            let record = Record::Chunk { file: item.number, chunk, crc };
            lock(&place.journal).add(&record).map_err(|error| self.cannot_write(file, &error))
        })
    }

    pub fn cannot_write(&self, file: usize, error: &io::Error) -> Error {
        let path = self.items[file].path.display();
        if disk::is_full(error) {
            let state = self.state();
            let here: u64 = state.files.iter().map(|file| file.chunks.here()).sum();
            let left = self.bytes().saturating_sub(here);
            return Error::new(
                ErrorCode::DiskFull,
                format!("{path} cannot grow: the disk is full; free {} and run it again", Bytes(left)),
            );
        }
        Error::internal(format!("{path} cannot be written: {error}; see to the disk and run it again"))
    }

    /// Of all files.
    pub fn bytes(&self) -> u64 {
        self.items.iter().fold(0, |sum, item| sum.saturating_add(item.remote.bytes))
    }
}
