//! The pool with real memory: contents, limits, moving, and what the system gets back.

use super::*;

const P: usize = PAGE as usize;

fn pool(limit: u64, region: u64) -> HostPool {
    HostPool::new(PoolOptions { limit, region }, Arc::new(Ledger::unlimited()))
}

/// Random blocks of random strategies, filled with their number, pinned or not, with defragmentation in between.
fn run(strategy: Strategy) {
    let limit = 256 * PAGE;
    let pool = pool(limit, 32 * PAGE);
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    let mut held: Vec<(Block, u8)> = Vec::new();
    for operation in 0..if cfg!(miri) { 60 } else { 1_000_000_u64 } {
        match random(20) {
            0..11 => {
                let bytes = 1 + random(6 * PAGE) as usize;
                match pool.take(bytes, strategy, Owner::Staging) {
                    Ok(mut block) => {
                        let mut pinned = block.pin();
                        assert_eq!((pinned.len(), pinned.as_ptr() as usize % P), (bytes, 0));
                        let number = operation as u8;
                        // The ends tell; filling all would take the test's whole time.
                        pinned[0] = number;
                        pinned[bytes - 1] = number;
                        drop(pinned);
                        held.push((block, number));
                    }
                    Err(PoolError::Full { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            11..19 if !held.is_empty() => {
                let (mut block, number) = held.swap_remove(random(held.len() as u64) as usize);
                let bytes = block.len();
                let pinned = block.pin();
                assert!(pinned[0] == number && pinned[bytes - 1] == number, "contents are lost");
            }
            19 => {
                let middle = held.len() / 2;
                let Some((block, number)) = held.get_mut(middle) else { continue };
                let pinned = block.pin();
                let before = pinned.as_ptr();
                pool.defragment();
                assert_eq!((pinned.as_ptr(), pinned[0]), (before, *number), "a pinned block moved");
                drop(pinned);
                if random(8) == 0 {
                    pool.drain();
                }
            }
            _ => {}
        }
        if !operation.is_multiple_of(64) {
            continue;
        }
        let occupancy = pool.occupancy();
        let pages: u64 = held.iter().map(|(block, _)| (block.len() as u64).next_multiple_of(PAGE)).sum();
        assert_eq!(occupancy.in_use, pages);
        assert!(occupancy.reserved <= limit && occupancy.in_use <= occupancy.reserved, "{occupancy:?}");
    }
    for (block, number) in &mut held {
        assert_eq!(block.pin()[0], *number);
    }
    held.clear();
    assert_eq!(pool.occupancy().in_use, 0);
    pool.drain();
    assert_eq!(pool.occupancy().reserved, 0, "all is returned");
}

#[test]
fn best_fit_keeps_contents() {
    run(Strategy::BestFit);
}

#[test]
fn first_fit_keeps_contents() {
    run(Strategy::FirstFit);
}

#[test]
fn unified_blocks_keep_contents() {
    run(Strategy::Unified);
}

#[test]
fn dedicated_blocks_keep_contents() {
    run(Strategy::Dedicated);
}

#[test]
fn a_million_views_leave_nothing_behind() {
    if cfg!(miri) {
        return;
    }
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), (0..=255).cycle().take(1 << 16).collect::<Vec<u8>>()).expect("written");
    // SAFETY: the file is the test's own and does not change.
    let map = Arc::new(unsafe { Mmap::map(file.as_file()) }.expect("mapped"));
    let pool = pool(4 * PAGE, PAGE);
    let mut held: Vec<MappedBlock> = Vec::new();
    let mut bytes = 0;
    for operation in 0..1_000_000_usize {
        let (start, length) = (operation * 7919 % 60_000, 1 + operation * 31 % 5_000);
        if operation % 3 < 2 && held.len() < 100 {
            let view = pool.view(Arc::clone(&map), start..start + length, Owner::MappedWeights).expect("within");
            assert!(view.len() == length && view[0] == start as u8 && view[length - 1] == (start + length - 1) as u8);
            bytes += length as u64;
            held.push(view);
        } else if !held.is_empty() {
            bytes -= held.swap_remove(start % held.len()).len() as u64;
        }
        if operation.is_multiple_of(64) {
            assert_eq!(pool.occupancy().owners.get(&Owner::MappedWeights).copied().unwrap_or(0), bytes);
        }
    }
    held.clear();
    assert!(pool.occupancy().owners.is_empty() && pool.occupancy().reserved == 0);
    assert_eq!(Arc::strong_count(&map), 1, "every view has let go of the file");
}

#[test]
fn a_dedicated_block_is_outside_the_regions_and_goes_at_once() {
    let pool = pool(64 * PAGE, 8 * PAGE);
    let block = pool.take(P, Strategy::Dedicated, Owner::Staging).expect("room");
    assert_eq!(pool.occupancy().reserved, PAGE);
    drop(block);
    assert_eq!(pool.occupancy().reserved, 0);
}

#[test]
fn mapped_files_are_viewed_where_they_lie() {
    if cfg!(miri) {
        return;
    }
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), (0..=255).collect::<Vec<u8>>()).expect("written");
    // SAFETY: the file is the test's own and does not change.
    let map = Arc::new(unsafe { Mmap::map(file.as_file()) }.expect("mapped"));
    let pool = pool(4 * PAGE, PAGE);
    let view = pool.view(Arc::clone(&map), 10..20, Owner::MappedWeights).expect("within");
    assert_eq!((&view[..], view.as_ptr()), (&map[10..20], map[10..].as_ptr()));
    let occupancy = pool.occupancy();
    assert_eq!((occupancy.reserved, occupancy.owners[&Owner::MappedWeights]), (0, 10));
    drop(view);
    assert!(pool.occupancy().owners.is_empty());
    assert!(matches!(pool.view(Arc::clone(&map), 250..257, Owner::MappedWeights), Err(PoolError::OutOfBounds { .. })));
    assert_eq!(pool.take(1, Strategy::ZeroCopy, Owner::Staging).expect_err("nothing exists"), PoolError::NothingToView);
}

