//! `ingot generate`, `models` and `bench` as a script uses them.

use std::path::{Path, PathBuf};
use std::process::Command;

use ingot_tests::programs::program;
use ingot_tests::run::{Outcome, run};
use ingot_tests::tiny_model::TinyModel;
use serde_json::Value;
use tempfile::TempDir;

pub struct Home {
    pub folder: TempDir,
}

impl Home {
    /// A state folder of its own, with the tiny model in it as `tiny`.
    pub fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().expect("a folder") };
        TinyModel::new().write(&home.model());
        home
    }

    pub fn model(&self) -> PathBuf {
        self.folder.path().join("models/tiny")
    }

    pub fn ingot(&self, arguments: &[&str]) -> Outcome {
        run(self.command().args(arguments))
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(program("ingot"));
        command.env("INGOT_HOME", self.folder.path());
        // Models of whoever runs the tests are not looked for.
        command.env("HOME", self.folder.path()).env_remove("HF_HOME").env_remove("HF_HUB_CACHE");
        command.env("INGOT_DEMO", "");
        command
    }

    pub fn generate(&self, arguments: &[&str]) -> Value {
        let outcome = self.ingot(&[&["generate", "--model", "tiny", "--json"], arguments].concat());
        assert!(outcome.status.success(), "{arguments:?}: {}", outcome.stderr);
        serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {}", outcome.stdout))
    }
}

fn ids(value: &Value) -> Vec<u64> {
    value.as_array().expect("ids").iter().map(|id| id.as_u64().expect("an id")).collect()
}

#[test]
fn json_has_every_field_and_counts_agree() {
    let home = Home::new();
    let reply = home.generate(&["--prompt", "Hello", "--max-tokens", "12"]);
    assert_eq!(ids(&reply["tokens"]).len() as u64, reply["generated_tokens"].as_u64().expect("a count"));
    assert_eq!(reply["finish_reason"], "length");
    assert_eq!(reply["cached_tokens"], 0);
    assert_eq!(reply["backend"], "mlx");
    for field in [
        "time_to_first_token_seconds",
        "prefill_tokens_per_second",
        "decode_tokens_per_second",
        "load_seconds",
        "peak_memory_bytes",
        "prompt_tokens",
    ] {
        assert!(reply[field].as_f64().is_some_and(|number| number > 0.0), "{field}: {reply}");
    }
    assert!(reply["device"].is_string() && reply["text"].is_string());
}

#[test]
fn without_json_the_answer_alone_is_on_standard_output() {
    let home = Home::new();
    let reply = home.generate(&["--prompt", "Hello", "--max-tokens", "12"]);
    let outcome = home.ingot(&["generate", "--model", "tiny", "--prompt", "Hello", "--max-tokens", "12"]);
    assert_eq!(outcome.stdout, format!("{}\n", reply["text"].as_str().expect("text")));
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
}

/// At a terminal, progress comes and goes on its own line, and the answer stays.
#[test]
#[cfg(target_os = "linux")]
fn a_terminal_keeps_the_answer() {
    if !Path::new("/dev/pts/ptmx").exists() {
        eprintln!("SKIPPED: this machine has no pseudo-terminals");
        return;
    }
    let home = Home::new();
    let reply = home.generate(&["--prompt", "Hello", "--max-tokens", "12"]);
    let mut command = Command::new("script");
    let ingot = format!("{} generate --model tiny --prompt Hello --max-tokens 12", program("ingot").display());
    command.env("INGOT_HOME", home.folder.path()).args(["-qec", &ingot, "/dev/null"]);
    let outcome = run(&mut command);
    assert!(outcome.stdout.contains("Loading"), "{:?}", outcome.stdout);
    let text = reply["text"].as_str().expect("text").replace('\n', "\r\n");
    let (_, after) = outcome.stdout.split_once(&text).unwrap_or_else(|| panic!("{:?} lacks {text:?}", outcome.stdout));
    assert!(after.starts_with("\r\n"), "something followed the answer on its line: {after:?}");
}

