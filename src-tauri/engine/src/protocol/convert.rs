//! What is said about conversions: to the process that converts, and to the worker that verifies.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::manifest::{Options, Quality};

/// A conversion to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConvertRequest {
    /// A model's folder.
    pub source: PathBuf,
    /// The folder that the result becomes.
    pub output: PathBuf,
    /// The folder of all state.
    pub home: PathBuf,
    pub options: Options,
    /// Bytes for staging, and for verifying.
    pub memory_limit: u64,
    pub verify: bool,
    /// Ignore what was converted before, and replace the output.
    pub force: bool,
}

/// What a conversion is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The source's files are hashed, to recognize them.
    Hashing,
    Converting,
    /// What was written is read again.
    Checking,
    /// The result is compared with the source.
    Verifying,
    /// A model converted before is copied.
    Copying,
}

/// How far a conversion is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ConvertProgress {
    pub phase: Phase,
    /// Bytes of this phase.
    pub done_bytes: u64,
    pub total_bytes: u64,
    pub done_tensors: usize,
    pub total_tensors: usize,
    pub bytes_per_second: f64,
    /// Of this phase; unknown at its beginning.
    pub seconds_left: Option<f64>,
}

/// A conversion that is done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Converted {
    pub output: PathBuf,
    pub options: Options,
    pub bits_per_weight: f64,
    /// Whether it had been done before.
    pub cached: bool,
    /// Whether an earlier run had begun it.
    pub resumed: bool,
    pub seconds: f64,
    /// Most memory that the processes of the conversion have had resident together.
    pub peak_memory_bytes: u64,
    pub source_bytes: u64,
    pub output_bytes: u64,
    pub quality: Option<Quality>,
}

/// Two models to be compared, within `memory_limit` bytes beside the worker's own program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyRequest {
    pub source: PathBuf,
    pub converted: PathBuf,
    pub memory_limit: u64,
}

/// What comparing two models gave.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    pub kl_divergence: f64,
    /// 0 to 1.
    pub top1_agreement: f64,
    pub perplexity_source: f64,
    pub perplexity_converted: f64,
    pub tokens: u64,
    /// Whether they are of a text that the model brought along.
    pub own_text: bool,
    /// Whether all that was computed of the source, and of the converted model, were finite numbers. If not, the
    /// figures are zeros.
    pub is_finite: [bool; 2],
    pub peak_memory_bytes: u64,
}
