//! What a session tells about its worker's speed.

use std::time::{Duration, Instant};

use super::{InferenceSession, SLICE};
use crate::error::{Error, Result};
use crate::profiler::Spans;
use crate::protocol::{Event, Measured, Request};

/// How long measuring the machine may take.
const MEASURE_TIME: Duration = Duration::from_secs(20);

impl InferenceSession {
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