#[test]
fn raw_prompts_skip_the_template() {
    let home = Home::new();
    let (chat, raw) = (home.generate(&["--prompt", "Hi"]), home.generate(&["--prompt", "Hi", "--raw"]));
    assert!(chat["prompt_tokens"].as_u64() > raw["prompt_tokens"].as_u64());
    let system =
        home.generate(&["--prompt", "Hi", "--system", "Speak like a pirate, and never of anything else but ships."]);
    assert_ne!(system["prompt_tokens"], chat["prompt_tokens"]);
}

#[test]
fn a_stop_string_ends_the_answer_and_is_cut_from_it() {
    let home = Home::new();
    let whole = home.generate(&["--prompt", "Hi", "--max-tokens", "40"]);
    let text = whole["text"].as_str().expect("text");
    let middle = text.char_indices().nth(text.chars().count() / 2).expect("a middle").0;
    let stop: String = text[middle..].chars().take(2).collect();
    let cut = home.generate(&["--prompt", "Hi", "--max-tokens", "40", "--stop", &stop]);
    assert_eq!(cut["finish_reason"], "stop");
    assert_eq!(cut["text"], text[..text.find(&stop).expect("it is there")]);
    assert!(ids(&whole["tokens"]).starts_with(&ids(&cut["tokens"])));
}

#[test]
fn a_seed_repeats_and_greedy_ignores_it() {
    let home = Home::new();
    let sample = |seed: &str| {
        home.generate(&[
            "--prompt", "Hi", "--temp", "1.5", "--top-p", "0.95", "--top-k", "50", "--min-p", "0.001", "--seed", seed,
        ])["tokens"]
            .clone()
    };
    assert_eq!(sample("1"), sample("1"));
    assert_ne!(sample("1"), sample("2"));
    let greedy = home.generate(&["--prompt", "Hi"])["tokens"].clone();
    assert_eq!(home.generate(&["--prompt", "Hi", "--seed", "9"])["tokens"], greedy);
    // One candidate is no choice.
    assert_eq!(home.generate(&["--prompt", "Hi", "--temp", "1", "--top-k", "1"])["tokens"], greedy);
    assert_eq!(home.generate(&["--prompt", "Hi", "--temp", "1", "--min-p", "1"])["tokens"], greedy);
}

#[test]
fn the_repetition_penalty_breaks_repetition() {
    let home = Home::new();
    let distinct = |value: &Value| ids(value).into_iter().collect::<std::collections::BTreeSet<_>>().len();
    let plain = home.generate(&["--prompt", "Hi", "--max-tokens", "60"]);
    let varied = home.generate(&["--prompt", "Hi", "--max-tokens", "60", "--repetition-penalty", "5"]);
    assert!(distinct(&varied["tokens"]) >= distinct(&plain["tokens"]));
    assert!(distinct(&varied["tokens"]) > 15, "{varied}");
}

#[test]
fn caches_of_every_kind_answer() {
    let home = Home::new();
    let long = "word ".repeat(200);
    for options in [&["--max-kv-size", "64"][..], &["--kv-bits", "8"], &["--kv-bits", "4"]] {
        let arguments = [&["--prompt", &long, "--max-tokens", "30"][..], options].concat();
        let outcome = home.ingot(&[&["generate", "--model", "tiny", "--json"][..], &arguments].concat());
        // Its heads are 16 wide, which cannot be quantized in groups; that is said clearly.
        if options[0] == "--kv-bits" {
            assert_eq!(outcome.status.code(), Some(1));
            assert!(outcome.stderr.contains("not a multiple of 32"), "{}", outcome.stderr);
        } else {
            assert!(outcome.status.success(), "{}", outcome.stderr);
        }
    }
}

