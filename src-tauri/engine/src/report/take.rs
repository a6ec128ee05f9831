//! Making a capture of this machine: its own tools, its backends, and its sensors while these work.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::Live;
use crate::disk;
use crate::hardware::{self, BACKEND_NAMES, BACKENDS, Capture, INGOT, Person, SAMPLES, within};
use crate::memory::Ledger;
use crate::monitor::{Monitor, Sample};
use crate::sensors::Silent;

/// What a report is made of, besides the machine.
pub struct Scope<'a> {
    /// Where models are kept.
    pub home: &'a Path,
    pub ledger: &'a Arc<Ledger>,
    /// The monitor that runs already; one of its own watches if absent.
    pub monitor: Option<&'a Monitor>,
}

/// What is being done now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    AskingTheMachine,
    /// The backend of this name.
    Validating(&'static str),
}

/// While backends are measured, a few times a second: it takes seconds.
const INTERVAL: Duration = Duration::from_millis(250);
/// How long the disk may take to tell its free space.
const DISK_LIMIT: Duration = Duration::from_secs(2);

/// Asks this machine everything. `progress` hears what is being done.
pub fn take(scope: &Scope<'_>, progress: &mut dyn FnMut(Progress)) -> Capture {
    let person = Person::here();
    let own = scope.monitor.is_none().then(|| Monitor::start(INTERVAL, Arc::clone(scope.ledger)));
    progress(Progress::AskingTheMachine);
    let mut capture = hardware::take();
    let backends: Vec<_> = BACKEND_NAMES
        .iter()
        .map(|(name, _)| {
            progress(Progress::Validating(name));
            hardware::validate(name)
        })
        .collect();
    capture.insert(BACKENDS, Ok(json!(backends).to_string()));
    if let Some(monitor) = scope.monitor.or(own.as_ref()) {
        let sensors = monitor.sensors();
        let live = Live {
            samples: nameless(monitor.history()),
            sources: sensors.sources.to_owned(),
            silent: sensors
                .silent
                .into_iter()
                .map(|silent| Silent { reason: person.filter_text(&silent.reason), ..silent })
                .collect(),
            reason: None,
        };
        let said = if live.samples.is_empty() {
            Err("has no sample: the sensors gave no answer".into())
        } else {
            Ok(json!(live).to_string())
        };
        capture.insert(SAMPLES, said);
    }
    capture.insert(INGOT, Ok(own_lines(scope)));
    if let Some(own) = own {
        // A sensor that hangs is not waited for.
        std::thread::spawn(move || drop(own));
    }
    capture
}

/// What somebody calls a model is nobody else's business.
fn nameless(mut samples: Vec<Sample>) -> Vec<Sample> {
    for sample in &mut samples {
        for (at, worker) in sample.workers.iter_mut().enumerate() {
            worker.model = format!("model {}", at + 1);
        }
    }
    samples
}

fn own_lines(scope: &Scope<'_>) -> String {
    let room = scope.ledger.room();
    let mut lines = format!("memory.limit: {}\nmemory.pool: {}\n", room.limit, room.pool);
    let home = scope.home.to_owned();
    let free = within(DISK_LIMIT, move || disk::free_bytes(&home).ok_or_else(|| "there is no such disk".into()));
    if let Ok(free) = free {
        lines += &format!("disk.free: {free}\n");
    }
    lines
}
