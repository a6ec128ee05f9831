//! A Mac's GPUs and displays, from what its tools told.

use serde_json::Value;

use super::capture::DISPLAYS;
use super::chips::{self, Build, ChipName, LANES_PER_CORE};
use super::fact::Fact;
use super::facts::{Chip, Display, Gpu, Machine, Vendor};
use super::parse::{self, text};
use super::privacy;
use super::told::Told;

pub fn gpus(told: &Told, machine: &Machine, chip: &Chip) -> Fact<Vec<Gpu>> {
    match told.gpus() {
        Ok(list) if !list.is_empty() => {
            let gpus = list.iter().filter(|entry| entry.is_object()).take(MOST_GPUS).enumerate();
            let gpus = gpus.map(|(at, entry)| gpu(told, machine, chip, Entry { entry, at, count: list.len() }));
            Fact::known(gpus.collect(), "SPDisplaysDataType")
        }
        listed => {
            // Metal knows of GPUs that drive no display.
            let devices = told.metal().len().min(MOST_GPUS);
            let reason = match listed {
                Ok(_) => format!("{DISPLAYS} lists none, as on virtual machines"),
                Err(reason) => reason.to_owned(),
            };
            let entry = Value::Object(serde_json::Map::new());
            let gpus = (0..devices).map(|at| gpu(told, machine, chip, Entry { entry: &entry, at, count: devices }));
            let gpus: Vec<Gpu> = gpus.collect();
            let source = if gpus.is_empty() { reason } else { "Metal".into() };
            Fact { value: Some(gpus), source: source.into() }
        }
    }
}

/// More than any machine has, of GPUs and of the displays at them.
const MOST_GPUS: usize = 64;
const MOST_DISPLAYS: usize = 64;
const MOST_CORES: u64 = 100_000;

/// One GPU of those listed.
#[derive(Clone, Copy)]
struct Entry<'a> {
    entry: &'a Value,
    at: usize,
    count: usize,
}

impl Entry<'_> {
    fn value<T>(&self, key: &str, read: impl FnOnce(&Value) -> Option<T>) -> Fact<T> {
        match self.entry.get(key) {
            None => Fact::unknown(format!("{DISPLAYS} has no {key}")),
            Some(value) => {
                let wrong = format!("{DISPLAYS}: {key} cannot be understood");
                Fact::of(read(value), format!("SPDisplaysDataType: {key}"), wrong)
            }
        }
    }
}

