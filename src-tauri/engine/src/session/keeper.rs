//! Keeps loaded models within the memory there is: unloads the unused, and gives way when the machine runs short.
//!
//! Under pressure it first has caches and free regions given back, then unloads models that nobody uses, then stops
//! answers at their next token. Each step gets a moment to show its effect before the next.

use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::InferenceSession;
use crate::memory::{HostPool, Pressure, PressureWatch};
use crate::sync::lock;

/// How a keeper goes about it.
#[derive(Debug, Clone, Copy)]
pub struct KeeperOptions {
    /// Models unused for so long are unloaded; never if absent.
    pub idle_unload: Option<Duration>,
    /// Between two looks.
    pub interval: Duration,
    /// How long a step under pressure may take to show its effect.
    pub patience: Duration,
}

impl Default for KeeperOptions {
    fn default() -> Self {
        Self {
            idle_unload: Some(Duration::from_secs(15 * 60)),
            interval: Duration::from_secs(1),
            patience: Duration::from_secs(2),
        }
    }
}

/// Watches over sessions from a thread of its own, until it is dropped.
pub struct Keeper {
    wards: Arc<Mutex<Wards>>,
    idle_unload: Arc<Mutex<Option<Duration>>>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Wards {
    sessions: Vec<Weak<InferenceSession>>,
    pools: Vec<HostPool>,
}

/// What memory that is short asks for, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Drain,
    UnloadIdle,
    StopWork,
}

/// How far the steps have gone.
#[derive(Debug, Default)]
struct Steps {
    taken: Option<(Step, Instant)>,
}

impl Steps {
    /// What is to be done now that the pressure is `pressure`.
    fn next(&mut self, pressure: Pressure, now: Instant, patience: Duration) -> Option<Step> {
        let last = match pressure {
            Pressure::Normal => {
                self.taken = None;
                return None;
            }
            // A warning is no reason to stop what somebody waits for.
            Pressure::Warning => Step::UnloadIdle,
            Pressure::Critical => Step::StopWork,
        };
        let step = match self.taken {
            None => Step::Drain,
            Some((_, at)) if now.duration_since(at) < patience => return None,
            Some((Step::Drain, _)) => Step::UnloadIdle,
            Some((Step::UnloadIdle | Step::StopWork, _)) => Step::StopWork,
        };
        let step = step.min(last);
        self.taken = Some((step, now));
        Some(step)
    }
}

impl Keeper {
    pub fn start(options: KeeperOptions, mut watch: PressureWatch) -> Self {
        let wards: Arc<Mutex<Wards>> = Arc::default();
        let idle_unload = Arc::new(Mutex::new(options.idle_unload));
        let (watched, idle) = (Arc::clone(&wards), Arc::clone(&idle_unload));
        let (stop, stopped) = channel();
        let run = move || {
            let mut steps = Steps::default();
            while stopped.recv_timeout(options.interval) == Err(RecvTimeoutError::Timeout) {
                let options = KeeperOptions { idle_unload: *lock(&idle), ..options };
                look(&watched, options, watch.now(), &mut steps);
            }
        };
        let thread = std::thread::Builder::new().name("keeper".into()).spawn(run).ok();
        Self { wards, idle_unload, stop: Some(stop), thread }
    }

    /// Watches over `session` for as long as it lives.
    pub fn watch(&self, session: &Arc<InferenceSession>) {
        lock(&self.wards).sessions.push(Arc::downgrade(session));
    }

    /// From now on models unused for so long are unloaded.
    pub fn set_idle_unload(&self, time: Option<Duration>) {
        *lock(&self.idle_unload) = time;
    }

    /// Has the free regions of `pool` given back when memory is short.
    pub fn watch_pool(&self, pool: &HostPool) {
        lock(&self.wards).pools.push(pool.clone());
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn look(wards: &Mutex<Wards>, options: KeeperOptions, pressure: Pressure, steps: &mut Steps) {
    let (sessions, pools) = {
        let mut wards = lock(wards);
        wards.sessions.retain(|session| session.strong_count() > 0);
        (wards.sessions.iter().filter_map(Weak::upgrade).collect::<Vec<_>>(), wards.pools.clone())
    };
    for session in &sessions {
        session.measure();
        if let Some(time) = options.idle_unload {
            session.unload_if_idle(time);
        }
    }
    match steps.next(pressure, Instant::now(), options.patience) {
        None => {}
        Some(Step::Drain) => {
            for pool in &pools {
                pool.drain();
            }
            for session in &sessions {
                session.drain();
            }
        }
        Some(Step::UnloadIdle) => {
            for session in &sessions {
                // One that works has freed something since, perhaps.
                if !session.unload_if_idle(Duration::ZERO) {
                    session.drain();
                }
            }
        }
        Some(Step::StopWork) => {
            for session in &sessions {
                if !session.unload_if_idle(Duration::ZERO) {
                    session.stop_for_memory();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_get_harder_while_the_pressure_lasts() {
        use Pressure::{Critical, Normal, Warning};
        let start = Instant::now();
        let mut steps = Steps::default();
        let mut at =
            |seconds: u64, pressure| steps.next(pressure, start + Duration::from_secs(seconds), Duration::from_secs(2));
        assert_eq!(at(0, Normal), None);
        assert_eq!(at(1, Warning), Some(Step::Drain));
        assert_eq!(at(2, Warning), None, "draining gets its time");
        assert_eq!(at(3, Warning), Some(Step::UnloadIdle));
        assert_eq!(at(5, Warning), Some(Step::UnloadIdle), "a warning stops nobody's answer");
        assert_eq!(at(7, Critical), Some(Step::StopWork));
        assert_eq!(at(8, Normal), None);
        assert_eq!(at(9, Critical), Some(Step::Drain), "from the beginning");
        assert_eq!(at(11, Critical), Some(Step::UnloadIdle));
        assert_eq!(at(13, Critical), Some(Step::StopWork));
    }
}
