//! What a decoder caches of each layer, and how many bytes that takes: the same rule for the decoder that allocates
//! it and for the budget that has to know before.

use serde::{Deserialize, Serialize};

use super::spec::{Attention, DecoderSpec, Mixer};
use crate::checkpoint::Affine;
use crate::memory::{CLASS_STEP, capacity_class};

/// How the key/value cache is kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KvOptions {
    /// Tokens held; older ones are dropped but for the first four. All are held if absent.
    pub max_size: Option<usize>,
    /// Bits per element, 4 or 8; as computed if absent. Not together with `max_size`.
    pub bits: Option<u8>,
}

/// Tokens at the beginning that a bounded cache never drops.
const KEPT: usize = 4;

/// Which tokens a layer's cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    All,
    /// The first `kept` and the latest, `size` in all.
    Latest {
        size: usize,
        kept: usize,
    },
}

impl Attention {
    pub fn held(&self, options: KvOptions) -> Held {
        match (self.window, options.max_size) {
            (None, None) => Held::All,
            (Some(window), max) if max.is_none_or(|max| window <= max) => Held::Latest { size: window, kept: 0 },
            (_, max) => Held::Latest { size: max.unwrap_or(usize::MAX), kept: KEPT },
        }
    }

    /// How the cache is quantized, in groups of 64, else of 32; `None` if it is not. A window is small already, and
    /// is never quantized. An error if its heads cannot be.
    pub fn cache_affine(&self, options: KvOptions) -> Result<Option<Affine>, String> {
        let (Some(bits), Held::All) = (options.bits, self.held(options)) else { return Ok(None) };
        match [64, 32].into_iter().find(|group| self.head.is_multiple_of(*group)) {
            Some(group_size) => Ok(Some(Affine { group_size, bits: usize::from(bits) })),
            None => Err(format!(
                "the cache of this model cannot be quantized: its heads are {} wide, not a multiple of 32; \
                 leave out kv-bits",
                self.head
            )),
        }
    }
}

impl DecoderSpec {
    /// Tokens that a block for a text of `tokens` has room for.
    pub fn cache_room(&self, held: Held, tokens: usize) -> usize {
        match held {
            Held::All => {
                let most = self.context.checked_next_multiple_of(CLASS_STEP).unwrap_or(usize::MAX);
                capacity_class(tokens).min(most).max(tokens)
            }
            Held::Latest { size, .. } => capacity_class(tokens).min(size),
        }
    }

    /// Bytes of the key/value cache of a text of `tokens`, whose elements have `element_bytes` unless quantized.
    pub fn kv_cache_bytes(&self, tokens: usize, element_bytes: u64, options: KvOptions) -> u64 {
        let layer_bytes = |attention: &Attention| {
            let room = self.cache_room(attention.held(options), tokens) as u64;
            let affine = attention.cache_affine(options).ok().flatten();
            2 * attention.kv_heads as u64 * room * row_bytes(attention.head as u64, element_bytes, affine)
        };
        self.layers
            .iter()
            .map(|layer| match &layer.mixer {
                Mixer::Attention(attention) => layer_bytes(attention),
            })
            .sum()
    }
}

/// Bytes of `width` elements of one head: codes, scales and biases if quantized.
pub fn row_bytes(width: u64, element_bytes: u64, affine: Option<Affine>) -> u64 {
    match affine {
        None => width * element_bytes,
        Some(Affine { group_size, bits }) => width * bits as u64 / 8 + 2 * (width / group_size as u64) * element_bytes,
    }
}
