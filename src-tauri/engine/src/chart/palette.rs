//! Colours. Text keeps a contrast of 4.5 to 1 with what it stands on; bands are told apart by lightness as well as hue.

use plotters::style::RGBColor;
use serde::{Deserialize, Serialize};

use crate::monitor::OTHER_APPS;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ChartTheme"))]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    Light,
    Dark,
}

pub struct Palette {
    pub text: RGBColor,
    pub grid: RGBColor,
    pub limit: RGBColor,
    pub gpu: RGBColor,
    pub cpu: RGBColor,
}

const fn hex(rgb: u32) -> RGBColor {
    RGBColor((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

impl Theme {
    pub fn palette(self) -> Palette {
        match self {
            Self::Light => Palette {
                text: hex(0x626267),
                grid: hex(0xe4e4e8),
                limit: hex(0xb8201a),
                gpu: hex(0x0064d2),
                cpu: hex(0x8e8e93),
            },
            Self::Dark => Palette {
                text: hex(0xadadb4),
                grid: hex(0x3a3a3e),
                limit: hex(0xff8a80),
                gpu: hex(0x65aeff),
                cpu: hex(0x98989f),
            },
        }
    }

    /// The colour of an owner's band.
    pub fn of_owner(self, name: &str) -> RGBColor {
        let (light, dark) =
            BANDS.iter().find(|band| band.name == name).map_or((0x5f5f66, 0xb0b0b8), |band| band.colours);
        hex(match self {
            Self::Light => light,
            Self::Dark => dark,
        })
    }
}

/// What is stacked in the chart of memory, from the bottom up.
pub struct Band {
    pub name: &'static str,
    pub title: &'static str,
    /// Light and dark.
    colours: (u32, u32),
}

pub const BANDS: [Band; 7] = [
    Band { name: OTHER_APPS, title: "Other apps", colours: (0xc9c9cf, 0x56565c) },
    Band { name: "process", title: "Workers", colours: (0x8a8a94, 0x8b8b93) },
    Band { name: "weights", title: "Weights", colours: (0x1f6fd0, 0x4f9bf5) },
    Band { name: "mapped_weights", title: "Mapped weights", colours: (0x8fbaea, 0x2f5f97) },
    Band { name: "kv_cache", title: "KV cache", colours: (0xe08a2e, 0xf0a552) },
    Band { name: "staging", title: "Staging", colours: (0x8d63c9, 0xb08be8) },
    Band { name: "scratch", title: "Scratch", colours: (0x2e9e8f, 0x54c7b7) },
];

/// The names of owners are those of the bands.
#[cfg(test)]
#[test]
fn every_owner_has_a_band() {
    use crate::memory::Owner::{KvCache, MappedWeights, Process, Scratch, Staging, Weights};
    for owner in [Weights, MappedWeights, KvCache, Staging, Scratch, Process] {
        assert!(BANDS.iter().any(|band| band.name == owner.name()), "{owner:?}");
    }
}
