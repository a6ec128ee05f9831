//! Keys and values of the tokens so far, for each layer.
//!
//! Blocks have room for more tokens than they hold and are updated in place, which MLX does only while nobody else
//! holds a handle: views that attention takes go away before the next update. Blocks come from a pool and go back
//! to it, so that the next text takes no new memory. Rules as in `mlx_lm/models/cache.py` (0.32.2).

use ingot_engine::arch::{DecoderSpec, Held, KvOptions, Mixer};
use ingot_engine::checkpoint::Affine;
use ingot_engine::memory::Occupancy;
use ingot_engine::{Error, Result as EngineResult};

use super::attend::{optimized_attention, quantized_attention};
use super::blocks::{Block, BlockKind, BlockPool, Lender, Parts};
use crate::mlx::{Array, Dtype, Mask, Result, arange, clear_cache, concatenate, eval, fused_attention, quantize};

/// The cache of one text.
pub struct Cache {
    layers: Vec<LayerCache>,
    pool: BlockPool,
    /// Tokens whose keys and values went in, dropped ones included.
    offset: usize,
    /// Those tokens, in order. While an answer is being made, the last of them is not known yet.
    tokens: Vec<u32>,
    /// Of tokens on their way in.
    incoming: usize,
    /// Tokens of a text that every layer has room for.
    room: usize,
    /// Uses [`optimized_attention`] in place of the fused kernel.
    plain_attention: bool,
}

/// One layer's part.
struct LayerCache {
    held: Held,
    kind: BlockKind,
    keys: Block,
    values: Block,
    /// Where the next token is written; in a ring that has turned, before the end of what it holds.
    next: usize,
}

impl Cache {
    /// An empty cache for `spec`, whose keys are of type `dtype`. It may take `granted` bytes without asking.
    pub fn new(spec: &DecoderSpec, dtype: Dtype, options: KvOptions, granted: u64) -> EngineResult<Self> {
        let layers = spec.layers.iter().map(|layer| {
            let Mixer::Attention(attention) = &layer.mixer;
            let affine = attention.cache_affine(options).map_err(Error::bad_request)?;
            let kind = BlockKind { heads: attention.kv_heads as i32, width: attention.head as i32, dtype, affine };
            let (keys, values) = (Block::default(), Block::default());
            Ok(LayerCache { held: attention.held(options), kind, keys, values, next: 0 })
        });
        let layers = layers.collect::<EngineResult<_>>()?;
        let pool = BlockPool::new(granted);
        Ok(Self { layers, pool, offset: 0, tokens: Vec::new(), incoming: 0, room: 0, plain_attention: false })
    }

    /// Attends with [`optimized_attention`] from now on.
    pub fn with_plain_attention(mut self) -> Self {
        self.plain_attention = true;
        self
    }

    /// Tokens that went in: the position of the next.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Makes room for `count` tokens more, in all layers or, if `lend` refuses the memory, in none.
    pub fn make_room(&mut self, spec: &DecoderSpec, count: usize, lend: Lender<'_>) -> EngineResult<()> {
        let length = self.offset + count;
        if length <= self.room {
            return Ok(());
        }
        let short = |layer: &LayerCache| {
            let wanted = layer.wanted(spec, length);
            (layer.keys.room < wanted).then_some(wanted)
        };
        let wanted = self.layers.iter().filter_map(|layer| Some((layer.kind, short(layer)?)));
        let wanted: Vec<(BlockKind, usize)> = wanted.flat_map(|block| [block, block]).collect();
        let moving = self.layers.iter().filter(|layer| short(layer).is_some());
        let leaving = moving.map(|layer| 2 * layer.kind.bytes(layer.keys.room)).sum();
        let _span = tracing::trace_span!("grow cache").entered();
        self.pool.secure(length, &wanted, leaving, lend)?;
        for layer in &mut self.layers {
            if let Some(room) = short(layer) {
                // A ring that grows has not turned yet: its tokens are at their positions.
                layer.move_to(room, self.offset.min(layer.keys.room), &mut self.pool)?;
            }
        }
        let room = |layer: &LayerCache| match layer.held {
            Held::Latest { size, .. } if layer.keys.room >= size => usize::MAX,
            _ => layer.keys.room,
        };
        self.room = self.layers.iter().map(room).min().unwrap_or(usize::MAX);
        Ok(())
    }

    /// Moves what is held into the shortest blocks that hold it, and lets go of all others. Returns the bytes gained.
    pub fn defragment(&mut self, spec: &DecoderSpec) -> EngineResult<u64> {
        let before = self.pool.occupancy().reserved;
        for layer in &mut self.layers {
            let wanted = layer.wanted(spec, self.offset);
            if self.offset > 0 && layer.keys.room > wanted {
                layer.move_to(wanted, self.offset.min(wanted), &mut self.pool)?;
                self.room = self.room.min(wanted);
            }
        }
        self.pool.drain();
        self.pool.return_grants();
        Ok(before - self.pool.occupancy().reserved)
    }

