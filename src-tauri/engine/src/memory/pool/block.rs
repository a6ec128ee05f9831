//! Handles to a pool's blocks. The pool may move a block that nobody looks at; who looks pins it.

use std::ops::{Deref, DerefMut, Range};
use std::sync::Arc;

use memmap2::Mmap;

use super::Shared;
use crate::memory::Owner;
use crate::memory::backing::Span;

/// A block of a [`super::HostPool`]; dropping it gives it back.
#[derive(Debug)]
pub struct Block {
    pool: Arc<Shared>,
    id: u64,
    length: usize,
}

impl Block {
    pub(super) fn new(pool: Arc<Shared>, id: u64, length: usize) -> Self {
        Self { pool, id, length }
    }

    /// Bytes that were asked for.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Keeps the block where it is, to read and write it.
    pub fn pin(&mut self) -> Pinned<'_> {
        let span = self.pool.books().pin(self.id);
        Pinned { span, block: self }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        self.pool.books().give(self.id);
        self.pool.freed.notify_all();
    }
}

/// The bytes of a block, which stays in its place meanwhile.
#[derive(Debug)]
pub struct Pinned<'a> {
    /// Always there: a block is in the books until it is dropped.
    span: Option<Span>,
    block: &'a mut Block,
}

impl Deref for Pinned<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the books give the span to this block alone, do not move it while it is pinned, and keep its
        // mapping while the block is in them; `self` borrows the block, so it cannot be pinned twice or dropped.
        let bytes = self.span.map_or(&[][..], |span| unsafe { span.bytes() });
        &bytes[..self.block.length]
    }
}

impl DerefMut for Pinned<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        let length = self.block.length;
        // SAFETY: as above; `&mut self` makes this the only access.
        let bytes = self.span.map_or(&mut [][..], |span| unsafe { span.bytes_mut() });
        &mut bytes[..length]
    }
}

impl Drop for Pinned<'_> {
    fn drop(&mut self) {
        self.block.pool.books().unpin(self.block.id);
    }
}

/// Part of a mapped file, used where it lies.
#[derive(Debug)]
pub struct MappedBlock {
    pool: Arc<Shared>,
    map: Arc<Mmap>,
    range: Range<usize>,
    owner: Owner,
}

impl MappedBlock {
    pub(super) fn new(pool: Arc<Shared>, map: Arc<Mmap>, range: Range<usize>, owner: Owner) -> Self {
        Self { pool, map, range, owner }
    }
}

impl Deref for MappedBlock {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.map[self.range.clone()]
    }
}

impl Drop for MappedBlock {
    fn drop(&mut self) {
        self.pool.books().occupancy.unview(self.owner, self.range.len() as u64);
    }
}
