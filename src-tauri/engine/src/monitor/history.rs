//! What is kept of the past, and which samples are no part of it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Sample;

/// How far back samples are kept.
const HISTORY: Duration = Duration::from_secs(600);
/// Samples kept at most, at whatever pace they come.
const MOST: usize = 6000;

/// The samples of the last ten minutes.
#[derive(Debug, Default)]
pub struct History {
    samples: VecDeque<Sample>,
}

impl History {
    pub fn push(&mut self, sample: Sample) {
        if let Some(now) = sample.time {
            let is_old = |sample: &Sample| sample.time.is_none_or(|time| now.duration_since(time) > HISTORY_SPAN);
            while self.samples.front().is_some_and(is_old) || self.samples.len() >= MOST {
                self.samples.pop_front();
            }
        }
        self.samples.push_back(sample);
    }

    pub fn clear(&mut self) {
        self.samples.clear();
    }

    /// The oldest first.
    pub fn samples(&self) -> impl DoubleEndedIterator<Item = &Sample> {
        self.samples.iter()
    }
}

const HISTORY_SPAN: jiff::SignedDuration = jiff::SignedDuration::from_secs(HISTORY.as_secs() as i64);

/// What becomes of a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Keep,
    /// The machine slept on the way: it is an average over that.
    Drop,
    /// The clock was set back: it fits to none before it.
    BeginAnew,
}

/// Tells the samples that span a sleep of the machine from those that only came late: the clock on the wall goes on in a
/// sleep, the other one stands still.
#[derive(Debug, Default)]
pub struct Pace {
    last: Option<(Timestamp, Instant)>,
}

/// How far the two clocks may go apart between two samples, in seconds.
const APART: f64 = 1.0;

impl Pace {
    /// On the sample that was taken at `time`, by both clocks.
    pub fn verdict(&mut self, time: Option<Timestamp>, instant: Instant) -> Verdict {
        let Some(time) = time else { return Verdict::Drop };
        let Some((last, then)) = self.last.replace((time, instant)) else { return Verdict::Keep };
        let slept = time.duration_since(last).as_secs_f64() - instant.duration_since(then).as_secs_f64();
        if slept.abs() <= APART {
            Verdict::Keep
        } else if slept > 0.0 {
            Verdict::Drop
        } else {
            Verdict::BeginAnew
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: f64) -> Timestamp {
        Timestamp::from_millisecond(1_760_000_000_000 + (seconds * 1000.0) as i64).expect("a time")
    }

    #[test]
    fn ten_minutes_are_kept() {
        let mut history = History::default();
        for second in 0..2000 {
            history.push(Sample { time: Some(at(f64::from(second))), ..Sample::default() });
        }
        let times: Vec<Timestamp> = history.samples().filter_map(|sample| sample.time).collect();
        assert_eq!((times.len(), times[0], times[600]), (601, at(1399.0), at(1999.0)));
        for step in 0..9000 {
            history.push(Sample { time: Some(at(2000.0 + f64::from(step) / 1000.0)), ..Sample::default() });
        }
        assert_eq!(history.samples().count(), MOST);
    }

    #[test]
    fn what_spans_a_sleep_is_no_sample() {
        let start = Instant::now();
        let mut pace = Pace::default();
        let mut verdict = |wall: f64, awake: f64| pace.verdict(Some(at(wall)), start + Duration::from_secs_f64(awake));
        assert_eq!([verdict(0.0, 0.0), verdict(1.0, 1.0), verdict(30.0, 30.0)], [Verdict::Keep; 3], "late, but awake");
        assert_eq!(verdict(34.0, 31.0), Verdict::Drop, "three seconds of sleep");
        assert_eq!(verdict(3600.0, 32.0), Verdict::Drop, "an hour of it");
        assert_eq!(verdict(3601.0, 33.0), Verdict::Keep);
        assert_eq!(verdict(3000.0, 34.0), Verdict::BeginAnew, "the clock was set back");
        assert_eq!(verdict(3001.0, 35.0), Verdict::Keep);
    }
}
