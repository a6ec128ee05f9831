//! The messages themselves.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::convert::{ConvertProgress, ConvertRequest, Converted, Verified, VerifyRequest};
use super::memory::{MemoryReport, Placement};
use super::validate::{Computed, Validated};
use crate::arch::KvOptions;
use crate::checkpoint::GenerationConfig;
use crate::error::{Error, Result};
use crate::memory::Strategy;
use crate::profiler::Spans;

/// To a worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// Comes once, first.
    Load(LoadRequest),
    /// One at a time; `id` comes back with everything that belongs to it.
    Generate {
        id: u64,
        request: GenerateRequest,
    },
    Cancel {
        id: u64,
    },
    /// The answer to [`Event::NeedMemory`].
    Granted,
    /// The answer to [`Event::NeedMemory`]; the message says why.
    Denied {
        message: String,
    },
    /// Convert a model. Comes alone, to a worker that does nothing else.
    Convert(ConvertRequest),
    /// Compare two models. Comes alone, in place of [`Self::Load`].
    Verify(VerifyRequest),
    /// Compute small kernels, and measure. Comes alone, in place of [`Self::Load`].
    Validate,
    /// Measure what the machine can do at most.
    Measure,
    /// Give back what is not in use. May come at any time.
    Drain,
    /// Give everything back and exit.
    Unload,
}

/// From a worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    Hello {
        version: u32,
        nonce: String,
    },
    /// Every second. `progress` grows while work is being done.
    Heartbeat {
        progress: u64,
    },
    /// The model's files are sound; its tokenizer comes next.
    Opened,
    /// The weights are being read: 0 to 1.
    Loading {
        fraction: f32,
    },
    Loaded(Loaded),
    /// The cache is about to grow. The worker waits for the answer.
    NeedMemory(Growth),
    /// May come at any time.
    Memory(MemoryReport),
    /// What was recorded since the last time. May come at any time.
    Spans(Spans),
    /// What the machine can do at most, as measured.
    Measured(Measured),
    /// A conversion moves on.
    Converting(ConvertProgress),
    Converted(Converted),
    /// Two models are being compared: `done` of `total` bytes of their weights are computed with.
    Verifying {
        done: u64,
        total: u64,
    },
    Verified(Verified),
    /// One kernel of a validation.
    Computed(Computed),
    /// All kernels are computed, and the rest is measured.
    Validated(Validated),
    /// The prompt is encoded: it has `tokens`, of which the cache already holds `cached`, without the `left_out` oldest
    /// messages. Its template may have begun the model's thinking, with this mark.
    Prompt {
        id: u64,
        tokens: usize,
        cached: usize,
        left_out: usize,
        opens_thinking: Option<String>,
    },
    /// `done` of the `total` tokens to prefill.
    Prefill {
        id: u64,
        done: usize,
        total: usize,
    },
    /// `text` may be empty while a character or a stop string is incomplete.
    Token {
        id: u64,
        token: u32,
        text: String,
    },
    /// `text` is what was still held back.
    Finished {
        id: u64,
        text: String,
        reason: FinishReason,
        usage: Usage,
    },
    /// Without an id, loading failed. The worker goes on, unless loading failed.
    Failed {
        id: Option<u64>,
        error: Error,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoadRequest {
    pub model: PathBuf,
    pub kv: KvOptions,
    /// Bytes that the key/value cache may take without asking.
    pub kv_granted: u64,
    /// `ZERO_COPY`, `UNIFIED` or `DEDICATED`; what suits the backend if absent.
    pub weights: Option<Strategy>,
    /// Whether to record where time goes.
    pub profile: bool,
}

/// What a cache needs that is about to grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Growth {
    /// Tokens that the text then has.
    pub tokens: usize,
    /// Bytes that the cache may take without asking.
    pub granted: u64,
    /// Bytes that it needs beyond those.
    pub bytes: u64,
}

/// What the backend reaches on this machine with the model's type, by a large matrix product and by reading a large
/// matrix once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    pub operations_per_second: f64,
    pub bytes_per_second: f64,
}

