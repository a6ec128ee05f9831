//! Whether a backend works on this machine: its worker computes small kernels, the answers are compared here, and what
//! it reaches is measured. A backend that is missing, fails, hangs or differs is told of with the reason.

use std::path::Path;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::kernels::Kernel;
use super::privacy::Person;
use crate::error::{Error, Result};
use crate::protocol::{Computed, Event, Request, Throughput, Validated};
use crate::worker::{self, EXACT, Supervised, Timing};

/// Every backend there is, the preferred one first: its name, and its worker's.
pub const BACKEND_NAMES: [(&str, &str); 2] = [("mlx", "ingot-mlx"), ("torch", "ingot-torch")];

/// How long a worker may take for all of it: on an NVIDIA GPU it first compiles the kernels, which takes fifteen seconds.
const LIMIT: Duration = Duration::from_secs(45);

/// What is known of a backend.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct BackendReport {
    pub name: String,
    pub available: Option<bool>,
    /// `cpu`, `gpu`
    pub device: Option<String>,
    pub version: Option<String>,
    /// Whether all its answers were right.
    pub validated: Option<bool>,
    /// Why it is not available or not valid.
    pub reason: Option<String>,
    pub kernels: Vec<KernelReport>,
    #[serde(flatten)]
    pub throughput: Throughput,
}

/// How a backend did on one kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KernelReport {
    pub kernel: Kernel,
    pub passed: bool,
    /// From our own answer, as a part of its largest number; absent if there were no numbers to compare.
    pub distance: Option<f64>,
    pub tolerance: f64,
    pub reason: Option<String>,
}

impl BackendReport {
    /// Nothing but the name.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

/// Has backend `name` compute, in a worker of its own.
pub fn validate(name: &str) -> BackendReport {
    let report = BackendReport::named(name);
    let Some((_, program)) = BACKEND_NAMES.iter().find(|(known, _)| *known == name) else {
        return BackendReport { available: Some(false), reason: Some("unknown".into()), ..report };
    };
    match worker::find(program) {
        Err(_) => {
            let reason = format!("its worker, {program}, is not beside this program");
            BackendReport { available: Some(false), reason: Some(reason), ..report }
        }
        Ok(program) => validate_by(name, &program, LIMIT),
    }
}

/// The same by the worker at `program`, which may take `limit` for all of it.
pub fn validate_by(name: &str, program: &Path, limit: Duration) -> BackendReport {
    let mut report = BackendReport::named(name);
    match run(&mut report, program, limit) {
        Ok(validated) => {
            report.available = Some(true);
            report.device = Some(validated.device);
            report.version = Some(validated.version);
            report.throughput = validated.throughput;
            let missing = Kernel::ALL.iter().find(|kernel| !report.kernels.iter().any(|done| done.kernel == **kernel));
            let failed = report.kernels.iter().find(|kernel| !kernel.passed);
            report.validated = Some(missing.is_none() && failed.is_none());
            report.reason = match (failed, missing) {
                (Some(failed), _) => failed.reason.clone().map(|why| format!("{}: {why}", failed.kernel.title())),
                (None, Some(missing)) => Some(format!("did not compute the {}", missing.title())),
                (None, None) => None,
            };
        }
        Err(error) => {
            report.available = Some(false);
            report.validated = Some(false);
            report.reason = Some(Person::here().filter_text(&error.message));
        }
    }
    report
}

fn run(report: &mut BackendReport, program: &Path, limit: Duration) -> Result<Validated> {
    let deadline = Instant::now() + limit;
    let title = format!("the {} worker", report.name);
    let mut worker = Supervised::start_with(&title, program, Timing { stall: limit, ..Timing::default() }, &EXACT)?;
    worker.send(&Request::Validate)?;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let limit = limit.as_secs_f32();
            return Err(worker.give_up(&format!("did not compute a few small kernels within {limit} s")));
        }
        match worker.wait(left)? {
            Some(Event::Computed(computed)) if report.kernels.len() < Kernel::ALL.len() => {
                report.kernels.push(judge(&computed));
            }
            Some(Event::Validated(validated)) => {
                worker.rest();
                return Ok(validated);
            }
            Some(Event::Failed { error, .. }) => return Err(Error::new(error.code, error.message)),
            Some(_) => return Err(worker.condemn("sent what does not belong to validating")),
            None => {}
        }
    }
}

fn judge(computed: &Computed) -> KernelReport {
    let kernel = computed.kernel;
    let tolerance = kernel.tolerance();
    let measured = computed.values.as_ref().map_err(String::clone).and_then(|values| kernel.problem().distance(values));
    let (distance, reason) = match measured {
        // A library's words may hold a path.
        Err(reason) => (None, Some(Person::here().filter_text(&reason))),
        Ok(distance) if distance <= tolerance => (Some(distance), None),
        Ok(distance) => (
            Some(distance),
            Some(format!("differs from the right answer by {:.2} % of its largest number", distance * 100.0)),
        ),
    };
    KernelReport { kernel, passed: reason.is_none(), distance, tolerance, reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_judged() {
        let right: Vec<Option<f32>> =
            Kernel::Softmax.problem().answer().iter().map(|&number| Some(number as f32)).collect();
        let judged = |values| judge(&Computed { kernel: Kernel::Softmax, values });
        assert!(judged(Ok(right.clone())).passed);
        let wrong = judged(Ok(right.iter().map(|value| value.map(|value| value * 1.5)).collect()));
        assert!(!wrong.passed && wrong.reason.is_some_and(|why| why.contains("differs")));
        assert_eq!(judged(Err("no such kernel".into())).reason.as_deref(), Some("no such kernel"));
        assert!(judged(Ok(vec![])).reason.is_some_and(|why| why.contains("0 numbers")));
    }

    #[test]
    fn a_worker_that_is_missing_or_none_is_told_of() {
        let report = validate("nonsense");
        assert_eq!((report.available, report.validated), (Some(false), None));
        let report = validate_by("mlx", Path::new("/bin/true"), Duration::from_secs(2));
        assert_eq!((report.available, report.validated), (Some(false), Some(false)));
        assert!(report.reason.is_some());
    }
}
