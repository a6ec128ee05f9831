//! `ingot bench`: the same request several times, and the median, least and most of each figure.

use ingot_engine::Result;
use ingot_engine::protocol::{GenerateRequest, Prompt, Sampling};
use serde_json::{Map, Value, json};

use crate::answering::{answer, cancelled_by_ctrl_c, open_to_profile, report};
use crate::args::BenchOptions;
use crate::profile::{self, Profiling};
use crate::terminal;

const FIGURES: [(&str, &str); 5] = [
    ("prefill_tokens_per_second", "prefill, tok/s"),
    ("decode_tokens_per_second", "decode, tok/s"),
    ("time_to_first_token_seconds", "time to first token, s"),
    ("load_seconds", "loading, s"),
    ("peak_memory_bytes", "peak memory, bytes"),
];

pub fn run(options: &BenchOptions) -> Result<()> {
    let cancel = cancelled_by_ctrl_c()?;
    let recorder = if options.profile { profile::record() } else { None };
    let session = open_to_profile(&options.model, options.profile, &cancel)?;
    let context = session.summary().context_length as u32;
    let prompt_tokens = options.prompt_tokens.unwrap_or_else(|| 512.min(context / 2).max(1));
    let generate_tokens = options.generate_tokens.unwrap_or_else(|| 128.min(context / 4).max(1));
    let sampling = Sampling { max_tokens: generate_tokens, ..Sampling::default() };

    let mut profiling = options.profile.then(|| Profiling::start(recorder, &session));
    let mut runs = Vec::new();
    for run in 0..=options.repeat {
        terminal::show(&format!("Run {run} of {}", options.repeat));
        // Every run has its own prompt, so that none finds another's in the cache.
        let prompt = (0..prompt_tokens).map(|at| 3 + (at * 7 + run * 13) % 200).collect();
        let mut request = GenerateRequest::new(Prompt::Tokens(prompt), sampling.clone());
        request.ignore_end = true;
        let reply = answer(&session, &request, &cancel, false)?;
        if let Some(profiling) = &mut profiling {
            profiling.collect(&session);
        }
        if run > 0 {
            let mut figures = report(&session, &reply);
            figures["outside_seconds_per_token"] = json!(reply.answer.usage.outside_seconds_per_token);
            runs.push(figures);
        }
    }
    terminal::clear_line();

    let tokens = (prompt_tokens as usize, generate_tokens as usize);
    let median = |name: &str| spread(&runs, name)["median"].as_f64().unwrap_or(0.0);
    let profiled = match profiling {
        None => None,
        Some(profiling) => {
            let speeds = ["prefill_tokens_per_second", "decode_tokens_per_second"].map(median);
            Some(profiling.finish(&session, tokens, speeds[0], speeds[1])?)
        }
    };
    let mut result = Map::new();
    result.insert("model".into(), json!(session.summary().name));
    result.insert("machine".into(), json!(machine()));
    for field in ["backend", "device"] {
        result.insert(field.into(), runs[0][field].clone());
    }
    let counted = ["prompt_tokens", "cached_tokens", "generated_tokens", "outside_seconds_per_token"];
    for name in counted.into_iter().chain(FIGURES.map(|row| row.0)) {
        result.insert(name.into(), spread(&runs, name));
    }
    let placement = session.loaded().map(|(loaded, _)| loaded.weights).unwrap_or_default();
    result.insert("weights".into(), json!(placement));
    result.insert("memory".into(), json!(session.memory()));
    result.insert("memory_needed".into(), json!(session.need().with_context(tokens.0 + tokens.1).owners()));
    if let Some(profiled) = &profiled {
        result.insert("profile".into(), profiled.json());
    }
    if options.model.json {
        println!("{}", Value::Object(result));
        return Ok(());
    }
    println!(
        "{} on {}, {prompt_tokens} + {generate_tokens} tokens, {} runs",
        session.summary().name,
        machine(),
        options.repeat
    );
    println!("{:<24}{:>14}{:>14}{:>14}", "", "median", "min", "max");
    for (name, title) in FIGURES {
        let of = |which: &str| figure(result[name][which].as_f64().unwrap_or(0.0));
        println!("{title:<24}{:>14}{:>14}{:>14}", of("median"), of("min"), of("max"));
    }
    let shown = placement.in_words();
    println!("{:<24}{shown}", "weights");
    if let Some(profiled) = profiled {
        profiled.print();
    }
    Ok(())
}

fn spread(runs: &[Value], name: &str) -> Value {
    let mut values: Vec<f64> = runs.iter().filter_map(|run| run[name].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    match (values.first(), values.last()) {
        (Some(min), Some(max)) => {
            let middle = values.len() / 2;
            let median =
                if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 };
            json!({ "median": median, "min": min, "max": max })
        }
        _ => Value::Null,
    }
}

fn figure(value: f64) -> String {
    if value >= 1000.0 { format!("{value:.0}") } else { format!("{value:.4}") }
}

/// The processor's name, or what is known of it.
fn machine() -> String {
    let from_cpuinfo = || {
        let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let from_sysctl = || {
        let output = std::process::Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
        Some(String::from_utf8(output.stdout).ok()?.trim().to_owned()).filter(|name| !name.is_empty())
    };
    let known = if cfg!(target_os = "macos") { from_sysctl() } else { from_cpuinfo() };
    known.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}
