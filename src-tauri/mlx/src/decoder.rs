//! Executes a [`DecoderSpec`]: weights as MLX arrays, layers, and the cache between tokens.
//!
//! Nothing here knows a family. What is not supported is what the compiler says is not matched.

mod attention;
mod cache;
mod matrix;
mod step;

pub use attention::optimized_attention;
pub use cache::Cache;
pub use step::Step;

use attention::{Attend, AttentionLayer};
use ingot_engine::arch::{Activation, DecoderSpec, FeedForward, Head, Layer, Mixer, Norm, Residual};
use ingot_engine::checkpoint::{Config, MappedWeights};
use ingot_engine::{Error, Result as EngineResult};
use matrix::{Embedding, Linear, Loader};

use crate::mlx::{Array, Dtype, Result, eval};

/// A decoder with its weights.
pub struct Decoder {
    spec: DecoderSpec,
    embedding: Embedding,
    layers: Vec<DecoderLayer>,
    final_norm: NormLayer,
    head: Option<Linear>,
    dtype: Dtype,
}

struct DecoderLayer {
    attention: AttentionLayer,
    mlp: Mlp,
    mixer_norm: NormLayer,
    mlp_norm: NormLayer,
}

struct NormLayer {
    weight: Array,
    epsilon: f32,
}

struct Mlp {
    gate: Linear,
    up: Linear,
    down: Linear,
    activation: Activation,
}

impl Decoder {
    /// Copies the weights into MLX's memory. `progress` hears the fraction done, 0 to 1.
    pub fn load(
        spec: DecoderSpec,
        config: &Config,
        weights: &MappedWeights,
        progress: &mut dyn FnMut(f32),
    ) -> EngineResult<Self> {
        let mut loader = Loader::new(config, weights, progress);
        let embedding = loader.embedding(&spec.embedding, spec.hidden)?;
        let layers =
            spec.layers.iter().map(|layer| DecoderLayer::load(&mut loader, layer)).collect::<EngineResult<_>>()?;
        let final_norm = NormLayer::load(&mut loader, &spec.final_norm)?;
        let head = match &spec.head {
            Head::Tied => None,
            Head::Own(linear) => Some(loader.linear(linear)?),
        };
        let dtype = final_norm.weight.dtype();
        Ok(Self { spec, embedding, layers, final_norm, head, dtype })
    }

    pub fn spec(&self) -> &DecoderSpec {
        &self.spec
    }

    /// The type of hidden states, and so of keys and values.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Hidden states `[1, tokens, hidden]` after all layers, before the final norm. `tokens` is `[1, tokens]`.
    fn hidden(&self, tokens: &Array, context: &mut dyn Attend) -> Result<Array> {
        let mut x = self.embedding.rows(tokens)?;
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x, index, context)?;
        }
        Ok(x)
    }

    /// Logits `[1, tokens, vocabulary]` of hidden states.
    fn logits(&self, hidden: &Array) -> Result<Array> {
        let x = self.final_norm.forward(hidden)?;
        match &self.head {
            Some(head) => head.forward(&x),
            None => self.embedding.as_head(&x),
        }
    }

    /// Puts `tokens` into the cache, computing nothing else; waits until that is done.
    pub fn prefill(&self, tokens: &[u32], cache: &mut Cache) -> Result<()> {
        let input = Array::from_u32(tokens, &[1, tokens.len() as i32]);
        cache.begin(tokens.len());
        self.hidden(&input, cache)?;
        cache.advance();
        cache.record(tokens);
        eval(&cache.arrays())
    }

    /// Logits `[1, tokens, vocabulary]` for every one of `tokens`, which are put into the cache. For tests and
    /// for measuring quality; generating needs only the last.
    pub fn forward(&self, tokens: &[u32], cache: &mut Cache) -> Result<Array> {
        let input = Array::from_u32(tokens, &[1, tokens.len() as i32]);
        cache.begin(tokens.len());
        let hidden = self.hidden(&input, cache)?;
        cache.advance();
        cache.record(tokens);
        self.logits(&hidden)
    }
}

impl DecoderLayer {
    fn load(loader: &mut Loader<'_>, layer: &Layer) -> EngineResult<Self> {
        let Mixer::Attention(attention) = &layer.mixer;
        let FeedForward::Dense(mlp) = &layer.feed_forward;
        let Residual::PreNorm { mixer, feed_forward } = &layer.residual;
        Ok(Self {
            attention: AttentionLayer::load(loader, attention)?,
            mlp: Mlp {
                gate: loader.linear(&mlp.gate)?,
                up: loader.linear(&mlp.up)?,
                down: loader.linear(&mlp.down)?,
                activation: mlp.activation,
            },
            mixer_norm: NormLayer::load(loader, mixer)?,
            mlp_norm: NormLayer::load(loader, feed_forward)?,
        })
    }

    fn forward(&self, x: &Array, index: usize, context: &mut dyn Attend) -> Result<Array> {
        let mixed = self.attention.forward(&self.mixer_norm.forward(x)?, index, context)?;
        let x = x.add(&mixed)?;
        let fed = self.mlp.forward(&self.mlp_norm.forward(&x)?)?;
        x.add(&fed)
    }
}

impl NormLayer {
    fn load(loader: &mut Loader<'_>, norm: &Norm) -> EngineResult<Self> {
        Ok(Self { weight: loader.tensor(&format!("{}.weight", norm.path))?, epsilon: norm.epsilon })
    }

    fn forward(&self, x: &Array) -> Result<Array> {
        x.rms_norm(&self.weight, self.epsilon)
    }
}

impl Mlp {
    fn forward(&self, x: &Array) -> Result<Array> {
        let (gate, up) = (self.gate.forward(x)?, self.up.forward(x)?);
        let activated = match self.activation {
            Activation::Silu => gate.multiply(&gate.sigmoid()?)?,
        };
        self.down.forward(&activated.multiply(&up)?)
    }
}

/// For errors about tensors that checking the checkpoint should have caught.
fn missing(name: &str) -> Error {
    Error::invalid_model(format!("tensor {name} is missing"))
}
