//! Looks at the GPU and at a worker's memory while something is measured.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::recorder::now;
use crate::process;
use crate::sensors::Sensors;

/// What was seen at one moment. What the machine does not tell is absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// As in [`super::Span`].
    pub time: u64,
    /// 0 to 1, the busiest GPU's.
    pub gpu_utilization: Option<f32>,
    /// Of the worker, as the system tells.
    pub resident_bytes: Option<u64>,
}

/// Samples from a thread of its own until [`Self::finish`].
pub struct Sampler {
    stop: Sender<()>,
    thread: Option<JoinHandle<Vec<Sample>>>,
}

const INTERVAL: Duration = Duration::from_millis(100);

impl Sampler {
    /// Watches process `worker`.
    pub fn start(worker: Option<u32>) -> Self {
        let (stop, stopped) = channel::<()>();
        let run = move || {
            let mut sensors = Sensors::of_this_machine();
            let mut samples = Vec::new();
            loop {
                // A sensor may have to be waited for: the time is that of its answer.
                let gpu_utilization = sensors.read().utilization;
                let resident_bytes = worker.and_then(process::resident_bytes);
                samples.push(Sample { time: now(), gpu_utilization, resident_bytes });
                if stopped.recv_timeout(INTERVAL) != Err(RecvTimeoutError::Timeout) {
                    return samples;
                }
            }
        };
        let thread = std::thread::Builder::new().name("sampler".into()).spawn(run).ok();
        Self { stop, thread }
    }

    /// What was seen.
    pub fn finish(mut self) -> Vec<Sample> {
        let _ = self.stop.send(());
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}
