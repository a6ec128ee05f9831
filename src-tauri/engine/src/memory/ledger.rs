//! The one account of promised memory, for all workers and pools of this process.
//!
//! A promise is kept against three bounds: what models may take of the machine, what is available now, and the
//! pool's size. What is promised but not yet taken counts as taken.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use super::{MachineMemory, Owner, PoolSize};
use crate::bytes::Memory;
use crate::sync::lock;

/// Left to everything else on the machine.
const RESERVE: u64 = 1 << 30;

type Machine = Box<dyn Fn() -> MachineMemory + Send + Sync>;

/// Grants [`Lease`]s.
pub struct Ledger {
    machine: Machine,
    /// What people allow models to take, if it is less than the machine would.
    limit: Mutex<Option<u64>>,
    pool: u64,
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    last_id: u64,
    leases: BTreeMap<u64, Entry>,
}

#[derive(Default)]
struct Entry {
    name: String,
    promised: BTreeMap<Owner, u64>,
    /// Taken in fact, as the system tells.
    taken: u64,
}

/// A promise of memory; dropping it ends the promise.
#[derive(Debug)]
pub struct Lease {
    ledger: Arc<Ledger>,
    id: u64,
}

/// One lease, for charts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub name: String,
    pub promised: BTreeMap<Owner, u64>,
}

/// What can still be promised, and why not more; in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What models may take in all.
    pub limit: u64,
    /// Of that, promised already.
    pub promised: u64,
    /// What the machine has available now.
    pub available: u64,
    /// Of that, promised and not taken yet.
    pub outstanding: u64,
    /// What the pool may hold.
    pub pool: u64,
    /// Of that, promised already.
    pub pool_promised: u64,
}

/// What was asked for and what there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    pub asked: u64,
    /// The part of it that the pool holds.
    pub asked_of_pool: u64,
    pub room: Room,
}

impl Ledger {
    /// A ledger for a machine that is asked anew each time. `limit` is what people allow, if they set it.
    pub fn new(
        machine: impl Fn() -> MachineMemory + Send + Sync + 'static,
        limit: Option<u64>,
        pool: PoolSize,
    ) -> Arc<Self> {
        let now = machine();
        let pool = pool.bytes(now.total, now.available);
        Arc::new(Self { machine: Box::new(machine), limit: Mutex::new(limit), pool, entries: Mutex::default() })
    }

    /// The machine this runs on, as it is.
    pub fn of_this_machine(limit: Option<u64>, pool: PoolSize) -> Arc<Self> {
        Self::new(MachineMemory::read, limit, pool)
    }

    /// One that promises anything, for a process whose bound is set elsewhere.
    pub fn unlimited() -> Self {
        let endless = || MachineMemory { total: u64::MAX, available: u64::MAX, working_set: u64::MAX };
        Self { machine: Box::new(endless), limit: Mutex::default(), pool: u64::MAX, entries: Mutex::default() }
    }

    /// Promises `bytes` for `owner`; `name` stands in charts.
    pub fn lease(self: &Arc<Self>, name: &str, owner: Owner, bytes: u64) -> Result<Lease, Shortage> {
        self.lease_all(name, &BTreeMap::from([(owner, bytes)]))
    }

    /// Promises all of `asked`, or nothing.
    pub fn lease_all(self: &Arc<Self>, name: &str, asked: &BTreeMap<Owner, u64>) -> Result<Lease, Shortage> {
        let machine = (self.machine)();
        let mut entries = self.entries();
        self.check(&entries, machine, asked)?;
        entries.last_id += 1;
        let id = entries.last_id;
        entries.leases.insert(id, Entry { name: name.to_owned(), promised: asked.clone(), taken: 0 });
        Ok(Lease { ledger: Arc::clone(self), id })
    }

    pub fn room(&self) -> Room {
        let machine = (self.machine)();
        self.room_in(&self.entries(), machine)
    }

    /// What models may take in all, whatever is in use now.
    pub fn limit(&self) -> u64 {
        self.limit_on((self.machine)())
    }

    /// The same on a machine that was read already.
    pub fn limit_on(&self, machine: MachineMemory) -> u64 {
        lock(&self.limit).map_or(machine.working_set, |limit| limit.min(machine.working_set))
    }

