//! Host blocks: parts of reserved regions, split when taken, joined when given back.

mod block;

pub use block::{Block, MappedBlock, Pinned};

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use memmap2::Mmap;

use super::backing::{Mapping, PAGE, Span};
use super::extents::{Extents, Fit};
use super::{Lease, Ledger, Occupancy, Owner, Shortage, Strategy};
use crate::sync::lock;

/// How a pool is made.
#[derive(Debug, Clone, Copy)]
pub struct PoolOptions {
    /// Most that it reserves, in bytes.
    pub limit: u64,
    /// Bytes of a region; a longer block gets a region of its own length.
    pub region: u64,
}

impl PoolOptions {
    /// A pool of at most `limit` bytes, in regions that leave it room for several.
    pub fn up_to(limit: u64) -> Self {
        let region = (limit / 8).clamp(PAGE, 64 << 20) / PAGE * PAGE;
        Self { limit: limit / PAGE * PAGE, region }
    }
}

/// Why a block cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    #[error("a block of {asked} bytes does not fit into the pool: {in_use} of {limit} bytes are in use")]
    Full { asked: u64, in_use: u64, limit: u64 },
    #[error("{0}")]
    Refused(Shortage),
    #[error("the system gave no memory: {0}")]
    System(String),
    #[error("ZERO_COPY needs memory that exists already: view a mapping instead")]
    NothingToView,
    #[error("the mapping is {length} bytes long, and bytes {start} to {end} were asked for")]
    OutOfBounds { start: usize, end: usize, length: usize },
}

/// What [`HostPool::defragment`] gained; all sizes in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Defragmentation {
    pub moved: u64,
    pub largest_free_before: u64,
    pub largest_free_after: u64,
    /// Given back to the system.
    pub released: u64,
}

