//! What is known of a machine, each value with its source.

use serde::Serialize;

use super::capture::{Capture, LINUX};
use super::fact::Fact;
use super::told::Told;
use super::{apple, linux};
use crate::memory::Pressure;

/// A machine, from what its own tools say.
#[derive(Debug, Clone, Serialize)]
pub struct Facts {
    pub machine: Machine,
    pub chip: Chip,
    pub gpus: Fact<Vec<Gpu>>,
    pub memory: Memory,
    pub displays: Fact<Vec<Display>>,
    /// Sources that said nothing, and why: sentences that begin with a file's name.
    #[serde(skip)]
    pub problems: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Machine {
    /// "MacBook Pro"
    pub model_name: Fact<String>,
    /// "Mac16,1"
    pub model_identifier: Fact<String>,
    /// "macOS"
    pub os: Fact<String>,
    /// Without the build.
    pub os_version: Fact<String>,
    pub memory_bytes: Fact<u64>,
    pub is_apple_silicon: Fact<bool>,
    pub is_virtual: Fact<bool>,
    /// Whether programs for Intel are being translated (Rosetta): the one that asked was.
    pub is_translated: Fact<bool>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Chip {
    /// "Apple M3 Max"
    pub name: Fact<String>,
    /// "M3"
    pub generation: Fact<String>,
    /// "Pro", "Max", "Ultra"; null for the base chip.
    pub tier: Fact<String>,
    pub cpu_cores: Fact<u64>,
    pub cpu_clusters: Fact<Vec<Cluster>>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cluster {
    /// "Performance", "Efficiency", "Super", "Standard"
    pub name: Option<String>,
    pub cores: Option<u64>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Gpu {
    pub name: Fact<String>,
    pub vendor: Fact<Vendor>,
    /// Apple's cores; CUDA cores on NVIDIA's.
    pub cores: Fact<u64>,
    /// "apple9", "mac2"
    pub metal_family: Fact<String>,
    /// 2, 3, 4
    pub metal_version: Fact<u64>,
    /// "applegpu_g15s"; on NVIDIA's, the compute capability.
    pub architecture: Fact<String>,
    pub unified_memory: Fact<bool>,
    /// Its own memory; null on Apple's, which have none.
    pub memory_bytes: Fact<u64>,
    pub bandwidth_bytes_per_second: Fact<u64>,
    /// Highest.
    pub clock_mhz: Fact<u64>,
    /// In theory: cores, operations a cycle, highest clock.
    pub peak_fp32_flops: Fact<u64>,
    /// Whether matrix units in the GPU can be used; the source says why or why not.
    pub neural_accelerators: Fact<bool>,
    pub driver: Fact<String>,
    /// Whether a newer macOS would use the neural accelerators.
    #[serde(skip)]
    pub awaits_newer_macos: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Vendor {
    Apple,
    Amd,
    Intel,
    Nvidia,
    Unknown,
}

/// Memory for models, in bytes.
#[derive(Debug, Clone, Serialize)]
pub struct Memory {
    /// As Metal recommends it; read, never computed, where there is Metal.
    pub recommended_working_set_bytes: Fact<u64>,
    /// 0 is the system's default.
    pub wired_limit_bytes: Fact<u64>,
    pub max_buffer_bytes: Fact<u64>,
    /// What Ingot's pool may take.
    pub pool_bytes: Fact<u64>,
    pub in_use_bytes: Fact<u64>,
    pub pressure: Fact<Pressure>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Display {
    pub name: Option<String>,
    pub pixels: Option<[u32; 2]>,
    pub points: Option<[u32; 2]>,
    pub refresh_hz: Option<f64>,
    pub rotation_degrees: Option<i64>,
    pub is_main: bool,
    pub is_built_in: bool,
    pub is_virtual: bool,
}

impl Facts {
    /// What `capture` tells. Never fails: what is missing or broken in it is unknown, with the reason.
    pub fn of(capture: &Capture) -> Self {
        if capture.has(LINUX) {
            return linux::facts(capture);
        }
        let told = Told::by(capture);
        Self { problems: told.problems(capture.is_replay), ..apple::facts(&told) }
    }

    /// Bytes a second between processor and memory, of the GPU that models run on: the first that has a figure.
    pub fn bandwidth(&self) -> Option<u64> {
        self.gpus().iter().find_map(|gpu| gpu.bandwidth_bytes_per_second.copied())
    }

    pub fn gpus(&self) -> &[Gpu] {
        self.gpus.get().map_or(&[], Vec::as_slice)
    }

    /// Whether this is macOS.
    pub fn is_mac(&self) -> bool {
        self.machine.os.get().is_some_and(|os| os == "macOS")
    }
}

impl Vendor {
    /// Of what a driver or a tool calls it.
    pub fn named(text: &str) -> Self {
        let text = text.to_ascii_lowercase();
        let holds = |signs: &[&str]| signs.iter().any(|sign| text.contains(sign));
        if holds(&["apple", "0x106b"]) {
            Self::Apple
        } else if holds(&["nvidia", "0x10de", "geforce", "quadro"]) {
            Self::Nvidia
        } else if holds(&["intel", "0x8086"]) {
            Self::Intel
        } else if holds(&["amd", "0x1002", "radeon", "ati "]) {
            Self::Amd
        } else {
            Self::Unknown
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Apple => "Apple",
            Self::Amd => "AMD",
            Self::Intel => "Intel",
            Self::Nvidia => "NVIDIA",
            Self::Unknown => "unknown",
        }
    }
}
