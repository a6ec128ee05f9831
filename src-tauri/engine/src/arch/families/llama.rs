//! Llama 1 to 3, Mistral, and all that took their shape (SmolLM2, DeepSeek-R1-Distill-Llama, …).

use super::Description;
use crate::arch::blocks::{self, Sizes};
use crate::arch::plan::WeightPlan;
use crate::arch::rope::{Rope, RopeLayout, RopeShape};
use crate::arch::spec::{Attention, FeedForward, Layer, Mixer, QkNorm};
use crate::checkpoint::Config;
use crate::error::Result;

pub fn describe(config: &Config) -> Result<Description> {
    let sizes = Sizes::read(config, 2048)?;
    let attention_bias = config.switch("attention_bias", false)?;
    let mlp_bias = config.switch("mlp_bias", false)?;
    let activation = blocks::activation(config)?;
    let layout = if config.switch("rope_traditional", false)? { RopeLayout::Interleaved } else { RopeLayout::Halves };

    let layers = blocks::windows(config, sizes.layers)?.into_iter().enumerate().map(|(layer, window)| {
        let kind = if window.is_some() { "sliding_attention" } else { "full_attention" };
        let shape = RopeShape { dims: sizes.head, layout, default_theta: Some(10_000.0), context: sizes.context };
        Ok(Layer {
            mixer: Mixer::Attention(Attention {
                query: sizes.projection(layer, "q_proj", sizes.query_heads, attention_bias),
                key: sizes.projection(layer, "k_proj", sizes.kv_heads, attention_bias),
                value: sizes.projection(layer, "v_proj", sizes.kv_heads, attention_bias),
                output: sizes.output_projection(layer, attention_bias),
                query_heads: sizes.query_heads,
                kv_heads: sizes.kv_heads,
                head: sizes.head,
                scale: (sizes.head as f32).powf(-0.5),
                qk_norm: QkNorm::None,
                rope: Rope::from_config(config, &config.rope(kind)?, shape)?,
                window,
            }),
            feed_forward: FeedForward::Dense(sizes.gated_mlp(layer, mlp_bias, activation)),
            residual: sizes.pre_norm(layer),
        })
    });
    let tied = config.switch("tie_word_embeddings", true)?;
    let spec = sizes.decoder(layers.collect::<Result<_>>()?, tied);
    let plan = WeightPlan::same_names(&spec, vec!["self_attn.rotary_emb.inv_freq"]);
    Ok(Description { spec, plan })
}
