//! What is published about Apple's chips and no machine prints: Metal families and memory bandwidth, by name.
//!
//! Bandwidth is Apple's figure, in GB of 10⁹ bytes a second. Peak arithmetic is in no table: it is computed from cores
//! and clock. To add a chip, add its row; a chip of an unknown generation gets no values at all.

/// What a chip's name says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChipName {
    /// "M3", "A18"
    pub generation: String,
    /// "Pro", "Max", "Ultra"; absent for the base chip.
    pub tier: Option<String>,
}

impl ChipName {
    /// Of "Apple M3 Max"; `None` for anything that is not one of Apple's names.
    pub fn parse(name: &str) -> Option<Self> {
        let mut words = name.split_whitespace();
        let generation = words.next().filter(|word| *word == "Apple").and_then(|_| words.next())?;
        let number = generation.strip_prefix(['M', 'A'])?;
        if number.is_empty() || !number.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
        let tier = words.next().map(str::to_owned);
        words.next().is_none().then(|| Self { generation: generation.to_owned(), tier })
    }
}

/// What tells apart the chips that share a name.
#[derive(Debug, Clone, Copy, Default)]
pub struct Build {
    pub cpu_cores: Option<u64>,
    pub gpu_cores: Option<u64>,
    pub memory_bytes: Option<u64>,
}

/// Generation and Metal family.
const FAMILIES: [(&str, &str); 7] = [
    ("M1", "apple7"),
    ("M2", "apple8"),
    ("M3", "apple9"),
    ("M4", "apple9"),
    ("A18", "apple9"),
    ("M5", "apple10"),
    ("M6", "apple11"),
];

/// The generation of GPU in Metal's architecture names, `applegpu_g15s` and its like.
const ARCHITECTURES: [(&str, u32); 7] =
    [("M1", 13), ("M2", 14), ("M3", 15), ("M4", 16), ("A18", 17), ("M5", 17), ("M6", 18)];

