//! Models that crash their worker again and again are set aside until a person says otherwise.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Crashes within [`WINDOW`] after which a model is set aside.
const CRASHES: usize = 3;
const WINDOW: Duration = Duration::from_secs(600);

/// Recent crashes by model folder.
#[derive(Debug, Default)]
pub struct CrashLedger {
    crashes: HashMap<PathBuf, Vec<Instant>>,
}

impl CrashLedger {
    /// Counts a crash at `now`; tells whether the model is set aside by it.
    pub fn record(&mut self, model: &Path, now: Instant) -> bool {
        let crashes = self.crashes.entry(model.to_owned()).or_default();
        // Once set aside, the model stays so: old crashes are forgotten only while there are few.
        if crashes.len() < CRASHES {
            crashes.retain(|crash| now.duration_since(*crash) < WINDOW);
            crashes.push(now);
        }
        crashes.len() >= CRASHES
    }

    pub fn is_set_aside(&self, model: &Path) -> bool {
        self.crashes.get(model).is_some_and(|crashes| crashes.len() >= CRASHES)
    }

    /// A person wants to try again.
    pub fn lift(&mut self, model: &Path) {
        self.crashes.remove(model);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_crashes_in_ten_minutes_set_a_model_aside_until_lifted() {
        let (model, other) = (Path::new("/a"), Path::new("/b"));
        let start = Instant::now();
        let minutes = |count: u64| start + Duration::from_secs(60 * count);
        let mut ledger = CrashLedger::default();
        assert!(!ledger.record(model, minutes(0)));
        assert!(!ledger.record(model, minutes(9)));
        assert!(!ledger.record(model, minutes(11)), "the first is forgotten by now");
        assert!(!ledger.record(other, minutes(11)));
        assert!(ledger.record(model, minutes(12)));
        assert!(ledger.is_set_aside(model) && !ledger.is_set_aside(other));
        ledger.lift(model);
        assert!(!ledger.is_set_aside(model));
    }
}
