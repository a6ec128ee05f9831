//! Qwen2 and Qwen2.5, and DeepSeek-R1-Distill-Qwen: biases on q, k and v, none on o.

use super::Description;
use crate::arch::blocks::{self, Sizes};
use crate::arch::plan::WeightPlan;
use crate::arch::rope::{Rope, RopeLayout, RopeShape};
use crate::arch::spec::{Attention, FeedForward, Layer, Mixer, QkNorm};
use crate::checkpoint::Config;
use crate::error::Result;

pub fn describe(config: &Config) -> Result<Description> {
    let sizes = Sizes::read(config, 32_768)?;
    let activation = blocks::activation(config)?;
    let layout = if config.switch("rope_traditional", false)? { RopeLayout::Interleaved } else { RopeLayout::Halves };
    let shape = RopeShape { dims: sizes.head, layout, default_theta: Some(1_000_000.0), context: sizes.context };
    let rope = Rope::from_config(config, &config.rope("full_attention")?, shape)?;

    let layer = |layer: usize| Layer {
        mixer: Mixer::Attention(Attention {
            query: sizes.projection(layer, "q_proj", sizes.query_heads, true),
            key: sizes.projection(layer, "k_proj", sizes.kv_heads, true),
            value: sizes.projection(layer, "v_proj", sizes.kv_heads, true),
            output: sizes.output_projection(layer, false),
            query_heads: sizes.query_heads,
            kv_heads: sizes.kv_heads,
            head: sizes.head,
            scale: (sizes.head as f32).powf(-0.5),
            qk_norm: QkNorm::None,
            rope: rope.clone(),
            window: None,
        }),
        feed_forward: FeedForward::Dense(sizes.gated_mlp(layer, false, activation)),
        residual: sizes.pre_norm(layer),
    };
    let tied = config.switch("tie_word_embeddings", true)?;
    let spec = sizes.decoder((0..sizes.layers).map(layer).collect(), tied);
    let plan = WeightPlan::same_names(&spec, vec!["self_attn.rotary_emb.inv_freq"]);
    Ok(Description { spec, plan })
}
