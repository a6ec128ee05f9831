//! Fetching a model: the files that make it, at one commit, by several connections, each checked against the sum that the
//! Hub lists. The model appears once all of it is there; until then a download can be stopped or killed at any moment and
//! goes on from there.
//!
//! In reading order: `place` is where it goes; `chunks` are the parts of a file; `log` is what is written down of them;
//! `shared` is what the threads have in common; `transfer` is one connection; `verify` comes behind them; `fetch` is all of
//! them at work.

mod chunks;
mod fetch;
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
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::fetch::Fetch;
use self::place::{Holds, Place};
use self::progress::Meter;
use super::listing::{self, Listing, RemoteFile};
use super::name::Repo;
use super::{Hub, preview};
use crate::bytes::Bytes;
use crate::checkpoint::Folder;
use crate::digest::{self, Remembered};
use crate::disk;
use crate::error::{Error, Result};
use crate::job_folder::{self, JobFolder, Work};
use crate::manifest::{self, Download, Record, Source};
use crate::process;
use crate::session::CancelToken;

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
    match pull_or_fail(hub, request, cancel, listener) {
        Err(_) if cancel.is_cancelled() => Ok(None),
        ended => ended,
    }
}

fn pull_or_fail(
    hub: &Arc<Hub>,
    request: &PullRequest,
    cancel: &CancelToken,
    listener: &mut dyn FnMut(PullProgress),
) -> Result<Option<Pulled>> {
    process::allow_many_files();
    let listing = listing::list(hub, &request.repo, &request.revision, cancel)?;
    let files = listing.model(hub, cancel)?;
    let models = request.home.join("models");
    fs::create_dir_all(&models).map_err(|error| disk::failure(&models, "be made", &error))?;
    let (job, place) = lock(&models, request)?;
    // Not before: it might be this one, and old.
    job_folder::sweep(&models);
    let mut meter = Meter::new(bytes(&files), files.len());
    if let Holds::Model(old) = &place.holds
        && old.source.commit.as_deref() == Some(listing.commit.as_str())
        && files.iter().all(|file| old.source.files.contains_key(file.name.as_str()))
    {
        let sound = is_sound(&place.path, old, request, &mut meter, cancel, listener);
        if sound != Some(false) {
            job.remove();
            return Ok(sound.map(|_| pulled(&place.path, &listing, &files, bytes(&files), true)));
        }
    }
    let is_there = place.holds != Holds::Nothing;
    let fetched = preview::unsupported(hub, &listing, cancel).and_then(|unsupported| {
        meter.unsupported = unsupported;
        let fetch = Fetch::prepare(hub, request, &listing, &files, &job)?;
        fetch.offer(is_there.then_some(place.path.as_path()), &request.repo);
        let ended = fetch.run(&mut meter, cancel, listener);
        fetch.close();
        ended.map(|is_whole| (is_whole, fetch.whole(), fetch.resumed())).map_err(|error| match fetch.here() {
            0 => error,
            _ if !job.model().is_dir() => error,
            here => {
                let (here, all) = (Bytes(here), Bytes(bytes(&files)));
                Error::new(error.code, format!("{}; {here} of {all} are kept for the next try", error.message))
            }
        })
    });
    let (whole, resumed) = match fetched {
        Ok((true, whole, resumed)) => (whole, resumed),
        Ok((false, ..)) => {
            leave(job);
            return Ok(None);
        }
        Err(error) => {
            leave(job);
            return Err(error);
        }
    };
    let sums = whole.iter().map(|(name, (sum, _))| (name.clone(), sum.clone())).collect();
    let record = record(request, &listing, bytes(&files), sums).sealed()?;
    let path = job.model().join(manifest::FILE);
    digest::replace(&path, &record).map_err(|error| disk::failure(&path, "be written", &error))?;
    job.retain(|name| name == manifest::FILE || whole.contains_key(name))?;
    for file in &files {
        let path = job.model().join(file.name.as_str());
        if !path.metadata().is_ok_and(|there| there.len() == file.bytes) {
            return Err(Error::internal(format!("{} is gone; download it again", path.display())));
        }
    }
    // It took a while: something else may be there by now.
    let replaces = match place::holds(&place.path, &request.repo, &request.revision) {
        Holds::Nothing => false,
        Holds::Model(_) | Holds::Damaged => true,
        Holds::Other => return Err(Work::Download.exists(&place.path)),
    };
    job.finish(replaces)?;
    let mut remembered = Remembered::open(&request.home);
    whole.values().for_each(|(sum, stamp)| remembered.insert(digest::WHOLE, stamp, sum));
    remembered.save();
    Ok(Some(pulled(&place.path, &listing, &files, resumed, false)))
}

/// The place for `request`, and the folder for the work on it, which is this process's from now on.
fn lock(models: &Path, request: &PullRequest) -> Result<(JobFolder, Place)> {
    loop {
        let before = place::place(models, &request.repo, &request.revision)?;
        let job = JobFolder::lock(Work::Download, &before.path)?;
        // Whoever had it may have put the model there.
        let now = place::place(models, &request.repo, &request.revision)?;
        if now.path == before.path {
            return Ok((job, now));
        }
        leave(job);
    }
}

/// Of what was not even begun nothing stays.
fn leave(job: JobFolder) {
    if log::is_empty(&job.journal()) {
        job.remove();
    }
}

/// The model in `models` that was downloaded from `repo` at `revision`, if there is one.
pub fn find(models: &Path, repo: &Repo, revision: &str) -> Option<PathBuf> {
    let place = place::place(models, repo, revision).ok()?;
    matches!(place.holds, Holds::Model(_)).then_some(place.path)
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

/// Whether the model at `path` is what was downloaded; `None` if that was cancelled.
fn is_sound(
    path: &Path,
    download: &Download,
    request: &PullRequest,
    meter: &mut Meter,
    cancel: &CancelToken,
    listener: &mut dyn FnMut(PullProgress),
) -> Option<bool> {
    let Ok(folder) = Folder::open(path) else { return Some(false) };
    let mut remembered = Remembered::open(&request.home);
    let record = Record::Downloaded(download.clone());
    let checked = record.check_watched(&folder, &mut remembered, &|| cancel.is_cancelled(), &mut |read| {
        meter.checked(read);
        meter.told().map(&mut *listener);
    });
    match checked {
        Ok(checked) => checked.map(|()| true),
        Err(_) => Some(false),
    }
}
