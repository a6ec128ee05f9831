//! How far a download is: told at most ten times a second, with the rate of the last seconds.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::shared::State;

const EVERY: Duration = Duration::from_millis(100);
/// The time over which the rate is taken.
const WINDOW: Duration = Duration::from_secs(5);

/// What a download does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum PullPhase {
    Fetching,
    /// Everything is there; some of it is still compared with its sum.
    Checking,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct PullProgress {
    pub phase: PullPhase,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub done_bytes: u64,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub total_bytes: u64,
    pub done_files: usize,
    pub total_files: usize,
    /// In the last seconds.
    pub bytes_per_second: f64,
    pub seconds_left: Option<f64>,
    /// Why nothing comes at the moment, and is tried again.
    pub trouble: Option<String>,
    /// Why Ingot will not run it, whole as it may be.
    pub unsupported: Option<String>,
}

pub struct Meter {
    pub unsupported: Option<String>,
    phase: PullPhase,
    total_bytes: u64,
    total_files: usize,
    done_bytes: u64,
    done_files: usize,
    trouble: Option<String>,
    /// Of the bytes that the rate is of: when there were how many.
    marks: VecDeque<(Instant, u64)>,
    counted: u64,
    last: Option<Instant>,
}

impl Meter {
    pub fn new(total_bytes: u64, total_files: usize) -> Self {
        Self {
            unsupported: None,
            phase: PullPhase::Fetching,
            total_bytes,
            total_files,
            done_bytes: 0,
            done_files: 0,
            trouble: None,
            marks: VecDeque::from([(Instant::now(), 0)]),
            counted: 0,
            last: None,
        }
    }

    /// Everything was there already, and so many bytes of it are checked.
    pub fn checked(&mut self, bytes: u64) {
        (self.phase, self.done_bytes, self.counted) = (PullPhase::Checking, bytes, bytes);
    }

    pub fn look(&mut self, state: &State) {
        let here: u64 = state.files.iter().map(|file| file.chunks.here()).sum();
        let is_here = here == self.total_bytes;
        let phase = if is_here { PullPhase::Checking } else { PullPhase::Fetching };
        self.done_files = state.files.iter().filter(|file| file.whole.is_some()).count();
        self.trouble = state.trouble.clone();
        if is_here {
            // A file that was whole from the beginning was not read again.
            let checked = state.files.iter().map(|file| match file.whole {
                Some(_) => file.chunks.here(),
                None => file.checked,
            });
            (self.done_bytes, self.counted) = (checked.sum(), state.files.iter().map(|file| file.checked).sum());
        } else {
            (self.done_bytes, self.counted) = (here + state.in_flight, state.fetched);
        }
        if phase != self.phase {
            self.phase = phase;
            self.marks = VecDeque::from([(Instant::now(), self.counted)]);
        }
    }

    /// How far it is, if it is time to say so.
    pub fn told(&mut self) -> Option<PullProgress> {
        let is_time = self.last.is_none_or(|last| last.elapsed() >= EVERY);
        is_time.then(|| self.tell())
    }

    pub fn tell(&mut self) -> PullProgress {
        let now = Instant::now();
        self.last = Some(now);
        self.marks.push_back((now, self.counted));
        while self.marks.len() > 2 && self.marks.get(1).is_some_and(|(time, _)| now - *time > WINDOW) {
            self.marks.pop_front();
        }
        let (begin, before) = self.marks.front().copied().unwrap_or((now, self.counted));
        let seconds = (now - begin).as_secs_f64();
        let came = self.counted.saturating_sub(before) as f64;
        let bytes_per_second = if seconds > 0.0 { came / seconds } else { 0.0 };
        let done_bytes = self.done_bytes.min(self.total_bytes);
        let left = (self.total_bytes - done_bytes) as f64;
        PullProgress {
            phase: self.phase,
            done_bytes,
            total_bytes: self.total_bytes,
            done_files: self.done_files,
            total_files: self.total_files,
            bytes_per_second,
            seconds_left: (seconds > 0.3 && came > 0.0).then(|| left / bytes_per_second),
            trouble: self.trouble.clone(),
            unsupported: self.unsupported.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut meter = Meter::new(1000, 1);
        assert_eq!(meter.tell().seconds_left, None, "nothing is known yet");
        meter.checked(100);
        let now = Instant::now();
        meter.marks = VecDeque::from([
            (now - Duration::from_secs(60), 0),
            (now - Duration::from_secs(30), 40),
            (now - Duration::from_secs(2), 60),
        ]);
        let told = meter.tell();
        // Sixty bytes since the last mark that is older than that: a silence counts.
        assert!((1.9..2.1).contains(&told.bytes_per_second), "{told:?}");
        assert!(told.seconds_left.is_some_and(|seconds| (430.0..470.0).contains(&seconds)), "{told:?}");
        assert!(meter.told().is_none(), "it was told just now");
        assert_eq!(meter.marks.len(), 3);
    }
}
