//! The machine as it is now, once a second, and the last ten minutes of it.
//!
//! One thread takes a [`Sample`] at each interval, from the sensors, from the system, and from the sessions and pools it
//! was told to watch. Samples that span a sleep of the machine are dropped: their averages mean nothing. Drawing is
//! [`crate::chart`]'s business.

mod history;
mod owners;
mod sample;

pub use history::History;
pub use owners::OTHER_APPS;
pub use sample::{CpuReading, MemoryReading, Sample, WorkerReading};

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sysinfo::{CpuRefreshKind, RefreshKind, System};

use history::{Pace, Verdict};

use crate::memory::{HostPool, Ledger, MachineMemory, Occupancy, Pressure};
use crate::sensors::{GpuSources, Sensors, Silent};
use crate::session::{InferenceSession, State};
use crate::sync::lock;

/// Between two samples, unless somebody asks for another pace.
pub const INTERVAL: Duration = Duration::from_secs(1);

/// Watches from a thread of its own, until it is dropped.
pub struct Monitor {
    shared: Arc<Shared>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    history: Mutex<History>,
    listeners: Mutex<Vec<Sender<Sample>>>,
    wards: Mutex<Wards>,
    sensors: Mutex<SensorStates>,
}

#[derive(Default)]
struct Wards {
    sessions: Vec<Weak<InferenceSession>>,
    pools: Vec<HostPool>,
}

/// Which sensors tell something, and why the others do not.
#[derive(Debug, Clone, Default)]
pub struct SensorStates {
    /// Of the latest reading.
    pub sources: GpuSources,
    pub silent: Vec<Silent>,
}

impl Monitor {
    /// Takes the first sample at once, then one at each `interval`. `ledger` tells the limit on models.
    pub fn start(interval: Duration, ledger: Arc<Ledger>) -> Self {
        let shared = Arc::new(Shared {
            history: Mutex::default(),
            listeners: Mutex::default(),
            wards: Mutex::default(),
            sensors: Mutex::default(),
        });
        let seen = Arc::clone(&shared);
        let (stop, stopped) = channel();
        let run = move || watch(&seen, interval, &ledger, &stopped);
        let thread = std::thread::Builder::new().name("monitor".into()).spawn(run).ok();
        Self { shared, stop: Some(stop), thread }
    }

    /// Adds what `session`'s worker holds and says to each sample, for as long as it lives.
    pub fn watch(&self, session: &Arc<InferenceSession>) {
        lock(&self.shared.wards).sessions.push(Arc::downgrade(session));
    }

    /// Adds what is in `pool` to each sample.
    pub fn watch_pool(&self, pool: &HostPool) {
        lock(&self.shared.wards).pools.push(pool.clone());
    }

    /// Samples of the last ten minutes, the oldest first.
    pub fn history(&self) -> Vec<Sample> {
        lock(&self.shared.history).samples().cloned().collect()
    }

    pub fn latest(&self) -> Option<Sample> {
        lock(&self.shared.history).samples().next_back().cloned()
    }

    /// Every sample from now on. Dropping the receiver ends it.
    pub fn listen(&self) -> Receiver<Sample> {
        let (sender, receiver) = channel();
        lock(&self.shared.listeners).push(sender);
        receiver
    }

