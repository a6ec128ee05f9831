//! A worker's signs of life, and the judgement whether they have stopped.

use std::time::{Duration, Instant};

/// When a worker last gave a sign, and when its work last moved.
#[derive(Debug, Clone, Copy)]
pub struct Pulse {
    heard: Instant,
    moved: Instant,
    progress: u64,
    /// Heartbeats and remarks since `second` began.
    beats: u32,
    second: Instant,
}

/// Heartbeats and remarks a second beyond which a worker is out of its mind. One heartbeat is due, and a remark for
/// each answer, of which a small model may give many.
const MOST_BEATS: u32 = 1000;

impl Pulse {
    pub fn new(now: Instant) -> Self {
        Self { heard: now, moved: now, progress: 0, beats: 0, second: now }
    }

    /// A heartbeat came; `false` if they come senselessly often.
    pub fn beat(&mut self, progress: u64, now: Instant) -> bool {
        self.heard = now;
        if progress != self.progress {
            self.progress = progress;
            self.moved = now;
        }
        self.count(now)
    }

    /// Something came that tells neither of life nor of progress; `false` if such comes senselessly often.
    pub fn remark(&mut self, now: Instant) -> bool {
        self.heard = now;
        self.count(now)
    }

    fn count(&mut self, now: Instant) -> bool {
        if now.duration_since(self.second) >= Duration::from_secs(1) {
            (self.second, self.beats) = (now, 0);
        }
        self.beats += 1;
        self.beats <= MOST_BEATS
    }

    /// Something other than a heartbeat came.
    pub fn sign(&mut self, now: Instant) {
        (self.heard, self.moved) = (now, now);
    }

    /// Work begins: its clock starts now.
    pub fn begin(&mut self, now: Instant) {
        self.moved = now;
    }

    /// Why the worker counts as hung, if it does; `busy` while it has work.
    pub fn judge(&self, now: Instant, busy: bool, silence: Duration, stall: Duration) -> Option<String> {
        let silent = now.duration_since(self.heard);
        let stalled = now.duration_since(self.moved);
        if silent >= silence {
            Some(format!("gave no sign of life for {:.0} s", silent.as_secs_f64()))
        } else if busy && stalled >= stall {
            Some(format!("made no progress for {:.0} s", stalled.as_secs_f64()))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SILENCE: Duration = Duration::from_secs(5);
    const STALL: Duration = Duration::from_secs(30);

    #[test]
    fn silence_and_standstill_are_told_apart() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut pulse = Pulse::new(start);
        assert_eq!(pulse.judge(at(4), true, SILENCE, STALL), None);
        assert!(pulse.judge(at(5), false, SILENCE, STALL).is_some_and(|why| why.contains("no sign of life")));
        for second in 1..=29 {
            assert!(pulse.beat(0, at(second)));
        }
        assert_eq!(pulse.judge(at(29), true, SILENCE, STALL), None);
        pulse.beat(0, at(30));
        assert!(pulse.judge(at(30), true, SILENCE, STALL).is_some_and(|why| why.contains("no progress")));
        assert_eq!(pulse.judge(at(30), false, SILENCE, STALL), None);
        pulse.beat(1, at(31));
        assert_eq!(pulse.judge(at(32), true, SILENCE, STALL), None);
    }

    #[test]
    fn a_flood_of_heartbeats_is_noticed() {
        let mut pulse = Pulse::new(Instant::now());
        let now = Instant::now();
        assert!((0..2000).any(|_| !pulse.beat(0, now)));
    }
}
