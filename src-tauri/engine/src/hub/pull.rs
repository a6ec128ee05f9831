//! Fetching a model: the files that make it, at one commit, by several connections, each checked against the sum that the
//! Hub lists. The model appears once all of it is there; until then a download can be stopped or killed at any moment and
//! goes on from there.
//!
//! In reading order: `place` is where it goes; `chunks` are the parts of a file; `log` is what is written down of them;
//! `shared` is what the threads have in common; `transfer` is one connection; `verify` comes behind them.

mod chunks;
mod log;
mod place;
mod progress;
mod shared;
mod transfer;
mod verify;

pub use log::Unfinished;
pub use place::USUAL_REVISION;
pub use progress::{PullPhase, PullProgress};

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use self::log::{Begun, Known};
use self::progress::Meter;
use self::shared::{FileState, Item, Place, Shared};
use super::listing::{self, Listing, RemoteFile};
use super::name::Repo;
use super::{Hub, cache};
use crate::bytes::Bytes;
use crate::checkpoint::Folder;
use crate::digest::{self, Remembered, Stamp};
use crate::disk;
use crate::error::{Error, ErrorCode, Result};
use crate::job_folder::{self, JobFolder, Work};
use crate::manifest::{self, Download, Record, Source};
use crate::session::CancelToken;

/// At once, for all files.
const CONNECTIONS: usize = 4;
/// How often whoever waits is told, and asked whether it goes on.
const EVERY: Duration = Duration::from_millis(50);

/// What to fetch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    pub repo: Repo,
    /// A branch, a tag or a commit; see [`USUAL_REVISION`].
    pub revision: String,
    /// The folder of all state.
    pub home: PathBuf,
}

/// A model that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    pub path: PathBuf,
    pub commit: String,
    /// Of all files.
    pub bytes: u64,
    pub files: usize,
    /// Bytes that an earlier run had fetched.
    pub resumed_bytes: u64,
    /// Whether all of it was there already.
    pub was_there: bool,
}

/// Fetches what `request` names; `None` if it was cancelled, and then what came is kept. `listener` hears how far it is.
pub fn pull(
    hub: &Arc<Hub>,
    request: &PullRequest,
    cancel: &CancelToken,
    listener: &mut dyn FnMut(PullProgress),
) -> Result<Option<Pulled>> {
    let listing = listing::list(hub, &request.repo, &request.revision, cancel)?;
    let files = listing.model(hub, cancel)?;
    let models = request.home.join("models");
    fs::create_dir_all(&models).map_err(|error| disk::failure(&models, "be made", &error))?;
    job_folder::sweep(&models);
    let output = place::place(&models, &request.repo, &request.revision);
    let mut remembered = Remembered::open(&request.home);
    let old = place::downloaded(&output).filter(|download| place::is_of(download, &request.repo, &request.revision));
    if let Some(old) = &old
        && old.source.commit.as_deref() == Some(listing.commit.as_str())
        && files.iter().all(|file| old.source.files.contains_key(file.name.as_str()))
    {
        match is_sound(&output, old, &mut remembered, cancel, listener) {
            Some(true) => return Ok(Some(pulled(&output, &listing, &files, bytes(&files), true))),
            Some(false) => {}
            None => return Ok(None),
        }
    }
    let job = JobFolder::lock(Work::Download, &output)?;
    let mut fetch = match Fetch::prepare(hub, request, &listing, &files, &job) {
        Ok(fetch) => fetch,
        Err(error) => {
            // Of what was not even begun nothing stays.
            if log::unfinished(&job.journal()).is_none_or(|begun| begun.bytes == 0) {
                job.remove();
            }
            return Err(error);
        }
    };
    fetch.offer(&output, old.is_some(), &request.repo);
    let ended = fetch.run(cancel, listener);
    let (place, here) = (fetch.shared.close(), fetch.here());
    let whole = match ended {
        Ok(true) => fetch.whole(),
        Ok(false) => return Ok(None),
        Err(error) if here == 0 => {
            job.remove();
            return Err(error);
        }
        Err(error) => {
            let (here, all) = (Bytes(here), Bytes(bytes(&files)));
            return Err(Error::new(
                error.code,
                format!("{}; {here} of {all} are kept for the next try", error.message),
            ));
        }
    };
    drop(place);
    let sums = whole.iter().map(|(name, (sum, _))| (name.clone(), sum.clone())).collect();
    let record = record(request, &listing, bytes(&files), sums).sealed()?;
    let path = job.model().join(manifest::FILE);
    digest::replace(&path, &record).map_err(|error| disk::failure(&path, "be written", &error))?;
    job.retain(|name| name == manifest::FILE || whole.contains_key(name))?;
    job.finish(old.is_some())?;
    whole.values().for_each(|(sum, stamp)| remembered.insert(digest::WHOLE, stamp, sum));
    remembered.save();
    Ok(Some(pulled(&output, &listing, &files, fetch.resumed, false)))
}

