//! The one log of the app. Errors that a window is told of are in it.

use std::path::Path;
use std::sync::OnceLock;

use ingot_engine::Error;
use ingot_engine::log::Log;

static LOG: OnceLock<Log> = OnceLock::new();

/// Opens the log under `home`; what comes before is not kept.
pub fn open(home: &Path) {
    let _ = LOG.set(Log::new(home));
}

pub fn note(what: &str, error: &Error) {
    if let Some(log) = LOG.get() {
        log.note(what, error);
    }
}

pub fn recent() -> String {
    LOG.get().map(Log::recent).unwrap_or_default()
}

/// Where it is.
pub fn path() -> String {
    LOG.get().map(|log| log.path().display().to_string()).unwrap_or_default()
}
