//! The live monitor: as a command, and beside a model that answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ingot_engine::library::MemorySettings;
use ingot_engine::monitor::{Monitor, Sample};
use ingot_engine::protocol::{GenerateRequest, Prompt, Sampling};
use ingot_engine::session::{CancelToken, InferenceSession, SessionOptions};
use ingot_tests::programs::program;
use ingot_tests::run::run;
use ingot_tests::tiny_model::TinyModel;
use serde_json::Value;

use crate::generate::Home;

#[test]
fn a_sample_is_a_line() {
    let home = Home::new();
    let outcome = run(home.command().args(["monitor", "--count", "3", "--interval", "0.2", "--json"]));
    assert!(outcome.status.success(), "{}", outcome.stderr);
    let samples: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(samples.len(), 3);
    for sample in &samples {
        for field in ["utilization", "frequency_mhz", "power_watts", "temperature_celsius", "memory_in_use_bytes"] {
            assert!(sample["gpu"].get(field).is_some(), "{sample}");
        }
        for field in ["total_bytes", "available_bytes", "pressure", "limit_bytes", "owners"] {
            assert!(!sample["memory"][field].is_null(), "{sample}");
        }
        assert!(sample["time"].is_string() && sample["tokens_per_second"].is_null(), "{sample}");
    }
    let table = run(home.command().args(["monitor", "--count", "1"]));
    assert_eq!(table.stdout.lines().count(), 2, "{}", table.stdout);
    let widths: Vec<usize> = table.stdout.lines().map(|line| line.chars().count()).collect();
    assert_eq!(widths[0], widths[1], "{}", table.stdout);
}

#[test]
fn a_model_that_answers_is_seen_with_its_memory_and_its_speed() {
    let folder = tempfile::tempdir().expect("a folder");
    let model = folder.path().join("tiny");
    TinyModel::new().set("max_position_embeddings", 200_000.into()).write(&model);
    let ledger = MemorySettings::default().ledger();
    let options = SessionOptions { worker: Some(program("ingot-mlx")), ..SessionOptions::new(model, &ledger) };
    let cancel = CancelToken::default();
    let session = Arc::new(InferenceSession::open(options, &cancel, &mut |_| ()).expect("opened"));
    let monitor = Monitor::start(Duration::from_millis(100), Arc::clone(&ledger));
    monitor.watch(&session);
    let samples = monitor.listen();
    // Until `wanted` has been seen.
    let until = |wanted: &dyn Fn(&Sample) -> bool| -> Sample {
        let begin = Instant::now();
        loop {
            let sample = samples.recv_timeout(Duration::from_secs(20)).expect("a sample");
            if wanted(&sample) {
                return sample;
            }
            assert!(begin.elapsed() < Duration::from_secs(30), "not seen; at last {sample:?}");
        }
    };
    let idle = until(&|sample| !sample.workers.is_empty());
    assert_eq!((idle.tokens_per_second, idle.workers.len()), (None, 1));
    assert_eq!(idle.workers[0].model, "tiny");
    assert!(idle.memory.owners["weights"] > 0 && idle.memory.owners["process"] > 1 << 20, "{idle:?}");
    let cache = |sample: &Sample| sample.memory.owners.get("kv_cache").copied().unwrap_or(0);
    assert_eq!(cache(&idle), 0);

    let stop = CancelToken::default();
    let (answering, stopped) = (Arc::clone(&session), stop.clone());
    let answer = std::thread::spawn(move || {
        let sampling = Sampling { max_tokens: 1_000_000, ..Sampling::default() };
        let mut request = GenerateRequest::new(Prompt::Raw("Once upon a time".into()), sampling);
        request.ignore_end = true;
        answering.generate(&request, &stopped, &mut |_| ()).expect("an answer")
    });
    let busy = until(&|sample| sample.tokens_per_second.is_some_and(|speed| speed > 1.0));
    assert!(busy.workers[0].resident_bytes > Some(1 << 20));
    // The cache is seen while the answer goes on, and as it grows.
    let first = cache(&until(&|sample| cache(sample) > 0));
    until(&|sample| cache(sample) > first);
    stop.cancel();
    let usage = answer.join().expect("ended").usage;
    assert!(u64::from(usage.generated_tokens) <= session.spoken_tokens());
    until(&|sample| sample.tokens_per_second.is_none());
    session.unload();
    let gone = until(&|sample| sample.workers.is_empty());
    let ours: BTreeMap<_, _> = gone.memory.owners.iter().filter(|(name, _)| *name != "other_apps").collect();
    assert!(ours.is_empty(), "{ours:?}");
}