#[test]
fn the_context_ends_the_answer_unless_the_cache_is_bounded() {
    let home = Home::new();
    TinyModel::new().set("max_position_embeddings", 32.into()).write(&home.model());
    let reply = home.generate(&["--prompt", "Hi", "--raw", "--max-tokens", "100"]);
    assert_eq!(reply["finish_reason"], "length");
    assert_eq!(
        reply["generated_tokens"].as_u64().expect("a count") + reply["prompt_tokens"].as_u64().expect("a count"),
        32
    );
    let bounded = home.generate(&["--prompt", "Hi", "--raw", "--max-tokens", "100", "--max-kv-size", "16"]);
    assert!(bounded["generated_tokens"].as_u64() > reply["generated_tokens"].as_u64(), "{bounded}");
    let long = home.ingot(&["generate", "--model", "tiny", "--prompt", &"word ".repeat(100)]);
    assert_eq!(long.status.code(), Some(1));
    assert!(long.stderr.contains("context is 32"), "{}", long.stderr);
}

#[test]
fn wrong_usage_is_2_and_failure_is_1_in_one_line() {
    let home = Home::new();
    for wrong in [
        &["generate"][..],
        &["nonsense"],
        &["generate", "--model", "tiny", "--prompt", "x", "--kv-bits", "3"],
        &["generate", "--model", "tiny", "--prompt", "x", "--temp", "warm"],
    ] {
        let outcome = home.ingot(wrong);
        assert_eq!(
            (outcome.status.code(), outcome.stderr.lines().count()),
            (Some(2), 1),
            "{wrong:?}: {}",
            outcome.stderr
        );
    }
    let cases = [
        (&["generate", "--model", "absent", "--prompt", "x"][..], "neither a folder nor the name of a model"),
        (&["generate", "--model", "tiny", "--prompt", "x", "--temp", "-1"], "temperature is -1"),
        (&["generate", "--model", "tiny", "--prompt", "x", "--top-p", "2"], "top_p is 2"),
        (&["generate", "--model", "tiny", "--prompt", "x", "--backend", "torch"], "no torch backend"),
        (&["generate", "--model", "tiny", "--prompt", "x", "--kv-bits", "8", "--max-kv-size", "64"], "not both"),
        (&["generate", "--model", "tiny", "--prompt", "", "--raw"], "prompt is empty"),
        (&["models", "--rm", "absent"], "no such model"),
    ];
    for (arguments, expected) in cases {
        let outcome = home.ingot(arguments);
        assert_eq!(outcome.status.code(), Some(1), "{arguments:?}");
        assert!(outcome.stdout.is_empty() && outcome.stderr.lines().count() == 1, "{outcome:?}");
        assert!(outcome.stderr.starts_with("error: ") && outcome.stderr.contains(expected), "{}", outcome.stderr);
    }
}

#[test]
fn models_are_listed_and_removed() {
    let home = Home::new();
    let list =
        |home: &Home| -> Value { serde_json::from_str(&home.ingot(&["models", "--json"]).stdout).expect("JSON") };
    let models = list(&home)["models"].clone();
    assert_eq!(
        (&models[0]["name"], &models[0]["family"], &models[0]["recipe"]),
        (&"tiny".into(), &"llama".into(), &"float32".into())
    );
    assert!(models[0]["bytes"].as_u64().is_some_and(|bytes| bytes > 100_000));
    assert!(home.ingot(&["models"]).stdout.starts_with("tiny  llama  float32"));
    assert!(home.ingot(&["models", "--rm", "tiny"]).status.success());
    assert_eq!(list(&home)["models"], serde_json::json!([]));
}

#[test]
fn bench_gives_a_spread_of_every_figure() {
    let home = Home::new();
    let outcome = home.ingot(&[
        "bench",
        "--model",
        "tiny",
        "--json",
        "--prompt-tokens",
        "20",
        "--generate-tokens",
        "8",
        "--repeat",
        "2",
    ]);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    for figure in ["decode_tokens_per_second", "time_to_first_token_seconds", "load_seconds", "peak_memory_bytes"] {
        let of = |which: &str| report[figure][which].as_f64().unwrap_or_else(|| panic!("{figure} {which}: {report}"));
        assert!(of("min") <= of("median") && of("median") <= of("max"));
    }
    assert_eq!(report["cached_tokens"]["max"], 0.0, "every run has its own prompt");
    assert_eq!(report["model"], "tiny");
}

