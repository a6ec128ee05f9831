//! What lives as long as the app: the open model, what is running, which models were opened, which crashed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use ingot_engine::chats::ChatStore;
use ingot_engine::convert::Conversions;
use ingot_engine::hardware::{self, Facts};
use ingot_engine::hub::Downloads;
use ingot_engine::library::{self, MemorySettings, Settings};
use ingot_engine::memory::Ledger;
use ingot_engine::model::ModelSummary;
use ingot_engine::monitor::{self, Monitor};
use ingot_engine::report::Report;
use ingot_engine::session::{CancelToken, InferenceSession, Keeper, Progress, SessionOptions, State};
use ingot_engine::sync::lock;
use ingot_engine::worker::CrashLedger;
use ingot_engine::{Error, ErrorCode, Result};

use crate::jobs::Answers;
use crate::log;
use crate::watch::Watches;

pub struct AppState {
    home: PathBuf,
    memory: MemorySettings,
    /// One account of memory for every model and every job.
    ledger: Arc<Ledger>,
    keeper: Keeper,
    pub monitor: Monitor,
    pub monitor_watches: Watches,
    pub conversions: Conversions,
    pub conversion_watches: Watches,
    pub downloads: Downloads,
    pub download_watches: Watches,
    /// The report that was made last.
    pub report: Mutex<Option<Report>>,
    /// Held while one is made.
    pub making_report: Mutex<()>,
    pub chats: ChatStore,
    pub answers: Answers,
    bandwidth: OnceLock<Option<u64>>,
    session: Mutex<Option<Arc<InferenceSession>>>,
    /// Stop whatever is running. Those of work that has ended do no harm.
    cancels: Mutex<Vec<CancelToken>>,
    crashes: Mutex<CrashLedger>,
}

