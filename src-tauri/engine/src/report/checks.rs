//! What deserves attention, and what to do about it.

use serde::Serialize;

use super::sizes::{self, Offer};
use super::{DEFAULT_MODEL, Report};
use crate::bytes::{Bytes, Memory};
use crate::hardware::version;
use crate::memory::Pressure;
use crate::need::Fit;
use crate::recipe::USUAL;
use crate::sensors::Silent;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: String,
    pub status: Status,
    pub message: String,
    pub suggestion: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "CheckStatus"))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Ok,
    Warn,
    Error,
}

impl Check {
    fn ok(name: &str, message: impl Into<String>) -> Self {
        Self { name: name.into(), status: Status::Ok, message: message.into(), suggestion: None }
    }

    fn warn(name: &str, message: impl Into<String>, suggestion: &str) -> Self {
        Self { status: Status::Warn, suggestion: Some(suggestion.into()), ..Self::ok(name, message) }
    }

    fn error(name: &str, message: impl Into<String>, suggestion: &str) -> Self {
        Self { status: Status::Error, ..Self::warn(name, message, suggestion) }
    }
}

/// The oldest macOS that Ingot runs on, and the oldest on which memory for models can be wired.
const OLDEST_MACOS: u32 = 14;
const WIRING_MACOS: u32 = 15;
/// Of free disk space: a download and its conversion need some, and without a little nothing works.
const LITTLE_DISK: u64 = 20_000_000_000;
const NO_DISK: u64 = 2_000_000_000;

/// Everything that can be told of `report`; what is not known is not checked.
pub fn checks(report: &Report, offer: Option<Offer>) -> Vec<Check> {
    let mut checks: Vec<Check> =
        [macos(report), processor(report), translation(report), virtual_machine(report), gpu(report)]
            .into_iter()
            .flatten()
            .collect();
    checks.extend(neural_accelerators(report));
    checks.extend(memory(offer));
    checks.extend(wired_limit(report));
    checks.extend(pressure(report));
    checks.extend(backends(report));
    checks.extend(disk(report));
    checks.push(sources(report));
    // What needs attention comes first.
    checks.sort_by_key(|check| std::cmp::Reverse(check.status));
    checks
}

fn macos(report: &Report) -> Option<Check> {
    if !report.facts.is_mac() {
        return None;
    }
    let text = report.facts.machine.os_version.get()?;
    let [major, ..] = version(text)?;
    let name = "macos";
    Some(if major < OLDEST_MACOS {
        Check::error(name, format!("macOS {text}; Ingot needs macOS {OLDEST_MACOS}"), "Update macOS.")
    } else if major < WIRING_MACOS {
        let message =
            format!("macOS {text}: models' memory cannot be kept from being paged out before macOS {WIRING_MACOS}");
        Check::warn(name, message, "Update macOS.")
    } else {
        Check::ok(name, format!("macOS {text}"))
    })
}

fn processor(report: &Report) -> Option<Check> {
    let machine = &report.facts.machine;
    if !report.facts.is_mac() || machine.is_apple_silicon.copied()? {
        return None;
    }
    let message = "This Mac has an Intel processor, and MLX runs on Apple's chips only";
    Some(Check::error("processor", message, "Use Ingot on a Mac with a chip of Apple's (2020 or later)."))
}

fn translation(report: &Report) -> Option<Check> {
    if !report.facts.is_mac() || report.facts.machine.is_apple_silicon.copied() == Some(false) {
        return None;
    }
    Some(match report.facts.machine.is_translated.copied()? {
        true => Check::error(
            "rosetta",
            "The program runs under Rosetta, translated from Intel's instructions, and cannot use MLX",
            "Install Ingot for Apple's chips, and untick 'Open using Rosetta' in its Info window.",
        ),
        false => Check::ok("rosetta", "Runs natively, without Rosetta"),
    })
}

fn virtual_machine(report: &Report) -> Option<Check> {
    report.facts.machine.is_virtual.copied().filter(|is_virtual| *is_virtual).map(|_| {
        Check::warn(
            "virtual_machine",
            "This is a virtual machine: cores, memory and GPU are what it was given",
            "Run Ingot on the machine itself for its full speed.",
        )
    })
}

fn gpu(report: &Report) -> Option<Check> {
    let gpus = report.facts.gpus();
    if let Some(name) = gpus.iter().find_map(|gpu| gpu.name.get()) {
        let more = if gpus.len() > 1 { format!(" and {} more", gpus.len() - 1) } else { String::new() };
        return Some(Check::ok("gpu", format!("GPU: {name}{more}")));
    }
    if !gpus.is_empty() {
        return Some(Check::ok("gpu", "GPU: one without a name"));
    }
    // In a capture without that file, nothing is known.
    let source = &report.facts.gpus.source;
    let is_elsewhere = report.facts.machine.os.value.is_some() && !report.facts.is_mac();
    let is_known = !report.is_replay || report.facts.displays.value.is_some() || is_elsewhere;
    let is_virtual = report.facts.machine.is_virtual.copied() == Some(true);
    let suggestion = match report.facts.is_mac() {
        true if is_virtual => "Run Ingot on the machine itself.",
        true => "Log in at the Mac itself: sessions without a display may not see its GPU.",
        false => "Models run on the processor, for correctness rather than speed.",
    };
    is_known.then(|| Check::warn("gpu", format!("No GPU is to be seen that MLX could use ({source})"), suggestion))
}

