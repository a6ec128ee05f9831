//! A Mac, from what its tools told: every dialect that versions of macOS have printed.

use super::chips::ChipName;
use super::fact::Fact;
use super::facts::{Chip, Cluster, Facts, Machine, Memory};
use super::told::Told;
use super::{apple_gpu, parse};
use crate::memory::Pressure;

pub fn facts(told: &Told) -> Facts {
    let machine = machine(told);
    let chip = chip(told, &machine);
    let gpus = apple_gpu::gpus(told, &machine, &chip);
    let memory = memory(told);
    Facts { machine, chip, gpus, memory, displays: apple_gpu::displays(told), problems: Vec::new() }
}

fn machine(told: &Told) -> Machine {
    let model_identifier = told.hardware_text("machine_model").or_else(|| told.sysctl_text("hw.model"));
    let memory_bytes = told
        .sysctl_count("hw.memsize", 1..=MOST_MEMORY)
        .or_else(|| told.hardware("physical_memory", |value| value.as_str().and_then(parse::bytes)));
    let is_apple_silicon = is_apple_silicon(told, &model_identifier);
    Machine {
        model_name: told.hardware_text("machine_name"),
        os: os(told),
        os_version: os_version(told),
        memory_bytes,
        is_virtual: is_virtual(told, &model_identifier, &is_apple_silicon),
        is_translated: is_translated(told, &is_apple_silicon),
        is_apple_silicon,
        model_identifier,
    }
}

/// More bytes of memory than any machine has.
const MOST_MEMORY: u64 = 1 << 50;
/// More cores than any chip has.
const MOST_CORES: u64 = 10_000;

fn os(told: &Told) -> Fact<String> {
    // It was "Mac OS X" once.
    let named = told.sw_vers("ProductName").map(|_| "macOS".to_owned());
    let kernel = || told.sysctl("kern.ostype", |kind| (kind == "Darwin").then(|| "macOS".to_owned()));
    let version = || told.sysctl("kern.osproductversion", |_| Some("macOS".to_owned()));
    let by_tool = || {
        let known = told.has_hardware() || told.gpus().is_ok();
        let reason = || told.sw_vers("ProductName").source;
        if known {
            Fact::known("macOS".into(), "system_profiler, which only macOS has")
        } else {
            Fact::unknown(reason())
        }
    };
    named.or_else(kernel).or_else(version).or_else(by_tool)
}

fn os_version(told: &Told) -> Fact<String> {
    let plain = |text: &str| {
        let version = text.split([' ', '(']).next().unwrap_or_default();
        parse::version(version).map(|_| version.to_owned())
    };
    let printed = told.sw_vers("ProductVersion");
    let source = printed.source.clone();
    // 10.16 is what macOS 11 and later tell programs that they take for old ones.
    let printed = match printed.value.as_deref().and_then(plain) {
        Some(version) if !version.starts_with("10.16") => Fact::known(version, source),
        Some(_) => Fact::unknown(format!("{source} is 10.16, which stands for any later version")),
        None if printed.value.is_some() => Fact::unknown(format!("{source} cannot be understood")),
        None => Fact::unknown(source),
    };
    printed.or_else(|| told.sysctl("kern.osproductversion", plain))
}

/// Never by the vendor: a virtual Intel machine names Apple.
fn is_apple_silicon(told: &Told, model: &Fact<String>) -> Fact<bool> {
    let translated = told.sysctl("sysctl.proc_translated", |text| (text == "1").then_some(true));
    let has_cores = || {
        let listed = told.gpus().unwrap_or_default().iter().any(|gpu| gpu.get("sppci_cores").is_some());
        Fact::of(listed.then_some(true), "SPDisplaysDataType: sppci_cores", "no GPU lists its cores")
    };
    let processor = |text: &str| {
        if text.starts_with("Apple") || text.starts_with("VirtualApple") {
            Some(true)
        } else {
            ["Intel", "Xeon", "AMD", "QEMU"].iter().any(|name| text.contains(name)).then_some(false)
        }
    };
    let by_chip = || told.hardware("chip_type", |value| processor(value.as_str()?));
    let by_brand = || told.sysctl("machdep.cpu.brand_string", processor);
    let by_cpu = || told.hardware("cpu_type", |value| processor(value.as_str()?));
    let by_machine = || {
        told.sysctl("hw.machine", |text| match text {
            "x86_64" | "i386" => Some(false),
            other => other.starts_with("arm64").then_some(true),
        })
    };
    let by_model = || {
        let is_virtual_mac = model.get().is_some_and(|model| model.starts_with("VirtualMac"));
        Fact::of(is_virtual_mac.then_some(true), model.source.clone(), "nothing tells the kind of processor")
    };
    let nothing = Fact::unknown("nothing tells the kind of processor");
    let arm = || told.sysctl_flag("hw.optional.arm64");
    let found = [translated, arm(), has_cores(), by_chip(), by_brand(), by_cpu(), by_machine(), by_model()];
    found.into_iter().find(|fact| fact.value.is_some()).unwrap_or(nothing)
}