/// The real model, where it is at hand: exactly what mlx-lm answers.
#[test]
fn the_real_model_answers_as_mlx_lm_does() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let Ok(golden) = std::fs::read_to_string(shared.join("golden/stories260K-generate.json")) else {
        eprintln!("skipped: the real model is not at hand");
        return;
    };
    let golden: Value = serde_json::from_str(&golden).expect("JSON");
    let home = Home::new();
    let model = shared.join("models/stories260K").display().to_string();
    for case in golden["greedy"].as_array().expect("cases") {
        let prompt = case["prompt"].as_str().expect("a prompt");
        let outcome =
            home.ingot(&["generate", "--raw", "--temp", "0", "--json", "--model", &model, "--prompt", prompt]);
        let reply: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        assert_eq!(reply["tokens"], case["greedy_tokens"], "{prompt}");
        assert_eq!(reply["text"], case["text"], "{prompt}");
    }
}

/// The table and the trace are of the same spans, in both processes.
#[test]
fn a_profile_tells_where_the_time_went() {
    let home = Home::new();
    let folder = tempfile::tempdir().expect("a folder");
    let arguments = ["bench", "--model", "tiny", "--prompt-tokens", "40", "--generate-tokens", "10", "--repeat", "2"];
    let outcome = run(home.command().args(arguments).args(["--profile", "--json"]).current_dir(folder.path()));
    assert!(outcome.status.success(), "{}", outcome.stderr);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let profile = &report["profile"];
    let rows = profile["operations"].as_array().expect("rows");
    let row = |process: &str, operation: &str| {
        let found = rows.iter().find(|row| row["process"] == process && row["operation"] == operation);
        found.unwrap_or_else(|| panic!("no {operation} of {process}: {profile}"))
    };
    // Two runs, and one that does not count in the figures.
    assert_eq!(
        (row("ingot", "answer")["count"].as_u64(), row("ingot-mlx", "answer")["count"].as_u64()),
        (Some(3), Some(3))
    );
    assert_eq!(row("ingot-mlx", "launch step")["count"], 30);
    assert_eq!(row("ingot-mlx", "wait for token")["count"], 30);
    assert_eq!(row("ingot-mlx", "take weights")["count"], 1);
    for row in rows {
        let of = |field: &str| row[field].as_f64().expect(field);
        assert!(of("median_seconds") <= of("p95_seconds") && of("p95_seconds") <= of("p99_seconds"), "{row}");
        assert!(of("p99_seconds") <= of("total_seconds") && of("total_seconds") > 0.0, "{row}");
    }
    let answers = |process: &str| row(process, "answer")["total_seconds"].as_f64().expect("a time");
    assert!(answers("ingot-mlx") <= answers("ingot"), "the worker's part is within the app's");
    for figure in ["operations_per_second", "bytes_per_second"] {
        assert!(profile["machine"][figure].as_f64().is_some_and(|value| value > 1e6), "{profile}");
        assert!(profile["decode"][figure].as_f64().is_some_and(|value| value > 1e3), "{profile}");
    }
    assert!(profile["worker_memory_bytes"].as_u64().is_some_and(|bytes| bytes > 10_000_000));
    let trace = std::fs::read(folder.path().join("tiny.perfetto-trace")).expect("the trace");
    let names = ["ingot-mlx", "launch step", "wait for token", "worker memory, bytes"];
    for name in names {
        assert!(trace.windows(name.len()).any(|window| window == name.as_bytes()), "{name} is not in the trace");
    }

    let people = run(home.command().args(arguments).arg("--profile").current_dir(folder.path()));
    for part in
        ["Where the time went", "launch step", "GFLOP/s", "GB/s", "tiny.perfetto-trace, for https://ui.perfetto.dev"]
    {
        assert!(people.stdout.contains(part), "{} lacks {part:?}", people.stdout);
    }
    let lost = run(home.command().args(arguments).arg("--profile").current_dir("/proc"));
    assert_eq!(lost.status.code(), Some(1));
    assert!(lost.stderr.contains("tiny.perfetto-trace cannot be written"), "{}", lost.stderr);
}
