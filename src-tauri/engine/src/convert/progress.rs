//! How far a phase of a conversion is, told at most ten times a second.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::protocol::{ConvertProgress, Phase};
use crate::sync::lock;

/// Whoever is told.
pub type Listener<'a> = dyn Fn(ConvertProgress) + Sync + 'a;

const EVERY: Duration = Duration::from_millis(100);

/// Counts one phase.
pub struct Meter<'a> {
    listener: &'a Listener<'a>,
    phase: Phase,
    total: u64,
    done: AtomicU64,
    begin: Instant,
    /// Bytes that were done when it began: they say nothing about the rate.
    before: u64,
    tensors: Mutex<(usize, usize)>,
    last: Mutex<Option<Instant>>,
    /// Whether its end was told.
    is_over: AtomicBool,
}

impl<'a> Meter<'a> {
    /// A meter for `phase`, of `total` bytes.
    pub fn new(listener: &'a Listener<'a>, phase: Phase, total: u64) -> Self {
        Self::resumed(listener, phase, total, 0)
    }

    /// The same where `before` bytes were done by an earlier run.
    pub fn resumed(listener: &'a Listener<'a>, phase: Phase, total: u64, before: u64) -> Self {
        let meter = Self {
            listener,
            phase,
            total,
            done: AtomicU64::new(before),
            begin: Instant::now(),
            before,
            tensors: Mutex::new((0, 0)),
            last: Mutex::new(None),
            is_over: AtomicBool::new(false),
        };
        meter.tell();
        meter
    }

    /// `bytes` more are done.
    pub fn add(&self, bytes: u64) {
        self.done.fetch_add(bytes, Ordering::Relaxed);
        self.tell();
    }

    /// `bytes` are done, and `tensors` of how many.
    pub fn set(&self, bytes: u64, tensors: (usize, usize)) {
        self.done.store(bytes, Ordering::Relaxed);
        *lock(&self.tensors) = tensors;
        self.tell();
    }

    fn tell(&self) {
        let done = self.done.load(Ordering::Relaxed).min(self.total);
        {
            let mut last = lock(&self.last);
            let is_end = done == self.total && !self.is_over.swap(true, Ordering::Relaxed);
            if !is_end && last.is_some_and(|last| last.elapsed() < EVERY) {
                return;
            }
            *last = Some(Instant::now());
        }
        let seconds = self.begin.elapsed().as_secs_f64();
        let fresh = done.saturating_sub(self.before);
        let bytes_per_second = if seconds > 0.0 { fresh as f64 / seconds } else { 0.0 };
        let (done_tensors, total_tensors) = *lock(&self.tensors);
        (self.listener)(ConvertProgress {
            phase: self.phase,
            done_bytes: done,
            total_bytes: self.total,
            done_tensors,
            total_tensors,
            bytes_per_second,
            seconds_left: (seconds > 0.3 && fresh > 0).then(|| (self.total - done) as f64 / bytes_per_second),
        });
    }
}
