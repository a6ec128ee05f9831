//! What a worker tells about its memory.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::memory::{Occupancy, Owner, Strategy};

/// A worker's memory at one moment, in bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MemoryReport {
    /// In arrays of the backend.
    pub active: u64,
    /// Kept by the backend for its next arrays.
    pub cached: u64,
    /// Most that was in arrays at once.
    pub peak: u64,
    /// What the arrays, and mapped weights, are for.
    pub owners: BTreeMap<Owner, u64>,
    /// The device blocks of the key/value cache.
    pub kv_cache: Occupancy,
    /// Bytes that the key/value cache may take without asking: what was granted later is given back when drained.
    pub kv_granted: u64,
}

/// Where a model's weights are.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Placement {
    pub strategy: Strategy,
    /// Tensors used where they lie in the mapped file.
    pub in_place: u64,
    pub in_place_bytes: u64,
    /// How many were copied.
    pub copied_tensors: u64,
    /// Their names, the first thousand for each reason.
    pub copied: BTreeMap<CopyReason, Vec<String>>,
    pub copied_bytes: u64,
}

/// Why a tensor was not used in place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CopyReason {
    /// It was not asked for.
    NotAsked,
    /// The backend takes no memory but its own.
    Backend,
    /// Its first element is not aligned.
    Misaligned,
    /// It has more elements than a view can count.
    TooLong,
    /// The model takes over half of the machine's memory: mapped pages would be dropped and read again.
    LargeModel,
}

/// Names of copied tensors that a report lists.
const LISTED: usize = 1000;

impl Placement {
    pub fn in_place(&mut self, bytes: u64) {
        self.in_place += 1;
        self.in_place_bytes += bytes;
    }

    pub fn copied(&mut self, name: &str, reason: CopyReason, bytes: u64) {
        self.copied_bytes += bytes;
        self.copied_tensors += 1;
        let names = self.copied.entry(reason).or_default();
        if names.len() < LISTED {
            names.push(name.to_owned());
        }
    }

    /// "all in place", or how much was copied and why.
    pub fn in_words(&self) -> String {
        let reasons: Vec<String> = self.copied.keys().map(|reason| reason.to_string()).collect();
        match (self.in_place, self.copied.is_empty()) {
            (_, true) => format!("all {} tensors in place", self.in_place),
            (0, false) => format!("copied: {}", reasons.join(", ")),
            (count, false) => {
                format!("{count} tensors in place, {} copied: {}", self.copied_tensors, reasons.join(", "))
            }
        }
    }
}

impl std::fmt::Display for CopyReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NotAsked => "in-place weights were not asked for",
            Self::Backend => "this backend takes no memory but its own",
            Self::Misaligned => "not aligned in the file",
            Self::TooLong => "too long for a view",
            Self::LargeModel => "the model takes over half of the memory",
        })
    }
}
