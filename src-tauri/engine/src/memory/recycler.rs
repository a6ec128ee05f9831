//! The books of device blocks: whole arrays of a backend, in classes of equal kind and capacity.
//!
//! A backend updates an array in place only while nobody else holds it, and not if it is part of a larger one; so
//! a device block is an array of its own, and what is recycled is its handle.

use std::collections::BTreeMap;

use super::{Occupancy, Owner};

/// Free blocks of kind `K`, held as handles `H`, and the account of those that are out.
#[derive(Debug)]
pub struct Recycler<K, H> {
    owner: Owner,
    /// Kind → capacity → bytes of one block, and the free ones.
    free: BTreeMap<K, BTreeMap<usize, Class<H>>>,
    occupancy: Occupancy,
}

#[derive(Debug)]
struct Class<H> {
    bytes: u64,
    handles: Vec<H>,
}

impl<K: Ord + Clone, H> Recycler<K, H> {
    pub fn new(owner: Owner) -> Self {
        Self { owner, free: BTreeMap::new(), occupancy: Occupancy::default() }
    }

    /// Those of `wanted` (kind and capacity) for which no free block would be left, if they were taken in order.
    pub fn missing<'a>(&self, wanted: &'a [(K, usize)]) -> impl Iterator<Item = &'a (K, usize)> {
        let capacities = |classes: &BTreeMap<usize, Class<H>>| {
            let counts = classes.iter().map(|(&capacity, class)| (capacity, class.handles.len()));
            counts.collect::<BTreeMap<usize, usize>>()
        };
        let mut free: BTreeMap<K, BTreeMap<usize, usize>> =
            self.free.iter().map(|(kind, classes)| (kind.clone(), capacities(classes))).collect();
        wanted.iter().filter(move |(kind, capacity)| {
            let Some(classes) = free.get_mut(kind) else { return true };
            let Some((&found, count)) = classes.range_mut(*capacity..).next() else { return true };
            *count -= 1;
            if *count == 0 {
                classes.remove(&found);
            }
            false
        })
    }

    /// The smallest free block of `kind` with at least `capacity`, and its capacity.
    pub fn take(&mut self, kind: &K, capacity: usize) -> Option<(usize, H)> {
        let classes = self.free.get_mut(kind)?;
        let (&found, class) = classes.range_mut(capacity..).next()?;
        let handle = class.handles.pop()?;
        let bytes = class.bytes;
        if class.handles.is_empty() {
            classes.remove(&found);
        }
        self.occupancy.reuses += 1;
        self.occupancy.take(self.owner, bytes);
        Some((found, handle))
    }

    /// A block of `bytes` was made, because none was free, and is out.
    pub fn made(&mut self, bytes: u64) {
        self.occupancy.reserve(bytes);
        self.occupancy.take(self.owner, bytes);
    }

    /// A block comes back, to be used again.
    pub fn give(&mut self, kind: &K, capacity: usize, bytes: u64, handle: H) {
        self.occupancy.give(self.owner, bytes);
        let classes = self.free.entry(kind.clone()).or_default();
        classes.entry(capacity).or_insert_with(|| Class { bytes, handles: Vec::new() }).handles.push(handle);
    }

    /// A block that was out is gone.
    pub fn dropped(&mut self, bytes: u64) {
        self.occupancy.give(self.owner, bytes);
        self.occupancy.release(bytes);
    }

    /// Lets go of all free blocks; dropping the handles gives the memory back. The bytes.
    pub fn drain(&mut self) -> (u64, Vec<H>) {
        let mut bytes = 0;
        let mut handles = Vec::new();
        for class in std::mem::take(&mut self.free).into_values().flat_map(BTreeMap::into_values) {
            bytes += class.bytes * class.handles.len() as u64;
            handles.extend(class.handles);
        }
        self.occupancy.release(bytes);
        (bytes, handles)
    }

    pub fn occupancy(&self) -> Occupancy {
        let free = self.free.values().flat_map(BTreeMap::values);
        let largest_free = free.map(|class| class.bytes).max().unwrap_or(0);
        Occupancy { largest_free, ..self.occupancy.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_back_and_are_used_again() {
        let mut recycler = Recycler::new(Owner::KvCache);
        assert_eq!(recycler.take(&"keys", 256), None::<(usize, u32)>);
        recycler.made(1000);
        recycler.made(2000);
        recycler.give(&"keys", 256, 1000, 1);
        recycler.give(&"keys", 512, 2000, 2);
        assert_eq!(recycler.take(&"values", 1), None, "another kind");
        let wanted = [("keys", 257), ("keys", 1), ("keys", 1), ("values", 1)];
        assert_eq!(recycler.missing(&wanted).collect::<Vec<_>>(), [&("keys", 1), &("values", 1)]);
        assert_eq!(recycler.take(&"keys", 100), Some((256, 1)), "the smallest that holds it");
        assert_eq!(recycler.take(&"keys", 100), Some((512, 2)));
        assert_eq!(recycler.take(&"keys", 100), None);
        let occupancy = recycler.occupancy();
        assert_eq!((occupancy.reserved, occupancy.in_use, occupancy.high_water), (3000, 3000, 3000));
        assert_eq!((occupancy.allocations, occupancy.reuses), (2, 2));
        recycler.give(&"keys", 256, 1000, 1);
        recycler.dropped(2000);
        assert_eq!(recycler.drain(), (1000, vec![1]));
        let occupancy = recycler.occupancy();
        assert_eq!((occupancy.reserved, occupancy.in_use, occupancy.owners.len()), (0, 0, 0));
    }

    #[test]
    fn a_million_random_operations_keep_the_books() {
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let mut random = |end: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % end
        };
        let mut recycler: Recycler<u64, u64> = Recycler::new(Owner::KvCache);
        // Kind, capacity, handle.
        let mut out: Vec<(u64, usize, u64)> = Vec::new();
        let mut free = out.clone();
        let bytes = |kind: u64, capacity: usize| (kind + 1) * capacity as u64;
        for number in 0..if cfg!(miri) { 400 } else { 1_000_000 } {
            let kind = random(3);
            match random(10) {
                0..5 => {
                    let capacity = 1 + random(20) as usize;
                    let fitting = free.iter().filter(|block| block.0 == kind && block.1 >= capacity);
                    let expected = fitting.map(|block| block.1).min();
                    match recycler.take(&kind, capacity) {
                        Some((found, handle)) => {
                            assert_eq!(Some(found), expected);
                            let at =
                                free.iter().position(|block| *block == (kind, found, handle)).expect("it was free");
                            out.push(free.swap_remove(at));
                        }
                        None => {
                            assert_eq!(expected, None);
                            recycler.made(bytes(kind, capacity));
                            out.push((kind, capacity, number));
                        }
                    }
                }
                5..9 if !out.is_empty() => {
                    let block = out.swap_remove(random(out.len() as u64) as usize);
                    recycler.give(&block.0, block.1, bytes(block.0, block.1), block.2);
                    free.push(block);
                }
                9 if !out.is_empty() => {
                    let block = out.swap_remove(random(out.len() as u64) as usize);
                    recycler.dropped(bytes(block.0, block.1));
                }
                _ if random(50) == 0 => {
                    let (given, handles) = recycler.drain();
                    assert_eq!(handles.len(), free.len());
                    assert_eq!(given, free.drain(..).map(|block| bytes(block.0, block.1)).sum::<u64>());
                }
                _ => {}
            }
            let held: u64 = out.iter().map(|block| bytes(block.0, block.1)).sum();
            assert_eq!(recycler.occupancy.in_use, held);
            if out.len() + free.len() > 64 {
                for block in out.drain(..) {
                    recycler.dropped(bytes(block.0, block.1));
                }
                recycler.drain();
                free.clear();
                assert_eq!(recycler.occupancy.reserved, 0, "no leak");
            }
        }
    }
}
