//! The hardware report: what this machine is, where each value comes from, what is wrong, and what it is good for.
//!
//! [`take`] asks machine, backends and sensors and puts all they say into a [`Capture`]; [`Report::of`] is a pure function
//! of one, so a report can be made again anywhere. JSON is the report itself ([`json`]); HTML and Markdown show a
//! [`View`] of it, as the window does.

mod checks;
mod json;
mod page;
mod sizes;
mod take;
mod view;

pub use checks::{Check, Status};
pub use page::{html, markdown};
pub use sizes::{At, DEFAULT_MODEL, Size};
pub use take::{Progress, Scope, take};
pub use view::{BackendRow, CheckRow, Row, Section, SizeCell, SizeRow, View, backend_title};

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest;
use crate::error::{Error, Result};
use crate::hardware::{BACKEND_NAMES, BACKENDS, BackendReport, Capture, Fact, Facts, INGOT, SAMPLES, Vendor, lines};
use crate::monitor::Sample;
use crate::need::Processor;
use crate::sensors::{self, Silent};
use sizes::Offer;

/// Changes when a reader of an older report would misunderstand a newer one.
pub const SCHEMA_VERSION: u32 = 1;

/// More than ten minutes have.
const MOST_SAMPLES: usize = 6000;

pub struct Report {
    pub generated_at: Timestamp,
    pub app_version: Fact<String>,
    pub facts: Facts,
    pub live: Live,
    pub backends: Vec<Fact<BackendReport>>,
    pub checks: Vec<Check>,
    /// What models may take, in bytes.
    pub limit: Fact<u64>,
    /// Free on the disk that holds Ingot's models.
    pub disk_free_bytes: Fact<u64>,
    pub sizes: Vec<Size>,
    pub is_replay: bool,
}

/// What the monitor saw: while the report was made, or in the ten minutes before where it was running already.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Live {
    pub samples: Vec<Sample>,
    /// The sensors that told the parts of the last sample.
    pub sources: sensors::Gpu<String, String, String>,
    /// Those that say nothing, and why.
    pub silent: Vec<Silent>,
    /// Why there is nothing at all.
    #[serde(skip)]
    pub reason: Option<String>,
}

impl Report {
    /// What `capture` says. Never fails: what is missing is unknown, with the reason.
    pub fn of(capture: &Capture) -> Self {
        let mut facts = Facts::of(capture);
        let own = capture.text(INGOT).map(lines);
        let own = |name: &str| match &own {
            Err(reason) => Fact::unknown(reason.clone()),
            Ok(values) => {
                Fact::of(values.get(name).cloned(), format!("Ingot: {name}"), format!("{INGOT} has no {name}"))
            }
        };
        let number = |name: &str| own(name).map_known(|text| text.parse::<u64>().ok());
        if let Some(pool) = number("memory.pool").value {
            facts.memory.pool_bytes = Fact::known(pool, "Ingot: memory.pool");
        }
        let live = capture.json(SAMPLES).and_then(|value| {
            serde_json::from_value::<Live>(value).map_err(|error| format!("{SAMPLES} cannot be understood: {error}"))
        });
        let mut live = live.unwrap_or_else(|reason| Live { reason: Some(reason), ..Live::default() });
        live.samples.truncate(MOST_SAMPLES);
        if facts.memory.in_use_bytes.value.is_none()
            && let Some(used) = live.samples.last().and_then(|sample| sample.gpu.memory_in_use_bytes)
            && facts.is_mac()
        {
            facts.memory.in_use_bytes = Fact::known(used, live.sources.memory_in_use_bytes.clone().unwrap_or_default());
        }
        let limit = limit(&facts, number("memory.limit"));
        let is_virtual = facts.machine.is_virtual.copied() == Some(true);
        let has_gpu = facts.machine.is_apple_silicon.copied() == Some(true) && !is_virtual || !facts.gpus().is_empty();
        let processor = if has_gpu { Processor::Gpu } else { Processor::Cpu };
        let runs_mlx = !facts.is_mac() || facts.machine.is_apple_silicon.copied() != Some(false);
        let offer = limit.copied().filter(|_| runs_mlx).map(|limit| Offer {
            limit,
            bandwidth_bytes_per_second: facts.bandwidth(),
            processor,
        });
        let mut report = Self {
            generated_at: Timestamp::now(),
            app_version: Fact::known(env!("CARGO_PKG_VERSION").to_owned(), "Ingot"),
            backends: backends(capture),
            checks: Vec::new(),
            disk_free_bytes: number("disk.free"),
            sizes: offer.map(sizes::sizes).unwrap_or_default(),
            is_replay: capture.is_replay,
            facts,
            live,
            limit,
        };
        report.checks = checks::checks(&report, offer);
        report
    }