/// A pool of host memory. Clones are the same pool.
#[derive(Debug, Clone)]
pub struct HostPool(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    options: PoolOptions,
    ledger: Arc<Ledger>,
    books: Mutex<Books>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct Books {
    regions: Vec<Region>,
    blocks: HashMap<u64, Held>,
    last_id: u64,
    occupancy: Occupancy,
}

#[derive(Debug)]
struct Region {
    mapping: Mapping,
    extents: Extents,
    /// Offset → block.
    blocks: HashMap<u64, u64>,
    /// Bytes from the beginning that blocks have reached, and so may have touched.
    touched: u64,
    lease: Lease,
}

/// A block that somebody holds.
#[derive(Debug)]
struct Held {
    place: Place,
    /// Rounded up to pages.
    bytes: u64,
    owner: Owner,
    pinned: bool,
}

#[derive(Debug)]
enum Place {
    /// Region and offset.
    Region(usize, u64),
    Own {
        mapping: Mapping,
        _lease: Lease,
    },
}

impl HostPool {
    /// An empty pool, whose regions are leased from `ledger`.
    pub fn new(options: PoolOptions, ledger: Arc<Ledger>) -> Self {
        Self(Arc::new(Shared { options, ledger, books: Mutex::default(), freed: Condvar::new() }))
    }

    pub fn limit(&self) -> u64 {
        self.0.options.limit
    }

    /// A block of at least `bytes`, aligned to [`PAGE`], with any contents.
    pub fn take(&self, bytes: usize, strategy: Strategy, owner: Owner) -> Result<Block, PoolError> {
        let id = self.0.books().take(&self.0, bytes as u64, strategy, owner)?;
        Ok(Block::new(Arc::clone(&self.0), id, bytes))
    }

    /// A block of each of `sizes`, or none; waits up to `patience` for others to give back what is missing.
    pub fn wait(
        &self,
        sizes: &[usize],
        strategy: Strategy,
        owner: Owner,
        patience: Duration,
    ) -> Result<Vec<Block>, PoolError> {
        let deadline = Instant::now() + patience;
        let mut books = self.0.books();
        loop {
            let mut taken = Vec::with_capacity(sizes.len());
            let result = sizes.iter().try_for_each(|&bytes| {
                taken.push(books.take(&self.0, bytes as u64, strategy, owner)?);
                Ok(())
            });
            if result.is_err() {
                taken.drain(..).for_each(|id| books.give(id));
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match result {
                Ok(()) => {
                    let blocks = taken.into_iter().zip(sizes);
                    return Ok(blocks.map(|(id, &bytes)| Block::new(Arc::clone(&self.0), id, bytes)).collect());
                }
                Err(PoolError::Full { .. } | PoolError::Refused(_)) if !left.is_zero() && !books.blocks.is_empty() => {
                    books = self.0.freed.wait_timeout(books, left).unwrap_or_else(PoisonError::into_inner).0;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// `ZERO_COPY`: bytes `range` of a mapped file, where they lie. Nothing is allocated.
    pub fn view(&self, map: Arc<Mmap>, range: Range<usize>, owner: Owner) -> Result<MappedBlock, PoolError> {
        if range.start > range.end || range.end > map.len() {
            return Err(PoolError::OutOfBounds { start: range.start, end: range.end, length: map.len() });
        }
        self.0.books().occupancy.view(owner, range.len() as u64);
        Ok(MappedBlock::new(Arc::clone(&self.0), map, range, owner))
    }

    /// Moves blocks that are not pinned together, so that what is free is in long extents, and gives regions that
    /// end up empty back to the system.
    pub fn defragment(&self) -> Defragmentation {
        self.0.books().defragment()
    }

    /// Gives all memory that no block uses back to the system: whole regions, and pages between blocks. The bytes.
    pub fn drain(&self) -> u64 {
        let mut books = self.0.books();
        let released = books.release_empty();
        let mut advised = 0;
        for region in &mut books.regions {
            for (offset, length) in region.extents.free() {
                region.mapping.let_go(offset, length);
                advised += length;
            }
            region.touched = 0;
            let end = region.extents.taken().last().map_or(0, |(offset, length)| offset + length);
            region.reach(end);
        }
        released + advised
    }

    pub fn occupancy(&self) -> Occupancy {
        let books = self.0.books();
        Occupancy { largest_free: books.largest_free(), ..books.occupancy.clone() }
    }
}

impl Region {
    /// Blocks reach up to `end`: so much of the lease counts as taken.
    fn reach(&mut self, end: u64) {
        self.touched = self.touched.max(end);
        self.lease.set_taken(self.touched);
    }
}

impl Shared {
    fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.books)
    }
}

impl Books {
    fn take(&mut self, shared: &Shared, asked: u64, strategy: Strategy, owner: Owner) -> Result<u64, PoolError> {
        let fit = match strategy {
            Strategy::BestFit => Fit::Best,
            Strategy::FirstFit | Strategy::Unified => Fit::First,
            Strategy::Dedicated => return self.dedicate(shared, asked, owner),
            Strategy::ZeroCopy => return Err(PoolError::NothingToView),
        };
        let bytes = self.rounded(shared, asked)?;
        let reserved_before = self.occupancy.allocations;
        let region = match self.choose(bytes, fit) {
            Some(region) => region,
            None if self.make_room(shared, bytes).is_ok() => self.regions.len() - 1,
            None => {
                // What is free may be in pieces, or in regions too short for this.
                self.defragment();
                match self.choose(bytes, fit) {
                    Some(region) => region,
                    None => {
                        self.make_room(shared, bytes)?;
                        self.regions.len() - 1
                    }
                }
            }
        };
        let offset = self.regions[region].extents.take(bytes, fit).ok_or_else(|| self.full(shared, asked))?;
        self.regions[region].reach(offset + bytes);
        if self.occupancy.allocations == reserved_before {
            self.occupancy.reuses += 1;
        }
        let id = self.hold(Place::Region(region, offset), bytes, owner);
        self.regions[region].blocks.insert(offset, id);
        Ok(id)
    }

    /// Enters a block into the books; its number.
    fn hold(&mut self, place: Place, bytes: u64, owner: Owner) -> u64 {
        self.occupancy.take(owner, bytes);
        self.last_id += 1;
        self.blocks.insert(self.last_id, Held { place, bytes, owner, pinned: false });
        self.last_id
    }

    fn full(&self, shared: &Shared, asked: u64) -> PoolError {
        PoolError::Full { asked, in_use: self.occupancy.in_use, limit: shared.options.limit }
    }

    /// `asked` bytes in whole pages, at least one.
    fn rounded(&self, shared: &Shared, asked: u64) -> Result<u64, PoolError> {
        asked.max(1).checked_next_multiple_of(PAGE).ok_or_else(|| self.full(shared, asked))
    }

    /// What the limit leaves to reserve.
    fn left(&self, shared: &Shared) -> u64 {
        shared.options.limit.saturating_sub(self.occupancy.reserved)
    }

    /// The region from which `fit` takes `bytes`.
    fn choose(&self, bytes: u64, fit: Fit) -> Option<usize> {
        let found = self.regions.iter().enumerate();
        let mut found = found.filter_map(|(index, region)| Some((region.extents.find(bytes, fit)?.1, index)));
        match fit {
            Fit::First => found.next(),
            Fit::Best => found.min(),
        }
        .map(|(_, index)| index)
    }

    /// Reserves another region that holds `bytes`.
    fn make_room(&mut self, shared: &Shared, bytes: u64) -> Result<(), PoolError> {
        let left = self.left(shared);
        if bytes > left {
            return Err(self.full(shared, bytes));
        }
        let length = bytes.max(shared.options.region.min(left));
        let (mapping, lease) = match map(shared, length) {
            // A whole region is not to be had; perhaps what is needed now is.
            Err(PoolError::Refused(_)) if length > bytes => map(shared, bytes)?,
            result => result?,
        };
        let length = mapping.length();
        self.occupancy.reserve(length);
        self.regions.push(Region {
            mapping,
            extents: Extents::new(length, PAGE),
            blocks: HashMap::new(),
            touched: 0,
            lease,
        });
        Ok(())
    }

    fn dedicate(&mut self, shared: &Shared, asked: u64, owner: Owner) -> Result<u64, PoolError> {
        let bytes = self.rounded(shared, asked)?;
        if bytes > self.left(shared) {
            self.release_empty();
        }
        if bytes > self.left(shared) {
            return Err(self.full(shared, asked));
        }
        let (mapping, lease) = map(shared, bytes)?;
        lease.set_taken(bytes);
        self.occupancy.reserve(bytes);
        Ok(self.hold(Place::Own { mapping, _lease: lease }, bytes, owner))
    }

    fn give(&mut self, id: u64) {
        let Some(held) = self.blocks.remove(&id) else { return };
        self.occupancy.give(held.owner, held.bytes);
        match held.place {
            Place::Region(region, offset) => {
                let region = &mut self.regions[region];
                region.extents.give(offset);
                region.blocks.remove(&offset);
            }
            Place::Own { mapping, .. } => self.occupancy.release(mapping.length()),
        }
    }

    fn defragment(&mut self) -> Defragmentation {
        let mut result = Defragmentation { largest_free_before: self.largest_free(), ..Default::default() };
        for region in &mut self.regions {
            let blocks = &self.blocks;
            let is_movable = |offset: u64| !region.blocks.get(&offset).is_some_and(|id| blocks[id].pinned);
            for step in region.extents.defragment(is_movable) {
                region.mapping.shift(step.from, step.to, step.length);
                result.moved += step.length;
                if let Some(id) = region.blocks.remove(&step.from) {
                    region.blocks.insert(step.to, id);
                    if let Some(Held { place: Place::Region(_, offset), .. }) = self.blocks.get_mut(&id) {
                        *offset = step.to;
                    }
                }
            }
        }
        result.largest_free_after = self.largest_free();
        result.released = self.release_empty();
        result
    }

    /// Unmaps regions without blocks. The bytes.
    fn release_empty(&mut self) -> u64 {
        let mut released = 0;
        let mut index = 0;
        while index < self.regions.len() {
            if !self.regions[index].extents.is_empty() {
                index += 1;
                continue;
            }
            let gone = self.regions.swap_remove(index);
            released += gone.mapping.length();
            self.occupancy.release(gone.mapping.length());
            // The last region has taken its number.
            if let Some(region) = self.regions.get(index) {
                for id in region.blocks.values() {
                    if let Some(Held { place: Place::Region(number, _), .. }) = self.blocks.get_mut(id) {
                        *number = index;
                    }
                }
            }
        }
        released
    }

    fn largest_free(&self) -> u64 {
        self.regions.iter().map(|region| region.extents.largest_free()).max().unwrap_or(0)
    }

    /// Pins block `id`, and where its bytes are until it is unpinned.
    fn pin(&mut self, id: u64) -> Option<Span> {
        let held = self.blocks.get_mut(&id)?;
        held.pinned = true;
        Some(match &mut held.place {
            Place::Region(region, offset) => self.regions[*region].mapping.span(*offset, held.bytes),
            Place::Own { mapping, .. } => mapping.span(0, held.bytes),
        })
    }

    fn unpin(&mut self, id: u64) {
        if let Some(held) = self.blocks.get_mut(&id) {
            held.pinned = false;
        }
    }
}

fn map(shared: &Shared, bytes: u64) -> Result<(Mapping, Lease), PoolError> {
    let lease = shared.ledger.lease("the memory pool", Owner::Staging, bytes).map_err(PoolError::Refused)?;
    let mapping = Mapping::reserve(bytes).map_err(|error| PoolError::System(error.to_string()))?;
    Ok((mapping, lease))
}

#[cfg(test)]
mod tests;