fn gpu(told: &Told, machine: &Machine, chip: &Chip, entry: Entry<'_>) -> Gpu {
    let plain = parse::without_virtual;
    let name = entry
        .value("sppci_model", |value| value.as_str().map(str::trim).filter(|name| is_name(name)).map(plain))
        .or_else(|| entry.value("_name", |value| listed_name(value.as_str()?).map(|name| plain(&name))));
    let metal = metal_device(told, entry, name.get());
    let of_metal = |key: &'static str| {
        let value = metal.and_then(|device| device.get(key)).filter(|value| !value.is_null());
        Fact::of(value.cloned(), format!("Metal: {key}"), told.no_metal())
    };
    let name = name.or_else(|| string(of_metal("name")).map(|name| plain(&name)));
    let vendor = entry.value("spdisplays_vendor", |value| Some(Vendor::named(value.as_str()?))).or_else(|| {
        let by_name = name.get().map(|name| Vendor::named(name));
        Fact::of(by_name, format!("the name, from {}", name.source), "no name, no vendor")
    });
    let vendor = match vendor.value {
        Some(_) => vendor,
        None => Fact { value: Some(Vendor::Unknown), source: vendor.source },
    };
    let is_apple = machine.is_apple_silicon.copied() == Some(true)
        && matches!(vendor.copied(), Some(Vendor::Apple | Vendor::Unknown));
    let count = |value: &Value| parse::count(value).filter(|count| (1..=MOST_CORES).contains(count));
    let cores = entry.value("sppci_cores", count).or_else(|| match is_apple && entry.count == 1 {
        true => told.soc("gpu-core-count", count),
        false => Fact::unknown(format!("{DISPLAYS} has no sppci_cores")),
    });
    let named = chip.name.get().and_then(|name| ChipName::parse(name)).filter(|_| is_apple);
    let is_virtual = machine.is_virtual.copied() == Some(true);
    let build = Build {
        // A virtual machine has as many as it was given.
        cpu_cores: chip.cpu_cores.copied().filter(|_| !is_virtual),
        gpu_cores: cores.copied(),
        memory_bytes: machine.memory_bytes.copied().filter(|_| !is_virtual),
    };
    let clock_mhz = clock(told, is_apple);
    let (metal_family, metal_version) = (
        metal_family(entry, named.as_ref(), name.get(), string(of_metal("family"))),
        metal_version(entry, number(of_metal("version"))),
    );
    let architecture = string(of_metal("architecture"));
    let os = machine.os_version.get().and_then(|version| parse::version(version));
    let is_paravirtual = is_virtual || name.get().is_some_and(|name| name.contains("Paravirtual"));
    let matrix_units = chips::neural_accelerators(named.as_ref(), architecture.get().map(String::as_str), os);
    Gpu {
        metal_family,
        metal_version,
        neural_accelerators: match (&matrix_units, is_apple) {
            _ if is_apple && is_paravirtual => Fact::known(false, "a virtual GPU has none"),
            (Some(known), _) => Fact::known(known.usable, known.reason),
            (None, false) => Fact::known(false, "not a GPU of Apple's"),
            (None, true) => Fact::unknown("the chip or the version of macOS is not known"),
        },
        unified_memory: unified_memory(entry, is_apple, of_metal("hasUnifiedMemory")),
        memory_bytes: memory(entry, is_apple),
        bandwidth_bytes_per_second: match &named {
            None if is_apple => Fact::unknown("no table has a chip of this name"),
            None => Fact::unknown("no table has the bandwidth of this GPU"),
            Some(named) => Fact::of(
                chips::bandwidth(named, build),
                "table: the figure that Apple publishes for this chip",
                "the table has no figure for a chip of this name, or several and nothing to tell them apart",
            ),
        },
        peak_fp32_flops: match (cores.copied(), clock_mhz.copied()) {
            _ if !is_apple => Fact::unknown("computed for Apple's GPUs only"),
            (Some(cores), Some(mhz)) => Fact::of(
                (cores * LANES_PER_CORE * 2).checked_mul(mhz).and_then(|mega| mega.checked_mul(1_000_000)),
                "computed: cores × 128 × 2 × highest clock, in theory",
                "the clock is higher than any",
            ),
            (None, _) => Fact::unknown("the number of cores is not known"),
            (_, None) => Fact::unknown("the clock is not known"),
        },
        driver: Fact::unknown("macOS brings it along"),
        awaits_newer_macos: matrix_units.is_some_and(|units| units.awaits_newer_macos) && is_apple && !is_paravirtual,
        clock_mhz,
        architecture,
        cores,
        vendor,
        name,
    }
}

fn string(fact: Fact<Value>) -> Fact<String> {
    let text = fact.value.as_ref().and_then(Value::as_str).map(str::to_owned);
    Fact { value: text, source: fact.source }
}

fn number(fact: Fact<Value>) -> Fact<u64> {
    Fact { value: fact.value.as_ref().and_then(Value::as_u64), source: fact.source }
}

/// The device of Metal that is this GPU: of the same name, or at the same place of as many.
fn metal_device<'a>(told: &'a Told, entry: Entry<'_>, name: Option<&String>) -> Option<&'a Value> {
    let devices = told.metal();
    let same = devices
        .iter()
        .find(|device| text(device, "name").is_some() && text(device, "name") == name.map(String::as_str));
    same.or_else(|| devices.get(entry.at).filter(|_| devices.len() == entry.count))
}

/// Names of things, not keys of translations.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with("spdisplays_") && !name.starts_with("sppci_") && !name.starts_with("kHW_")
}

/// "kHW_AppleM1Item" is "Apple M1".
fn listed_name(listed: &str) -> Option<String> {
    let listed = listed.trim();
    let coded = listed.strip_prefix("kHW_").map(|rest| parse::words(rest.strip_suffix("Item").unwrap_or(rest)));
    coded.or_else(|| is_name(listed).then(|| listed.to_owned()))
}

/// The keys under which versions of macOS tell of Metal.
const METAL_KEYS: [&str; 3] = ["spdisplays_mtlgpufamilysupport", "spdisplays_metalfamily", "spdisplays_metal"];

fn metal_family(entry: Entry<'_>, chip: Option<&ChipName>, name: Option<&String>, metal: Fact<String>) -> Fact<String> {
    let printed = METAL_KEYS.iter().find_map(|key| {
        let family = text(entry.entry, key)?.rsplit_once("mtlgpufamily").map(|(_, family)| family)?;
        let is_family = family.ends_with(|c: char| c.is_ascii_digit());
        is_family.then(|| Fact::known(family.to_owned(), format!("SPDisplaysDataType: {key}")))
    });
    let is_paravirtual = name.is_some_and(|name| name.contains("Paravirtual"));
    let table = || {
        let family = chip.filter(|_| !is_paravirtual).and_then(chips::metal_family);
        let reason = if is_paravirtual { "a virtual GPU has its own" } else { "not printed, and no table has it" };
        Fact::of(family.map(str::to_owned), "table: the family of this chip", reason)
    };
    let known = printed.or_else(|| Some(metal).filter(|metal| metal.value.is_some()));
    known.unwrap_or_else(table)
}