    pub fn sensors(&self) -> SensorStates {
        lock(&self.shared.sensors).clone()
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn watch(shared: &Shared, interval: Duration, ledger: &Ledger, stopped: &Receiver<()>) {
    let mut eye = Eye::new();
    let mut pace = Pace::default();
    let mut due = Instant::now();
    loop {
        // Nobody who adds a session waits for a sensor.
        let (sessions, pools) = {
            let mut wards = lock(&shared.wards);
            wards.sessions.retain(|session| session.strong_count() > 0);
            let sessions: Vec<_> = wards.sessions.iter().filter_map(Weak::upgrade).collect();
            (sessions, wards.pools.iter().map(HostPool::occupancy).collect::<Vec<_>>())
        };
        let sample = eye.look(&sessions, &pools, ledger);
        drop(sessions);
        *lock(&shared.sensors) = SensorStates { sources: eye.sensors.sources(), silent: eye.sensors.silent() };
        match pace.verdict(sample.time, Instant::now()) {
            Verdict::Keep => {
                lock(&shared.history).push(sample.clone());
                lock(&shared.listeners).retain(|listener| listener.send(sample.clone()).is_ok());
            }
            Verdict::Drop => {}
            // What was seen has times that are yet to come.
            Verdict::BeginAnew => lock(&shared.history).clear(),
        }
        due = (due + interval).max(Instant::now());
        if stopped.recv_timeout(due.saturating_duration_since(Instant::now())) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// What looks, and what has to be remembered between two looks.
struct Eye {
    sensors: Sensors,
    system: Option<System>,
    /// Whether the processor's share has something to be compared with.
    has_looked: bool,
    /// Tokens of each session when it was last looked at.
    spoken: HashMap<usize, (u64, Instant)>,
}

impl Eye {
    fn new() -> Self {
        let cpu = RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing().with_usage());
        Self {
            sensors: Sensors::of_this_machine(),
            system: System::new_with_specifics(cpu).ok(),
            has_looked: false,
            spoken: HashMap::new(),
        }
    }

    fn look(&mut self, sessions: &[Arc<InferenceSession>], pools: &[Occupancy], ledger: &Ledger) -> Sample {
        let gpu = self.sensors.read();
        let workers: Vec<WorkerReading> = sessions.iter().filter_map(|session| worker(session)).collect();
        let machine = MachineMemory::read();
        let known = Some(machine.total).filter(|total| *total > 0);
        Sample {
            time: Some(Timestamp::now()),
            gpu,
            cpu: CpuReading { utilization: self.cpu() },
            memory: MemoryReading {
                total_bytes: known,
                available_bytes: known.map(|_| machine.available),
                pressure: Pressure::read(),
                limit_bytes: known.map(|_| ledger.limit_on(machine)),
                owners: owners::owners(&workers, pools, machine),
            },
            tokens_per_second: self.speed(sessions),
            workers,
        }
    }

    /// The processor's share since the last look.
    fn cpu(&mut self) -> Option<f32> {
        let system = self.system.as_mut()?;
        system.refresh_cpu_usage();
        let usage = system.global_cpu_usage() / 100.0;
        let had_looked = std::mem::replace(&mut self.has_looked, true);
        Some(usage).filter(|usage| had_looked && usage.is_finite()).map(|usage| usage.clamp(0.0, 1.0))
    }

    /// Tokens a second of all sessions that are answering; absent if none is.
    fn speed(&mut self, sessions: &[Arc<InferenceSession>]) -> Option<f64> {
        let now = Instant::now();
        let mut spoken = HashMap::new();
        let mut speed = None;
        for session in sessions {
            let key = Arc::as_ptr(session) as usize;
            let tokens = session.spoken_tokens();
            let (before, at) = self.spoken.get(&key).copied().unwrap_or((tokens, now));
            let new = tokens.saturating_sub(before);
            let seconds = now.duration_since(at).as_secs_f64();
            if seconds > 0.0 && (new > 0 || session.state() == State::Generating) {
                *speed.get_or_insert(0.0) += new as f64 / seconds;
            }
            spoken.insert(key, (tokens, now));
        }
        self.spoken = spoken;
        speed
    }
}

fn worker(session: &InferenceSession) -> Option<WorkerReading> {
    let resident = session.resident_bytes()?;
    let report = session.memory();
    let of = |bytes: fn(&crate::protocol::MemoryReport) -> u64| report.as_ref().map(bytes);
    Some(WorkerReading {
        model: session.summary().name.clone(),
        resident_bytes: Some(resident),
        active_bytes: of(|report| report.active),
        cached_bytes: of(|report| report.cached),
        peak_bytes: of(|report| report.peak),
        owners: report.map(|report| report.owners).unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::PoolSize;

    #[test]
    fn samples_come_at_their_pace_and_are_kept() {
        let ledger = Ledger::of_this_machine(Some(1 << 30), PoolSize::default());
        let monitor = Monitor::start(Duration::from_millis(50), ledger);
        let samples = monitor.listen();
        let taken: Vec<Sample> =
            (0..3).map(|_| samples.recv_timeout(Duration::from_secs(20)).expect("a sample")).collect();
        assert!(taken.windows(2).all(|pair| pair[0].time < pair[1].time));
        let last = taken.last().expect("three");
        assert_eq!(last.memory.limit_bytes.map(|limit| limit <= 1 << 30), Some(true));
        assert!(last.memory.owners.contains_key(OTHER_APPS), "{last:?}");
        assert!(last.cpu.utilization.is_some());
        assert_eq!((last.tokens_per_second, last.workers.len()), (None, 0));
        let kept = monitor.history();
        assert!(taken.iter().all(|sample| kept.contains(sample)));
        assert!(monitor.latest().is_some());
    }
}
