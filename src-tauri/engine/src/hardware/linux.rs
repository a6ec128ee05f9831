//! A Linux machine, from what kernel and driver told: NVIDIA's GPUs, else the processor alone.

use std::collections::BTreeMap;

use serde_json::Value;

use super::capture::{Capture, LINUX, NVIDIA};
use super::fact::Fact;
use super::facts::{Chip, Facts, Gpu, Machine, Memory, Vendor};
use super::parse::{self, count};
use crate::memory::Pressure;
use crate::sensors::NO_DRIVER;

pub fn facts(capture: &Capture) -> Facts {
    let lines = capture.text(LINUX).map(parse::lines);
    let told = Lines(&lines);
    let machine = Machine {
        model_name: told.text("machine.model"),
        model_identifier: Fact::unknown("only Macs have model identifiers"),
        os: told.text("os.name"),
        os_version: told.text("os.version"),
        memory_bytes: told.number("memory.total"),
        is_apple_silicon: Fact::known(false, "Linux"),
        is_virtual: told.text("cpu.hypervisor").map(|text| text == "yes"),
        is_translated: Fact::known(false, "Linux has no Rosetta"),
    };
    let none = || Fact::unknown("not a chip of Apple's");
    let chip = Chip {
        name: told.text("cpu.name"),
        generation: none(),
        tier: none(),
        cpu_cores: told.number("cpu.cores"),
        cpu_clusters: Fact::unknown("Linux does not tell"),
    };
    // What the ledger goes by, too.
    let usable = told.number("memory.limit");
    let used = match (usable.copied(), told.number("memory.available").copied()) {
        (Some(limit), Some(available)) => Some(limit.saturating_sub(available)),
        _ => None,
    };
    let memory = Memory {
        recommended_working_set_bytes: Fact::of(
            usable.copied().map(|limit| limit / 4 * 3),
            "three quarters of what this process may use, for there is no Metal",
            usable.source,
        ),
        wired_limit_bytes: Fact::unknown("only macOS has a wired limit"),
        max_buffer_bytes: Fact::unknown("only Metal has one"),
        pool_bytes: Fact::unknown("the pool's size follows from what is available when Ingot starts"),
        in_use_bytes: Fact::of(used, "Linux: memory.limit less memory.available", "the kernel does not tell"),
        pressure: told
            .text("memory.pressure")
            .map_known(|text| Pressure::ALL.into_iter().find(|pressure| pressure.name() == text)),
    };
    let (gpus, displays) = (gpus(capture), Fact::unknown("not looked for on Linux"));
    // A machine without NVIDIA's driver has nothing wrong with it.
    let driver = capture.json(NVIDIA).err().filter(|reason| !reason.contains(NO_DRIVER));
    let problems = lines.as_ref().err().cloned().into_iter().chain(driver).collect();
    Facts { machine, chip, gpus, memory, displays, problems }
}

struct Lines<'a>(&'a Result<BTreeMap<String, String>, String>);

impl Lines<'_> {
    fn text(&self, name: &str) -> Fact<String> {
        match self.0 {
            Err(reason) => Fact::unknown(reason.clone()),
            Ok(lines) => {
                Fact::of(lines.get(name).cloned(), format!("Linux: {name}"), format!("Linux does not tell {name}"))
            }
        }
    }

    fn number(&self, name: &str) -> Fact<u64> {
        self.text(name).map_known(|text| text.parse().ok())
    }
}

/// More than any machine has.
const MOST_GPUS: usize = 64;

fn gpus(capture: &Capture) -> Fact<Vec<Gpu>> {
    match capture.json(NVIDIA) {
        Ok(Value::Array(list)) => Fact::known(list.iter().take(MOST_GPUS).map(gpu).collect(), "NVML"),
        Ok(_) => Fact { value: Some(Vec::new()), source: format!("{NVIDIA} is no list").into() },
        Err(reason) => Fact { value: Some(Vec::new()), source: reason.into() },
    }
}

fn gpu(entry: &Value) -> Gpu {
    let number = |key: &str| {
        let value = entry.get(key).and_then(count).filter(|value| *value > 0);
        Fact::of(value, format!("NVML: {key}"), format!("NVML does not tell {key}"))
    };
    let text = |key: &str| {
        Fact::of(
            parse::text(entry, key).map(str::to_owned),
            format!("NVML: {key}"),
            format!("NVML does not tell {key}"),
        )
    };
    const MEGA: u64 = 1_000_000;
    let (cores, clock) = (number("cuda_cores"), number("clock_mhz"));
    let (bus, memory_clock) = (number("memory_bus_bits"), number("memory_clock_mhz"));
    let product = |a: &Fact<u64>, b: &Fact<u64>| a.copied().zip(b.copied()).and_then(|(a, b)| a.checked_mul(b));
    const NO_METAL: &str = "NVIDIA has no Metal";
    Gpu {
        name: text("name"),
        vendor: Fact::known(Vendor::Nvidia, "NVML"),
        metal_family: Fact::unknown(NO_METAL),
        metal_version: Fact::unknown(NO_METAL),
        architecture: text("compute_capability").map(|version| format!("compute capability {version}")),
        unified_memory: match number("memory_bytes").copied() {
            Some(_) => Fact::known(false, "NVML: it has memory of its own"),
            None => Fact::unknown("NVML does not tell of memory of its own"),
        },
        memory_bytes: number("memory_bytes"),
        bandwidth_bytes_per_second: Fact::of(
            product(&bus, &memory_clock).and_then(|bits| (bits / 8 * 2).checked_mul(MEGA)),
            "computed: width of the bus × highest memory clock × 2",
            "NVML does not tell the bus or the clock of its memory",
        ),
        peak_fp32_flops: Fact::of(
            product(&cores, &clock).and_then(|cycles| cycles.checked_mul(2 * MEGA)),
            "computed: CUDA cores × 2 × highest clock, in theory",
            "NVML does not tell cores or clock",
        ),
        neural_accelerators: Fact::unknown("a name for parts of Apple's GPUs"),
        driver: text("driver"),
        awaits_newer_macos: false,
        clock_mhz: clock,
        cores,
    }
}