/// The model in `models` that was downloaded from `repo` at `revision`, if there is one.
pub fn find(models: &Path, repo: &Repo, revision: &str) -> Option<PathBuf> {
    let path = place::place(models, repo, revision);
    place::downloaded(&path).filter(|download| place::is_of(download, repo, revision)).map(|_| path)
}

/// Removes what was fetched of the model that is being downloaded to `models`/`name`.
pub fn discard(models: &Path, name: &str) -> Result<()> {
    let is_name = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
    let output = models.join(name);
    let is_begun = is_name && log::begun(&Work::Download.folder(&output)?.join("journal")).is_some();
    if !is_begun {
        return Err(Error::bad_request(format!("{name}: no such download; 'ingot models' lists those there are")));
    }
    JobFolder::lock(Work::Download, &output)?.remove();
    Ok(())
}

/// The downloads to `models` that were not finished, with the names their models will have.
pub fn unfinished(models: &Path) -> Vec<(String, Unfinished)> {
    let entries = fs::read_dir(models).into_iter().flatten().filter_map(|entry| entry.ok());
    let mut found: Vec<(String, Unfinished)> = entries
        .filter_map(|entry| {
            let name = Work::Download.output_name(&entry.file_name().to_string_lossy())?.to_owned();
            Some((name, log::unfinished(&entry.path().join("journal"))?))
        })
        .collect();
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found
}

fn bytes(files: &[&RemoteFile]) -> u64 {
    files.iter().fold(0, |sum, file| sum.saturating_add(file.bytes))
}

fn pulled(output: &Path, listing: &Listing, files: &[&RemoteFile], resumed_bytes: u64, was_there: bool) -> Pulled {
    Pulled {
        path: output.to_owned(),
        commit: listing.commit.as_str().to_owned(),
        bytes: bytes(files),
        files: files.len(),
        resumed_bytes,
        was_there,
    }
}

fn record(request: &PullRequest, listing: &Listing, bytes: u64, files: BTreeMap<String, String>) -> Download {
    let source = Source {
        name: request.repo.to_string(),
        path: None,
        repo: Some(request.repo.to_string()),
        commit: Some(listing.commit.as_str().to_owned()),
        bytes,
        files,
    };
    Download::new(source, request.revision.clone(), listing.license.clone())
}

/// Whether the model at `output` is what was downloaded; `None` if that was cancelled.
fn is_sound(
    output: &Path,
    download: &Download,
    remembered: &mut Remembered,
    cancel: &CancelToken,
    listener: &mut dyn FnMut(PullProgress),
) -> Option<bool> {
    let folder = Folder::open(output).ok()?;
    let record = Record::Downloaded(download.clone());
    let meter = Mutex::new(Meter::new(PullPhase::Checking, record.bytes(), download.source.files.len()));
    std::thread::scope(|scope| {
        let checking = scope.spawn(|| {
            record.check(&folder, remembered, &|bytes| {
                crate::sync::lock(&meter).add(bytes);
                !cancel.is_cancelled()
            })
        });
        while !checking.is_finished() {
            std::thread::sleep(Duration::from_millis(1));
            let told = crate::sync::lock(&meter).told();
            told.map(&mut *listener);
        }
        match checking.join() {
            Ok(Ok(checked)) => checked.map(|()| true),
            _ => Some(false),
        }
    })
}

