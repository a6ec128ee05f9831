//! Softmax attention: projections, rotary embedding, and three ways to compute the same product.

use ingot_engine::Result as EngineResult;
use ingot_engine::arch::{self, QkNorm, Rope, RopeKernel, RopeLayout};
use ingot_engine::checkpoint::Affine;

use super::NormLayer;
use super::matrix::{Linear, Loader};
use crate::mlx::{Angles, Array, Mask, Position, Result, arange, rope};

/// The part of attention that knows what came before: positions, and the cache of keys and values.
pub trait Attend {
    /// Position of the first of the tokens at hand.
    fn position(&self) -> Position<'_>;

    /// Tokens that the text has once those at hand are in.
    fn length(&self) -> usize;

    /// The periods of layer `layer`'s rope, if they change with the length of the text and were computed outside.
    fn dynamic_periods(&self, layer: usize) -> Option<&Array>;

    /// Caches `keys` and `values` (`[1, kv heads, tokens, width]`) of layer `layer` and attends to all that it sees.
    fn attend(&mut self, layer: usize, queries: &Array, keys: Array, values: Array, scale: f32) -> Result<Array>;
}

pub struct AttentionLayer {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    norms: Option<(NormLayer, NormLayer)>,
    rope: RopeLayer,
    query_heads: i32,
    kv_heads: i32,
    head: i32,
    scale: f32,
}

/// A rope with its constants as arrays.
struct RopeLayer {
    rope: Rope,
    kernel: RopeKernel,
    periods: Option<Array>,
    input_scale: Option<Array>,
}

impl AttentionLayer {
    pub fn load(loader: &mut Loader<'_>, attention: &arch::Attention) -> EngineResult<Self> {
        let query = loader.linear(&attention.query)?;
        let norms = match &attention.qk_norm {
            QkNorm::None => None,
            QkNorm::PerHead { query, key } => Some((NormLayer::load(loader, query)?, NormLayer::load(loader, key)?)),
        };
        Ok(Self {
            query,
            key: loader.linear(&attention.key)?,
            value: loader.linear(&attention.value)?,
            output: loader.linear(&attention.output)?,
            norms,
            rope: RopeLayer::new(&attention.rope),
            query_heads: attention.query_heads as i32,
            kv_heads: attention.kv_heads as i32,
            head: attention.head as i32,
            scale: attention.scale,
        })
    }

    /// `x` is `[1, tokens, hidden]`, as is the result.
    pub fn forward(&self, x: &Array, layer: usize, context: &mut dyn Attend) -> Result<Array> {
        let tokens = x.dim(1);
        let split = |projected: Array, heads: i32| projected.reshape(&[1, tokens, heads, self.head]);
        let mut queries = split(self.query.forward(x)?, self.query_heads)?;
        let mut keys = split(self.key.forward(x)?, self.kv_heads)?;
        let values = split(self.value.forward(x)?, self.kv_heads)?;
        if let Some((query_norm, key_norm)) = &self.norms {
            queries = query_norm.forward(&queries)?;
            keys = key_norm.forward(&keys)?;
        }
        let by_head = |x: Array| x.transpose(&[0, 2, 1, 3]);
        let queries = self.rope.rotate(by_head(queries)?, layer, context)?;
        let keys = self.rope.rotate(by_head(keys)?, layer, context)?;
        let seen = context.attend(layer, &queries, keys, by_head(values)?, self.scale)?;
        self.output.forward(&by_head(seen)?.reshape(&[1, tokens, self.query_heads * self.head])?)
    }
}

impl RopeLayer {
    fn new(rope: &Rope) -> Self {
        let kernel = rope.kernel();
        let (periods, input_scale) = match &kernel {
            RopeKernel::Periods { periods, input_scale } => (
                Some(Array::from_f32(periods, &[periods.len() as i32])),
                (*input_scale != 1.0).then(|| Array::from_f32(&[*input_scale], &[])),
            ),
            _ => (None, None),
        };
        Self { rope: rope.clone(), kernel, periods, input_scale }
    }

