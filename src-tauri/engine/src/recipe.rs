//! Recipes: how many bits each of a model's matrices gets, as data. To add one, add its row.
//!
//! Which matrices can be quantized at all is [`crate::arch`]'s knowledge, the arithmetic is [`crate::convert`]'s.

use crate::arch::DecoderSpec;
use crate::checkpoint::GROUP_SIZES;

/// How a model is quantized.
#[derive(Debug, PartialEq, Eq)]
pub struct Recipe {
    /// As people type it.
    pub name: &'static str,
    /// As people read it.
    pub title: &'static str,
    /// Bits of a weight.
    pub bits: usize,
    /// What gets more, if anything does.
    pub raised: Option<Raised>,
}

/// Matrices that get more bits than the rest, by parts of their module paths.
#[derive(Debug, PartialEq, Eq)]
pub struct Raised {
    pub bits: usize,
    pub always: &'static [&'static str],
    /// In the first and the last eighth of the layers, and in every third between.
    pub often: &'static [&'static str],
}

pub const RECIPES: [Recipe; 4] = [
    Recipe { name: "speed-4bit", title: "4-bit, fast", bits: 4, raised: None },
    Recipe { name: "balanced-5bit", title: "5-bit, balanced", bits: 5, raised: None },
    Recipe { name: "quality-8bit", title: "8-bit, best quality", bits: 8, raised: None },
    // mlx-lm's mixed_4_6.
    Recipe {
        name: "mixed-precision",
        title: "4-bit and 6-bit, mixed",
        bits: 4,
        raised: Some(Raised { bits: 6, always: &["lm_head"], often: &["v_proj", "v_a_proj", "v_b_proj", "down_proj"] }),
    },
];

/// The recipe used where none is asked for.
pub const USUAL: &Recipe = &RECIPES[1];

/// Elements that share a scale, where nothing else is asked for.
pub const USUAL_GROUP_SIZE: usize = 64;

impl Recipe {
    pub fn named(name: &str) -> Option<&'static Self> {
        RECIPES.iter().find(|recipe| recipe.name == name)
    }

    /// Bits of a weight of the matrix at module path `path`, in a model of `layers` layers.
    pub fn bits_of(&self, path: &str, layers: usize) -> usize {
        let holds = |parts: &[&str]| parts.iter().any(|part| path.contains(part));
        match &self.raised {
            Some(raised) if holds(raised.always) => raised.bits,
            Some(raised) if holds(raised.often) && is_sensitive(layer_of(path), layers) => raised.bits,
            _ => self.bits,
        }
    }

    /// Bytes of the matrices of `spec` in groups of `group_size`, with scales and biases of `element_bytes` each. A
    /// matrix that cannot be quantized stays as it is.
    pub fn bytes(&self, spec: &DecoderSpec, group_size: usize, element_bytes: u64) -> u64 {
        let matrices = spec.matrices().map(|(path, [rows, columns])| {
            if columns % group_size != 0 {
                return (rows * columns) as u64 * element_bytes;
            }
            let codes = rows * columns * self.bits_of(path, spec.layers.len()) / 8;
            codes as u64 + 2 * (rows * (columns / group_size)) as u64 * element_bytes
        });
        matrices.sum()
    }
}

/// Where quantization hurts most: at both ends, and every so often between.
fn is_sensitive(layer: usize, layers: usize) -> bool {
    layer < layers / 8 || layer >= 7 * layers / 8 || (layer - layers / 8) % 3 == 2
}

/// The layer that `path` belongs to: its first number; 0 for what belongs to none.
fn layer_of(path: &str) -> usize {
    path.split('.').find_map(|part| part.parse().ok()).unwrap_or(0)
}

/// The group sizes that can be asked for.
pub fn group_sizes() -> impl Iterator<Item = usize> {
    GROUP_SIZES.iter().map(|&size| size as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The layers that mlx-lm raises, as its own conversions say.
    #[test]
    fn mixed_precision_raises_the_layers_that_mlx_lm_raises() {
        let recipe = Recipe::named("mixed-precision").expect("there");
        let raised = |layers: usize| -> Vec<usize> {
            let down = |layer: &usize| format!("model.layers.{layer}.mlp.down_proj");
            (0..layers).filter(|layer| recipe.bits_of(&down(layer), layers) == 6).collect()
        };
        assert_eq!(raised(16), [0, 1, 4, 7, 10, 13, 14, 15]);
        assert_eq!(raised(24), [0, 1, 2, 5, 8, 11, 14, 17, 20, 21, 22, 23]);
        assert_eq!(raised(28), [0, 1, 2, 5, 8, 11, 14, 17, 20, 23, 24, 25, 26, 27]);
        assert_eq!(raised(5), [2, 4]);
        assert_eq!(raised(1), [0]);
        for (path, bits) in [
            ("lm_head", 6),
            ("model.embed_tokens", 4),
            ("model.layers.0.self_attn.v_proj", 6),
            ("model.layers.0.self_attn.q_proj", 4),
            ("model.layers.2.self_attn.v_proj", 4),
        ] {
            assert_eq!(recipe.bits_of(path, 16), bits, "{path}");
        }
    }

    #[test]
    fn names_are_what_the_command_line_promises() {
        let names = RECIPES.each_ref().map(|recipe| recipe.name);
        assert_eq!(names, ["speed-4bit", "balanced-5bit", "quality-8bit", "mixed-precision"]);
        assert_eq!(USUAL.name, "balanced-5bit");
        assert_eq!(Recipe::named("speed"), None);
    }
}
