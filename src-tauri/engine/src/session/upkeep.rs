//! What happens to a session while nobody asks it anything, or while memory is short.

use std::time::{Duration, Instant};

use super::{InferenceSession, State, lock};
use crate::error::{Error, ErrorCode, Result};
use crate::memory::Owner;
use crate::process;
use crate::protocol::FinishReason;

impl InferenceSession {
    /// How long the loaded model has been unused; `None` while it works, or is not loaded.
    pub fn idle_for(&self) -> Option<Duration> {
        (self.state() == State::Ready).then(|| lock(&self.last_use).elapsed())
    }

    /// Asks the worker to give back what it does not use; it does so between two tokens, too.
    pub fn drain(&self) {
        if let Some(remote) = lock(&self.remote).as_ref() {
            remote.drain();
        }
    }

    /// Unloads the model if it has been unused for `time`; true if it did. The next request loads it again.
    pub fn unload_if_idle(&self, time: Duration) -> bool {
        let Ok(mut running) = self.running.try_lock() else { return false };
        if self.idle_for().is_none_or(|idle| idle < time) {
            return false;
        }
        self.dismiss(&mut running);
        self.enter(State::Unloaded);
        true
    }

    /// Ends a running request at its next token, with an error that says that memory is short.
    pub fn stop_for_memory(&self) {
        if matches!(self.state(), State::Generating | State::Loading) {
            self.short.cancel();
        }
    }

    /// The error for an answer that [`Self::stop_for_memory`] ended.
    pub(super) fn check_short(&self, reason: FinishReason) -> Result<()> {
        if self.short.is_cancelled() && reason == FinishReason::Cancelled {
            return Err(Error::new(
                ErrorCode::OutOfMemory,
                "the model was stopped because the machine is running out of memory; \
                 close other programs or use a smaller model, then try again",
            ));
        }
        Ok(())
    }

    /// Tells the ledger how much of its promise the worker has taken, and how much it has given back.
    pub fn measure(&self) {
        let id = lock(&self.remote).as_ref().map(|remote| remote.id());
        let Some(bytes) = id.and_then(process::resident_bytes) else { return };
        let Ok(running) = self.running.try_lock() else { return };
        if let Some(ready) = &running.worker {
            ready.lease.set_taken(bytes);
            // With no request under way, the latest report is how it is.
            if let Some(report) = self.memory().filter(|_| ready.draining.is_none()) {
                ready.lease.shrink_to(Owner::KvCache, report.kv_granted);
            }
        }
    }

    pub(super) fn used(&self) {
        *lock(&self.last_use) = Instant::now();
    }
}