fn metal_version(entry: Entry<'_>, metal: Fact<u64>) -> Fact<u64> {
    let printed = METAL_KEYS.iter().find_map(|key| {
        let version = text(entry.entry, key)?.strip_prefix("spdisplays_metal")?.parse().ok()?;
        Some(Fact::known(version, format!("SPDisplaysDataType: {key}")))
    });
    let reason = format!("{DISPLAYS} has no spdisplays_mtlgpufamilysupport with a version");
    let known = printed.or_else(|| Some(metal).filter(|metal| metal.value.is_some()));
    known.unwrap_or_else(|| Fact::unknown(reason))
}

fn unified_memory(entry: Entry<'_>, is_apple: bool, metal: Fact<Value>) -> Fact<bool> {
    let has = |key: &str| entry.entry.get(key).is_some();
    let by_metal = Fact { value: metal.value.as_ref().and_then(Value::as_bool), source: metal.source };
    by_metal.or_else(|| {
        if is_apple {
            Fact::known(true, "all of Apple's chips share their memory")
        } else if has("spdisplays_vram_shared") {
            Fact::known(true, "SPDisplaysDataType: spdisplays_vram_shared")
        } else if has("spdisplays_vram") {
            Fact::known(false, "SPDisplaysDataType: spdisplays_vram")
        } else {
            Fact::unknown("nothing tells whether its memory is its own")
        }
    })
}

fn memory(entry: Entry<'_>, is_apple: bool) -> Fact<u64> {
    if is_apple {
        return Fact::unknown("it shares the machine's memory");
    }
    // A bare number counts in MB.
    let bytes = |value: &Value| {
        let text = value.as_str();
        text.and_then(parse::bytes)
            .or_else(|| parse::count(value).and_then(|mib| mib.checked_mul(1 << 20)).filter(|bytes| *bytes > 0))
    };
    let keys = ["spdisplays_vram", "_spdisplays_vram", "spdisplays_vram_shared"];
    let found = keys.into_iter().map(|key| entry.value(key, bytes)).find(|fact| fact.value.is_some());
    found.unwrap_or_else(|| Fact::unknown(format!("{DISPLAYS} has no spdisplays_vram")))
}

/// The highest clock: tables need not ascend.
fn clock(told: &Told, is_apple: bool) -> Fact<u64> {
    let highest = |value: &Value| value.as_array()?.iter().filter_map(Value::as_u64).max().filter(|mhz| *mhz > 0);
    if is_apple {
        told.soc("gpu_frequencies_mhz", highest)
    } else {
        Fact::unknown("only Apple's GPUs tell their clocks")
    }
}

pub fn displays(told: &Told) -> Fact<Vec<Display>> {
    let list = match told.gpus() {
        Err(reason) => return Fact::unknown(reason.to_owned()),
        Ok(list) => list,
    };
    let connected = list.iter().filter_map(|gpu| gpu.get("spdisplays_ndrvs")?.as_array()).flatten();
    Fact::known(
        connected.filter(|entry| entry.is_object()).take(MOST_DISPLAYS).map(display).collect(),
        "SPDisplaysDataType: spdisplays_ndrvs",
    )
}

fn display(entry: &Value) -> Display {
    let is = |key: &str, value: &str| text(entry, key) == Some(value);
    let is_virtual = privacy::is_virtual_display(entry);
    let points = text(entry, "_spdisplays_resolution").or_else(|| text(entry, "spdisplays_resolution"));
    let pixels = text(entry, "_spdisplays_pixels").or_else(|| text(entry, "spdisplays_pixels"));
    // "spdisplays_2880x1800Retina", before macOS 11.
    let pixels =
        pixels.or_else(|| text(entry, "spdisplays_pixelresolution").map(|key| key.trim_start_matches("spdisplays_")));
    let rotation = entry.get("spdisplays_rotation");
    let rotation = rotation.and_then(|value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok()));
    Display {
        // A virtual display may carry a person's name.
        name: match privacy::name_of_display(entry) {
            Some(stand_in) => Some(stand_in.into()),
            None => text(entry, "_name").filter(|name| is_name(name)).map(str::to_owned),
        },
        pixels: pixels.and_then(|text| Some(parse::size(text)?.0)),
        points: points.and_then(|text| Some(parse::size(text)?.0)),
        refresh_hz: points.and_then(parse::hertz),
        rotation_degrees: rotation,
        is_main: is("spdisplays_main", "spdisplays_yes"),
        is_built_in: is("spdisplays_connection_type", "spdisplays_internal"),
        is_virtual,
    }
}