/// Tasks that can be stopped: one runs, and others are refused as soon as they have begun.
const MOST_TASKS: usize = 16;
/// How long the end of the app waits for answers that were cut off.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl AppState {
    pub fn open() -> Result<Self> {
        let home = library::home()?;
        log::open(&home);
        ingot_engine::job_folder::sweep(&home.join("models"));
        let memory = Settings::read(&home).memory;
        let ledger = memory.ledger();
        Ok(Self {
            monitor: Monitor::start(monitor::INTERVAL, Arc::clone(&ledger)),
            monitor_watches: Watches::default(),
            // Found beside this program.
            conversions: Conversions::new(home.clone(), None),
            conversion_watches: Watches::default(),
            downloads: Downloads::open(home.clone()),
            download_watches: Watches::default(),
            report: Mutex::default(),
            making_report: Mutex::default(),
            chats: ChatStore::new(&home),
            answers: Answers::default(),
            bandwidth: OnceLock::new(),
            home,
            ledger,
            keeper: memory.keeper(),
            memory,
            session: Mutex::default(),
            cancels: Mutex::default(),
            crashes: Mutex::default(),
        })
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Where models are.
    pub fn models_folder(&self) -> PathBuf {
        self.home.join("models")
    }

    /// Whether the model `name` of the library is in use.
    pub fn is_loaded(&self, name: &str) -> bool {
        let folder = self.models_folder().join(name);
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        lock(&self.session).as_ref().is_some_and(|session| holds(session) && real(session.model()) == real(&folder))
    }

    /// The model in use, and whether it is loaded.
    pub fn present(&self) -> Option<(ModelSummary, bool)> {
        lock(&self.session).as_ref().map(|session| (session.summary().clone(), holds(session)))
    }

    /// What the GPU's memory gives in a second, in bytes, if that is known; asked of the machine once.
    pub fn bandwidth(&self) -> Option<u64> {
        *self.bandwidth.get_or_init(|| Facts::of(&hardware::take()).bandwidth())
    }

    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    pub fn keeper(&self) -> &Keeper {
        &self.keeper
    }

    /// Models of the library, and those opened from elsewhere that are still there.
    pub fn models(&self) -> Vec<ModelSummary> {
        let mut models = library::models(&self.home);
        let mut recent = Settings::read(&self.home).recent_models;
        let is_listed =
            |path: &Path| models.iter().any(|model| path.canonicalize().is_ok_and(|real| real == *model.path));
        recent.retain(|path| path.is_dir() && !path.starts_with(self.home.join("models")) && !is_listed(path));
        models.extend(recent.iter().map(|path| ModelSummary::read(path)));
        models
    }

    /// Loads the model at `path` in place of the one that is loaded.
    pub fn load(&self, path: &Path, progress: &mut dyn FnMut(f32)) -> Result<ModelSummary> {
        self.check_set_aside(path)?;
        let weights = self.memory.weights;
        let home = Some(self.home.clone());
        let options = SessionOptions { weights, home, ..SessionOptions::new(path, &self.ledger) };
        let session = InferenceSession::prepare(options)?;
        self.unload();
        let cancel = self.fresh_cancel();
        let session = Arc::new(session);
        self.keeper.watch(&session);
        self.monitor.watch(&session);
        let loaded = session.load(&cancel, &mut |step| {
            if let Progress::Checking(fraction) | Progress::Loading(fraction) = step {
                progress(fraction);
            }
        });
        loaded.map_err(|error| self.count_crash(path, error))?;
        *lock(&self.session) = Some(Arc::clone(&session));
        Settings::update(&self.home, |settings| settings.opened(path))?;
        Ok(session.summary().clone())
    }

    pub fn unload(&self) {
        self.stop();
        if let Some(session) = lock(&self.session).take() {
            session.unload();
        }
    }

    pub fn session(&self) -> Result<Arc<InferenceSession>> {
        let session = lock(&self.session).clone();
        let session =
            session.ok_or_else(|| Error::new(ErrorCode::NotLoaded, "no model is loaded; choose one first"))?;
        self.check_set_aside(session.model())?;
        Ok(session)
    }

    /// A token for new work; [`Self::stop`] cancels it.
    pub fn fresh_cancel(&self) -> CancelToken {
        let token = CancelToken::default();
        let mut cancels = lock(&self.cancels);
        let excess = cancels.len().saturating_sub(MOST_TASKS - 1);
        cancels.drain(..excess);
        cancels.push(token.clone());
        token
    }

    pub fn stop(&self) {
        for cancel in lock(&self.cancels).drain(..) {
            cancel.cancel();
        }
    }

    pub fn lift_set_aside(&self, path: &Path) {
        lock(&self.crashes).lift(path);
    }

    /// Passes `error` on; if it tells of a crash, counts it, and says so if the model is set aside for it.
    pub fn count_crash(&self, path: &Path, error: Error) -> Error {
        let is_crash = matches!(error.code, ErrorCode::WorkerDied | ErrorCode::WorkerHung);
        if is_crash && lock(&self.crashes).record(path, Instant::now()) {
            return Error::new(
                ErrorCode::SetAside,
                format!("{} It has crashed three times and is set aside.", ended(&error)),
            );
        }
        error
    }

    fn check_set_aside(&self, path: &Path) -> Result<()> {
        if lock(&self.crashes).is_set_aside(path) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            return Err(Error::new(ErrorCode::SetAside, format!("{name} has crashed three times and is set aside.")));
        }
        Ok(())
    }

    /// The app is going: stops everything and waits for the worker's end.
    pub fn close(&self) {
        self.monitor_watches.close();
        self.download_watches.close();
        self.downloads.pause_all();
        self.conversion_watches.close();
        self.conversions.cancel();
        self.unload();
        // Their last words are still to be kept.
        let begin = Instant::now();
        while self.answers.is_any() && begin.elapsed() < LAST_WORDS {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// Whether there is, or is about to be, a worker that holds the model.
fn holds(session: &InferenceSession) -> bool {
    matches!(session.state(), State::Loading | State::Ready | State::Generating)
}

/// An error's message as a sentence, without its advice to try again.
fn ended(error: &Error) -> String {
    let text = error.message.trim_end_matches("; try again");
    let mut text = text.to_owned();
    if let Some(first) = text.get(..1) {
        let upper = first.to_uppercase();
        text.replace_range(..1, &upper);
    }
    text + "."
}
