//! Which parts of a file are there: it is fetched in chunks, in any order, by several connections.

use std::ops::Range;

/// Bytes of a chunk: what a connection has of one is lost when the process is killed.
pub const CHUNK: u64 = 1 << 20;
/// Chunks that are asked for at once. All that four connections have asked for may be under way when the process is killed,
/// and must be no more than 16 MiB: it is 12, with room for the small files.
const RUN: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Missing,
    /// Somebody fetches it.
    Taken,
    /// It is written; the CRC-32 of what was.
    Here(u32),
}

/// The chunks of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunks {
    bytes: u64,
    states: Vec<State>,
    /// Before it none is missing.
    cursor: usize,
    /// Bytes that are here.
    here: u64,
}

impl Chunks {
    /// Of a file of so many bytes, of which none is here.
    pub fn new(bytes: u64) -> Self {
        Self { bytes, states: vec![State::Missing; bytes.div_ceil(CHUNK) as usize], cursor: 0, here: 0 }
    }

    pub fn count(&self) -> usize {
        self.states.len()
    }

    /// Where chunk `index` lies in the file.
    pub fn range(&self, index: usize) -> Range<u64> {
        range(index, self.bytes)
    }

    /// The first chunks that are missing, a few side by side, which are the caller's from now on; empty if none is missing.
    pub fn take(&mut self) -> Range<usize> {
        let taken = self.missing(RUN);
        for index in taken.clone() {
            self.set(index, State::Taken);
        }
        taken
    }

    /// All chunks that are missing.
    pub fn take_all(&mut self) -> Vec<usize> {
        let mut all = Vec::new();
        loop {
            let taken = self.take();
            if taken.is_empty() {
                return all;
            }
            all.extend(taken);
        }
    }

    /// The first of those that are missing side by side, `most` at most.
    fn missing(&mut self, most: usize) -> Range<usize> {
        self.cursor += self.states[self.cursor..].iter().take_while(|state| **state != State::Missing).count();
        let side_by_side = self.states[self.cursor..].iter().take(most).take_while(|state| **state == State::Missing);
        self.cursor..self.cursor + side_by_side.count()
    }

    /// Chunk `index` is written, with this CRC-32. `false` if the file has no such chunk.
    pub fn put(&mut self, index: usize, crc: u32) -> bool {
        self.set(index, State::Here(crc))
    }

    /// Chunk `index` is to be fetched, once more or after all.
    pub fn give_back(&mut self, index: usize) {
        self.set(index, State::Missing);
        self.cursor = self.cursor.min(index);
    }

    /// Everything is to be fetched again; what connections have taken stays theirs.
    pub fn forget(&mut self) {
        self.forget_from(0);
    }

    /// The same for what lies behind the first `bytes`.
    pub fn forget_from(&mut self, bytes: u64) {
        for index in 0..self.states.len() {
            if self.range(index).end > bytes && self.crc(index).is_some() {
                self.give_back(index);
            }
        }
    }

    fn set(&mut self, index: usize, state: State) -> bool {
        let length = self.range(index).end.saturating_sub(self.range(index).start);
        let Some(old) = self.states.get_mut(index) else { return false };
        let before = std::mem::replace(old, state);
        self.here -= if matches!(before, State::Here(_)) { length } else { 0 };
        self.here += if matches!(state, State::Here(_)) { length } else { 0 };
        true
    }

    /// The CRC-32 of chunk `index`, if it is here.
    pub fn crc(&self, index: usize) -> Option<u32> {
        match self.states.get(index) {
            Some(State::Here(crc)) => Some(*crc),
            _ => None,
        }
    }

    /// Bytes that are here.
    pub fn here(&self) -> u64 {
        self.here
    }
}

/// Where chunk `index` of a file of `bytes` lies in it.
pub fn range(index: usize, bytes: u64) -> Range<u64> {
    let start = (index as u64).saturating_mul(CHUNK);
    start..start.saturating_add(CHUNK).min(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_a_file_and_are_taken_once() {
        for bytes in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 10 * CHUNK + 7] {
            let mut chunks = Chunks::new(bytes);
            let mut end = 0;
            loop {
                let taken = chunks.take();
                if taken.is_empty() {
                    break;
                }
                assert!(taken.len() <= RUN);
                for index in taken {
                    assert_eq!(chunks.range(index).start, end);
                    end = chunks.range(index).end;
                    assert!(chunks.put(index, 7));
                    assert_eq!(chunks.here(), end);
                }
            }
            assert_eq!(end, bytes);
            assert_eq!(chunks.here(), bytes);
            assert!(!chunks.put(chunks.count(), 7), "there is no such chunk");
        }
    }

    #[test]
    fn what_is_given_back_or_forgotten_is_fetched_again() {
        let mut chunks = Chunks::new(5 * CHUNK);
        assert_eq!((chunks.take(), chunks.take(), chunks.take()), (0..3, 3..5, 5..5));
        chunks.give_back(1);
        assert_eq!(chunks.take(), 1..2);
        for index in 0..5 {
            chunks.put(index, 1);
        }
        chunks.forget_from(3 * CHUNK);
        assert_eq!((chunks.here(), chunks.take()), (3 * CHUNK, 3..5));
        chunks.put(4, 2);
        chunks.forget();
        assert_eq!((chunks.crc(0), chunks.here()), (None, 0));
        assert_eq!(chunks.take_all(), [0, 1, 2, 4], "the fourth is still taken");
    }
}
