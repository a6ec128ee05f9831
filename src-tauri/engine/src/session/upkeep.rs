//! What happens to a session while nobody asks it anything, or while memory is short.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{InferenceSession, Live, Ready, State};
use crate::error::{Error, ErrorCode};
use crate::memory::{Lease, Owner, Shortage};
use crate::process;
use crate::protocol::{FinishReason, Growth};
use crate::sync::lock;

impl InferenceSession {
    /// How long the loaded model has been unused; `None` while it works, or is not loaded.
    pub fn idle_for(&self) -> Option<Duration> {
        (self.state() == State::Ready).then(|| lock(&self.last_use).elapsed())
    }

    /// Asks the worker to give back what it does not use; it does so between two tokens, too.
    pub fn drain(&self) {
        let live = lock(&self.live).clone();
        if let Some(live) = live {
            live.remote.drain();
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
    pub(super) fn check_short(&self, reason: FinishReason) -> Result<(), Error> {
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
        let live = lock(&self.live).clone();
        let Some(Live { remote, lease }) = live else { return };
        lease.set_taken(process::resident_bytes(remote.id()).unwrap_or(0));
        let Ok(running) = self.running.try_lock() else { return };
        // With no request under way, the latest report is how it is.
        if let (Some(Ready { draining: None, .. }), Some(report)) = (&running.worker, remote.memory()) {
            lease.shrink_to(Owner::KvCache, report.kv_granted);
            lease.shrink_to(Owner::Scratch, self.need.bytes(Owner::Scratch));
        }
    }

    /// Grows the promise for a text that grows: its cache, and what computing with it takes.
    pub(super) fn lend(&self, lease: &Lease, worker: u32, growth: Growth) -> Result<(), Shortage> {
        // What is taken is not available any more; it must not count as outstanding, too.
        lease.set_taken(process::resident_bytes(worker).unwrap_or(0));
        lease.shrink_to(Owner::KvCache, growth.granted);
        let scratch = self.need.with_context(growth.tokens).bytes(Owner::Scratch);
        let more = scratch.saturating_sub(lease.of(Owner::Scratch));
        lease.grow_all(&BTreeMap::from([(Owner::KvCache, growth.bytes), (Owner::Scratch, more)]))
    }

    pub(super) fn used(&self) {
        *lock(&self.last_use) = Instant::now();
    }
}