/// A model that is ready, in a worker.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// `mlx`, `torch`
    pub backend: String,
    /// `cpu`, `gpu`
    pub device: String,
    /// MLX's or torch's own version.
    pub version: String,
    pub weights: Placement,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct GenerateRequest {
    pub prompt: Prompt,
    pub sampling: Sampling,
    /// The answer ends before the first of these.
    pub stop: Vec<String>,
    /// Go on after an end token: for measuring.
    pub ignore_end: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prompt {
    /// Text for the tokenizer as it is; special strings in it count as special.
    Raw(String),
    /// Messages for the chat template.
    Chat(Vec<Message>),
    /// Token ids.
    Tokens(Vec<u32>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    System,
    User,
    Assistant,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Message {
    pub role: Role,
    pub content: String,
}

/// How the next token is chosen. Filters act on the distribution at temperature 1, in the order top-p, min-p, top-k.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Sampling {
    /// 0 takes the likeliest token and ignores the filters.
    pub temperature: f32,
    /// Keeps the likeliest tokens that together reach this probability; 0 and 1 keep all.
    pub top_p: f32,
    /// Keeps this many of the likeliest tokens; 0 keeps all.
    pub top_k: u32,
    /// Keeps tokens at least this likely compared to the likeliest; 0 keeps all.
    pub min_p: f32,
    /// Divides the scores of the last 20 tokens; 1 leaves them.
    pub repetition_penalty: f32,
    /// Makes the choice repeatable.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub seed: Option<u64>,
    pub max_tokens: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FinishReason {
    /// An end token or a stop string came.
    Stop,
    /// `max_tokens` or the context length was reached.
    Length,
    Cancelled,
}

/// What an answer took.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Usage {
    pub prompt_tokens: u32,
    /// Messages at the beginning of the conversation that were left out, as it is longer than the context.
    #[serde(default)]
    pub left_out_messages: u32,
    /// Those of the prompt that the cache held already.
    pub cached_tokens: u32,
    /// End token excluded.
    pub generated_tokens: u32,
    pub time_to_first_token_seconds: f64,
    pub prefill_tokens_per_second: f64,
    pub decode_tokens_per_second: f64,
    /// Most memory that the worker has had resident.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub peak_memory_bytes: u64,
    /// Of the time between tokens, the part spent outside MLX: text, and the pipe.
    pub outside_seconds_per_token: f64,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.0,
            top_p: 1.0,
            top_k: 0,
            min_p: 0.0,
            repetition_penalty: 1.0,
            seed: None,
            max_tokens: 100,
        }
    }
}

impl Sampling {
    /// The values that a model's authors recommend, greedy where they say nothing.
    pub fn recommended(config: &GenerationConfig, max_tokens: u32) -> Self {
        let plain = Self::default();
        Self {
            temperature: config.temperature.unwrap_or(plain.temperature),
            top_p: config.top_p.unwrap_or(plain.top_p),
            top_k: config.top_k.unwrap_or(plain.top_k),
            min_p: config.min_p.unwrap_or(plain.min_p),
            repetition_penalty: config.repetition_penalty.unwrap_or(plain.repetition_penalty),
            seed: None,
            max_tokens,
        }
    }

    /// Refuses values outside their ranges, NaN among them.
    pub fn check(&self) -> Result<()> {
        let within = |name: &str, value: f32, low: f32, high: f32| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(Error::bad_request(format!("{name} is {value}, expected a number from {low} to {high}")))
            }
        };
        within("temperature", self.temperature, 0.0, 100.0)?;
        within("top_p", self.top_p, 0.0, 1.0)?;
        within("min_p", self.min_p, 0.0, 1.0)?;
        within("repetition_penalty", self.repetition_penalty, 0.01, 100.0)
    }
}

impl GenerateRequest {
    pub fn new(prompt: Prompt, sampling: Sampling) -> Self {
        Self { prompt, sampling, stop: Vec::new(), ignore_end: false }
    }

    pub fn raw(text: impl Into<String>) -> Self {
        Self::new(Prompt::Raw(text.into()), Sampling::default())
    }

    /// Bytes of text that have to be encoded.
    pub fn text_bytes(&self) -> usize {
        match &self.prompt {
            Prompt::Raw(text) => text.len(),
            Prompt::Chat(messages) => messages.iter().map(|message| message.content.len()).sum(),
            Prompt::Tokens(_) => 0,
        }
    }
}
