//! The report as people read it: words, units and order, the same in HTML, in Markdown and in the window.

use serde::Serialize;

use super::checks;
use super::sizes::Size;
use super::{Check, Report, SCHEMA_VERSION, Status};
use crate::bytes::{Bytes, Memory, quantity};
use crate::hardware::{BackendReport, Cluster, Display, Fact, Gpu, Vendor};
use crate::monitor::Sample;
use crate::need::Fit;
use crate::recipe::{RECIPES, USUAL};
use crate::sensors::Silent;

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ReportView"))]
pub struct View {
    /// One line for pasting.
    pub summary: String,
    /// "23 November 2026, 04:17 UTC, Ingot 0.1.0"
    pub made: String,
    pub sections: Vec<Section>,
    pub backends: Vec<BackendRow>,
    pub checks: Vec<CheckRow>,
    /// Recipes' titles, the heads of the columns of `sizes`.
    pub recipes: Vec<String>,
    pub sizes: Vec<SizeRow>,
    /// What the table of sizes rests on.
    pub sizes_note: String,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ReportSection"))]
pub struct Section {
    pub title: String,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ReportRow"))]
pub struct Row {
    pub label: String,
    /// Null if it is not known.
    pub value: Option<String>,
    /// Where it comes from, or why it is not known.
    pub source: String,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ReportBackend"))]
pub struct BackendRow {
    pub name: String,
    /// "MLX 0.32.2 on the GPU"
    pub title: String,
    pub status: Status,
    /// What it computed, and how well; or why it did not.
    pub lines: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ReportCheck"))]
pub struct CheckRow {
    pub status: Status,
    pub message: String,
    pub suggestion: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ReportSize"))]
pub struct SizeRow {
    pub name: String,
    pub cells: Vec<SizeCell>,
}

#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ReportSizeCell"))]
pub struct SizeCell {
    pub fit: Fit,
    /// "2.9 GB", what it needs.
    pub memory: String,
    /// "40k tokens, 45 tok/s"; empty if it does not fit.
    pub detail: String,
}

pub fn backend_title(name: &str) -> &str {
    match name {
        "mlx" => "MLX",
        "torch" => "PyTorch",
        other => other,
    }
}

pub fn view(report: &Report) -> View {
    let mut sections = vec![machine(report)];
    sections.extend(report.facts.gpus().iter().enumerate().map(|(at, gpu)| self::gpu(report, gpu, at)));
    sections.push(memory(report));
    sections.extend([live(report), displays(report)].into_iter().flatten());
    let version = report.app_version.value.clone().unwrap_or_default();
    let made = report.generated_at.strftime("%-d %B %Y, %H:%M UTC").to_string();
    View {
        summary: summary(report),
        made: format!("{made}, Ingot {version}, schema {SCHEMA_VERSION}"),
        sections,
        backends: report.backends.iter().filter_map(|backend| Some(self::backend(report, backend.get()?))).collect(),
        checks: report.checks.iter().map(check).collect(),
        recipes: RECIPES.iter().map(|recipe| recipe.title.to_owned()).collect(),
        sizes: report.sizes.iter().map(size).collect(),
        sizes_note: sizes_note(report),
    }
}

/// "MacBook Pro (Mac16,1), Apple M4 Max, 40 GPU cores, 64 GB, macOS 26.1"
fn summary(report: &Report) -> String {
    let facts = &report.facts;
    let machine = &facts.machine;
    let model = match (machine.model_name.get(), machine.model_identifier.get()) {
        (Some(name), Some(identifier)) => Some(format!("{name} ({identifier})")),
        (name, identifier) => name.or(identifier).cloned(),
    };
    let gpus = facts.gpus().iter().filter_map(|gpu| {
        let name = gpu.name.get()?;
        // Apple's GPU is called like the chip it is in.
        let cores = gpu.cores.copied().map(|cores| format!("{cores} GPU cores"));
        if facts.chip.name.get() == Some(name) { cores } else { Some(name.clone()) }
    });
    let os = machine.os.get().map(|os| match machine.os_version.get() {
        Some(version) => format!("{os} {version}"),
        None => os.clone(),
    });
    let notes = [(&machine.is_virtual, "virtual"), (&machine.is_translated, "under Rosetta")];
    let notes = notes.into_iter().filter(|(flag, _)| flag.copied() == Some(true)).map(|(_, note)| note.to_owned());
    let parts = model.into_iter().chain(facts.chip.name.get().cloned()).chain(gpus);
    let parts: Vec<String> =
        parts.chain(machine.memory_bytes.copied().map(memory_size)).chain(os).chain(notes).collect();
    if parts.is_empty() { "A machine of which nothing is known".into() } else { parts.join(", ") }
}

fn memory_size(bytes: u64) -> String {
    Memory(bytes).to_string()
}

/// "60 Hz", "59.9 Hz"
fn trimmed(value: f64, unit: &str) -> String {
    let text = format!("{value:.1}");
    format!("{} {unit}", text.strip_suffix(".0").unwrap_or(&text))
}

fn yes_no(flag: bool) -> String {
    if flag { "yes" } else { "no" }.to_owned()
}

fn row<T>(label: &str, fact: &Fact<T>, show: impl Fn(&T) -> String) -> Row {
    Row { label: label.into(), value: fact.get().map(show), source: fact.source.to_string() }
}

fn machine(report: &Report) -> Section {
    let (machine, chip) = (&report.facts.machine, &report.facts.chip);
    let mut rows = vec![
        row("Model", &machine.model_name, String::clone),
        row("Identifier", &machine.model_identifier, String::clone),
        row("System", &machine.os, |os| match machine.os_version.get() {
            Some(version) => format!("{os} {version}"),
            None => format!("{os}, version unknown"),
        }),
        row("Chip", &chip.name, String::clone),
        row("Processor cores", &chip.cpu_cores, u64::to_string),
        row("Core clusters", &chip.cpu_clusters, |clusters| {
            clusters.iter().map(cluster).collect::<Vec<_>>().join(", ")
        }),
        row("Memory", &machine.memory_bytes, |bytes| memory_size(*bytes)),
        row("Apple silicon", &machine.is_apple_silicon, |flag| yes_no(*flag)),
        row("Virtual machine", &machine.is_virtual, |flag| yes_no(*flag)),
        row("Under Rosetta", &machine.is_translated, |flag| yes_no(*flag)),
        row("Free disk space", &report.disk_free_bytes, |bytes| Bytes(*bytes).to_string()),
    ];
    if !report.facts.is_mac() {
        const MAC_ONLY: [&str; 4] = ["Identifier", "Core clusters", "Apple silicon", "Under Rosetta"];
        rows.retain(|row| !MAC_ONLY.contains(&row.label.as_str()));
    }
    Section { title: "Machine".into(), rows }
}

fn cluster(cluster: &Cluster) -> String {
    let name = cluster.name.as_deref().unwrap_or("unnamed");
    let cores = cluster.cores.map_or_else(|| "?".to_owned(), |cores| cores.to_string());
    format!("{cores} {name}")
}

fn gpu(report: &Report, gpu: &Gpu, at: usize) -> Section {
    // On a Mac, it is a GPU like the others.
    let is_nvidia = gpu.vendor.copied() == Some(Vendor::Nvidia) && !report.facts.is_mac();
    let mut rows = vec![
        row("Name", &gpu.name, String::clone),
        row("Vendor", &gpu.vendor, |vendor| vendor.title().to_owned()),
        row(if is_nvidia { "CUDA cores" } else { "Cores" }, &gpu.cores, u64::to_string),
        row("Metal family", &gpu.metal_family, String::clone),
        row("Metal version", &gpu.metal_version, u64::to_string),
        row("Architecture", &gpu.architecture, String::clone),
        row("Unified memory", &gpu.unified_memory, |flag| yes_no(*flag)),
        row("Own memory", &gpu.memory_bytes, |bytes| memory_size(*bytes)),
        row("Bandwidth", &gpu.bandwidth_bytes_per_second, |bytes| rate(*bytes as f64)),
        row("Highest clock", &gpu.clock_mhz, |mhz| format!("{mhz} MHz")),
        row("Peak FP32, in theory", &gpu.peak_fp32_flops, |flops| flops_text(*flops as f64)),
        row("Neural accelerators", &gpu.neural_accelerators, |flag| yes_no(*flag)),
        row("Driver", &gpu.driver, String::clone),
    ];
    let is_apple = gpu.vendor.copied() == Some(Vendor::Apple);
    rows.retain(|row| match row.label.as_str() {
        "Metal family" | "Metal version" | "Neural accelerators" => !is_nvidia,
        "Own memory" => !(is_apple && row.value.is_none()),
        "Driver" => is_nvidia,
        _ => true,
    });
    let count = report.facts.gpus().len();
    Section { title: if count > 1 { format!("GPU {}", at + 1) } else { "GPU".into() }, rows }
}

/// "546 GB/s"
fn rate(bytes_per_second: f64) -> String {
    format!("{} GB/s", figure(bytes_per_second / 1e9))
}

/// "14.2 TFLOPS"
fn flops_text(flops: f64) -> String {
    if flops >= 1e12 { format!("{} TFLOPS", figure(flops / 1e12)) } else { format!("{} GFLOPS", figure(flops / 1e9)) }
}

/// Three digits, or all before the point.
fn figure(value: f64) -> String {
    if value >= 100.0 {
        format!("{value:.0}")
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

fn memory(report: &Report) -> Section {
    let memory = &report.facts.memory;
    let total = report.facts.machine.memory_bytes.copied();
    let with_share = |bytes: &u64| match total {
        Some(total) if total > 0 => format!("{} ({:.0} %)", memory_size(*bytes), *bytes as f64 * 100.0 / total as f64),
        _ => memory_size(*bytes),
    };
    let mut rows = vec![
        row("Models may take", &report.limit, |bytes| with_share(bytes)),
        row("Recommended working set", &memory.recommended_working_set_bytes, with_share),
        row("Wired limit", &memory.wired_limit_bytes, |bytes| match bytes {
            0 => "the system's default".into(),
            bytes => format!("{}, set by hand", memory_size(*bytes)),
        }),
        row("Largest buffer", &memory.max_buffer_bytes, |bytes| memory_size(*bytes)),
        row("Ingot's pool", &memory.pool_bytes, |bytes| memory_size(*bytes)),
        row("In use", &memory.in_use_bytes, |bytes| memory_size(*bytes)),
        row("Pressure", &memory.pressure, |pressure| pressure.name().to_owned()),
    ];
    if !report.facts.is_mac() {
        rows.retain(|row| row.label != "Wired limit" && row.label != "Largest buffer");
    }
    Section { title: "Memory for models".into(), rows }
}

/// Means and extremes of what the monitor saw.
fn live(report: &Report) -> Option<Section> {
    let live = &report.live;
    let span = live.samples.first().zip(live.samples.last()).and_then(|(a, b)| Some(b.time?.duration_since(a.time?)));
    let silent: Vec<String> = live.silent.iter().map(Silent::to_string).collect();
    let row = |label: &str, source: &str, of: &dyn Fn(&Sample) -> Option<f64>, show: &dyn Fn(f64) -> String| {
        let values: Vec<f64> = live.samples.iter().filter_map(of).collect();
        let mean = show(values.iter().sum::<f64>() / values.len().max(1) as f64);
        let value = values.iter().copied().reduce(f64::max).map(show).map(|most| match most == mean {
            true => most,
            false => format!("{mean} on average, {most} at most"),
        });
        let source = if value.is_some() { source.to_owned() } else { silent.join("; ") };
        Row { label: label.into(), value, source }
    };
    let sources = &live.sources;
    let gpu = |label: &str, source: &Option<String>, of: fn(&Sample) -> Option<f32>, unit: &'static str| {
        let source = source.as_deref().unwrap_or("a sensor");
        row(label, source, &|sample| of(sample).map(f64::from), &|value| quantity(value, unit))
    };
    let memory = |bytes: f64| memory_size(bytes as u64);
    let mut rows = vec![
        gpu("GPU busy", &sources.utilization, |sample| sample.gpu.utilization.map(|share| share * 100.0), "%"),
        gpu("GPU clock", &sources.frequency_mhz, |sample| sample.gpu.frequency_mhz, "MHz"),
        gpu("GPU power", &sources.power_watts, |sample| sample.gpu.power_watts, "W"),
        gpu("GPU temperature", &sources.temperature_celsius, |sample| sample.gpu.temperature_celsius, "°C"),
        row(
            "GPU memory in use",
            sources.memory_in_use_bytes.as_deref().unwrap_or("a sensor"),
            &|sample| sample.gpu.memory_in_use_bytes.map(|bytes| bytes as f64),
            &memory,
        ),
    ];
    if report.facts.gpus().is_empty() {
        rows.retain(|row| row.value.is_some());
    }
    let cpu = |sample: &Sample| sample.cpu.utilization.map(|share| f64::from(share) * 100.0);
    rows.push(row("Processor busy", "the system", &cpu, &|percent| format!("{percent:.0} %")));
    let seconds = span?.as_secs_f64();
    let title = match seconds {
        ..60.0 => format!("Live, over {seconds:.0} s"),
        _ => format!("Live, over {:.0} min", seconds / 60.0),
    };
    Some(Section { title, rows })
}

fn displays(report: &Report) -> Option<Section> {
    let displays = report.facts.displays.get()?;
    if displays.is_empty() {
        return None;
    }
    let source = &report.facts.displays.source;
    let rows = displays.iter().enumerate().map(|(at, display)| Row {
        label: display.name.clone().unwrap_or_else(|| format!("Display {}", at + 1)),
        value: Some(display_text(display)).filter(|text| !text.is_empty()),
        source: source.to_string(),
    });
    Some(Section { title: "Displays".into(), rows: rows.collect() })
}

fn display_text(display: &Display) -> String {
    let size = |size: [u32; 2], unit: &str| format!("{} × {} {unit}", size[0], size[1]);
    let parts = [
        display.pixels.map(|pixels| size(pixels, "pixels")),
        display.points.filter(|points| Some(*points) != display.pixels).map(|points| size(points, "points")),
        display.refresh_hz.map(|hertz| trimmed(hertz, "Hz")),
        display.rotation_degrees.filter(|degrees| *degrees != 0).map(|degrees| format!("turned by {degrees}°")),
        display.is_built_in.then(|| "built in".to_owned()),
        display.is_main.then(|| "main".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn backend(report: &Report, backend: &BackendReport) -> BackendRow {
    let title = backend_title(&backend.name);
    let (gpu, bandwidth) = (report.facts.gpus().first(), report.facts.bandwidth());
    let on_gpu = backend.device.as_deref() == Some("gpu");
    let title = match (&backend.version, backend.device.as_deref()) {
        (Some(version), Some(device)) => {
            format!("{title} {version} on the {}", if device == "gpu" { "GPU" } else { "processor" })
        }
        _ if backend.available == Some(false) && backend.validated.is_none() => format!("{title}, not installed"),
        _ => title.to_owned(),
    };
    let kernels = backend.kernels.iter().map(|kernel| match (&kernel.reason, kernel.distance) {
        (None, Some(distance)) => format!("{}: right, to {distance:.0e} of the largest number", kernel.kernel.title()),
        (reason, _) => format!("{}: {}", kernel.kernel.title(), reason.as_deref().unwrap_or("no answer")),
    });
    let of = |measured: f64, theory: Option<f64>| match theory.filter(|theory| on_gpu && *theory > 0.0) {
        Some(theory) => format!(", {:.0} % of the theoretical {}", measured * 100.0 / theory, flops_text(theory)),
        None => ", no theoretical figure to compare".to_owned(),
    };
    let peak = gpu.and_then(|gpu| gpu.peak_fp32_flops.copied()).map(|flops| flops as f64);
    let throughput = backend.throughput;
    let single = throughput
        .float32_operations_per_second
        .map(|measured| format!("matrix product, float32: {}{}", flops_text(measured), of(measured, peak)));
    let half = throughput
        .float16_operations_per_second
        .map(|measured| format!("matrix product, float16: {}", flops_text(measured)));
    let read = throughput.bytes_per_second.map(|measured| {
        let theory = bandwidth.filter(|_| on_gpu).map(|theory| theory as f64);
        let compared = match theory {
            Some(theory) => format!(", {:.0} % of the theoretical {}", measured * 100.0 / theory, rate(theory)),
            None => ", no theoretical figure to compare".to_owned(),
        };
        format!("reading memory: {}{compared}", rate(measured))
    });
    // As the checks say; what is not known is none.
    let name = checks::of_backend(&backend.name);
    let status = report.checks.iter().find(|check| check.name == name).map_or(Status::Warn, |check| check.status);
    let reason = backend.reason.clone();
    let lines = reason.into_iter().chain(kernels).chain(single).chain(half).chain(read).collect();
    BackendRow { name: backend.name.clone(), title, status, lines }
}

fn check(check: &Check) -> CheckRow {
    CheckRow { status: check.status, message: check.message.clone(), suggestion: check.suggestion.clone() }
}

fn size(size: &Size) -> SizeRow {
    let cells = size.recipes.iter().map(|at| {
        let context = at.longest_context.map(|tokens| format!("{}k tokens", tokens / 1024));
        let speed = at
            .tokens_per_second
            .map(|speed| format!("{} tok/s", if speed < 10.0 { format!("{speed:.1}") } else { format!("{speed:.0}") }));
        SizeCell {
            fit: at.fit,
            memory: memory_size(at.memory_bytes),
            detail: context.into_iter().chain(speed).collect::<Vec<_>>().join(", "),
        }
    });
    SizeRow { name: size.name.to_owned(), cells: cells.collect() }
}

fn sizes_note(report: &Report) -> String {
    let Some(limit) = report.limit.copied() else {
        return "What models may take is not known, so nothing can be said about sizes.".into();
    };
    if report.sizes.is_empty() {
        return "Models do not run on this machine: MLX needs one of Apple's chips.".into();
    }
    let limit = format!("Models may take {} ({}).", Memory(limit), report.limit.source);
    let speed = match report.facts.bandwidth() {
        Some(bandwidth) => {
            format!(
                "Speeds are what {} allow at most, with 2k tokens of context: each token reads weights and cache once.",
                rate(bandwidth as f64)
            )
        }
        None => "The bandwidth of the memory is not known, so no speeds are given.".into(),
    };
    format!(
        "Memory is with 4k tokens of context; below it the longest context that fits. {limit} {speed} \
         {} is what Ingot suggests.",
        USUAL.title
    )
}