/// A download under way.
struct Fetch {
    shared: Arc<Shared>,
    /// Bytes that were there at the beginning.
    resumed: u64,
}

impl Fetch {
    /// Opens what an earlier run has left, or begins.
    fn prepare(
        hub: &Arc<Hub>,
        request: &PullRequest,
        listing: &Listing,
        files: &[&RemoteFile],
        job: &JobFolder,
    ) -> Result<Self> {
        let failed = |path: &Path, error: &io::Error| disk::failure(path, "be written", error);
        let (folder, path) = (job.model(), job.journal());
        if !folder.symlink_metadata().is_ok_and(|folder| folder.is_dir()) {
            // In this order: a journal is never of files that are gone.
            let _ = fs::remove_file(&path);
            let _ = fs::remove_file(&folder);
            job.clear()?;
        }
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
        let resumed = states.iter().map(|state| state.chunks.here()).sum();
        check_disk(&folder, bytes(files).saturating_sub(resumed))?;
        let place = Place { files: opened, journal: Mutex::new(journal) };
        Ok(Self { shared: Arc::new(Shared::new(Arc::clone(hub), items, states, place)), resumed })
    }

    /// Offers what need not be fetched: the files of an `output` that this will replace, of which most may not have
    /// changed, and what the Hub's own tools have of `repo`.
    fn offer(&mut self, output: &Path, is_there: bool, repo: &Repo) {
        let old = is_there.then(|| Folder::open(output).ok()).flatten();
        let cache = cache::folder();
        let mut state = self.shared.state();
        for (item, state) in self.shared.items.iter().zip(&mut state.files) {
            let found = old.as_ref().and_then(|old| old.find(item.remote.name.as_str()).ok().flatten());
            let same = found.filter(|file| file.metadata().is_ok_and(|file| file.len() == item.remote.bytes));
            let cached = || cache::find(cache.as_ref()?, repo, &item.remote);
            state.local = same.or_else(cached).map(Arc::new);
        }
    }

    /// Runs all threads until everything is there and right, or `cancel`: then not.
    fn run(&self, cancel: &CancelToken, listener: &mut dyn FnMut(PullProgress)) -> Result<bool> {
        let spawn = |name: &str, work: fn(&Shared)| {
            let shared = Arc::clone(&self.shared);
            let thread = std::thread::Builder::new().name(name.to_owned());
            // Not waited for: one may sit in a read from a silent server, and writes nothing once this is over.
            thread
                .spawn(move || work(&shared))
                .map(drop)
                .map_err(|error| Error::internal(format!("no thread: {error}")))
        };
        for _ in 0..CONNECTIONS {
            spawn("a connection", transfer::connection)?;
        }
        spawn("the verifier", verify::verifier)?;
        spawn("the syncer", verify::syncer)?;
        let mut meter = Meter::new(PullPhase::Fetching, self.shared.bytes(), self.shared.items.len());
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
        listener(meter.tell());
        Ok(true)
    }

    /// Bytes that are there.
    fn here(&self) -> u64 {
        self.shared.state().files.iter().map(|file| file.chunks.here()).sum()
    }

    /// SHA-256 and state of every file, once all are whole.
    fn whole(&self) -> BTreeMap<String, (String, Stamp)> {
        let state = self.shared.state();
        let files = self.shared.items.iter().zip(&state.files);
        files.filter_map(|(item, file)| Some((item.remote.name.as_str().to_owned(), file.whole.clone()?))).collect()
    }
}

/// Opens the file at `path` for writing, which nobody else shares: anything else there is removed.
fn open(path: &Path) -> io::Result<File> {
    match path.symlink_metadata() {
        Ok(there) if there.is_dir() => fs::remove_dir_all(path)?,
        Ok(there) if !there.is_file() || there.nlink() > 1 => fs::remove_file(path)?,
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// What is known of a file, as far as that still holds for `file`.
fn state(known: Known, file: &File) -> FileState {
    let now = file.metadata().map(|now| Stamp::of(&now)).ok();
    FileState {
        whole: known.whole.filter(|(_, stamp)| now == Some(*stamp)),
        chunks: known.chunks,
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
