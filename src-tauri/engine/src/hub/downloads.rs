//! The downloads of an app: several at once, each on a thread of its own, with what a window shows of them.

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde::Serialize;

use super::Hub;
use super::name::Repo;
use super::pull::{
    PullPhase, PullProgress, PullRequest, Pulled, USUAL_REVISION, Unfinished, discard, pull, unfinished,
};
use crate::error::{Error, ErrorCode, Result};
use crate::session::CancelToken;
use crate::sync::lock;

/// How a download is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum DownloadState {
    Fetching,
    /// Everything is there; some of it is still compared with its sum.
    Checking,
    /// By a person's wish, or since the app was ended.
    Paused,
    Failed,
    Done,
}

impl DownloadState {
    fn is_running(self) -> bool {
        matches!(self, Self::Fetching | Self::Checking)
    }
}

/// A download as a window shows it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Download {
    /// `owner/name`, or `owner/name@revision`
    pub repo: String,
    pub state: DownloadState,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub done_bytes: u64,
    /// 0 until the list of files is there.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub total_bytes: u64,
    pub bytes_per_second: f64,
    pub seconds_left: Option<f64>,
    /// Why it failed, or why nothing comes at the moment.
    pub trouble: Option<String>,
    /// The model's folder, once it is there.
    pub path: Option<String>,
}

/// All downloads of an app to one home.
pub struct Downloads {
    home: PathBuf,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    entries: Mutex<Vec<Entry>>,
    changed: Condvar,
}

struct Entry {
    download: Download,
    cancel: CancelToken,
}

impl Downloads {
    /// Those that an earlier run has left wait to be resumed.
    pub fn open(home: PathBuf) -> Self {
        let left = unfinished(&home.join("models"));
        let entries =
            left.into_iter().map(|(_, left)| Entry { download: paused(&left), cancel: CancelToken::default() });
        let shared = Shared { entries: Mutex::new(entries.collect()), changed: Condvar::new() };
        Self { home, shared: Arc::new(shared) }
    }

    /// Begins or resumes the download of `repo`, which may name a revision, from `hub`.
    pub fn start(&self, hub: Hub, repo: &str) -> Result<()> {
        let (parsed, revision) = Repo::with_revision(repo)?;
        let revision = revision.unwrap_or_else(|| USUAL_REVISION.to_owned());
        let request = PullRequest { repo: parsed, revision, home: self.home.clone() };
        let cancel = CancelToken::default();
        {
            let mut entries = lock(&self.shared.entries);
            let old = entries.iter().position(|entry| entry.download.repo == repo).map(|index| entries.remove(index));
            if old.as_ref().is_some_and(|old| old.download.state.is_running()) {
                entries.extend(old);
                return Err(Error::new(ErrorCode::Busy, format!("{repo} is being downloaded already")));
            }
            let download = old.map_or_else(|| begun(repo), |old| old.download);
            let download = Download { state: DownloadState::Fetching, trouble: None, path: None, ..download };
            entries.insert(0, Entry { download, cancel: cancel.clone() });
        }
        let (shared, repo) = (Arc::clone(&self.shared), repo.to_owned());
        let run = move || {
            let ended = pull(&Arc::new(hub), &request, &cancel, &mut |progress| {
                shared.change(&repo, |download| download.go_on(progress));
            });
            shared.change(&repo, |download| download.end(ended));
        };
        let thread = std::thread::Builder::new().name("a download".to_owned()).spawn(run);
        thread.map(drop).map_err(|error| Error::internal(format!("no thread for a download: {error}")))
    }

    /// Stops the download of `repo`; what came is kept.
    pub fn pause(&self, repo: &str) {
        let entries = lock(&self.shared.entries);
        entries.iter().filter(|entry| entry.download.repo == repo).for_each(|entry| entry.cancel.cancel());
    }

    /// Stops all of them, as when the app ends.
    pub fn pause_all(&self) {
        lock(&self.shared.entries).iter().for_each(|entry| entry.cancel.cancel());
    }

    /// Forgets the download of `repo`, and removes what came if the model is not there yet.
    pub fn discard(&self, repo: &str) -> Result<()> {
        self.pause(repo);
        let models = self.home.join("models");
        // Waits for the one that runs to let go.
        let mut left = unfinished(&models).into_iter().filter(|(_, left)| left.begun.to_string() == repo);
        left.try_for_each(|(name, _)| discard(&models, &name))?;
        lock(&self.shared.entries).retain(|entry| entry.download.repo != repo);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// All of them, the latest first.
    pub fn list(&self) -> Vec<Download> {
        lock(&self.shared.entries).iter().map(|entry| entry.download.clone()).collect()
    }

    /// Waits until the list is another than `seen`, or for `time`; the list then.
    pub fn next(&self, seen: &[Download], time: Duration) -> Vec<Download> {
        let is_same = |entries: &mut Vec<Entry>| entries.iter().map(|entry| &entry.download).eq(seen);
        let waited = self.shared.changed.wait_timeout_while(lock(&self.shared.entries), time, is_same);
        drop(waited);
        self.list()
    }
}

impl Shared {
    fn change(&self, repo: &str, change: impl FnOnce(&mut Download)) {
        let mut entries = lock(&self.entries);
        if let Some(entry) = entries.iter_mut().find(|entry| entry.download.repo == repo) {
            change(&mut entry.download);
        }
        drop(entries);
        self.changed.notify_all();
    }
}

impl Download {
    fn go_on(&mut self, progress: PullProgress) {
        self.state = match progress.phase {
            PullPhase::Fetching => DownloadState::Fetching,
            PullPhase::Checking => DownloadState::Checking,
        };
        (self.done_bytes, self.total_bytes) = (progress.done_bytes, progress.total_bytes);
        (self.bytes_per_second, self.seconds_left) = (progress.bytes_per_second, progress.seconds_left);
        self.trouble = progress.trouble;
    }

    fn end(&mut self, ended: Result<Option<Pulled>>) {
        (self.bytes_per_second, self.seconds_left, self.trouble) = (0.0, None, None);
        self.state = match ended {
            Ok(Some(pulled)) => {
                self.path = Some(pulled.path.display().to_string());
                (self.done_bytes, self.total_bytes) = (pulled.bytes, pulled.bytes);
                DownloadState::Done
            }
            Ok(None) => DownloadState::Paused,
            Err(error) => {
                self.trouble = Some(error.message);
                DownloadState::Failed
            }
        };
    }
}

fn begun(repo: &str) -> Download {
    Download {
        repo: repo.to_owned(),
        state: DownloadState::Fetching,
        done_bytes: 0,
        total_bytes: 0,
        bytes_per_second: 0.0,
        seconds_left: None,
        trouble: None,
        path: None,
    }
}

fn paused(left: &Unfinished) -> Download {
    Download {
        state: DownloadState::Paused,
        done_bytes: left.bytes,
        total_bytes: left.total_bytes,
        ..begun(&left.begun.to_string())
    }
}