fn neural_accelerators(report: &Report) -> Option<Check> {
    report.facts.gpus().first()?.awaits_newer_macos.then(|| {
        let message = "The GPU has neural accelerators, and this macOS does not use them";
        Check::warn(
            "neural_accelerators",
            message,
            "Update to macOS 26.2 or later: prompts are then read several times as fast.",
        )
    })
}

fn memory(offer: Option<Offer>) -> Option<Check> {
    let offer = offer?;
    let need = sizes::default_need(offer.processor)?.total();
    let (needs, limit) = (Memory(need), Memory(offer.limit));
    let message = format!("{DEFAULT_MODEL} ({}) needs {needs}, models may take {limit}", USUAL.title);
    Some(match Fit::of(need, offer.limit) {
        Fit::Fits => Check::ok("memory", message),
        Fit::Tight => Check::warn("memory", message, "Close other programs before loading a model."),
        Fit::TooLarge => Check::error("memory", message, "Use a smaller model, or a machine with more memory."),
    })
}

fn wired_limit(report: &Report) -> Option<Check> {
    let limit = report.facts.memory.wired_limit_bytes.copied()?;
    let name = "wired_limit";
    if limit == 0 {
        return Some(Check::ok(name, "The GPU's share of memory is the system's default"));
    }
    let message = format!("The GPU's wired limit is set by hand to {}, until the next restart", Memory(limit));
    let memory = report.facts.machine.memory_bytes.copied();
    // The system itself needs some.
    Some(match memory {
        Some(memory) if limit > memory / 10 * 9 => Check::warn(
            name,
            format!("{message}, which leaves the system too little"),
            "Set it lower, or to 0 for the default: sudo sysctl iogpu.wired_limit_mb=0",
        ),
        Some(memory) if limit < memory / 2 => Check::warn(
            name,
            format!("{message}, less than the system would allow"),
            "Set it to 0 for the default: sudo sysctl iogpu.wired_limit_mb=0",
        ),
        _ => Check::ok(name, message),
    })
}

fn pressure(report: &Report) -> Option<Check> {
    let suggestion = "Close programs that you do not need, or unload models.";
    Some(match report.facts.memory.pressure.copied()? {
        Pressure::Normal => Check::ok("memory_pressure", "Memory is not short"),
        Pressure::Warning => Check::warn("memory_pressure", "Memory is getting short", suggestion),
        Pressure::Critical => Check::error("memory_pressure", "Memory is very short", suggestion),
    })
}

/// The name of the check of backend `name`.
pub fn of_backend(name: &str) -> String {
    format!("backend_{name}")
}

fn backends(report: &Report) -> Vec<Check> {
    let known = report.backends.iter().filter_map(|backend| backend.get());
    known
        .enumerate()
        .filter_map(|(at, backend)| {
            let name = of_backend(&backend.name);
            let title = super::view::backend_title(&backend.name);
            let reason = backend.reason.clone().unwrap_or_default();
            let version = backend.version.clone().unwrap_or_default();
            Some(match (backend.available?, backend.validated) {
                (true, Some(true)) => {
                    let device = if backend.device.as_deref() == Some("gpu") { "the GPU" } else { "the processor" };
                    Check::ok(&name, format!("{title} {version} computes correctly on {device}"))
                }
                (true, _) => Check::error(
                    &name,
                    format!("{title} {version} does not compute correctly: {reason}"),
                    "Do not trust its answers; update Ingot and the system, and report this with the whole report.",
                ),
                // The second backend stands by for the first.
                (false, None) if at > 0 => Check::ok(&name, format!("{title} is not installed, and not needed")),
                (false, _) => Check::error(
                    &name,
                    format!("{title} does not work: {reason}"),
                    "Install Ingot anew; if it stays so, report this with the whole report.",
                ),
            })
        })
        .collect()
}

fn disk(report: &Report) -> Option<Check> {
    let free = report.disk_free_bytes.copied()?;
    let message = format!("{} free where models are kept", Bytes(free));
    let suggestion = "Remove models that you do not need (ingot models --rm), or other files.";
    Some(if free < NO_DISK {
        Check::error("disk", message, suggestion)
    } else if free < LITTLE_DISK {
        Check::warn("disk", message, suggestion)
    } else {
        Check::ok("disk", message)
    })
}

fn sources(report: &Report) -> Check {
    let silent = report.live.silent.iter().filter(|silent| silent.is_problem);
    let silent = silent.map(Silent::to_string);
    // Captures by other means have no samples, and are none the worse for it.
    let unseen = report.live.reason.clone().filter(|_| !report.is_replay);
    let failed: Vec<String> = report.facts.problems.iter().cloned().chain(silent).chain(unseen).collect();
    if failed.is_empty() {
        return Check::ok("sources", "Every source answered");
    }
    let message = format!("Not all could be asked: {}", failed.join("; "));
    let suggestion = match report.is_replay {
        true => "What they would have told is shown as unknown; make a new capture on that machine.",
        false => "What they would have told is shown as unknown; make the report again.",
    };
    Check::warn("sources", message, suggestion)
}
