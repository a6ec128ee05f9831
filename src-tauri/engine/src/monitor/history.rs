//! What is kept of the past, and which samples are no part of it.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use super::Sample;

/// How far back samples are kept.
pub const HISTORY: Duration = Duration::from_secs(600);
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

    /// The oldest first.
    pub fn samples(&self) -> impl DoubleEndedIterator<Item = &Sample> {
        self.samples.iter()
    }
}

const HISTORY_SPAN: jiff::SignedDuration = jiff::SignedDuration::from_secs(HISTORY.as_secs() as i64);

/// Tells the samples that span a sleep of the machine, or a change of its clock: they are averages over it.
#[derive(Debug, Default)]
pub struct Pace {
    last: Option<Timestamp>,
}

impl Pace {
    /// Whether the sample at `time` belongs to the one before it.
    pub fn accepts(&mut self, time: Option<Timestamp>, interval: Duration) -> bool {
        let Some(time) = time else { return false };
        let gap = self.last.replace(time).map(|last| time.duration_since(last));
        let most = jiff::SignedDuration::try_from(interval * 3 + Duration::from_secs(2)).unwrap_or(HISTORY_SPAN);
        gap.is_none_or(|gap| !gap.is_negative() && gap <= most)
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
        let mut pace = Pace::default();
        let mut accepts = |seconds: f64| pace.accepts(Some(at(seconds)), Duration::from_secs(1));
        assert!(accepts(0.0) && accepts(1.0) && accepts(3.5), "late, but awake");
        assert!(!accepts(3600.0), "an hour's sleep");
        assert!(accepts(3601.0));
        assert!(!accepts(3000.0), "the clock was set back");
        assert!(accepts(3001.0));
    }
}
