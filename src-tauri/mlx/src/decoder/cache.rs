//! Keys and values of the tokens so far, for each layer.
//!
//! Arrays have room for more tokens than they hold and are updated in place, which MLX does only while nobody
//! else holds a handle: views that attention takes go away before the next update. Rules as in
//! `mlx_lm/models/cache.py` (0.32.2).

use ingot_engine::arch::{CACHE_STEP, DecoderSpec, Mixer};
use ingot_engine::checkpoint::Affine;
use ingot_engine::protocol::KvOptions;
use ingot_engine::{Error, Result as EngineResult};

use super::attend::{optimized_attention, quantized_attention};
use crate::mlx::{Array, Dtype, Mask, Result, arange, concatenate, fused_attention, quantize, zeros};

/// Tokens at the beginning that a bounded cache never drops.
const KEPT: usize = 4;

/// The cache of one text.
pub struct Cache {
    layers: Vec<LayerCache>,
    /// Tokens whose keys and values went in, dropped ones included.
    offset: usize,
    /// Those tokens, in order. While an answer is being made, the last of them is not known yet.
    tokens: Vec<u32>,
    /// Of tokens on their way in.
    incoming: usize,
    /// Uses [`optimized_attention`] in place of the fused kernel.
    plain_attention: bool,
}

/// One layer's part.
struct LayerCache {
    kind: Kind,
    keys: Parts,
    values: Parts,
    shape: Shape,
}

/// Which tokens a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// All, at their positions.
    Full,
    /// The first `kept` and the latest, `size` in all. `next` is where the next token is written.
    Ring { size: usize, kept: usize, next: usize },
}

/// Keys or values, `[1, kv heads, room, width]`: one array, or codes, scales and biases.
type Parts = Vec<Array>;

#[derive(Debug, Clone, Copy)]
struct Shape {
    heads: i32,
    width: i32,
    dtype: Dtype,
    affine: Option<Affine>,
}