    pub fn json(&self) -> serde_json::Value {
        json::json(self)
    }

    /// The JSON text.
    pub fn json_text(&self) -> String {
        serde_json::to_string_pretty(&self.json()).unwrap_or_default() + "\n"
    }

    /// The report in words and units.
    pub fn view(&self) -> View {
        view::view(self)
    }
}

/// Writes a report's text to `file`. A file is written whole or not at all, where a link leads to and with the rights that
/// it had; what is no file (a pipe, a device) is written into.
pub fn write(file: &Path, text: &str) -> Result<()> {
    let is_link = fs::symlink_metadata(file).is_ok_and(|there| there.is_symlink());
    let target = if is_link { fs::canonicalize(file).unwrap_or_else(|_| file.to_owned()) } else { file.to_owned() };
    let written = match fs::metadata(&target) {
        Ok(there) if there.is_file() => {
            digest::replace(&target, text.as_bytes()).and_then(|()| fs::set_permissions(&target, there.permissions()))
        }
        // A link to nothing yet makes what it leads to.
        there if there.is_ok() || is_link => fs::write(&target, text),
        _ => {
            let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
            match folder.is_none_or(Path::is_dir) {
                true => digest::replace(&target, text.as_bytes()),
                false => Err(std::io::Error::other("its folder does not exist")),
            }
        }
    };
    written.map_err(|error| {
        Error::bad_request(format!("{} cannot be written: {error}; give a file in a folder of yours", file.display()))
    })
}

/// What models may take: as Ingot's own account says, else as the machine recommends, else a part of its memory; and
/// never more than a GPU that has memory of its own.
fn limit(facts: &Facts, own: Fact<u64>) -> Fact<u64> {
    let working_set = || facts.memory.recommended_working_set_bytes.clone();
    // Metal's figure follows it.
    let wired = || match facts.memory.wired_limit_bytes.clone() {
        Fact { value: Some(0), source } => Fact::unknown(format!("{source} is 0, the default")),
        wired => match facts.machine.memory_bytes.copied() {
            // More than there is cannot be had.
            Some(memory) => wired.map(|limit| limit.min(memory)),
            None => wired,
        },
    };
    let share = || {
        let source = "three quarters of the memory, for want of Metal's own figure";
        Fact::of(facts.machine.memory_bytes.copied().map(|bytes| bytes / 4 * 3), source, NO_MEMORY)
    };
    const NO_MEMORY: &str = "neither a limit nor the memory is known";
    let limit = own.or_else(working_set).or_else(wired).or_else(share);
    let limit = if limit.value.is_some() { limit } else { Fact::unknown(NO_MEMORY) };
    let separate = facts.gpus().iter().filter(|gpu| !facts.is_mac() && gpu.vendor.copied() == Some(Vendor::Nvidia));
    let separate = separate.filter_map(|gpu| gpu.memory_bytes.copied()).max();
    match (limit.copied(), separate) {
        (Some(bytes), Some(own)) if own < bytes => Fact::known(own, "the GPU's own memory"),
        _ => limit,
    }
}

fn backends(capture: &Capture) -> Vec<Fact<BackendReport>> {
    let listed = capture.json(BACKENDS).and_then(|value| {
        serde_json::from_value::<Vec<BackendReport>>(value).map_err(|_| format!("{BACKENDS} cannot be understood"))
    });
    let unknown = |name: &str, reason: &str| {
        let report = BackendReport { reason: Some(reason.to_owned()), ..BackendReport::named(name) };
        Fact::known(report, reason.to_owned())
    };
    match listed {
        Err(reason) => BACKEND_NAMES.iter().map(|(name, _)| unknown(name, &reason)).collect(),
        Ok(list) => {
            let source = |report: &BackendReport| match (&report.available, &report.reason) {
                (Some(true), _) => "computed in the backend's worker".to_owned(),
                (_, reason) => reason.clone().unwrap_or_default(),
            };
            list.into_iter().map(|report| Fact { source: source(&report).into(), value: Some(report) }).collect()
        }
    }
}