    /// How many of `prompt`'s first tokens the cache can supply, leaving at least one to compute; what follows
    /// them in the cache is forgotten. 0 empties it.
    pub fn reuse(&mut self, prompt: &[u32]) -> usize {
        if self.tokens.len() != self.offset {
            // An answer broke off; what it left is not known.
            self.clear();
        }
        let common = self.tokens.iter().zip(prompt).take_while(|(a, b)| a == b).count();
        let wanted = common.min(prompt.len().saturating_sub(1));
        // A ring that has dropped tokens cannot go back.
        let can_trim = self.layers.iter().all(|layer| match layer.held {
            Held::All => true,
            Held::Latest { size, .. } => self.tokens.len() <= size,
        });
        if wanted == self.tokens.len() {
            return wanted;
        }
        if wanted == 0 || !can_trim {
            self.clear();
            return 0;
        }
        self.tokens.truncate(wanted);
        self.offset = wanted;
        for layer in &mut self.layers {
            layer.next = wanted;
        }
        wanted
    }

    /// Forgets everything; the blocks wait in the pool for the next text.
    fn clear(&mut self) {
        (self.offset, self.incoming, self.room) = (0, 0, 0);
        self.tokens.clear();
        for layer in &mut self.layers {
            layer.give_back(&mut self.pool);
        }
    }

    /// Forgets everything and lets go of all arrays: after a failure they may never be computed.
    pub fn discard(&mut self) {
        for layer in &mut self.layers {
            self.pool.drop(layer.kind, &mut layer.keys);
            self.pool.drop(layer.kind, &mut layer.values);
        }
        self.clear();
        self.pool.drain();
    }

    /// Announces `count` tokens.
    pub(super) fn begin(&mut self, count: usize) {
        self.incoming = count;
    }

    /// The announced tokens are in.
    pub(super) fn advance(&mut self) {
        self.offset += self.incoming;
        self.incoming = 0;
    }

    /// Tells which tokens went in.
    pub fn record(&mut self, tokens: &[u32]) {
        self.tokens.extend_from_slice(tokens);
    }

    /// Every array, for waiting until they are computed.
    pub fn arrays(&self) -> Vec<&Array> {
        self.layers.iter().flat_map(|layer| layer.keys.parts.iter().chain(&layer.values.parts)).collect()
    }

    /// Bytes that it may take without asking.
    pub fn granted(&self) -> u64 {
        self.pool.granted()
    }

    /// The blocks in use and free.
    pub fn occupancy(&self) -> Occupancy {
        self.pool.occupancy()
    }
}

impl Cache {
    /// Tokens that the text has once those on their way are in.
    pub(super) fn length(&self) -> usize {
        self.offset + self.incoming
    }

    /// Caches `keys` and `values` (`[1, kv heads, tokens, width]`) of layer `layer`, and attends to all that
    /// `queries` (`[1, heads, tokens, width]`) may see.
    pub(super) fn attend(
        &mut self,
        layer: usize,
        queries: &Array,
        keys: Array,
        values: Array,
        scale: f32,
    ) -> Result<Array> {
        let offset = self.offset;
        let cache = &mut self.layers[layer];
        let count = keys.dim(2) as usize;
        let (keys, values, mask) = cache.update(keys, values, offset)?;
        let mask = match &mask {
            Some(mask) => Mask::Bool(mask),
            None if count > 1 => Mask::Causal,
            None => Mask::None,
        };
        match (cache.kind.affine, keys.as_slice(), values.as_slice()) {
            (Some(affine), [k0, k1, k2], [v0, v1, v2]) => {
                quantized_attention(queries, [k0, k1, k2], [v0, v1, v2], affine, scale, mask)
            }
            (_, keys, values) if self.plain_attention => {
                optimized_attention(queries, &keys[0], &values[0], scale, mask)
            }
            (_, keys, values) => fused_attention(queries, &keys[0], &values[0], scale, mask),
        }
    }
}

impl LayerCache {
    /// Room that the layer has to have for a text of `length` tokens.
    fn wanted(&self, spec: &DecoderSpec, length: usize) -> usize {
        spec.cache_room(self.held, length)
    }

    /// Puts in keys and values for positions from `offset` on, for which there is room; returns all that the new
    /// queries may see, and a mask where causality alone does not tell.
    fn update(&mut self, keys: Array, values: Array, offset: usize) -> Result<(Parts, Parts, Option<Array>)> {
        let count = keys.dim(2) as usize;
        let (keys, values) = (parts(keys, self.kind.affine)?, parts(values, self.kind.affine)?);
        let (place, length) = match self.held {
            Held::All => (offset, offset + count),
            Held::Latest { size, .. } if offset + count <= size => (offset, offset + count),
            Held::Latest { size, kept } if count == 1 => (if self.next >= size { kept } else { self.next }, size),
            Held::Latest { size, kept } => return self.turn(keys, values, offset, size, kept),
        };
        write(&mut self.keys.parts, &keys, place)?;
        write(&mut self.values.parts, &values, place)?;
        self.next = place + count;
        Ok((head(&self.keys.parts, length)?, head(&self.values.parts, length)?, None))
    }

