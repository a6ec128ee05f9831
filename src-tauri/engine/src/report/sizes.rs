//! Which sizes of model fit a machine, at which recipe and context, and how fast they can be at most.
//!
//! Sizes stand for well-known models, by their real shapes; memory is worked out as before any model is loaded
//! ([`crate::need`]). Decoding reads all weights and the cache once for each token, so the memory's bandwidth bounds
//! its speed.

use serde::Serialize;
use serde_json::json;

use crate::arch::{self, DecoderSpec};
use crate::checkpoint::Config;
use crate::need::{Fit, Need, Processor};
use crate::recipe::{RECIPES, Recipe, USUAL};

/// A well-known model, to stand for its size.
struct Known {
    name: &'static str,
    family: &'static str,
    hidden: usize,
    layers: usize,
    heads: usize,
    kv_heads: usize,
    feed_forward: usize,
    vocabulary: usize,
    tied: bool,
    context: usize,
    /// Bytes of its tokenizer's file.
    tokenizer: u64,
}

const HEAD: usize = 128;

const fn qwen3(name: &'static str, shape: [usize; 5], tied: bool) -> Known {
    let [hidden, layers, heads, kv_heads, feed_forward] = shape;
    Known {
        name,
        family: "qwen3",
        hidden,
        layers,
        heads,
        kv_heads,
        feed_forward,
        vocabulary: 151_936,
        tied,
        context: 40_960,
        tokenizer: 11_400_000,
    }
}

/// Shapes as their makers publish them in `config.json`.
const KNOWN: [Known; 7] = [
    qwen3("Qwen3-0.6B", [1024, 28, 16, 8, 3072], true),
    qwen3("Qwen3-1.7B", [2048, 28, 16, 8, 6144], true),
    qwen3("Qwen3-4B", [2560, 36, 32, 8, 9728], true),
    qwen3("Qwen3-8B", [4096, 36, 32, 8, 12_288], false),
    qwen3("Qwen3-14B", [5120, 40, 40, 8, 17_408], false),
    qwen3("Qwen3-32B", [5120, 64, 64, 8, 25_600], false),
    Known {
        name: "Llama-3.3-70B",
        family: "llama",
        hidden: 8192,
        layers: 80,
        heads: 64,
        kv_heads: 8,
        feed_forward: 28_672,
        vocabulary: 128_256,
        tied: false,
        context: 131_072,
        tokenizer: 17_200_000,
    },
];

/// The model that a newcomer is offered, by its name here, with [`USUAL`].
pub const DEFAULT_MODEL: &str = "Qwen3-1.7B";

/// Contexts that are tried, in tokens.
const CONTEXTS: [usize; 7] = [131_072, 65_536, 40_960, 32_768, 16_384, 8192, 4096];

/// What a machine offers to models.
#[derive(Debug, Clone, Copy)]
pub struct Offer {
    /// Bytes that models may take.
    pub limit: u64,
    pub bandwidth_bytes_per_second: Option<u64>,
    pub processor: Processor,
}

/// A size of model on a machine.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Size {
    /// The model that stands for it.
    pub name: &'static str,
    pub parameters: u64,
    pub recipes: Vec<At>,
}

/// A size at one recipe.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct At {
    pub recipe: &'static str,
    pub weights_bytes: u64,
    /// With the usual context.
    pub memory_bytes: u64,
    pub fit: Fit,
    /// Tokens; null if not even the usual context fits.
    pub longest_context: Option<usize>,
    /// At most, in theory; null if the bandwidth is not known or the model does not fit.
    pub tokens_per_second: Option<f64>,
}

/// Every known size at every recipe.
pub fn sizes(offer: Offer) -> Vec<Size> {
    KNOWN
        .iter()
        .filter_map(|known| {
            let spec = known.spec()?;
            let recipes = RECIPES.iter().map(|recipe| at(known, &spec, recipe, offer));
            Some(Size { name: known.name, parameters: spec.parameters(), recipes: recipes.collect() })
        })
        .collect()
}

/// What the model that a newcomer is offered needs.
pub fn default_need(processor: Processor) -> Option<Need> {
    let known = KNOWN.iter().find(|known| known.name == DEFAULT_MODEL)?;
    Some(Need::planned(known.name, &known.spec()?, Some(USUAL), known.tokenizer, processor))
}

