//! The report as JSON, schema 1: every value, and under `provenance` where each comes from, by JSON pointer.

use serde_json::{Value, json};

use super::{Report, SCHEMA_VERSION};
use crate::hardware::{Fact, split};
use crate::monitor::Sample;
use crate::sensors::Silent;

pub fn json(report: &Report) -> Value {
    let facts = &report.facts;
    let with_sources = json!({
        "schema_version": SCHEMA_VERSION,
        "generated_at": report.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "app": { "name": "Ingot", "version": report.app_version },
        "machine": facts.machine,
        "chip": facts.chip,
        "gpus": facts.gpus,
        "memory": facts.memory,
        "live": live(report),
        "backends": report.backends,
        "checks": report.checks,
        "displays": facts.displays,
        "models": { "limit_bytes": report.limit, "sizes": sizes(report) },
        "disk": { "free_bytes": report.disk_free_bytes },
        "problems": facts.problems,
    });
    let (mut plain, provenance) = split(with_sources);
    plain["provenance"] = json!(provenance);
    plain
}

/// The last sample, each value with its source.
fn live(report: &Report) -> Value {
    let live = &report.live;
    let empty = Sample::default();
    let sample = live.samples.last().unwrap_or(&empty);
    let mut value = serde_json::to_value(sample).unwrap_or_default();
    let nothing = live.reason.clone().unwrap_or_else(|| {
        let silent: Vec<String> = live.silent.iter().map(Silent::to_string).collect();
        if silent.is_empty() { "no sensor tells".into() } else { format!("no sensor tells: {}", silent.join("; ")) }
    });
    let sensors = serde_json::to_value(&live.sources).unwrap_or_default();
    let source = |part: &str, field: &str| match part {
        // An empty list is no finding where nothing was looked at.
        _ if live.samples.is_empty() => nothing.clone(),
        "gpu" => sensors[field].as_str().unwrap_or("a sensor").to_owned(),
        "tokens_per_second" | "workers" => "Ingot".into(),
        "time" => "the system's clock".into(),
        _ => "the system".into(),
    };
    let missing = |pointer: &str| match pointer {
        "tokens_per_second" if live.reason.is_none() => "no model is answering".to_owned(),
        _ => nothing.clone(),
    };
    for (name, part) in value.as_object_mut().into_iter().flatten() {
        match part {
            Value::Object(fields) => {
                for (field, value) in fields.iter_mut() {
                    *value = with_source(value.take(), &source(name, field), &missing(name));
                }
            }
            other => *other = with_source(other.take(), &source(name, ""), &missing(name)),
        }
    }
    value
}

fn with_source(value: Value, source: &str, missing: &str) -> Value {
    let value = Some(value).filter(|value| !value.is_null());
    json!(Fact::of(value, source.to_owned(), missing.to_owned()))
}

fn sizes(report: &Report) -> Value {
    let sizes = serde_json::to_value(&report.sizes).unwrap_or_default();
    let source = "computed: the model's shape, the recipe, the limit, the bandwidth";
    match report.limit.copied() {
        Some(_) if report.sizes.is_empty() => {
            json!(Fact::known(sizes, "models do not run on this machine: MLX needs one of Apple's chips"))
        }
        Some(_) => json!(Fact::known(sizes, source)),
        None => json!(Fact { value: Some(Value::Array(Vec::new())), source: report.limit.source.clone() }),
    }
}