    /// Several tokens of which not all fit into a ring. Every new query must see `size` tokens, so the old ones are
    /// put in order and cut to size - 1 for them; what the ring keeps are the latest.
    fn turn(
        &mut self,
        keys: Parts,
        values: Parts,
        offset: usize,
        size: usize,
        kept: usize,
    ) -> Result<(Parts, Parts, Option<Array>)> {
        let before = offset.min(size - 1);
        let count = keys[0].dim(2) as usize;
        let keys = ordered(&self.keys.parts, offset.min(size), kept, self.next, before, &keys)?;
        let values = ordered(&self.values.parts, offset.min(size), kept, self.next, before, &values)?;
        let mask = (before + count > size).then(|| window_mask(before, count, size)).transpose()?;
        write(&mut self.keys.parts, &latest(&keys, size, kept)?, 0)?;
        write(&mut self.values.parts, &latest(&values, size, kept)?, 0)?;
        self.next = size.min(before + count);
        Ok((keys, values, mask))
    }

    /// Blocks with room for `room` tokens, those before `used` kept.
    fn move_to(&mut self, room: usize, used: usize, pool: &mut BlockPool) -> Result<()> {
        for old in [&mut self.keys, &mut self.values] {
            let mut fresh = pool.take(self.kind, room)?;
            if used > 0 {
                let copied = head(&old.parts, used).and_then(|kept| write(&mut fresh.parts, &kept, 0));
                // Computed now, so that the old block goes before the next layer's comes.
                let copied = copied.and_then(|()| eval(&fresh.parts.iter().collect::<Vec<_>>()));
                if let Err(error) = copied {
                    pool.drop(self.kind, &mut fresh);
                    return Err(error);
                }
            }
            pool.drop(self.kind, old);
            *old = fresh;
        }
        if used > 0 {
            // MLX would keep the old blocks, and the cache would be there twice.
            clear_cache();
        }
        Ok(())
    }

    fn give_back(&mut self, pool: &mut BlockPool) {
        self.next = 0;
        pool.give(self.kind, std::mem::take(&mut self.keys));
        pool.give(self.kind, std::mem::take(&mut self.values));
    }
}

/// Codes, scales and biases of `x`, or `x` itself.
fn parts(x: Array, affine: Option<Affine>) -> Result<Parts> {
    match affine {
        Some(affine) => Ok(quantize(&x, affine)?.into()),
        None => Ok(vec![x]),
    }
}

fn write(parts: &mut Parts, update: &[Array], at: usize) -> Result<()> {
    for (part, update) in parts.iter_mut().zip(update) {
        *part = part.slice_update(update, 2, at as i32)?;
    }
    Ok(())
}

fn head(parts: &Parts, count: usize) -> Result<Parts> {
    parts
        .iter()
        .map(|part| if part.dim(2) as usize == count { Ok(part.clone()) } else { part.slice(2, 0, count as i32) })
        .collect()
}

/// The `held` tokens of a ring in the order of their positions, cut to `before`, followed by `new`.
fn ordered(old: &Parts, held: usize, kept: usize, next: usize, before: usize, new: &[Array]) -> Result<Parts> {
    if old.is_empty() || before == 0 {
        return Ok(new.to_vec());
    }
    let join = |(old, new): (&Array, &Array)| {
        let (held, kept, next) = (held as i32, kept as i32, next as i32);
        let in_order = if next < held {
            concatenate(&[&old.slice(2, 0, kept)?, &old.slice(2, next, held)?, &old.slice(2, kept, next)?], 2)?
        } else {
            old.slice(2, 0, held)?
        };
        concatenate(&[&cut(&in_order, before, kept as usize)?, new], 2)
    };
    old.iter().zip(new).map(join).collect()
}

/// The first `kept` and the latest of `parts`, `size` in all.
fn latest(parts: &Parts, size: usize, kept: usize) -> Result<Parts> {
    parts.iter().map(|part| cut(part, size, kept)).collect()
}

fn cut(part: &Array, size: usize, kept: usize) -> Result<Array> {
    let (size, kept, length) = (size as i32, kept as i32, part.dim(2));
    let dropped = length - size;
    if dropped <= 0 {
        return Ok(part.clone());
    }
    let latest = part.slice(2, kept + dropped, length)?;
    if kept == 0 { Ok(latest) } else { concatenate(&[&part.slice(2, 0, kept)?, &latest], 2) }
}

/// `[count, before + count]`: the query in row r sees the keys up to its own, `size` of them at most.
fn window_mask(before: usize, count: usize, size: usize) -> Result<Array> {
    let columns = arange(0, (before + count) as i32)?;
    let rows = arange(before as i32, (before + count) as i32)?.expand_dims(1)?;
    let reach = columns.add(&Array::from_i32(size as i32))?;
    rows.greater_equal(&columns)?.and(&rows.less(&reach)?)
}
