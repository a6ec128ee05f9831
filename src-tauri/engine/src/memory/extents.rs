//! Which parts of a region are taken: offsets and lengths, and no memory.

use std::collections::{BTreeMap, BTreeSet};

/// How a free extent is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// The smallest that holds the request; of equals the lowest.
    Best,
    /// The lowest that holds the request.
    First,
}

/// The extents of one region, in bytes. All offsets and lengths are multiples of the grain, so a region that begins
/// aligned to the grain has aligned extents only.
#[derive(Debug, Clone)]
pub struct Extents {
    size: u64,
    grain: u64,
    /// Offset → length. No two touch: neighbours are one.
    free: BTreeMap<u64, u64>,
    /// The same, by length and offset.
    by_length: BTreeSet<(u64, u64)>,
    /// Offset → length.
    taken: BTreeMap<u64, u64>,
    free_bytes: u64,
}

/// An extent that changes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    pub from: u64,
    /// Lower than `from`; the two may overlap.
    pub to: u64,
    pub length: u64,
}

impl Extents {
    /// A free region of `size` bytes, a multiple of `grain`.
    ///
    /// # Panics
    /// If `grain` is not a power of two, or `size` no multiple of it.
    pub fn new(size: u64, grain: u64) -> Self {
        assert!(grain.is_power_of_two() && size.is_multiple_of(grain), "{size} bytes in grains of {grain}");
        let mut extents = Self {
            size,
            grain,
            free: BTreeMap::new(),
            by_length: BTreeSet::new(),
            taken: BTreeMap::new(),
            free_bytes: 0,
        };
        extents.insert_free(0, size);
        extents
    }

    /// Takes `length` bytes, rounded up to the grain; the offset, or `None` if no free extent is long enough.
    pub fn take(&mut self, length: u64, fit: Fit) -> Option<u64> {
        let length = self.rounded(length)?;
        let (offset, found) = self.find(length, fit)?;
        self.remove_free(offset, found);
        if found > length {
            self.insert_free(offset + length, found - length);
        }
        self.taken.insert(offset, length);
        Some(offset)
    }

    /// The extent that `fit` would choose for `length` bytes: its offset and its length.
    pub fn find(&self, length: u64, fit: Fit) -> Option<(u64, u64)> {
        let length = self.rounded(length)?;
        match fit {
            Fit::Best => self.by_length.range((length, 0)..).next().map(|&(found, offset)| (offset, found)),
            Fit::First => {
                self.free.iter().find(|&(_, &found)| found >= length).map(|(&offset, &found)| (offset, found))
            }
        }
    }

    /// Frees what was taken at `offset` and joins it with free neighbours. The length, or `None` if nothing was.
    pub fn give(&mut self, offset: u64) -> Option<u64> {
        let length = self.taken.remove(&offset)?;
        let (mut start, mut end) = (offset, offset + length);
        if let Some((&before, &its)) = self.free.range(..offset).next_back()
            && before + its == offset
        {
            self.remove_free(before, its);
            start = before;
        }
        if let Some(&its) = self.free.get(&end) {
            self.remove_free(end, its);
            end += its;
        }
        self.insert_free(start, end - start);
        Some(length)
    }

    /// Moves taken extents to lower offsets until the free ones are as long as they can get: into the lowest hole
    /// that holds them, else down to the end of what is below. Those that `may_move` refuses stay. The moves have
    /// to be carried out in the order returned; there are none if the longest free extent would not grow.
    pub fn defragment(&mut self, may_move: impl Fn(u64) -> bool) -> Vec<Move> {
        let mut packed = self.clone();
        let moves = packed.pack(may_move);
        if packed.largest_free() <= self.largest_free() {
            return Vec::new();
        }
        *self = packed;
        moves
    }

    fn pack(&mut self, may_move: impl Fn(u64) -> bool) -> Vec<Move> {
        let mut moves = Vec::new();
        let offsets: Vec<u64> = self.taken.keys().copied().collect();
        for from in offsets {
            if !may_move(from) {
                continue;
            }
            let length = self.taken[&from];
            let hole = self.free.range(..from).find(|&(&start, &its)| its >= length || start + its == from);
            let Some((&to, _)) = hole else { continue };
            // Freed first, so that the hole and the old place are one if they touch.
            self.give(from);
            let its = self.free[&to];
            self.remove_free(to, its);
            if its > length {
                self.insert_free(to + length, its - length);
            }
            self.taken.insert(to, length);
            moves.push(Move { from, to, length });
        }
        moves
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn free_bytes(&self) -> u64 {
        self.free_bytes
    }

    pub fn largest_free(&self) -> u64 {
        self.by_length.last().map_or(0, |&(length, _)| length)
    }

    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    /// Offsets and lengths of what is taken, in order.
    pub fn taken(&self) -> impl Iterator<Item = (u64, u64)> {
        self.taken.iter().map(|(&offset, &length)| (offset, length))
    }

    /// Offsets and lengths of what is free, in order.
    pub fn free(&self) -> impl Iterator<Item = (u64, u64)> {
        self.free.iter().map(|(&offset, &length)| (offset, length))
    }

    fn rounded(&self, length: u64) -> Option<u64> {
        length.max(1).checked_next_multiple_of(self.grain)
    }

    fn insert_free(&mut self, offset: u64, length: u64) {
        if length > 0 {
            self.free.insert(offset, length);
            self.by_length.insert((length, offset));
            self.free_bytes += length;
        }
    }

    fn remove_free(&mut self, offset: u64, length: u64) {
        self.free.remove(&offset);
        self.by_length.remove(&(length, offset));
        self.free_bytes -= length;
    }
}

#[cfg(test)]
mod tests;
