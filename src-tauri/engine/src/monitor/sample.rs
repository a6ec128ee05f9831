//! One moment of the machine.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::memory::{Owner, Pressure};
use crate::sensors::GpuReading;

/// What was seen at one moment. What the machine does not tell is absent, never zero.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sample {
    pub time: Option<Timestamp>,
    pub gpu: GpuReading,
    pub cpu: CpuReading,
    pub memory: MemoryReading,
    /// Of all models that are answering; absent if none is.
    pub tokens_per_second: Option<f64>,
    pub workers: Vec<WorkerReading>,
}

impl Sample {
    /// The hour of the clock on the wall.
    pub fn local_time(&self) -> String {
        let zoned = self.time.map(|time| time.to_zoned(TimeZone::system()));
        zoned.map_or_else(String::new, |time| time.strftime("%H:%M:%S").to_string())
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct CpuReading {
    /// 0 to 1, of all cores.
    pub utilization: Option<f32>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemoryReading {
    pub total_bytes: Option<u64>,
    pub available_bytes: Option<u64>,
    pub pressure: Option<Pressure>,
    /// What models may take in all.
    pub limit_bytes: Option<u64>,
    /// Bytes by what they are for.
    pub owners: BTreeMap<String, u64>,
}

/// A worker's memory, in bytes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkerReading {
    pub model: String,
    /// As the system tells.
    pub resident_bytes: Option<u64>,
    /// In arrays of its backend.
    pub active_bytes: Option<u64>,
    /// Kept by the backend for its next arrays.
    pub cached_bytes: Option<u64>,
    /// Most that was in arrays at once.
    pub peak_bytes: Option<u64>,
    #[serde(skip)]
    pub owners: BTreeMap<Owner, u64>,
}