    /// From now on people allow so much. What was promised stays.
    pub fn set_limit(&self, limit: Option<u64>) {
        *lock(&self.limit) = limit;
    }

    pub fn accounts(&self) -> Vec<Account> {
        let entries = self.entries();
        let accounts = entries.leases.values();
        accounts.map(|entry| Account { name: entry.name.clone(), promised: entry.promised.clone() }).collect()
    }

    fn check(&self, entries: &Entries, machine: MachineMemory, asked: &BTreeMap<Owner, u64>) -> Result<(), Shortage> {
        let room = self.room_in(entries, machine);
        let sum = |pooled_only: bool| {
            let counted = asked.iter().filter(|(owner, _)| !pooled_only || owner.is_pooled());
            counted.fold(0_u64, |sum, (_, &bytes)| sum.saturating_add(bytes))
        };
        let (all, pooled) = (sum(false), sum(true));
        if all <= room.free() && pooled <= room.pool_free() {
            return Ok(());
        }
        Err(Shortage { asked: all, asked_of_pool: pooled, room })
    }

    fn room_in(&self, entries: &Entries, machine: MachineMemory) -> Room {
        let mut room = Room {
            limit: self.limit_on(machine),
            promised: 0,
            available: machine.available,
            outstanding: 0,
            pool: self.pool,
            pool_promised: 0,
        };
        for entry in entries.leases.values() {
            let promised: u64 = entry.promised.values().sum();
            room.promised += promised;
            room.outstanding += promised.saturating_sub(entry.taken);
            room.pool_promised +=
                entry.promised.iter().filter(|(owner, _)| owner.is_pooled()).map(|(_, &bytes)| bytes).sum::<u64>();
        }
        room
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        lock(&self.entries)
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("limit", &lock(&self.limit)).field("pool", &self.pool).finish_non_exhaustive()
    }
}

impl Room {
    /// What can be promised.
    pub fn free(&self) -> u64 {
        let by_limit = self.limit.saturating_sub(self.promised);
        let by_machine = self.available.saturating_sub(self.outstanding).saturating_sub(RESERVE);
        by_limit.min(by_machine)
    }

    /// What can be promised of the pool.
    pub fn pool_free(&self) -> u64 {
        self.pool.saturating_sub(self.pool_promised)
    }
}

impl Lease {
    /// Promises `bytes` more for `owner`.
    pub fn grow(&self, owner: Owner, bytes: u64) -> Result<(), Shortage> {
        self.grow_all(&BTreeMap::from([(owner, bytes)]))
    }

    /// Promises all of `more`, or nothing.
    pub fn grow_all(&self, more: &BTreeMap<Owner, u64>) -> Result<(), Shortage> {
        let machine = (self.ledger.machine)();
        let mut entries = self.ledger.entries();
        self.ledger.check(&entries, machine, more)?;
        if let Some(entry) = entries.leases.get_mut(&self.id) {
            for (&owner, bytes) in more {
                *entry.promised.entry(owner).or_default() += bytes;
            }
        }
        Ok(())
    }

    /// Bytes promised for `owner`.
    pub fn of(&self, owner: Owner) -> u64 {
        self.ledger.entries().leases.get(&self.id).and_then(|entry| entry.promised.get(&owner).copied()).unwrap_or(0)
    }

    /// Promises `bytes` for `owner` from now on: less than before, because it was given back.
    pub fn shrink_to(&self, owner: Owner, bytes: u64) {
        if let Some(entry) = self.ledger.entries().leases.get_mut(&self.id)
            && let Some(promised) = entry.promised.get_mut(&owner)
        {
            *promised = bytes.min(*promised);
        }
    }

    /// Tells how much is in use in fact, so that the rest of the promise counts against what is available.
    pub fn set_taken(&self, bytes: u64) {
        if let Some(entry) = self.ledger.entries().leases.get_mut(&self.id) {
            entry.taken = bytes;
        }
    }

    /// Bytes promised in all.
    pub fn bytes(&self) -> u64 {
        self.ledger.entries().leases.get(&self.id).map_or(0, |entry| entry.promised.values().sum())
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.ledger.entries().leases.remove(&self.id);
    }
}

