//! Executes a [`DecoderSpec`]: weights as MLX arrays, layers, and the cache between tokens.
//!
//! Nothing here knows a family. What is not supported is what the compiler says is not matched.

mod attend;
mod attention;
mod blocks;
mod cache;
mod matrix;
mod placing;
mod streamed;

pub use attend::optimized_attention;
pub use blocks::Lender;
pub use cache::Cache;
pub use streamed::Streamer;

use std::ops::Range;
use std::rc::Rc;

use attention::AttentionLayer;
use ingot_engine::arch::{Activation, DecoderSpec, FeedForward, Head, Layer, Mixer, Norm, Residual, WeightPlan};
use ingot_engine::checkpoint::{Config, MappedWeights};
use ingot_engine::memory::Strategy;
use ingot_engine::protocol::{KvOptions, Placement};
use ingot_engine::{Error, Result as EngineResult};
use matrix::{Embedding, Linear, Loader};
use placing::{Taken, take_weights};

use crate::mlx::{Array, Compiled, Device, Dtype, MlxError, Result, clear_cache, device, eval};

/// A decoder with its weights.
pub struct Decoder {
    spec: DecoderSpec,
    embedding: Embedding,
    layers: Vec<DecoderLayer>,
    final_norm: NormLayer,
    head: Option<Linear>,
    dtype: Dtype,
    weight_bytes: u64,
    /// Handles that keep mapped weights from being used for anything else.
    pages: Vec<Array>,
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
    gate_by: Rc<GatedActivation>,
}

/// `activation(gate) × up`: one kernel on a GPU, where each launch costs; plain operations on the CPU, where fusing
/// would need a C++ compiler at run time.
struct GatedActivation {
    activation: Activation,
    fused: Option<Compiled>,
}

impl Decoder {
    /// Takes the weights as `strategy` says, and tells where they are. `progress` hears the fraction done, 0 to 1.
    pub fn load(
        spec: DecoderSpec,
        plan: &WeightPlan,
        config: &Config,
        weights: &MappedWeights,
        strategy: Strategy,
        progress: &mut dyn FnMut(f32),
    ) -> EngineResult<(Self, Placement)> {
        let Taken { tensors, placement, pages } = take_weights(weights, |name| plan.reads(name), strategy, progress)?;
        let mut decoder = Self::build(spec, Loader::new(config, weights.headers(), tensors))?;
        decoder.weight_bytes = placement.in_place_bytes + placement.copied_bytes;
        decoder.pages = pages;
        Ok((decoder, placement))
    }

    /// A decoder whose matrices stay in their files, computing in float32: see [`Self::hidden_streamed`].
    pub fn streaming(spec: DecoderSpec, streamer: &Rc<Streamer>) -> EngineResult<Self> {
        Self::build(spec, Loader::streaming(streamer))
    }

    fn build(spec: DecoderSpec, mut loader: Loader<'_>) -> EngineResult<Self> {
        let embedding = loader.embedding(&spec.embedding, spec.vocabulary, spec.hidden)?;
        let layers =
            spec.layers.iter().map(|layer| DecoderLayer::load(&mut loader, layer)).collect::<EngineResult<_>>()?;
        let final_norm = NormLayer::load(&mut loader, &spec.final_norm)?;
        let head = match &spec.head {
            Head::Tied => None,
            Head::Own(linear) => Some(loader.linear(linear)?),
        };
        let dtype = final_norm.weight.dtype();
        Ok(Self { spec, embedding, layers, final_norm, head, dtype, weight_bytes: 0, pages: Vec::new() })
    }

    pub fn spec(&self) -> &DecoderSpec {
        &self.spec
    }

    /// The type of hidden states, and so of keys and values.
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// Bytes of mapped pages that are used in place.
    pub fn page_bytes(&self) -> u64 {
        self.pages.iter().map(|pages| pages.bytes() as u64).sum()
    }

    /// Bytes of all weights, wherever they are.
    pub fn weight_bytes(&self) -> u64 {
        self.weight_bytes
    }

