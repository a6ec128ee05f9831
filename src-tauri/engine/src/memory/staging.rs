//! The few blocks through which a file of any size passes: read, computed and written at the same time.
//!
//! A unit of work (some rows of a tensor, a head, an expert) takes all its blocks at once and gives each back when
//! it is done with it. So units that wait hold nothing, two never wait for each other, and the pool's limit bounds
//! the whole however many threads take part.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use super::pool::{Block, HostPool, Pinned, PoolError};
use super::{Owner, Strategy};

/// Hands out staging blocks. Clones share the pool.
#[derive(Debug, Clone)]
pub struct Staging {
    pool: HostPool,
    strategy: Strategy,
}

/// A block and how much of it is filled. It travels between threads; [`Self::pin`] opens it.
#[derive(Debug)]
pub struct StagingBlock {
    block: Block,
    filled: usize,
}

impl Staging {
    pub fn new(pool: HostPool, strategy: Strategy) -> Self {
        Self { pool, strategy }
    }

    pub fn pool(&self) -> &HostPool {
        &self.pool
    }

    /// Blocks of `sizes` bytes for one unit of work. Waits up to `patience` for other units to finish;
    /// [`PoolError::Full`] at once if nobody holds anything, for then waiting would not help.
    pub fn take<const N: usize>(&self, sizes: [usize; N], patience: Duration) -> Result<[StagingBlock; N], PoolError> {
        let blocks = self.pool.wait(&sizes, self.strategy, Owner::Staging, patience)?;
        let mut blocks = blocks.into_iter().map(|block| StagingBlock { block, filled: 0 });
        Ok(std::array::from_fn(|_| blocks.next().expect("as many blocks as sizes")))
    }
}

impl StagingBlock {
    /// Bytes that it can hold.
    pub fn capacity(&self) -> usize {
        self.block.len()
    }

    /// Bytes that it holds.
    pub fn filled(&self) -> usize {
        self.filled
    }

    /// Says how many bytes it holds.
    ///
    /// # Panics
    /// If they are more than it can.
    pub fn set_filled(&mut self, bytes: usize) {
        assert!(bytes <= self.capacity(), "{bytes} of {}", self.capacity());
        self.filled = bytes;
    }

    /// All of its bytes, filled or not, to read and write.
    pub fn pin(&mut self) -> Pinned<'_> {
        self.block.pin()
    }

    /// Runs `work` on the filled bytes.
    pub fn with<T>(&mut self, work: impl FnOnce(&mut [u8]) -> T) -> T {
        let filled = self.filled;
        let mut pinned = self.block.pin();
        work(&mut pinned.deref_mut()[..filled])
    }

    /// A copy of the filled bytes.
    pub fn to_vec(&mut self) -> Vec<u8> {
        let filled = self.filled;
        self.block.pin().deref()[..filled].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::sync_channel;

    use super::*;
    use crate::memory::{Ledger, PAGE, PoolOptions};

    const PATIENCE: Duration = Duration::from_secs(if cfg!(miri) { 2000 } else { 20 });

    /// A conversion's pattern: units of very different lengths are read, halved and written by three threads.
    #[test]
    fn units_stream_through_a_small_pool() {
        let limit = 24 * PAGE;
        let pool = HostPool::new(PoolOptions::up_to(limit), Arc::new(Ledger::unlimited()));
        let staging = Staging::new(pool.clone(), Strategy::BestFit);
        let units: Vec<usize> =
            (0..if cfg!(miri) { 8 } else { 2000 }).map(|unit| 2 + 2 * ((unit * 7919) % (5 * PAGE as usize))).collect();
        let (read, to_compute) = sync_channel::<[StagingBlock; 2]>(16);
        let (computed, to_write) = sync_channel::<StagingBlock>(16);
        let mut written = 0_u64;
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for (unit, &bytes) in units.iter().enumerate() {
                    let [mut input, output] = staging.take([bytes, bytes / 2], PATIENCE).expect("blocks in time");
                    input.pin().fill(unit as u8);
                    input.set_filled(bytes);
                    read.send([input, output]).expect("somebody computes");
                }
                drop(read);
            });
            scope.spawn(|| {
                for [mut input, mut output] in to_compute {
                    input.with(|input| {
                        for (to, from) in output.pin().iter_mut().zip(input.chunks(2)) {
                            *to = from[0] ^ from[1] ^ from[0];
                        }
                    });
                    output.set_filled(input.filled() / 2);
                    drop(input);
                    computed.send(output).expect("somebody writes");
                }
                drop(computed);
            });
            for (unit, mut output) in to_write.into_iter().enumerate() {
                let bytes = output.to_vec();
                assert_eq!(bytes.len(), units[unit] / 2);
                assert!(bytes.iter().all(|&byte| byte == unit as u8), "unit {unit} was written over");
                written += bytes.len() as u64;
            }
        });
        assert_eq!(written, units.iter().map(|&bytes| bytes as u64 / 2).sum::<u64>());
        let occupancy = pool.occupancy();
        assert!(occupancy.reserved_high_water <= limit, "{occupancy:?}");
        assert_eq!(occupancy.in_use, 0);
        assert!(occupancy.reuses > occupancy.allocations, "{occupancy:?}");
    }

    #[test]
    fn what_can_never_fit_is_told_at_once() {
        let pool = HostPool::new(PoolOptions::up_to(4 * PAGE), Arc::new(Ledger::unlimited()));
        let staging = Staging::new(pool.clone(), Strategy::FirstFit);
        let begin = std::time::Instant::now();
        assert!(matches!(staging.take([3 * PAGE as usize, 3 * PAGE as usize], PATIENCE), Err(PoolError::Full { .. })));
        assert!(begin.elapsed() < PATIENCE / 2);
        assert_eq!(pool.occupancy().in_use, 0, "none or all");
    }
}
