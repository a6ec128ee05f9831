//! How large the pool is, and in which sizes device blocks come.

use serde::{Deserialize, Serialize};

/// The pool's size: a share of what is available at the start, within two bounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PoolSize {
    /// Of the memory that is available at the start.
    pub share_of_available: f64,
    /// At most this share of all memory.
    pub share_of_total: f64,
    /// At most so many bytes.
    pub most_bytes: u64,
}

impl Default for PoolSize {
    fn default() -> Self {
        Self { share_of_available: 0.60, share_of_total: 0.75, most_bytes: 20_000_000_000 }
    }
}

impl PoolSize {
    /// Bytes of the pool on a machine with `total` bytes of memory, `available` of them free for use.
    pub fn bytes(&self, total: u64, available: u64) -> u64 {
        let share = |of: u64, share: f64| (of as f64 * share.clamp(0.0, 1.0)) as u64;
        share(available, self.share_of_available).min(share(total, self.share_of_total)).min(self.most_bytes)
    }
}

/// Tokens by which the smallest classes of device blocks differ.
pub const CLASS_STEP: usize = 256;

/// Tokens that a device block for `tokens` has room for. Classes are a step apart up to 2048 and an eighth of their
/// power of two above, so that at most an eighth is unused and a growing text is copied seldom.
pub fn capacity_class(tokens: usize) -> usize {
    let tokens = tokens.max(1);
    let step = (tokens.next_power_of_two() / 16).max(CLASS_STEP);
    tokens.next_multiple_of(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_keeps_to_all_three_bounds() {
        const GB: u64 = 1_000_000_000;
        let size = PoolSize::default();
        assert_eq!(size.bytes(24 * GB, 20 * GB), 12 * GB);
        assert_eq!(size.bytes(128 * GB, 100 * GB), 20 * GB);
        assert_eq!(PoolSize { share_of_available: 1.0, ..size }.bytes(16 * GB, 16 * GB), 12 * GB);
        assert_eq!(PoolSize { most_bytes: GB, ..size }.bytes(16 * GB, 16 * GB), GB);
        assert_eq!(PoolSize { share_of_available: -1.0, ..size }.bytes(16 * GB, 16 * GB), 0);
        assert_eq!(size.bytes(0, 0), 0);
    }

    #[test]
    fn classes_hold_their_tokens_and_waste_little() {
        assert_eq!([1, 256, 257, 2048, 2049, 4096, 5000].map(capacity_class), [256, 256, 512, 2048, 2304, 4096, 5120]);
        for tokens in (1..200_000).step_by(if cfg!(miri) { 997 } else { 1 }) {
            let class = capacity_class(tokens);
            assert!(class >= tokens && class.is_multiple_of(CLASS_STEP) && capacity_class(class) == class);
            assert!(class - tokens < CLASS_STEP.max(tokens.div_ceil(8) + 1), "{tokens} {class}");
        }
    }
}
