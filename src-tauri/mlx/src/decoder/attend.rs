//! Three ways to compute `softmax(scale × q kᵀ) v`: MLX's fused kernel (in [`crate::mlx`]), the same of matrix
//! products, and the same over quantized keys and values.

use ingot_engine::checkpoint::Affine;

use crate::mlx::{Array, Mask, Result, arange};

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