    fn rotate(&self, x: Array, layer: usize, context: &dyn Attend) -> Result<Array> {
        let (angles, scale) = match (&self.kernel, &self.periods, context.dynamic_periods(layer)) {
            (RopeKernel::Base { base, scale }, _, _) => (Angles::Base(*base), *scale),
            (RopeKernel::Dynamic, _, Some(periods)) | (_, Some(periods), _) => (Angles::Periods(periods), 1.0),
            _ => (Angles::Base(self.rope.dynamic_base(context.length())), 1.0),
        };
        let x = match &self.input_scale {
            None => x,
            Some(by) => self.scaled(&x, by)?,
        };
        rope(&x, self.rope.dims, self.rope.layout == RopeLayout::Interleaved, angles, scale, context.position())
    }

    /// `x` with the elements that are rotated multiplied by `by`.
    fn scaled(&self, x: &Array, by: &Array) -> Result<Array> {
        let by = by.astype(x.dtype())?;
        if x.dim(-1) == self.rope.dims as i32 {
            return x.multiply(&by);
        }
        let rotated = x.slice(-1, 0, self.rope.dims as i32)?.multiply(&by)?;
        x.slice_update(&rotated, -1, 0)
    }
}

/// The same as the fused kernel, of matrix products and a softmax: `[1, heads, tokens, width]` in, the same out.
/// Heads of q may be a multiple of those of k and v.
pub fn optimized_attention(q: &Array, k: &Array, v: &Array, scale: f32, mask: Mask<'_>) -> Result<Array> {
    let grouped = Grouped::new(q, k.dim(1))?;
    let q = grouped.queries.multiply(&Array::scalar(scale, q.dtype())?)?;
    let (k, v) = (k.expand_dims(2)?, v.expand_dims(2)?);
    let scores = q.matmul(&k.transpose(&[0, 1, 2, 4, 3])?)?;
    let seen = masked(&scores, mask)?.softmax(-1, true)?.matmul(&v)?;
    grouped.join(&seen)
}

/// [`optimized_attention`] over keys and values that are quantized to (codes, scales, biases).
pub fn quantized_attention(
    q: &Array,
    keys: [&Array; 3],
    values: [&Array; 3],
    affine: Affine,
    scale: f32,
    mask: Mask<'_>,
) -> Result<Array> {
    let grouped = Grouped::new(q, keys[0].dim(1))?;
    let q = grouped.queries.multiply(&Array::scalar(scale, q.dtype())?)?;
    let spread = |parts: [&Array; 3]| -> Result<Vec<Array>> { parts.iter().map(|part| part.expand_dims(2)).collect() };
    let (k, v) = (spread(keys)?, spread(values)?);
    let scores = q.quantized_matmul([&k[0], &k[1], &k[2]], true, affine)?;
    let weights = masked(&scores, mask)?.softmax(-1, true)?;
    grouped.join(&weights.quantized_matmul([&v[0], &v[1], &v[2]], false, affine)?)
}

/// Queries with the heads that share a key head side by side: `[1, kv heads, heads per kv head, tokens, width]`.
struct Grouped {
    queries: Array,
    shape: [i32; 3],
}

impl Grouped {
    fn new(q: &Array, kv_heads: i32) -> Result<Self> {
        let (heads, tokens, width) = (q.dim(1), q.dim(2), q.dim(3));
        let queries = q.reshape(&[1, kv_heads, heads / kv_heads, tokens, width])?;
        Ok(Self { queries, shape: [heads, tokens, width] })
    }

    fn join(&self, seen: &Array) -> Result<Array> {
        let [heads, tokens, _] = self.shape;
        seen.reshape(&[1, heads, tokens, -1])
    }
}

/// Scores `[1, kv heads, group, queries, keys]` with those that are not seen made as small as can be.
fn masked(scores: &Array, mask: Mask<'_>) -> Result<Array> {
    let causal;
    let mask = match mask {
        Mask::None => return Ok(scores.clone()),
        Mask::Bool(mask) => mask,
        Mask::Causal => {
            let (queries, keys) = (scores.dim(-2), scores.dim(-1));
            let rows = arange(keys - queries, keys)?.expand_dims(1)?;
            causal = rows.greater_equal(&arange(0, keys)?)?;
            &causal
        }
    };
    let lowest = Array::scalar(f32::NEG_INFINITY, scores.dtype())?;
    scores.or_else(mask, &lowest)
}
