//! Building blocks that several families share: the Hub's usual names, and readers of the usual fields.

use super::spec::{Activation, DecoderSpec, GatedMlp, Head, Layer, Linear, Mixer, Norm, Residual};
use crate::checkpoint::{Config, limits};
use crate::error::{Error, Result};

/// Fields that every dense family spells alike.
pub struct Sizes {
    pub hidden: usize,
    pub inner: usize,
    pub layers: usize,
    pub query_heads: usize,
    pub kv_heads: usize,
    pub head: usize,
    pub vocabulary: usize,
    pub context: usize,
    pub epsilon: f32,
}

impl Sizes {
    /// `default_context` is used where the config does not tell.
    pub fn read(config: &Config, default_context: usize) -> Result<Self> {
        let hidden = config.count("hidden_size", 1..=limits::WIDTH)?;
        let query_heads = config.count("num_attention_heads", 1..=limits::HEADS)?;
        let kv_heads = config.find_count("num_key_value_heads", 1..=limits::HEADS)?.unwrap_or(query_heads);
        let head = match config.find_count("head_dim", 2..=limits::WIDTH)? {
            Some(head) => head,
            None if hidden.is_multiple_of(query_heads) => hidden / query_heads,
            None => {
                return Err(config.error(format_args!(
                    "hidden_size {hidden} is not a multiple of num_attention_heads {query_heads}"
                )));
            }
        };
        if !query_heads.is_multiple_of(kv_heads) {
            return Err(config.error(format_args!(
                "num_attention_heads {query_heads} is not a multiple of num_key_value_heads {kv_heads}"
            )));
        }
        if !head.is_multiple_of(2) {
            return Err(config.error(format_args!("heads are {head} wide; a rotary embedding needs an even width")));
        }
        let epsilon = config.positive("rms_norm_eps")?;
        if epsilon >= 1.0 {
            return Err(config.error(format_args!("rms_norm_eps is {epsilon}, expected a number far below 1")));
        }
        Ok(Self {
            hidden,
            inner: config.count("intermediate_size", 1..=limits::FEED_FORWARD_WIDTH)?,
            layers: config.count("num_hidden_layers", 1..=limits::LAYERS)?,
            query_heads,
            kv_heads,
            head,
            vocabulary: config.count("vocab_size", 1..=limits::VOCABULARY)?,
            context: config.find_count("max_position_embeddings", 1..=limits::CONTEXT)?.unwrap_or(default_context),
            epsilon: epsilon as f32,
        })
    }

    pub fn norm(&self, path: String) -> Norm {
        Norm { path, size: self.hidden, epsilon: self.epsilon }
    }

    /// A norm over each head.
    pub fn head_norm(&self, path: String) -> Norm {
        Norm { path, size: self.head, epsilon: self.epsilon }
    }

    /// The usual two norms of layer `layer`.
    pub fn pre_norm(&self, layer: usize) -> Residual {
        Residual::PreNorm {
            mixer: self.norm(format!("model.layers.{layer}.input_layernorm")),
            feed_forward: self.norm(format!("model.layers.{layer}.post_attention_layernorm")),
        }
    }

    /// The projection `name` of layer `layer`'s attention; `heads` × head wide outside.
    pub fn projection(&self, layer: usize, name: &str, heads: usize, bias: bool) -> Linear {
        let path = format!("model.layers.{layer}.self_attn.{name}");
        Linear { path, inputs: self.hidden, outputs: heads * self.head, bias }
    }

    /// From all heads back to the hidden width.
    pub fn output_projection(&self, layer: usize, bias: bool) -> Linear {
        let path = format!("model.layers.{layer}.self_attn.o_proj");
        Linear { path, inputs: self.query_heads * self.head, outputs: self.hidden, bias }
    }

    pub fn gated_mlp(&self, layer: usize, bias: bool, activation: Activation) -> GatedMlp {
        let linear = |name: &str, inputs, outputs| Linear {
            path: format!("model.layers.{layer}.mlp.{name}"),
            inputs,
            outputs,
            bias,
        };
        GatedMlp {
            gate: linear("gate_proj", self.hidden, self.inner),
            up: linear("up_proj", self.hidden, self.inner),
            down: linear("down_proj", self.inner, self.hidden),
            activation,
        }
    }

    /// A decoder with the usual embedding, final norm and head around `layers`.
    pub fn decoder(&self, layers: Vec<Layer>, tied: bool) -> DecoderSpec {
        let head = if tied {
            Head::Tied
        } else {
            Head::Own(Linear { path: "lm_head".into(), inputs: self.hidden, outputs: self.vocabulary, bias: false })
        };
        let reach = layers.iter().map(|layer| {
            let Mixer::Attention(attention) = &layer.mixer;
            attention.rope.reach(self.context)
        });
        DecoderSpec {
            vocabulary: self.vocabulary,
            hidden: self.hidden,
            context: reach.min().unwrap_or(self.context),
            embedding: "model.embed_tokens".into(),
            layers,
            final_norm: self.norm("model.norm".into()),
            head,
        }
    }
}

/// The config's activation, if a gated MLP with it is known.
pub fn activation(config: &Config) -> Result<Activation> {
    match config.text("hidden_act")?.unwrap_or("silu") {
        "silu" | "swish" => Ok(Activation::Silu),
        other => Err(Error::unsupported(config.error(format_args!("hidden_act {other:?}; Ingot knows silu")).message)),
    }
}

/// For each layer whether it sees only a window, as `layer_types` says; no layer does where it is absent.
pub fn windows(config: &Config, layers: usize) -> Result<Vec<Option<usize>>> {
    let Some(kinds) = config.texts("layer_types")? else { return Ok(vec![None; layers]) };
    if kinds.len() != layers {
        return Err(
            config.error(format_args!("layer_types lists {} layers, num_hidden_layers says {layers}", kinds.len()))
        );
    }
    kinds
        .into_iter()
        .map(|kind| match kind {
            "full_attention" => Ok(None),
            "sliding_attention" => config.count("sliding_window", 1..=limits::CONTEXT).map(Some),
            other => Err(Error::unsupported(config.error(format_args!("layers of type {other:?}")).message)),
        })
        .collect()
}
