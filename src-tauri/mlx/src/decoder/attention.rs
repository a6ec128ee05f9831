//! The attention layer: projections, norms of heads, rotary embedding; the rest is the cache's.

use ingot_engine::Result as EngineResult;
use ingot_engine::arch::{self, QkNorm, Rope, RopeKernel, RopeLayout};

use super::NormLayer;
use super::cache::Cache;
use super::matrix::{Linear, Loader};
use crate::mlx::{Angles, Array, Result, rope};

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
    pub fn forward(&self, x: &Array, layer: usize, cache: &mut Cache) -> Result<Array> {
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
        let queries = self.rope.rotate(by_head(queries)?, cache)?;
        let keys = self.rope.rotate(by_head(keys)?, cache)?;
        let seen = cache.attend(layer, &queries, keys, by_head(values)?, self.scale)?;
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

    fn rotate(&self, x: Array, cache: &Cache) -> Result<Array> {
        let (angles, scale) = match (&self.kernel, &self.periods) {
            (RopeKernel::Base { base, scale }, _) => (Angles::Base(*base), *scale),
            (_, Some(periods)) => (Angles::Periods(periods), 1.0),
            _ => (Angles::Base(self.rope.dynamic_base(cache.length())), 1.0),
        };
        let x = match &self.input_scale {
            None => x,
            Some(by) => self.scaled(&x, by)?,
        };
        rope(&x, self.rope.dims, self.rope.layout == RopeLayout::Interleaved, angles, scale, cache.offset() as i32)
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