enum Bandwidth {
    One(u64),
    /// By the processor's cores, else by the GPU's where those say the same.
    ByCores(&'static [(u64, u64, u64)]),
    /// By the GPU's cores.
    ByGpuCores(&'static [(u64, u64)]),
    /// By memory, in GiB.
    ByMemory(&'static [(u64, u64)]),
}

use Bandwidth::{ByCores, ByGpuCores, ByMemory, One};

const BANDWIDTHS: [(&str, &str, Bandwidth); 21] = [
    ("M1", "", One(68)),
    ("M1", "Pro", One(200)),
    ("M1", "Max", One(400)),
    ("M1", "Ultra", One(800)),
    ("M2", "", One(100)),
    ("M2", "Pro", One(200)),
    ("M2", "Max", One(400)),
    ("M2", "Ultra", One(800)),
    ("M3", "", One(100)),
    ("M3", "Pro", One(150)),
    ("M3", "Max", ByCores(&[(14, 30, 300), (16, 40, 400)])),
    ("M3", "Ultra", One(819)),
    ("M4", "", One(120)),
    ("M4", "Pro", One(273)),
    ("M4", "Max", ByCores(&[(14, 32, 410), (16, 40, 546)])),
    ("M5", "", One(153)),
    ("M5", "Pro", One(307)),
    ("M5", "Max", ByGpuCores(&[(32, 460), (40, 614)])),
    ("M5", "Ultra", One(1200)),
    ("M6", "", ByMemory(&[(16, 153), (24, 170), (32, 170)])),
    ("A18", "Pro", One(60)),
];

/// `apple9` and its like.
pub fn metal_family(chip: &ChipName) -> Option<&'static str> {
    FAMILIES.iter().find(|(generation, _)| *generation == chip.generation).map(|(_, family)| *family)
}

/// Bytes a second between the chip and its memory, as published.
pub fn bandwidth(chip: &ChipName, build: Build) -> Option<u64> {
    const GIGABYTE: u64 = 1_000_000_000;
    let tier = chip.tier.as_deref().unwrap_or("");
    let (.., bandwidth) =
        BANDWIDTHS.iter().find(|(generation, of, _)| *generation == chip.generation && *of == tier)?;
    let gigabytes = match bandwidth {
        One(gigabytes) => Some(*gigabytes),
        ByCores(bins) => {
            let by_cpu = bins.iter().find(|(cores, ..)| Some(*cores) == build.cpu_cores);
            by_cpu.or_else(|| bins.iter().find(|(_, cores, _)| Some(*cores) == build.gpu_cores)).map(|bin| bin.2)
        }
        ByGpuCores(bins) => bins.iter().find(|(cores, _)| Some(*cores) == build.gpu_cores).map(|bin| bin.1),
        ByMemory(bins) => bins.iter().find(|(gib, _)| Some(gib << 30) == build.memory_bytes).map(|bin| bin.1),
    };
    gigabytes.map(|gigabytes| gigabytes * GIGABYTE)
}

/// Multiply-add units of one core of an Apple GPU, each two operations a cycle in FP32.
pub const LANES_PER_CORE: u64 = 128;

/// Whether the GPU's matrix units can be used, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeuralAccelerators {
    pub usable: bool,
    /// Whether only macOS is too old for them.
    pub awaits_newer_macos: bool,
    pub reason: &'static str,
}

/// Source: MLX 0.32's `is_nax_available`: a GPU of generation 17 (18 for phones' chips) and macOS 26.2.
/// `architecture` is Metal's name for the GPU, if Metal tells it; `os` the version of macOS.
pub fn neural_accelerators(
    chip: Option<&ChipName>,
    architecture: Option<&str>,
    os: Option<[u32; 3]>,
) -> Option<NeuralAccelerators> {
    let by_name = architecture.and_then(generation_of);
    let by_chip = || {
        let chip = chip?;
        let (_, generation) = ARCHITECTURES.iter().find(|(name, _)| *name == chip.generation)?;
        Some((*generation, chip.generation.starts_with('A')))
    };
    let (generation, is_phone) = by_name.or_else(by_chip)?;
    let answer = |usable, awaits_newer_macos, reason| Some(NeuralAccelerators { usable, awaits_newer_macos, reason });
    if generation < if is_phone { 18 } else { 17 } {
        return answer(false, false, "this GPU has none (M5 and later do)");
    }
    match os? {
        version if version >= [26, 2, 0] => answer(true, false, "in the GPU, and macOS 26.2 or later runs"),
        _ => answer(false, true, "in the GPU, but using them needs macOS 26.2"),
    }
}

/// Of `applegpu_g17s`: 17, and whether it is a phone's.
fn generation_of(architecture: &str) -> Option<(u32, bool)> {
    let rest = architecture.strip_prefix("applegpu_g")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    Some((rest[..digits].parse().ok()?, rest[digits..].starts_with('p')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip(name: &str) -> ChipName {
        ChipName::parse(name).unwrap_or_else(|| panic!("{name}"))
    }

    #[test]
    fn names_of_apples_chips() {
        assert_eq!(chip("Apple M3 Max"), ChipName { generation: "M3".into(), tier: Some("Max".into()) });
        assert_eq!(chip("Apple M5"), ChipName { generation: "M5".into(), tier: None });
        assert_eq!(chip("Apple A18 Pro"), ChipName { generation: "A18".into(), tier: Some("Pro".into()) });
        for other in ["", "Apple", "Apple processor", "Quad-Core Intel Core i7", "Apple Mx", "VirtualApple @ 2.50GHz"] {
            assert_eq!(ChipName::parse(other), None, "{other}");
        }
    }

    #[test]
    fn every_chip_of_the_tables() {
        let none = Build::default();
        let gigabytes = |name: &str, build: Build| bandwidth(&chip(name), build).map(|bytes| bytes / 1_000_000_000);
        for (name, family, figure) in [
            ("Apple M1", "apple7", 68),
            ("Apple M1 Pro", "apple7", 200),
            ("Apple M1 Max", "apple7", 400),
            ("Apple M1 Ultra", "apple7", 800),
            ("Apple M2 Ultra", "apple8", 800),
            ("Apple M3 Pro", "apple9", 150),
            ("Apple M3 Ultra", "apple9", 819),
            ("Apple M4", "apple9", 120),
            ("Apple M5", "apple10", 153),
            ("Apple M5 Ultra", "apple10", 1200),
            ("Apple A18 Pro", "apple9", 60),
        ] {
            assert_eq!(metal_family(&chip(name)), Some(family), "{name}");
            assert_eq!(gigabytes(name, none), Some(figure), "{name}");
        }
        assert_eq!(metal_family(&chip("Apple M6")), Some("apple11"));
        assert_eq!((metal_family(&chip("Apple M9")), gigabytes("Apple M9", none)), (None, None));
        assert_eq!(gigabytes("Apple M3 Giga", none), None, "an unknown tier is no base chip");
    }

    #[test]
    fn chips_that_share_a_name_are_told_apart() {
        let gigabytes = |name: &str, build: Build| bandwidth(&chip(name), build).map(|bytes| bytes / 1_000_000_000);
        let cpu = |cores| Build { cpu_cores: Some(cores), ..Build::default() };
        let gpu = |cores| Build { gpu_cores: Some(cores), ..Build::default() };
        let memory = |gib: u64| Build { memory_bytes: Some(gib << 30), ..Build::default() };
        assert_eq!([14, 16, 4].map(|cores| gigabytes("Apple M3 Max", cpu(cores))), [Some(300), Some(400), None]);
        assert_eq!([14, 16].map(|cores| gigabytes("Apple M4 Max", cpu(cores))), [Some(410), Some(546)]);
        assert_eq!([32, 40].map(|cores| gigabytes("Apple M4 Max", gpu(cores))), [Some(410), Some(546)]);
        assert_eq!([32, 40].map(|cores| gigabytes("Apple M5 Max", gpu(cores))), [Some(460), Some(614)]);
        assert_eq!(
            [16, 24, 32, 8].map(|gib| gigabytes("Apple M6", memory(gib))),
            [Some(153), Some(170), Some(170), None]
        );
        for ambiguous in ["Apple M3 Max", "Apple M4 Max", "Apple M5 Max", "Apple M6"] {
            assert_eq!(gigabytes(ambiguous, Build::default()), None, "{ambiguous}");
        }
    }

    #[test]
    fn neural_accelerators_need_both_the_gpu_and_the_system() {
        let usable = |name: &str, architecture: Option<&str>, os: Option<[u32; 3]>| {
            neural_accelerators(ChipName::parse(name).as_ref(), architecture, os).map(|answer| answer.usable)
        };
        assert_eq!(usable("Apple M5 Max", Some("applegpu_g17s"), Some([26, 2, 0])), Some(true));
        assert_eq!(usable("Apple M5", None, Some([27, 0, 1])), Some(true));
        assert_eq!(usable("Apple M5", None, Some([26, 1, 0])), Some(false));
        assert_eq!(usable("Apple M5", None, None), None);
        assert_eq!(usable("Apple M4", None, None), Some(false));
        assert_eq!(usable("Apple A18 Pro", Some("applegpu_g17p"), Some([27, 0, 0])), Some(false));
        assert_eq!(usable("Apple A18 Pro", None, Some([27, 0, 0])), Some(false));
        assert_eq!(usable("Apple M6", Some("applegpu_g18g"), Some([27, 0, 0])), Some(true));
        assert_eq!(usable("Apple M9", None, Some([30, 0, 0])), None);
        assert_eq!(usable("Intel", None, Some([15, 0, 0])), None);
        let old = neural_accelerators(Some(&chip("Apple M5")), None, Some([26, 1, 0])).expect("known");
        assert!(old.awaits_newer_macos && old.reason.contains("needs macOS 26.2"));
    }
}
