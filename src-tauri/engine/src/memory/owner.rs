//! What memory is for: the names under which it is charted.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// A model's weights in memory of a backend.
    Weights,
    /// A model's weights in a mapped file, which the system may drop and read again.
    MappedWeights,
    /// Keys and values of the tokens so far.
    KvCache,
    /// Parts of files on their way through a conversion.
    Staging,
    /// What a backend needs while it computes.
    Scratch,
    /// A worker's program, its libraries and its tokenizer.
    Process,
}

impl Owner {
    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Weights => "weights",
            Self::MappedWeights => "mapped_weights",
            Self::KvCache => "kv_cache",
            Self::Staging => "staging",
            Self::Scratch => "scratch",
            Self::Process => "process",
        }
    }

    /// Whether it is charged to the pool, besides the machine.
    pub fn is_pooled(self) -> bool {
        matches!(self, Self::KvCache | Self::Staging)
    }
}
