//! Whose the memory is, for the chart: plain arithmetic over what workers, pools and the system tell.

use std::collections::BTreeMap;

use super::WorkerReading;
use crate::memory::{MachineMemory, Occupancy, Owner};

/// All memory in use that is not Ingot's.
pub const OTHER_APPS: &str = "other_apps";

/// Bytes by what they are for: what `workers` hold and `pools` hold on the host, and what others have of `machine`.
pub fn owners(workers: &[WorkerReading], pools: &[Occupancy], machine: MachineMemory) -> BTreeMap<String, u64> {
    let mut owners: BTreeMap<Owner, u64> = BTreeMap::new();
    let mut resident_in_all = 0;
    for worker in workers {
        let resident = worker.resident_bytes.unwrap_or(0);
        resident_in_all += resident;
        let mut known = 0;
        for (&owner, &bytes) in &worker.owners {
            *owners.entry(owner).or_default() += bytes;
            known += bytes;
        }
        // What a backend keeps for its next arrays serves computing.
        let cached = worker.cached_bytes.unwrap_or(0);
        *owners.entry(Owner::Scratch).or_default() += cached;
        *owners.entry(Owner::Process).or_default() += resident.saturating_sub(known + cached);
    }
    let mut in_pools = 0;
    for (&owner, &bytes) in pools.iter().flat_map(|pool| &pool.owners) {
        *owners.entry(owner).or_default() += bytes;
        in_pools += bytes;
    }
    let mut named: BTreeMap<String, u64> = owners
        .into_iter()
        .filter(|(_, bytes)| *bytes > 0)
        .map(|(owner, bytes)| (owner.name().to_owned(), bytes))
        .collect();
    if machine.total > 0 {
        let used = machine.total.saturating_sub(machine.available);
        named.insert(OTHER_APPS.to_owned(), used.saturating_sub(resident_in_all + in_pools));
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_one_owner() {
        let worker = WorkerReading {
            resident_bytes: Some(1000),
            cached_bytes: Some(50),
            owners: BTreeMap::from([(Owner::Weights, 600), (Owner::KvCache, 200), (Owner::Scratch, 50)]),
            ..WorkerReading::default()
        };
        let pool = Occupancy { owners: BTreeMap::from([(Owner::Staging, 300)]), ..Occupancy::default() };
        let machine = MachineMemory { total: 10_000, available: 6_000, working_set: 0 };
        let owners = owners(&[worker.clone(), worker], &[pool], machine);
        let expected = [
            ("kv_cache", 400),
            ("other_apps", 1700),
            ("process", 200),
            ("scratch", 200),
            ("staging", 300),
            ("weights", 1200),
        ];
        assert_eq!(owners, expected.map(|(name, bytes)| (name.to_owned(), bytes)).into());
        assert_eq!(owners.values().sum::<u64>(), 4000, "what is in use");
    }

    #[test]
    fn nothing_known_is_nothing_told() {
        let unknown = MachineMemory { total: 0, available: 0, working_set: 0 };
        assert_eq!(owners(&[], &[], unknown), BTreeMap::new());
    }
}
