//! A million random operations for each way to choose, against a model that marks every grain.

use super::*;

const GRAIN: u64 = 16;
const GRAINS: usize = 512;
const OPERATIONS: usize = if cfg!(miri) { 400 } else { 1_000_000 };

/// xorshift64*
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }
}

/// The region as a row of grains, each free or taken by a number; and what each number's extent should hold.
struct Row {
    grains: Vec<Option<u32>>,
}

impl Row {
    /// Runs of free grains: first and count.
    fn holes(&self) -> Vec<(usize, usize)> {
        let mut holes = Vec::new();
        let mut at = 0;
        while at < GRAINS {
            let count = self.grains[at..].iter().take_while(|grain| grain.is_none()).count();
            if count > 0 {
                holes.push((at, count));
            }
            at += count.max(1);
        }
        holes
    }

    fn expected(&self, count: usize, fit: Fit) -> Option<usize> {
        let holes = self.holes().into_iter().filter(|hole| hole.1 >= count);
        match fit {
            Fit::First => holes.min_by_key(|hole| hole.0),
            Fit::Best => holes.min_by_key(|hole| (hole.1, hole.0)),
        }
        .map(|hole| hole.0)
    }

    fn check(&self, extents: &Extents) {
        let holes = self.holes();
        let free: Vec<(usize, usize)> =
            extents.free().map(|(offset, length)| ((offset / GRAIN) as usize, (length / GRAIN) as usize)).collect();
        assert_eq!(free, holes, "free extents are the holes, joined");
        assert_eq!(extents.free_bytes(), holes.iter().map(|hole| hole.1 as u64 * GRAIN).sum::<u64>());
        assert_eq!(extents.largest_free(), holes.iter().map(|hole| hole.1 as u64 * GRAIN).max().unwrap_or(0));
        let taken: u64 = extents.taken().map(|(_, length)| length).sum();
        assert_eq!(taken + extents.free_bytes(), extents.size());
    }
}

fn run(fit: Fit, seed: u64) {
    let mut random = Random(seed);
    let mut extents = Extents::new(GRAIN * GRAINS as u64, GRAIN);
    let mut row = Row { grains: vec![None; GRAINS] };
    let mut held: Vec<(u64, usize, u32)> = Vec::new();
    for operation in 0..OPERATIONS as u32 {
        match random.below(100) {
            0..52 => {
                let longest = if random.below(10) == 0 { 100 } else { 12 };
                let bytes = 1 + random.below(GRAIN * longest);
                let count = bytes.div_ceil(GRAIN) as usize;
                let expected = row.expected(count, fit);
                let got = extents.take(bytes, fit);
                assert_eq!(got, expected.map(|at| at as u64 * GRAIN));
                if let Some(offset) = got {
                    let at = (offset / GRAIN) as usize;
                    assert!(row.grains[at..at + count].iter().all(Option::is_none), "an overlap");
                    row.grains[at..at + count].fill(Some(operation));
                    held.push((offset, count, operation));
                }
            }
            52..99 => {
                if held.is_empty() {
                    assert_eq!(extents.give(random.below(GRAINS as u64) * GRAIN), None);
                    continue;
                }
                let (offset, count, _) = held.swap_remove(random.below(held.len() as u64) as usize);
                assert_eq!(extents.give(offset), Some(count as u64 * GRAIN));
                assert_eq!(extents.give(offset), None, "given twice");
                let at = (offset / GRAIN) as usize;
                row.grains[at..at + count].fill(None);
            }
            _ => {
                if operation % 7 != 0 {
                    continue;
                }
                let stays = |offset: u64| (offset / GRAIN).is_multiple_of(5);
                let largest = extents.largest_free();
                let moves = extents.defragment(|offset| !stays(offset));
                for Move { from, to, length } in moves {
                    assert!(to < from && !stays(from));
                    let (from, to, count) = ((from / GRAIN) as usize, (to / GRAIN) as usize, (length / GRAIN) as usize);
                    let number = row.grains[from].expect("what moves is taken");
                    // As memmove does: what the number marks is its content.
                    row.grains.copy_within(from..from + count, to);
                    row.grains[from.max(to + count)..from + count].fill(None);
                    let one = held.iter_mut().find(|held| held.2 == number).expect("it is held");
                    assert_eq!(one.0, from as u64 * GRAIN);
                    one.0 = to as u64 * GRAIN;
                }
                assert!(extents.largest_free() >= largest, "defragmenting made it worse");
                for &(offset, count, number) in &held {
                    let at = (offset / GRAIN) as usize;
                    assert!(row.grains[at..at + count].iter().all(|grain| *grain == Some(number)), "contents are lost");
                }
            }
        }
        if operation.is_multiple_of(256) {
            row.check(&extents);
        }
    }
    for (offset, ..) in held {
        assert!(extents.give(offset).is_some());
    }
    assert!(extents.is_empty());
    assert_eq!(extents.free().collect::<Vec<_>>(), [(0, extents.size())], "all is returned and joined");
}

#[test]
fn best_fit_keeps_its_books() {
    run(Fit::Best, 0x9E37_79B9_7F4A_7C15);
}

#[test]
fn first_fit_keeps_its_books() {
    run(Fit::First, 0xD1B5_4A32_D192_ED03);
}

#[test]
fn defragmentation_gathers_what_is_free() {
    let mut extents = Extents::new(10 * GRAIN, GRAIN);
    let all: Vec<u64> = (0..10).filter_map(|_| extents.take(GRAIN, Fit::First)).collect();
    for offset in all.iter().step_by(2) {
        extents.give(*offset);
    }
    assert_eq!((extents.free_bytes(), extents.largest_free()), (5 * GRAIN, GRAIN));
    assert_eq!(extents.take(2 * GRAIN, Fit::Best), None);
    let moves = extents.defragment(|_| true);
    assert!(!moves.is_empty());
    assert_eq!(extents.largest_free(), 5 * GRAIN);
    assert_eq!(extents.take(5 * GRAIN, Fit::Best), Some(5 * GRAIN));
}

#[test]
fn absurd_lengths_are_refused() {
    let mut extents = Extents::new(GRAIN, GRAIN);
    assert_eq!(extents.take(u64::MAX, Fit::Best), None);
    assert_eq!(extents.take(0, Fit::First), Some(0), "nothing takes a grain, so that offsets stay unique");
    assert_eq!(extents.take(1, Fit::First), None);
}
