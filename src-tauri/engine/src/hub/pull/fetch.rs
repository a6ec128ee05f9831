//! All threads of one download, and what they find and leave in its folder.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::log::{self, Begun, Known};
use super::progress::{Meter, PullProgress};
use super::shared::{FileState, Item, Place, Shared};
use super::{PullRequest, transfer, verify};
use crate::bytes::Bytes;
use crate::checkpoint::Folder;
use crate::digest::{Stamp, sync_folder};
use crate::disk;
use crate::error::{Error, ErrorCode, Result};
use crate::hub::listing::{Listing, RemoteFile};
use crate::hub::name::Repo;
use crate::hub::{Hub, cache};
use crate::job_folder::{self, JobFolder};
use crate::session::CancelToken;

/// At once, for all files.
const CONNECTIONS: usize = 4;
/// How often whoever waits is told, and asked whether it goes on.
const EVERY: Duration = Duration::from_millis(50);

/// A download under way.
pub struct Fetch {
    shared: Arc<Shared>,
    /// Bytes that were there at the beginning.
    resumed: u64,
}

impl Fetch {
    /// Opens what an earlier run has left, or begins.
    pub fn prepare(
        hub: &Arc<Hub>,
        request: &PullRequest,
        listing: &Listing,
        files: &[&RemoteFile],
        job: &JobFolder,
    ) -> Result<Self> {
        let failed = |path: &Path, error: &io::Error| disk::failure(path, "be written", error);
        let (folder, path) = (job.model(), job.journal());
        disk::clear_for_folder(&folder).map_err(|error| failed(&folder, &error))?;
        if !folder.is_dir() {
            // In this order: a journal is never of files that are gone.
            let _ = fs::remove_file(&path);
            job.clear()?;
        }
        // What an earlier commit had under other names; on some disks they differ in case alone.
        job.retain(|name| files.iter().any(|file| file.name.as_str() == name))?;
        let begun = Begun { repo: request.repo.to_string(), revision: request.revision.clone() };
        let (journal, known) = log::open(&path, &begun, files).map_err(|error| failed(&path, &error))?;
        let (mut opened, mut items, mut states) = (Vec::new(), Vec::new(), Vec::new());
        for (remote, known) in files.iter().zip(known) {
            let path = folder.join(remote.name.as_str());
            let file = open(&path).map_err(|error| failed(&path, &error))?;
            items.push(Item {
                remote: (*remote).clone(),
                address: listing.address(hub, &remote.name),
                what: format!("{} of {}", remote.name.as_str(), request.repo),
                number: known.number,
                path,
            });
            states.push(state(known, &file));
            opened.push(Arc::new(file));
        }
        for folder in [&folder, job_folder::parent(&folder), job_folder::parent(job_folder::parent(&folder))] {
            sync_folder(folder).map_err(|error| failed(folder, &error))?;
        }
        let resumed = states.iter().map(|state| state.chunks.here()).sum();
        check_disk(&folder, super::bytes(files).saturating_sub(resumed))?;
        let place = Place { files: opened, journal: Mutex::new(journal) };
        Ok(Self { shared: Arc::new(Shared::new(Arc::clone(hub), items, states, place)), resumed })
    }

    /// Offers what need not be fetched: the files of the model in `old` that this will replace, of which most may not have
    /// changed, and what the Hub's own tools have of `repo`.
    pub fn offer(&self, old: Option<&Path>, repo: &Repo) {
        let old = old.and_then(|old| Folder::open(old).ok());
        let cache = cache::folder();
        let mut state = self.shared.state();
        for (item, state) in self.shared.items.iter().zip(&mut state.files) {
            let name = item.remote.name.as_str();
            let same = old.as_ref().and_then(|old| {
                let found = old.find(name).ok()??.metadata().ok()?;
                (found.len() == item.remote.bytes).then(|| old.path().join(name))
            });
            state.local = same.or_else(|| cache::find(cache.as_ref()?, repo, &item.remote));
        }
    }

    /// Runs all threads until everything is there and right, or `cancel`: then not.
    pub fn run(&self, meter: &mut Meter, cancel: &CancelToken, listener: &mut dyn FnMut(PullProgress)) -> Result<bool> {
        let spawn = |name: &str, work: fn(&Shared)| {
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new().name(name.to_owned());
            let work = move || {
                if catch_unwind(AssertUnwindSafe(|| work(&shared))).is_err() {
                    shared.fail(Error::internal("the download failed within itself; run it again"));
                }
            };
            // Not waited for: one may sit in a read from a silent server, and writes nothing once this is over.
            thread.spawn(work).map(drop).map_err(|error| Error::internal(format!("no thread: {error}")))
        };
        for _ in 0..CONNECTIONS {
            spawn("a connection", transfer::connection)?;
        }
        spawn("the verifier", verify::verifier)?;
        spawn("the syncer", verify::syncer)?;
        loop {
            {
                let mut state = self.shared.state();
                if let Some(error) = state.error.take() {
                    return Err(error);
                }
                meter.look(&state);
                if state.files.iter().all(|file| file.whole.is_some()) {
                    break;
                }
            }
            if cancel.is_cancelled() {
                return Ok(false);
            }
            meter.told().map(&mut *listener);
            self.shared.wait_a_while(EVERY);
        }
        // Another file's failure may have come since.
        if let Some(error) = self.shared.state().error.take() {
            return Err(error);
        }
        listener(meter.tell());
        Ok(true)
    }

    /// Ends it. Nothing is written from now on.
    pub fn close(&self) {
        drop(self.shared.close());
    }

    /// Bytes of an earlier run that were right.
    pub fn resumed(&self) -> u64 {
        self.resumed.saturating_sub(self.shared.state().spoiled)
    }

    /// Bytes that are there.
    pub fn here(&self) -> u64 {
        self.shared.state().files.iter().map(|file| file.chunks.here()).sum()
    }

    /// SHA-256 and state of every file, once all are whole.
    pub fn whole(&self) -> BTreeMap<String, (String, Stamp)> {
        let state = self.shared.state();
        let files = self.shared.items.iter().zip(&state.files);
        files.filter_map(|(item, file)| Some((item.remote.name.as_str().to_owned(), file.whole.clone()?))).collect()
    }
}

/// Opens the file at `path` for writing, which nobody else shares: anything else there is removed.
fn open(path: &Path) -> io::Result<File> {
    disk::clear_for_file(path)?;
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// What is known of a file, as far as that still holds for `file`.
fn state(known: Known, file: &File) -> FileState {
    let now = file.metadata().map(|now| Stamp::of(&now)).ok();
    let mut chunks = known.chunks;
    chunks.forget_from(now.map_or(0, |now| now.size));
    FileState {
        whole: known.whole.filter(|(_, stamp)| now == Some(*stamp)),
        chunks,
        found: None,
        local: None,
        is_streamed: false,
        checked: 0,
        faults: 0,
    }
}

/// Refuses to begin what the disk of `folder` has no room for, with some left over.
fn check_disk(folder: &Path, needed: u64) -> Result<()> {
    let spare = (needed / 20).clamp(16 << 20, 1 << 30);
    match disk::free_bytes(folder) {
        Some(free) if free < needed.saturating_add(spare) => Err(Error::new(
            ErrorCode::DiskFull,
            format!(
                "{} has {} free, the download needs {} and leaves {} to others; free some space and run it again",
                job_folder::parent(job_folder::parent(folder)).display(),
                Bytes(free),
                Bytes(needed),
                Bytes(spare)
            ),
        )),
        _ => Ok(()),
    }
}
