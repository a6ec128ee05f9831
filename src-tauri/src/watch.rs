//! Who watches what changes: in each window the latest to ask, and nobody after they left.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ingot_engine::sync::lock;

/// Turns of watching, each later one with a higher number. Beginnings and ends count in whichever order they come.
#[derive(Debug, Default)]
pub struct Watch {
    /// Twice the number of the latest turn, and one more once that has ended.
    state: AtomicU64,
}

impl Watch {
    pub fn begin(&self, turn: u64) {
        self.state.fetch_max(turn.saturating_mul(2), Ordering::Relaxed);
    }

    pub fn end(&self, turn: u64) {
        self.state.fetch_max(turn.saturating_mul(2).saturating_add(1), Ordering::Relaxed);
    }

    /// Sends `first`, and then each thing that `next` gives and that differs from the one before, until the turn is over or
    /// nobody takes it.
    pub fn follow<T: PartialEq + Clone>(&self, turn: u64, first: T, next: impl Fn(&T) -> T, send: impl Fn(T) -> bool) {
        let mut told = first;
        let mut is_taken = send(told.clone());
        while is_taken && self.is_current(turn) {
            let now = next(&told);
            if now != told && self.is_current(turn) {
                is_taken = send(now.clone());
            }
            told = now;
        }
    }

    /// Ends whichever turn there is, and all that may follow.
    pub fn close(&self) {
        self.state.store(u64::MAX, Ordering::Relaxed);
    }

    pub fn is_current(&self, turn: u64) -> bool {
        self.state.load(Ordering::Relaxed) == turn.saturating_mul(2)
    }
}

/// One [`Watch`] for each window.
#[derive(Debug, Default)]
pub struct Watches {
    by_window: Mutex<HashMap<String, Arc<Watch>>>,
}

impl Watches {
    pub fn of(&self, window: &str) -> Arc<Watch> {
        Arc::clone(lock(&self.by_window).entry(window.to_owned()).or_default())
    }

    /// Ends all turns.
    pub fn close(&self) {
        for watch in lock(&self.by_window).values() {
            watch.close();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_sent_and_only_while_it_is_wanted() {
        let watch = Watch::default();
        watch.begin(1);
        let sent = std::cell::RefCell::new(Vec::new());
        let send = |value: u32| {
            sent.borrow_mut().push(value);
            value < 3
        };
        // Each value comes twice.
        let half = std::cell::Cell::new(0);
        watch.follow(
            1,
            0,
            |_| {
                half.set(half.get() + 1);
                half.get() / 2
            },
            send,
        );
        assert_eq!(*sent.borrow(), [0, 1, 2, 3], "nobody took the last");
        watch.follow(
            1,
            9,
            |_| {
                watch.end(1);
                10
            },
            |value| {
                sent.borrow_mut().push(value);
                true
            },
        );
        assert_eq!(sent.borrow().last(), Some(&9), "its turn was over");
    }

    #[test]
    fn the_latest_watches_until_it_leaves() {
        let watch = Watch::default();
        watch.begin(1);
        assert!(watch.is_current(1));
        // The end of the first comes after the beginning of the second.
        watch.begin(2);
        watch.end(1);
        assert!(!watch.is_current(1) && watch.is_current(2));
        // The end of the third comes before its beginning.
        watch.end(3);
        watch.begin(3);
        assert!(!watch.is_current(2) && !watch.is_current(3));
        watch.close();
        watch.begin(4);
        assert!(!watch.is_current(4));
    }
}
