//! Who watches the charts: the latest to ask, and nobody after they left.

use std::sync::atomic::{AtomicU64, Ordering};

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

    /// Ends whichever turn there is, and all that may follow.
    pub fn close(&self) {
        self.state.store(u64::MAX, Ordering::Relaxed);
    }

    pub fn is_current(&self, turn: u64) -> bool {
        self.state.load(Ordering::Relaxed) == turn.saturating_mul(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