fn is_virtual(told: &Told, model: &Fact<String>, is_apple_silicon: &Fact<bool>) -> Fact<bool> {
    let by_kernel = told.sysctl_flag("kern.hv_vmm_present");
    let by_name = || {
        const HYPERVISORS: [&str; 5] = ["VirtualMac", "VMware", "Parallels", "QEMU", "VirtualBox"];
        let name = model.get().filter(|model| HYPERVISORS.iter().any(|name| model.starts_with(name)));
        Fact::of(name.map(|_| true), model.source.clone(), "nothing tells whether the machine is virtual")
    };
    // Intel's processors name the hypervisor among their features.
    let by_feature = || {
        let features =
            told.sysctl("machdep.cpu.features", |text| Some(text.split_whitespace().any(|word| word == "VMM")));
        if features.copied() == Some(true) { features } else { by_name() }
    };
    // A virtual Apple chip says so in its name.
    let by_chip = || told.hardware("chip_type", |value| value.as_str().map(|name| name.contains("(Virtual)")));
    let by_chip = || if is_apple_silicon.copied() == Some(true) { by_chip() } else { by_feature() };
    // The kernel's no does not outweigh what the machine calls itself.
    match by_name().copied() {
        Some(true) if by_kernel.copied() != Some(true) => by_name(),
        _ => by_kernel.or_else(by_chip),
    }
}

fn is_translated(told: &Told, is_apple_silicon: &Fact<bool>) -> Fact<bool> {
    let by_kernel = told.sysctl_flag("sysctl.proc_translated");
    by_kernel.or_else(|| match is_apple_silicon.copied() {
        Some(false) => Fact::known(false, "Intel's processors need no translation"),
        Some(true) if told.has_hardware() => {
            // Under Rosetta, the chip's name is lost.
            let unknown = told.hardware("cpu_type", |value| Some(value.as_str()? == "Unknown")).copied() == Some(true);
            if told.hardware_lacks("chip_type") && unknown {
                Fact::known(true, "SPHardwareDataType: cpu_type is Unknown and chip_type missing, as under Rosetta")
            } else if !told.hardware_lacks("chip_type") {
                Fact::known(false, "SPHardwareDataType: chip_type, which is missing under Rosetta")
            } else {
                told.sysctl_flag("sysctl.proc_translated")
            }
        }
        _ => told.sysctl_flag("sysctl.proc_translated"),
    })
}

fn chip(told: &Told, machine: &Machine) -> Chip {
    let plain = |name: String| parse::without_virtual(&name);
    let known = |fact: Fact<String>| match fact.value.as_deref() {
        Some("Unknown") => Fact::unknown(format!("{} is Unknown", fact.source)),
        _ => fact,
    };
    let is_apple = machine.is_apple_silicon.copied() == Some(true);
    let brand = || told.sysctl_text("machdep.cpu.brand_string");
    // Under Rosetta it names a stand-in.
    let brand =
        || brand().value.filter(|name| !name.starts_with("VirtualApple")).map(|name| Fact::known(name, brand().source));
    let by_gpu = || {
        let name = told.gpus().unwrap_or_default().iter().find_map(|gpu| parse::text(gpu, "sppci_model"));
        let name = name.filter(|name| is_apple && ChipName::parse(&plain((*name).to_owned())).is_some());
        Fact::of(name.map(str::to_owned), "SPDisplaysDataType: sppci_model", "no GPU has the chip's name")
    };
    let name = known(told.hardware_text("chip_type"))
        .or_else(|| known(told.hardware_text("cpu_type")))
        .or_else(|| brand().unwrap_or_else(|| told.sysctl("machdep.cpu.brand_string", |_| None)))
        .or_else(by_gpu)
        .map(plain);
    let apple = name.get().and_then(|name| ChipName::parse(name));
    let missing = || match name.get() {
        Some(_) => "the chip has a name that is not known to be one of Apple's".to_owned(),
        None => name.source.to_string(),
    };
    let generation = Fact::of(apple.as_ref().map(|chip| chip.generation.clone()), name.source.clone(), missing());
    let tier = match &apple {
        Some(ChipName { tier: None, .. }) => Fact::unknown("the base chip has no tier"),
        Some(ChipName { tier, .. }) => {
            let known = tier.clone().filter(|tier| ["Pro", "Max", "Ultra"].contains(&tier.as_str()));
            Fact::of(known, name.source.clone(), format!("{} has a tier that is not known", name.source))
        }
        None => Fact::unknown(missing()),
    };
    Chip { generation, tier, cpu_cores: cpu_cores(told), cpu_clusters: cpu_clusters(told), name }
}