    /// Hidden states `[1, tokens, hidden]` after all layers, before the final norm. `tokens` is `[1, tokens]`.
    fn hidden(&self, tokens: &Array, cache: &mut Cache) -> Result<Array> {
        let mut x = self.embedding.rows(tokens)?;
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.forward(&x, index, cache)?;
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

    /// Final hidden states `[1, tokens, hidden]` of `tokens`, normed, a layer at a time: of the keys and values, too,
    /// only one layer's are in memory.
    pub fn hidden_streamed(&self, tokens: &[u32]) -> EngineResult<Array> {
        let mut x = self.embedding.rows(&Array::from_u32(tokens, &[1, tokens.len() as i32]))?;
        for (layer, described) in self.layers.iter().zip(&self.spec.layers) {
            let spec = DecoderSpec { layers: vec![described.clone()], ..self.spec.clone() };
            let mut cache = Cache::new(&spec, self.dtype, KvOptions::default(), u64::MAX)?;
            cache.make_room(&spec, tokens.len(), &mut |_| Ok(()))?;
            cache.begin(tokens.len());
            x = layer.forward(&x, 0, &mut cache)?;
            eval(&[&x])?;
            drop(cache);
            clear_cache();
        }
        let normed = self.final_norm.forward(&x)?;
        eval(&[&normed])?;
        Ok(normed)
    }

    /// Logits `[1, tokens, rows]` of normed hidden states, for some rows of the head.
    pub fn logits_of_rows(&self, normed: &Array, rows: Range<usize>) -> Result<Array> {
        match &self.head {
            Some(head) => head.forward_rows(normed, rows),
            None => self.embedding.as_head_rows(normed, rows),
        }
    }

    /// Puts `tokens` into the cache, which has room for them, computing nothing else; waits until that is done.
    pub fn prefill(&self, tokens: &[u32], cache: &mut Cache) -> Result<()> {
        let input = Array::from_u32(tokens, &[1, tokens.len() as i32]);
        cache.begin(tokens.len());
        self.hidden(&input, cache)?;
        cache.advance();
        cache.record(tokens);
        eval(&cache.arrays())
    }

    /// Logits `[1, vocabulary]` of what follows `token` (`[1]`, of type `U32`, perhaps not computed yet), which is put
    /// into the cache, which has room for it. Nothing is waited for; [`Cache::record`] has to be told the token once it is known.
    pub fn step(&self, token: &Array, cache: &mut Cache) -> Result<Array> {
        cache.begin(1);
        let hidden = self.hidden(&token.reshape(&[1, 1])?, cache)?;
        cache.advance();
        self.logits(&hidden)?.reshape(&[1, -1])
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
                gate_by: loader.gated(mlp.activation)?,
            },
            mixer_norm: NormLayer::load(loader, mixer)?,
            mlp_norm: NormLayer::load(loader, feed_forward)?,
        })
    }

    fn forward(&self, x: &Array, index: usize, cache: &mut Cache) -> Result<Array> {
        let mixed = self.attention.forward(&self.mixer_norm.forward(x)?, index, cache)?;
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
        self.down.forward(&self.gate_by.apply(gate, up)?)
    }
}

impl GatedActivation {
    fn new(activation: Activation) -> Result<Self> {
        let fused = match device()? {
            Device::Cpu => None,
            Device::Gpu => Some(Compiled::elementwise(move |inputs| match inputs {
                [gate, up] => Ok(vec![gated(activation, gate, up)?]),
                _ => Err(MlxError("a gated activation has two inputs".into())),
            })?),
        };
        Ok(Self { activation, fused })
    }

    fn apply(&self, gate: Array, up: Array) -> Result<Array> {
        match &self.fused {
            None => gated(self.activation, &gate, &up),
            Some(fused) => {
                fused.call(vec![gate, up])?.pop().ok_or_else(|| MlxError("a fused activation gave nothing".into()))
            }
        }
    }
}

fn gated(activation: Activation, gate: &Array, up: &Array) -> Result<Array> {
    let activated = match activation {
        Activation::Silu => gate.multiply(&gate.sigmoid()?)?,
    };
    activated.multiply(up)
}

/// For errors about tensors that checking the checkpoint should have caught.
fn missing(name: &str) -> Error {
    Error::invalid_model(format!("tensor {name} is missing"))
}