#[test]
fn defragmentation_makes_room_by_itself() {
    let pool = pool(8 * PAGE, 8 * PAGE);
    let mut blocks: Vec<Option<Block>> =
        (0..8).map(|_| Some(pool.take(P, Strategy::BestFit, Owner::Staging).expect("room"))).collect();
    for block in blocks.iter_mut().step_by(2) {
        *block = None;
    }
    assert_eq!(pool.occupancy().fragmentation(), 0.75);
    let long = pool.take(4 * P, Strategy::BestFit, Owner::Staging).expect("after moving the others");
    assert_eq!(pool.occupancy().in_use, 8 * PAGE);
    drop(long);
    drop(blocks);
    let report = pool.defragment();
    assert_eq!((report.moved, report.released), (0, 8 * PAGE));
}

#[test]
fn what_does_not_fit_is_refused_with_numbers() {
    let pool = pool(4 * PAGE, PAGE);
    let _held = pool.take(3 * P, Strategy::BestFit, Owner::Staging).expect("room");
    let error = pool.take(2 * P, Strategy::BestFit, Owner::Staging).expect_err("no room");
    assert_eq!(error, PoolError::Full { asked: 2 * PAGE, in_use: 3 * PAGE, limit: 4 * PAGE });
    assert!(pool.take(usize::MAX, Strategy::Dedicated, Owner::Staging).is_err());
}

#[test]
fn drained_pages_go_back_to_the_system() {
    if cfg!(miri) || !cfg!(target_os = "linux") {
        return;
    }
    let pool = pool(64 << 20, 64 << 20);
    let mut kept = pool.take(P, Strategy::FirstFit, Owner::Staging).expect("room");
    kept.pin()[0] = 7;
    let mut large = pool.take(48 << 20, Strategy::FirstFit, Owner::Staging).expect("room");
    large.pin().fill(1);
    let touched = resident();
    drop(large);
    assert!(pool.drain() >= 48 << 20);
    assert!(resident() + (40 << 20) < touched, "{} of {touched}", resident());
    assert_eq!(kept.pin()[0], 7);
}

fn resident() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").expect("statm");
    text.split_whitespace().nth(1).expect("pages").parse::<u64>().expect("a number") * 4096
}

#[test]
fn the_ledger_bounds_the_pool() {
    use crate::memory::{MachineMemory, PoolSize};
    let machine = || MachineMemory { total: 8 << 30, available: 8 << 30, working_set: 6 << 30 };
    let ledger = Ledger::new(machine, None, PoolSize { most_bytes: 4 * PAGE, ..PoolSize::default() });
    let pool = HostPool::new(PoolOptions { limit: 64 * PAGE, region: PAGE }, Arc::clone(&ledger));
    let held = pool.take(3 * P, Strategy::BestFit, Owner::Staging).expect("within the ledger");
    assert_eq!(ledger.room().pool_promised, 3 * PAGE);
    assert!(matches!(pool.take(2 * P, Strategy::BestFit, Owner::Staging), Err(PoolError::Refused(_))));
    drop(held);
    pool.drain();
    assert_eq!(ledger.room().pool_promised, 0);
}
