//! Device blocks of the key/value cache: whole arrays, taken from a pool and given back to it.
//!
//! The books are [`Recycler`]'s; here are the arrays. A block is never a part of a larger array: MLX would copy all
//! of it at each update.

use ingot_engine::Result as EngineResult;
use ingot_engine::arch::row_bytes;
use ingot_engine::checkpoint::Affine;
use ingot_engine::memory::{Occupancy, Owner, Recycler};
use ingot_engine::protocol::Growth;

use crate::mlx::{Array, Dtype, Result, zeros};

/// Keys or values, `[1, heads, room, width]`: one array, or codes, scales and biases.
pub type Parts = Vec<Array>;

/// What all blocks of a class have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BlockKind {
    pub heads: i32,
    pub width: i32,
    pub dtype: Dtype,
    pub affine: Option<Affine>,
}

/// A block and the tokens it has room for; 0 if there is none yet.
#[derive(Default)]
pub struct Block {
    pub parts: Parts,
    pub room: usize,
}

/// Hands out blocks. It asks before it makes more than it was granted.
pub struct BlockPool {
    recycler: Recycler<BlockKind, Parts>,
    /// Bytes that it may make, and as many of them as it was granted at first.
    granted: u64,
    first_grant: u64,
}

/// Asked before a cache grows; the error says why not.
pub type Lender<'a> = &'a mut dyn FnMut(Growth) -> EngineResult<()>;

impl BlockKind {
    pub fn bytes(&self, room: usize) -> u64 {
        let row = row_bytes(self.width as u64, self.dtype.bytes() as u64, self.affine);
        self.heads as u64 * room as u64 * row
    }

    fn zeros(&self, room: usize) -> Result<Parts> {
        let of = |width: i32, dtype| zeros(&[1, self.heads, room as i32, width], dtype);
        match self.affine {
            None => Ok(vec![of(self.width, self.dtype)?]),
            Some(Affine { group_size, bits }) => {
                let groups = self.width / group_size as i32;
                let codes = self.width * bits as i32 / 32;
                Ok(vec![of(codes, Dtype::U32)?, of(groups, self.dtype)?, of(groups, self.dtype)?])
            }
        }
    }
}

impl BlockPool {
    /// A pool that may make `granted` bytes of blocks without asking.
    pub fn new(granted: u64) -> Self {
        Self { recycler: Recycler::new(Owner::KvCache), granted, first_grant: granted }
    }

    /// Makes sure that for a text of `tokens` a block of each of `wanted` (kind and room) can be taken: asks for what has to be made and
    /// goes beyond the grant. `leaving` bytes are let go of meanwhile. Free blocks that are too short make way.
    pub fn secure(
        &mut self,
        tokens: usize,
        wanted: &[(BlockKind, usize)],
        leaving: u64,
        lend: Lender<'_>,
    ) -> EngineResult<()> {
        let missing =
            |pool: &Self| -> u64 { pool.recycler.missing(wanted).map(|(kind, room)| kind.bytes(*room)).sum() };
        let after = |pool: &Self| (pool.recycler.occupancy().reserved + missing(pool)).saturating_sub(leaving);
        if after(self) > self.granted {
            self.drain();
        }
        let needed = after(self);
        if needed > self.granted {
            lend(Growth { tokens, granted: self.granted, bytes: needed - self.granted })?;
            self.granted = needed;
        }
        Ok(())
    }

    /// A block of `kind` with room for `room` tokens: a free one, else a new one of zeros. What a used one holds is
    /// whatever it held.
    pub fn take(&mut self, kind: BlockKind, room: usize) -> Result<Block> {
        if let Some((room, parts)) = self.recycler.take(&kind, room) {
            return Ok(Block { parts, room });
        }
        let parts = kind.zeros(room)?;
        self.recycler.made(kind.bytes(room));
        Ok(Block { parts, room })
    }

    /// Takes `block` back for the next text.
    pub fn give(&mut self, kind: BlockKind, block: Block) {
        if block.room > 0 {
            self.recycler.give(&kind, block.room, kind.bytes(block.room), block.parts);
        }
    }

    /// Lets go of `block`.
    pub fn drop(&mut self, kind: BlockKind, block: &mut Block) {
        if block.room > 0 {
            self.recycler.dropped(kind.bytes(block.room));
        }
        *block = Block::default();
    }

    /// Gives the memory of free blocks back. The bytes.
    pub fn drain(&mut self) -> u64 {
        self.recycler.drain().0
    }

    /// Gives back what was granted later and is not in use.
    pub fn return_grants(&mut self) {
        self.granted = self.granted.min(self.recycler.occupancy().reserved.max(self.first_grant));
    }

    /// Bytes that it may make without asking.
    pub fn granted(&self) -> u64 {
        self.granted
    }

    pub fn occupancy(&self) -> Occupancy {
        self.recycler.occupancy()
    }
}