fn at(known: &Known, spec: &DecoderSpec, recipe: &Recipe, offer: Offer) -> At {
    let need = Need::planned(known.name, spec, Some(recipe), known.tokenizer, offer.processor);
    let fits = |context: &usize| Fit::of(need.with_context(*context).total(), offer.limit) != Fit::TooLarge;
    let longest_context = CONTEXTS.into_iter().filter(|context| *context <= known.context).find(fits);
    let speed = offer.bandwidth_bytes_per_second.map(|bytes| bytes as f64 / need.bytes_per_token() as f64);
    At {
        recipe: recipe.name,
        weights_bytes: need.bytes(crate::memory::Owner::Weights),
        memory_bytes: need.total(),
        fit: Fit::of(need.total(), offer.limit),
        longest_context,
        tokens_per_second: speed.filter(|_| longest_context.is_some()),
    }
}

impl Known {
    fn spec(&self) -> Option<DecoderSpec> {
        let config = json!({
            "model_type": self.family,
            "hidden_size": self.hidden,
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.kv_heads,
            "head_dim": HEAD,
            "intermediate_size": self.feed_forward,
            "vocab_size": self.vocabulary,
            "tie_word_embeddings": self.tied,
            "max_position_embeddings": self.context,
            "rms_norm_eps": 1e-6,
            "rope_theta": 1e6,
        });
        let serde_json::Value::Object(config) = config else { return None };
        let config = Config::from_object(self.name.to_owned(), config).ok()?;
        Some(arch::describe(&config).ok()?.spec)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(gigabytes: u64, bandwidth: Option<u64>) -> Offer {
        let limit = gigabytes * 1_000_000_000;
        Offer { limit, bandwidth_bytes_per_second: bandwidth, processor: Processor::Gpu }
    }

    #[test]
    fn the_default_is_what_a_newcomer_is_offered() {
        assert!(crate::hub::STARTERS[0].repo.ends_with(&format!("/{DEFAULT_MODEL}")));
    }

    #[test]
    fn sizes_are_those_of_the_models_they_are_named_for() {
        let sizes = sizes(offer(64, None));
        let billions: Vec<(&str, f64)> =
            sizes.iter().map(|size| (size.name, (size.parameters as f64 / 1e8).round() / 10.0)).collect();
        // Parameter counts from the models' cards.
        assert_eq!(
            billions,
            [
                ("Qwen3-0.6B", 0.6),
                ("Qwen3-1.7B", 1.7),
                ("Qwen3-4B", 4.0),
                ("Qwen3-8B", 8.2),
                ("Qwen3-14B", 14.8),
                ("Qwen3-32B", 32.8),
                ("Llama-3.3-70B", 70.6),
            ]
        );
    }

    #[test]
    fn more_bits_need_more_and_larger_machines_hold_more() {
        let small = sizes(offer(11, Some(100_000_000_000)));
        let at = |sizes: &[Size], name: &str, recipe: &str| -> At {
            let size = sizes.iter().find(|size| size.name == name).expect("known");
            size.recipes.iter().find(|at| at.recipe == recipe).expect("a recipe").clone()
        };
        let (four, eight) = (at(&small, "Qwen3-8B", "speed-4bit"), at(&small, "Qwen3-8B", "quality-8bit"));
        // 8.19 billion weights of 4.5 and of 8.5 bits.
        assert!((four.weights_bytes as f64 / 4.61e9 - 1.0).abs() < 0.01, "{four:?}");
        assert!((eight.weights_bytes as f64 / 8.70e9 - 1.0).abs() < 0.01, "{eight:?}");
        assert!(four.fit == Fit::Fits && eight.memory_bytes > four.memory_bytes);
        // The head is read, the table of an untied model is not: 4.26 GB, and 2048 tokens of cache.
        let speed = four.tokens_per_second.expect("known");
        assert!((20.0..24.0).contains(&speed), "{speed}");
        let large = at(&small, "Llama-3.3-70B", "speed-4bit");
        assert_eq!((large.fit, large.longest_context, large.tokens_per_second), (Fit::TooLarge, None, None));
        let roomy = sizes(offer(80, None));
        let large = at(&roomy, "Llama-3.3-70B", "speed-4bit");
        assert!(large.fit == Fit::Fits && large.longest_context >= Some(65_536), "{large:?}");
        assert_eq!(large.tokens_per_second, None, "no bandwidth, no speed");
        assert!(default_need(Processor::Gpu).is_some_and(|need| need.total() < 3_500_000_000));
    }
}
