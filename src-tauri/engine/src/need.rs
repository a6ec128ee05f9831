//! What a model needs of the machine's memory, before anything of it is loaded, and what to say if there is not
//! enough.
//!
//! Weights and cache follow from the files and are exact. Scratch and the worker's own share are measured rules.
//! Granting is [`crate::memory::Ledger`]'s business.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::arch::{Attention, DecoderSpec, FeedForward, KvOptions, Mixer, WeightPlan};
use crate::bytes::Memory;
use crate::checkpoint::Weights;
use crate::error::{Error, ErrorCode};
use crate::memory::{CLASS_STEP, Lease, Ledger, Owner, Shortage, capacity_class};
use crate::profiler::Work;
use crate::recipe::{self, RECIPES, Recipe};

/// Tokens of context for which room is asked before a model is loaded, unless somebody asks for more or fewer; a
/// longer text asks again as it grows.
pub const USUAL_CONTEXT: usize = 4096;

/// What loading a model and filling its cache would take.
#[derive(Debug, Clone)]
pub struct Need {
    name: String,
    spec: DecoderSpec,
    kv: KvOptions,
    element_bytes: u64,
    weights: u64,
    /// Bytes of the weights that a recipe would quantize.
    matrices: u64,
    tokenizer: u64,
    context: usize,
    processor: Processor,
}

/// What is known of a model before anything of it is loaded.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    pub name: &'a str,
    pub spec: &'a DecoderSpec,
    pub plan: &'a WeightPlan,
    pub weights: &'a Weights,
    /// Bytes of `tokenizer.json`.
    pub tokenizer: u64,
}

/// Whether a model is for this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ModelFit"))]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    Fits,
    /// Over nine tenths of what models may take.
    Tight,
    TooLarge,
}

impl Fit {
    /// Of a model that needs `needed` bytes, where models may take `limit`.
    pub fn of(needed: u64, limit: u64) -> Self {
        if needed > limit {
            Self::TooLarge
        } else if needed > limit / 10 * 9 {
            Self::Tight
        } else {
            Self::Fits
        }
    }
}

/// The worker's program and its libraries, as measured once loaded; its tokenizer comes on top. A debug build's program
/// is larger.
const PROCESS: u64 = if cfg!(debug_assertions) { 34_000_000 } else { 23_000_000 };
/// A tokenizer takes so many times its file's bytes.
const TOKENIZER_FACTOR: u64 = 10;
/// Most tokens of a prompt that are computed together.
const LONGEST_CHUNK: usize = 2048;

/// What computes, as far as its appetite for memory goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processor {
    /// A layer's results are gone when the next layer's come. Attention keeps its scores.
    Cpu,
    /// Attention is fused and keeps no scores, but results of many operations wait for the GPU to get to them.
    Gpu,
}

impl Processor {
    /// The one on which a worker will compute on this system.
    pub const EXPECTED: Self = if cfg!(target_os = "macos") { Self::Gpu } else { Self::Cpu };

    /// Scratch may take this part of the weights, or so many bytes if that is more: with yet more, prefill would
    /// hardly be faster.
    fn allowance(self, weights: u64) -> u64 {
        (weights / 16).max(match self {
            Self::Cpu => 32 << 20,
            Self::Gpu => 1 << 30,
        })
    }
}

/// Bytes of results that may wait for a GPU: MLX lets ten command buffers of some fifty megabytes be under way.
const WAITING: u64 = 500_000_000;

impl Need {
    /// The need of a model of `files`, with room for `context` tokens, [`USUAL_CONTEXT`] if absent, and never more
    /// than it has.
    pub fn of(files: &Files<'_>, kv: KvOptions, context: Option<usize>) -> Self {
        let Files { spec, plan, weights, .. } = *files;
        let element_bytes =
            weights.get(&format!("{}.weight", spec.final_norm.path)).map_or(4, |norm| norm.dtype.bytes());
        let bytes = plan.bytes(weights);
        let parts =
            spec.matrices().flat_map(|(path, _)| ["weight", "scales", "biases"].map(|end| format!("{path}.{end}")));
        let matrices =
            parts.filter_map(|name| weights.get(&name)).map(|tensor| tensor.range.end - tensor.range.start).sum();
        let longest = kv.max_size.unwrap_or(spec.context);
        let context = context.unwrap_or(USUAL_CONTEXT).clamp(1, longest.max(1));
        Self {
            name: files.name.to_owned(),
            spec: spec.clone(),
            kv,
            element_bytes,
            weights: bytes,
            matrices,
            tokenizer: files.tokenizer,
            context,
            processor: Processor::EXPECTED,
        }
    }