impl Cache {
    /// An empty cache for `spec`, whose keys are of type `dtype`.
    pub fn new(spec: &DecoderSpec, dtype: Dtype, options: KvOptions) -> EngineResult<Self> {
        let layers = spec.layers.iter().map(|layer| {
            let Mixer::Attention(attention) = &layer.mixer;
            let kind = match (attention.window, options.max_size) {
                (None, None) => Kind::Full,
                (Some(window), max) if max.is_none_or(|max| window <= max) => {
                    Kind::Ring { size: window, kept: 0, next: 0 }
                }
                (_, max) => Kind::Ring { size: max.unwrap_or(usize::MAX), kept: KEPT, next: 0 },
            };
            // A window is small already, and its ring is not quantized.
            let bits = options.bits.filter(|_| kind == Kind::Full);
            let affine = bits.map(|bits| kv_affine(attention.head, bits)).transpose()?;
            let shape = Shape { heads: attention.kv_heads as i32, width: attention.head as i32, dtype, affine };
            Ok(LayerCache { kind, keys: Vec::new(), values: Vec::new(), shape })
        });
        let layers = layers.collect::<EngineResult<_>>()?;
        Ok(Self { layers, offset: 0, tokens: Vec::new(), incoming: 0, plain_attention: false })
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
        let can_trim = self.layers.iter().all(|layer| match layer.kind {
            Kind::Full => true,
            Kind::Ring { size, .. } => self.tokens.len() <= size,
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
            if let Kind::Ring { next, .. } = &mut layer.kind {
                *next = wanted;
            }
        }
        wanted
    }

    /// Forgets everything; keeps the memory of full layers for the next text.
    fn clear(&mut self) {
        self.tokens.clear();
        self.offset = 0;
        for layer in &mut self.layers {
            if let Kind::Ring { next, .. } = &mut layer.kind {
                *next = 0;
                layer.keys.clear();
                layer.values.clear();
            }
        }
    }

    /// Forgets everything and lets go of all arrays: after a failure they may never be computed.
    pub fn discard(&mut self) {
        self.clear();
        for layer in &mut self.layers {
            layer.keys.clear();
            layer.values.clear();
        }
        self.incoming = 0;
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
        self.layers.iter().flat_map(|layer| layer.keys.iter().chain(&layer.values)).collect()
    }

    /// Bytes of all arrays.
    pub fn bytes(&self) -> usize {
        self.arrays().into_iter().map(Array::bytes).sum()
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
        match (cache.shape.affine, keys.as_slice(), values.as_slice()) {
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
    /// Tokens there is room for.
    fn room(&self) -> usize {
        self.keys.first().map_or(0, |keys| keys.dim(2) as usize)
    }

    /// Puts in keys and values for positions from `offset` on; returns all that the new queries may see, and a
    /// mask where causality alone does not tell.
    fn update(&mut self, keys: Array, values: Array, offset: usize) -> Result<(Parts, Parts, Option<Array>)> {
        let count = keys.dim(2) as usize;
        let (keys, values) = (parts(keys, self.shape.affine)?, parts(values, self.shape.affine)?);
        match self.kind {
            Kind::Full => {
                self.make_room(offset, offset + count)?;
                write(&mut self.keys, &keys, offset)?;
                write(&mut self.values, &values, offset)?;
                Ok((head(&self.keys, offset + count)?, head(&self.values, offset + count)?, None))
            }
            Kind::Ring { size, kept, next } if count == 1 => {
                let place = self.place_in_ring(size, kept, next, offset)?;
                write(&mut self.keys, &keys, place)?;
                write(&mut self.values, &values, place)?;
                self.kind = Kind::Ring { size, kept, next: place + 1 };
                let held = (offset + 1).min(size);
                Ok((head(&self.keys, held)?, head(&self.values, held)?, None))
            }
            Kind::Ring { size, kept, next } => {
                // Every new query must see `size` tokens, so the old ones are put in order and cut to size - 1.
                let before = offset.min(size - 1);
                self.keys = ordered(&self.keys, offset, size, kept, next, before, &keys)?;
                self.values = ordered(&self.values, offset, size, kept, next, before, &values)?;
                self.kind = Kind::Ring { size, kept, next: before + count };
                let mask = (before + count > size).then(|| window_mask(before, count, size)).transpose()?;
                Ok((self.keys.clone(), self.values.clone(), mask))
            }
        }
    }

    /// Where the token at position `offset` goes, with room made for it.
    fn place_in_ring(&mut self, size: usize, kept: usize, next: usize, offset: usize) -> Result<usize> {
        let mut next = next;
        if self.room() > size {
            // After a long prefill the ring holds more than its size.
            let cut = |parts: &Parts| -> Result<Parts> {
                parts
                    .iter()
                    .map(|part| {
                        let (room, dropped) = (part.dim(2), part.dim(2) - size as i32);
                        let latest = part.slice(2, kept as i32 + dropped, room)?;
                        if kept == 0 { Ok(latest) } else { concatenate(&[&part.slice(2, 0, kept as i32)?, &latest], 2) }
                    })
                    .collect()
            };
            (self.keys, self.values) = (cut(&self.keys)?, cut(&self.values)?);
            next = size;
        } else if offset < size {
            self.make_room(offset, (offset + 1).next_multiple_of(CACHE_STEP).min(size))?;
        }
        Ok(if next >= size { kept } else { next })
    }

    /// Room for `wanted` tokens, those before `used` kept.
    fn make_room(&mut self, used: usize, wanted: usize) -> Result<()> {
        let room = self.room();
        if room >= wanted {
            return Ok(());
        }
        let grown = wanted.next_multiple_of(CACHE_STEP);
        let grown = match self.kind {
            Kind::Ring { size, .. } => grown.min(size),
            Kind::Full => grown,
        };
        let grow = |old: &Parts, fresh: Parts| -> Result<Parts> {
            if old.is_empty() {
                return Ok(fresh);
            }
            let kept = used.min(room) as i32;
            let join = |(old, fresh): (&Array, Array)| {
                let rest = fresh.slice(2, kept, grown as i32)?;
                if kept == 0 { Ok(rest) } else { concatenate(&[&old.slice(2, 0, kept)?, &rest], 2) }
            };
            old.iter().zip(fresh).map(join).collect()
        };
        self.keys = grow(&self.keys, self.fresh(grown)?)?;
        self.values = grow(&self.values, self.fresh(grown)?)?;
        Ok(())
    }

    fn fresh(&self, room: usize) -> Result<Parts> {
        let Shape { heads, width, dtype, affine } = self.shape;
        let of = |width: i32, dtype| zeros(&[1, heads, room as i32, width], dtype);
        match affine {
            None => Ok(vec![of(width, dtype)?]),
            Some(Affine { group_size, bits }) => {
                let groups = width / group_size as i32;
                Ok(vec![of(width * bits as i32 / 32, Dtype::U32)?, of(groups, dtype)?, of(groups, dtype)?])
            }
        }
    }
}

/// How a cache of heads `width` wide is quantized to `bits`: in groups of 64, else of 32.
fn kv_affine(width: usize, bits: u8) -> EngineResult<Affine> {
    match [64, 32].into_iter().find(|group| width.is_multiple_of(*group)) {
        Some(group_size) => Ok(Affine { group_size, bits: usize::from(bits) }),
        None => Err(Error::bad_request(format!(
            "the cache of this model cannot be quantized: its heads are {width} wide, not a multiple of 32; \
             leave out kv-bits"
        ))),
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

/// The tokens of a ring in the order of their positions, cut to `before`, followed by `new`.
fn ordered(
    old: &Parts,
    offset: usize,
    size: usize,
    kept: usize,
    next: usize,
    before: usize,
    new: &[Array],
) -> Result<Parts> {
    if old.is_empty() || before == 0 {
        return Ok(new.to_vec());
    }
    let join = |(old, new): (&Array, &Array)| {
        let room = old.dim(2);
        let (kept, next) = (kept as i32, next as i32);
        let in_order = if next == room {
            old.clone()
        } else if (next as usize) < offset.min(size) {
            concatenate(&[&old.slice(2, 0, kept)?, &old.slice(2, next, room)?, &old.slice(2, kept, next)?], 2)?
        } else {
            old.slice(2, 0, next)?
        };
        let dropped = in_order.dim(2) - before as i32;
        if dropped <= 0 {
            return concatenate(&[&in_order, new], 2);
        }
        let latest = in_order.slice(2, kept + dropped, in_order.dim(2))?;
        if kept == 0 {
            concatenate(&[&latest, new], 2)
        } else {
            concatenate(&[&in_order.slice(2, 0, kept)?, &latest, new], 2)
        }
    };
    old.iter().zip(new).map(join).collect()
}

/// `[count, before + count]`: the query in row r sees the keys up to its own, `size` of them at most.
fn window_mask(before: usize, count: usize, size: usize) -> Result<Array> {
    let columns = arange(0, (before + count) as i32)?;
    let rows = arange(before as i32, (before + count) as i32)?.expand_dims(1)?;
    let reach = columns.add(&Array::from_i32(size as i32))?;
    rows.greater_equal(&columns)?.and(&rows.less(&reach)?)
}
