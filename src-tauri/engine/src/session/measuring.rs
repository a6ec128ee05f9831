//! What a session tells about its worker's speed and memory.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{InferenceSession, SLICE};
use crate::error::{Error, Result};
use crate::process;
use crate::profiler::Spans;
use crate::protocol::{Event, Measured, MemoryReport, Request};
use crate::sync::lock;

/// How long measuring the machine may take.
const MEASURE_TIME: Duration = Duration::from_secs(20);

impl InferenceSession {
    /// The worker's latest account of its memory.
    pub fn memory(&self) -> Option<MemoryReport> {
        lock(&self.live).as_ref()?.remote.memory()
    }

    /// Memory that the worker's process has resident, in bytes; `None` while nothing is loaded.
    pub fn resident_bytes(&self) -> Option<u64> {
        let id = lock(&self.live).as_ref()?.remote.id();
        process::resident_bytes(id)
    }

    /// Tokens of all answers so far, the one under way included.
    pub fn spoken_tokens(&self) -> u64 {
        self.spoken.load(Ordering::Relaxed)
    }

    /// What the worker recorded since the last time; nothing unless the session was opened to profile.
    pub fn take_spans(&self) -> Vec<Spans> {
        let running = self.running();
        running.ok().and_then(|running| Some(running.worker.as_ref()?.worker.take_spans())).unwrap_or_default()
    }

    /// Measures what the loaded model's backend reaches on this machine.
    pub fn measure_machine(&self) -> Result<Measured> {
        let mut running = self.running()?;
        let ready = running.worker.as_mut().ok_or_else(|| Error::internal("nothing is loaded"))?;
        ready.worker.send(&Request::Measure)?;
        let deadline = Instant::now() + MEASURE_TIME;
        while Instant::now() < deadline {
            match ready.worker.wait(SLICE)? {
                Some(Event::Measured(measured)) => {
                    ready.worker.rest();
                    return Ok(measured);
                }
                Some(Event::Failed { id: None, error }) => {
                    ready.worker.rest();
                    return Err(error);
                }
                Some(_) => return Err(ready.worker.condemn("sent what does not belong to measuring")),
                None => {}
            }
        }
        Err(ready.worker.give_up("took too long to measure the machine"))
    }
}
