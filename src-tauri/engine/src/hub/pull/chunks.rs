//! Which parts of a file are there: it is fetched in chunks, in any order, by several connections.

use std::ops::Range;

/// Bytes that are asked for at once. What connections have in flight is lost when the process is killed, and may be no more
/// than 16 MiB: that is four chunks, with room for the small files.
pub const CHUNK: u64 = 3 << 20;

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
}

impl Chunks {
    /// Of a file of so many bytes, of which none is here.
    pub fn new(bytes: u64) -> Self {
        Self { bytes, states: vec![State::Missing; bytes.div_ceil(CHUNK) as usize] }
    }

    pub fn count(&self) -> usize {
        self.states.len()
    }

    /// Where chunk `index` lies in the file.
    pub fn range(&self, index: usize) -> Range<u64> {
        range(index, self.bytes)
    }

    /// The first chunk that is missing, which is the caller's from now on.
    pub fn take(&mut self) -> Option<usize> {
        let index = self.states.iter().position(|state| *state == State::Missing)?;
        self.states[index] = State::Taken;
        Some(index)
    }

    /// Chunk `index` is written, with this CRC-32. `false` if the file has no such chunk.
    pub fn put(&mut self, index: usize, crc: u32) -> bool {
        let state = self.states.get_mut(index);
        state.map(|state| *state = State::Here(crc)).is_some()
    }

    /// Chunk `index` is to be fetched, once more or after all.
    pub fn give_back(&mut self, index: usize) {
        self.states[index] = State::Missing;
    }

    /// Everything is to be fetched again; what connections have taken stays theirs.
    pub fn forget(&mut self) {
        let here = self.states.iter_mut().filter(|state| matches!(state, State::Here(_)));
        here.for_each(|state| *state = State::Missing);
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
        let here = self.states.iter().enumerate().filter(|(_, state)| matches!(state, State::Here(_)));
        here.map(|(index, _)| self.range(index)).map(|range| range.end - range.start).sum()
    }
}

/// Where chunk `index` of a file of `bytes` lies in it.
pub fn range(index: usize, bytes: u64) -> Range<u64> {
    let start = index as u64 * CHUNK;
    start..(start + CHUNK).min(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_cover_a_file_and_are_taken_once() {
        for bytes in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
            let mut chunks = Chunks::new(bytes);
            let mut end = 0;
            while let Some(index) = chunks.take() {
                assert_eq!(chunks.range(index).start, end);
                end = chunks.range(index).end;
                assert!(chunks.put(index, 7));
                assert_eq!(chunks.here(), end);
            }
            assert_eq!(end, bytes);
            assert_eq!(chunks.here(), bytes);
            assert!(!chunks.put(chunks.count(), 7), "there is no such chunk");
        }
    }

    #[test]
    fn what_is_given_back_or_forgotten_is_fetched_again() {
        let mut chunks = Chunks::new(3 * CHUNK);
        let (first, second) = (chunks.take().expect("a chunk"), chunks.take().expect("a chunk"));
        chunks.give_back(first);
        assert_eq!(chunks.take(), Some(first));
        chunks.put(first, 1);
        chunks.forget();
        assert_eq!((chunks.take(), chunks.take(), chunks.take()), (Some(first), Some(2), None));
        chunks.put(second, 2);
        assert_eq!((chunks.crc(first), chunks.crc(second)), (None, Some(2)));
    }
}