fn cpu_cores(told: &Told) -> Fact<u64> {
    let counted = || {
        told.hardware("number_processors", |value| {
            let text = value.as_str().map(|text| text.trim_start_matches("proc").trim());
            // "proc 16:12:4": the first number is the sum; the order of the others has changed with macOS 27.
            text.and_then(|text| text.split(':').next()?.trim().parse().ok()).or_else(|| parse::count(value))
        })
    };
    let cores = 1..=MOST_CORES;
    let possible = counted().map_known(|count| Some(*count).filter(|count| cores.contains(count)));
    told.sysctl_count("hw.physicalcpu", cores.clone()).or_else(|| possible)
}

fn cpu_clusters(told: &Told) -> Fact<Vec<Cluster>> {
    const MOST: u64 = 16;
    let counted = told.sysctl_count("hw.nperflevels", 1..=MOST);
    let levels = counted.copied().unwrap_or(MOST);
    let clusters = (0..levels).map(|level| {
        let value = |name: &str| format!("hw.perflevel{level}.{name}");
        let name = told.sysctl_text(&value("name")).value;
        Cluster { name, cores: told.sysctl_count(&value("physicalcpu"), 1..=MOST_CORES).copied() }
    });
    let mut clusters: Vec<Cluster> = clusters.collect();
    let is_known = |cluster: &Cluster| cluster.name.is_some() || cluster.cores.is_some();
    if counted.value.is_none() {
        let known = clusters.iter().take_while(|cluster| is_known(cluster)).count();
        clusters.truncate(known);
    }
    if !clusters.iter().any(is_known) {
        // What system_profiler prints does not say which number is which.
        return Fact::unknown(told.sysctl_number("hw.perflevel0.physicalcpu").source);
    }
    Fact::known(clusters, "sysctl: hw.perflevel*")
}

fn memory(told: &Told) -> Memory {
    let metal = |key: &str| {
        let largest =
            told.metal().iter().filter_map(|device| device.get(key)?.as_u64()).max().filter(|bytes| *bytes > 0);
        Fact::of(largest, format!("Metal: {key}"), told.no_metal())
    };
    const MIB: u64 = 1 << 20;
    let wired = told.sysctl_count("iogpu.wired_limit_mb", 0..=MOST_MEMORY / MIB).map(|mib| mib * MIB).or_else(|| {
        // Its older name, seen both in bytes and in MiB; nobody has two million of those.
        let older = told.sysctl_count("debug.iogpu.wired_limit", 0..=MOST_MEMORY);
        older.map(|limit| if limit >= 2 * MIB { limit } else { limit * MIB })
    });
    Memory {
        recommended_working_set_bytes: metal("recommendedMaxWorkingSetSize"),
        wired_limit_bytes: wired,
        max_buffer_bytes: metal("maxBufferLength"),
        pool_bytes: Fact::unknown("the pool's size follows from what is available when Ingot starts"),
        in_use_bytes: told.soc("In use system memory", parse::count),
        pressure: told.sysctl("kern.memorystatus_vm_pressure_level", |text| match text {
            "1" => Some(Pressure::Normal),
            "2" => Some(Pressure::Warning),
            "4" => Some(Pressure::Critical),
            _ => None,
        }),
    }
}