    /// The need of a model of which only the spec is known: in 16 bits, or converted with `recipe` to them.
    pub fn planned(
        name: &str,
        spec: &DecoderSpec,
        recipe: Option<&Recipe>,
        tokenizer: u64,
        processor: Processor,
    ) -> Self {
        const ELEMENT: u64 = 2;
        let elements: u64 = spec.matrices().map(|(_, [rows, columns])| (rows * columns) as u64).sum();
        let matrices = match recipe {
            Some(recipe) => recipe.bytes(spec, recipe::USUAL_GROUP_SIZE, ELEMENT),
            None => elements * ELEMENT,
        };
        let others = spec.parameters().saturating_sub(elements) * ELEMENT;
        Self {
            name: name.to_owned(),
            spec: spec.clone(),
            kv: KvOptions::default(),
            element_bytes: ELEMENT,
            weights: matrices + others,
            matrices,
            tokenizer,
            context: USUAL_CONTEXT.clamp(1, spec.context.max(1)),
            processor,
        }
    }

    /// The same with room for `context` tokens.
    pub fn with_context(&self, context: usize) -> Self {
        Self { context, ..self.clone() }
    }

    /// Bytes, by what they are for.
    pub fn owners(&self) -> BTreeMap<Owner, u64> {
        BTreeMap::from([
            (Owner::Weights, self.weights),
            (Owner::KvCache, self.kv_cache()),
            (Owner::Scratch, self.scratch()),
            (Owner::Process, PROCESS + TOKENIZER_FACTOR * self.tokenizer),
        ])
    }

    /// Bytes for `owner`.
    pub fn bytes(&self, owner: Owner) -> u64 {
        self.owners().get(&owner).copied().unwrap_or(0)
    }

    pub fn total(&self) -> u64 {
        self.owners().values().sum()
    }

    fn kv_cache(&self) -> u64 {
        self.spec.kv_cache_bytes(self.context, self.element_bytes, self.kv)
    }

    fn scratch(&self) -> u64 {
        let processor = self.processor;
        let chunk = longest_chunk(&self.spec, processor, self.element_bytes, self.weights, self.context);
        // A bounded cache sees a prompt of any length pass, a chunk at a time.
        let (chunk, length) = match self.kv.max_size {
            None => (chunk.min(self.context), self.context),
            Some(_) => (chunk, self.context + chunk),
        };
        scratch(&self.spec, processor, self.element_bytes, chunk, length)
    }

    /// Bytes that are read for a token in the middle of a usual conversation: decoding is bound by them.
    pub fn bytes_per_token(&self) -> u64 {
        self.work(USUAL_CONTEXT / 2, USUAL_CONTEXT / 2 + 1).bytes.max(1)
    }

    /// The work of computing the tokens from `start` to `end` of a text at once.
    pub fn work(&self, start: usize, end: usize) -> Work {
        let room = capacity_class(end) as u64;
        let kv_bytes = self.spec.kv_cache_bytes(end, self.element_bytes, self.kv) * end as u64 / room;
        Work::of_tokens(&self.spec, start, end, self.weights, kv_bytes)
    }

    /// Asks `ledger` for all of it.
    pub fn admit(&self, ledger: &Arc<Ledger>) -> Result<Lease, Error> {
        ledger.lease_all(&self.name, &self.owners()).map_err(|shortage| self.refusal(&shortage))
    }

    /// The error for a `shortage`: the numbers, and what would fit.
    fn refusal(&self, shortage: &Shortage) -> Error {
        let of = |owner: Owner| Memory(self.bytes(owner));
        let advice = self.advice(shortage).unwrap_or_else(|| {
            let held = shortage.room.promised > 0;
            if held { "unload other models first".to_owned() } else { "choose a smaller model".to_owned() }
        });
        Error::new(
            ErrorCode::OutOfMemory,
            format!(
                "{} {shortage}; it counts {} of weights, {} of cache for {} tokens, {} of scratch and {} for its \
                 process; {advice}",
                self.name,
                of(Owner::Weights),
                of(Owner::KvCache),
                self.context,
                of(Owner::Scratch),
                of(Owner::Process),
            ),
        )
    }

