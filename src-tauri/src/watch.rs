//! Who watches the charts: the latest to ask, and nobody after they left.

use std::sync::atomic::{AtomicU64, Ordering};

/// Turns of watching. A new one ends the one before.
#[derive(Debug, Default)]
pub struct Watch {
    turn: AtomicU64,
}

impl Watch {
    /// Ends whichever turn there is, and returns the number of the next.
    pub fn begin(&self) -> u64 {
        self.turn.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub fn is_current(&self, turn: u64) -> bool {
        self.turn.load(Ordering::Relaxed) == turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_watches() {
        let watch = Watch::default();
        let first = watch.begin();
        assert!(watch.is_current(first));
        let second = watch.begin();
        assert!(!watch.is_current(first) && watch.is_current(second));
    }
}
