//! What a pool holds, for charts and for tests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Owner;

/// A pool at one moment; all sizes in bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Occupancy {
    /// Taken from the system, in use or not.
    pub reserved: u64,
    /// In blocks that somebody holds.
    pub in_use: u64,
    /// Of that, by what it is for.
    pub owners: BTreeMap<Owner, u64>,
    /// The longest block that would need nothing from the system.
    pub largest_free: u64,
    /// Most that was in use at once.
    pub high_water: u64,
    /// Most that was reserved at once.
    pub reserved_high_water: u64,
    /// How often memory was taken from the system.
    pub allocations: u64,
    /// How often a request was met without.
    pub reuses: u64,
}

impl Occupancy {
    /// The part of the free bytes that the longest free block does not reach: 0 where all is in one piece.
    pub fn fragmentation(&self) -> f64 {
        let free = self.reserved.saturating_sub(self.in_use);
        if free == 0 { 0.0 } else { 1.0 - self.largest_free.min(free) as f64 / free as f64 }
    }

    pub(super) fn take(&mut self, owner: Owner, bytes: u64) {
        self.in_use += bytes;
        *self.owners.entry(owner).or_default() += bytes;
        self.high_water = self.high_water.max(self.in_use);
    }

    pub(super) fn give(&mut self, owner: Owner, bytes: u64) {
        self.in_use -= bytes;
        self.disown(owner, bytes);
    }

    fn disown(&mut self, owner: Owner, bytes: u64) {
        if let Some(held) = self.owners.get_mut(&owner) {
            *held -= bytes;
            if *held == 0 {
                self.owners.remove(&owner);
            }
        }
    }

    /// Memory that exists already is looked at: it has an owner, and is no part of the pool.
    pub(super) fn view(&mut self, owner: Owner, bytes: u64) {
        *self.owners.entry(owner).or_default() += bytes;
    }

    pub(super) fn unview(&mut self, owner: Owner, bytes: u64) {
        self.disown(owner, bytes);
    }

    pub(super) fn reserve(&mut self, bytes: u64) {
        self.reserved += bytes;
        self.reserved_high_water = self.reserved_high_water.max(self.reserved);
        self.allocations += 1;
    }

    pub(super) fn release(&mut self, bytes: u64) {
        self.reserved -= bytes;
    }
}