    /// Why the cache cannot grow by `bytes` in the middle of a text.
    pub fn cannot_grow(&self, bytes: u64, shortage: &Shortage) -> String {
        format!(
            "the text has become longer than the memory allows: the cache of {} would grow by {}, with its scratch that \
             {shortage}; begin a new conversation, give max-kv-size, or unload other models",
            self.name,
            Memory(bytes)
        )
    }

    /// What would fit instead.
    fn advice(&self, shortage: &Shortage) -> Option<String> {
        let (free, pool) = (shortage.room.free(), shortage.room.pool_free());
        let fits = |need: &Self| need.total() <= free && need.kv_cache() <= pool;
        // The least context that is of any use, and every eighth of what was asked.
        let shorter = (1..8).rev().map(|eighths| self.context * eighths / 8 / CLASS_STEP * CLASS_STEP);
        let shorter = shorter
            .filter(|&context| context >= CLASS_STEP && self.kv.bits.is_none())
            .find(|&context| fits(&self.with_context(context)));
        if let Some(context) = shorter {
            return Some(format!("a context of {context} tokens would fit (max-kv-size {context})"));
        }
        let bytes = self.matrices;
        let recipes = RECIPES
            .iter()
            .map(|recipe| (recipe.name, recipe.bytes(&self.spec, recipe::USUAL_GROUP_SIZE, self.element_bytes)));
        let smaller = recipes.filter(|(_, quantized)| *quantized < bytes).filter_map(|(name, quantized)| {
            let smaller = Self { weights: self.weights - bytes + quantized, ..self.clone() };
            fits(&smaller).then(|| (name, smaller.total()))
        });
        // The largest that fits loses least.
        let (name, total) = smaller.max_by_key(|(_, total)| *total)?;
        Some(format!("converted with {name} it would need {} and fit", Memory(total)))
    }
}

/// Most tokens, a power of two, that may be computed together when the text then has `length` tokens: as many as
/// keep prefill within its allowance, and 16 in any case.
pub fn longest_chunk(
    spec: &DecoderSpec,
    processor: Processor,
    element_bytes: u64,
    weights: u64,
    length: usize,
) -> usize {
    let allowance = processor.allowance(weights);
    let mut chunk = LONGEST_CHUNK;
    while chunk > 16 && scratch(spec, processor, element_bytes, chunk, length.max(chunk)) > allowance {
        chunk /= 2;
    }
    chunk
}

/// Bytes of intermediate results while `chunk` tokens of a text of `length` are computed.
fn scratch(spec: &DecoderSpec, processor: Processor, element_bytes: u64, chunk: usize, length: usize) -> u64 {
    let (chunk, length) = (chunk as u64, length as u64);
    let layers = spec.layers.iter().map(|layer| {
        let Mixer::Attention(Attention { query_heads, kv_heads, head, .. }) = &layer.mixer;
        let FeedForward::Dense(mlp) = &layer.feed_forward;
        let heads = (query_heads + 2 * kv_heads) as u64 * *head as u64;
        let scores = 2 * *query_heads as u64 * length * chunk * element_bytes.max(4);
        let attention = (3 * heads + 2 * spec.hidden as u64) * chunk * element_bytes;
        let feed_forward = (4 * mlp.gate.outputs as u64 + 2 * spec.hidden as u64) * chunk * element_bytes;
        match processor {
            Processor::Cpu => (attention + scores).max(feed_forward),
            Processor::Gpu => attention + feed_forward,
        }
    });
    let (largest, all) = layers.fold((0, 0), |(largest, all): (u64, u64), bytes| (largest.max(bytes), all + bytes));
    let logits = 4 * spec.vocabulary as u64 * 4;
    match processor {
        Processor::Cpu => largest.max(logits),
        Processor::Gpu => all.min(largest + WAITING) + logits,
    }
}