impl std::fmt::Display for Shortage {
    /// As in "needs 5.2 GB, 3.1 GB is free (models may take 12 GB, 8.9 GB is taken)".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let room = &self.room;
        if self.asked > room.free() {
            write!(f, "needs {}, {} is free", Memory(self.asked), Memory(room.free()))?;
            return if self.asked > room.limit.saturating_sub(room.promised) {
                write!(f, " (models may take {}", Memory(room.limit))?;
                if room.promised > 0 { write!(f, ", {} is taken)", Memory(room.promised)) } else { f.write_str(")") }
            } else {
                write!(f, " (the machine has {} available", Memory(room.available))?;
                if room.outstanding > 0 {
                    write!(f, ", {} of it promised", Memory(room.outstanding))?;
                }
                write!(f, ", and {} stays free)", Memory(RESERVE))
            };
        }
        write!(
            f,
            "needs {} of the memory pool, {} is free (the pool has {})",
            Memory(self.asked_of_pool),
            Memory(room.pool_free()),
            Memory(room.pool)
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const GB: u64 = 1 << 30;

    fn machine(total: u64, available: u64) -> impl Fn() -> MachineMemory + Send + Sync {
        move || MachineMemory { total, available, working_set: total / 4 * 3 }
    }

    #[test]
    fn several_leases_keep_to_one_budget() {
        let ledger = Ledger::new(machine(16 * GB, 14 * GB), None, PoolSize::default());
        let first = ledger.lease("a", Owner::Weights, 7 * GB).expect("there is room");
        let refused = ledger.lease("b", Owner::Weights, 6 * GB).expect_err("12 GB in all");
        assert_eq!((refused.room.limit, refused.room.free()), (12 * GB, 5 * GB));
        assert_eq!(refused.to_string(), "needs 6 GB, 5 GB is free (models may take 12 GB, 7 GB is taken)");
        let second = ledger.lease("b", Owner::Weights, 4 * GB).expect("there is room");
        assert!(second.grow(Owner::KvCache, 2 * GB).is_err());
        drop(first);
        second.grow(Owner::KvCache, 2 * GB).expect("there is room now");
        assert_eq!(second.bytes(), 6 * GB);
        second.shrink_to(Owner::KvCache, GB);
        assert_eq!(ledger.room().pool_promised, GB);
        drop(second);
        assert_eq!(ledger.room().promised, 0);
        assert!(ledger.accounts().is_empty());
    }

    #[test]
    fn what_is_promised_and_not_taken_is_not_available() {
        let available = Arc::new(AtomicU64::new(8 * GB));
        let now = Arc::clone(&available);
        let machine =
            move || MachineMemory { total: 64 * GB, available: now.load(Ordering::Relaxed), working_set: 48 * GB };
        let ledger = Ledger::new(machine, None, PoolSize::default());
        let lease = ledger.lease("a", Owner::Weights, 5 * GB).expect("there is room");
        assert_eq!(ledger.room().free(), 2 * GB, "8 less 5 promised less 1 reserve");
        let refused = ledger.lease("b", Owner::Weights, 3 * GB).expect_err("not available");
        assert!(refused.to_string().contains("8 GB available, 5 GB of it promised"), "{refused}");
        available.store(3 * GB, Ordering::Relaxed);
        lease.set_taken(5 * GB);
        assert_eq!(ledger.room().free(), 2 * GB, "what is taken is not counted twice");
    }

    #[test]
    fn the_pool_and_a_set_limit_bound_too() {
        let ledger =
            Ledger::new(machine(16 * GB, 15 * GB), Some(4 * GB), PoolSize { most_bytes: GB, ..PoolSize::default() });
        assert_eq!(ledger.limit(), 4 * GB);
        assert!(ledger.lease("a", Owner::Weights, 5 * GB).is_err());
        let refused = ledger.lease("a", Owner::KvCache, 2 * GB).expect_err("the pool is smaller");
        assert_eq!(refused.to_string(), "needs 2 GB of the memory pool, 1 GB is free (the pool has 1 GB)");
        ledger.lease("a", Owner::Weights, 2 * GB).expect("weights are not the pool's");
    }

    #[test]
    fn an_unlimited_ledger_promises_anything() {
        let ledger = Arc::new(Ledger::unlimited());
        let _all = ledger.lease("a", Owner::Staging, u64::MAX / 2).expect("anything");
    }
}
