//! Conversions that are killed, cancelled, raced, starved or damaged: nothing half visible, nothing lost, nothing unnoticed.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use ingot_engine::convert::{self, Ended};
use ingot_engine::manifest::Options;
use ingot_engine::protocol::ConvertRequest;
use ingot_engine::session::CancelToken;
use ingot_tests::conversion::{Bench, names, tensors};
use ingot_tests::programs::program;
use ingot_tests::run::run;
use ingot_tests::tiny_model::TinyModel;

const OPTIONS: [&str; 3] = ["--recipe", "speed-4bit", "--no-verify"];
const RESULT: &str = "home/models/source-speed-4bit-g64";

/// A model that takes a second or so in a debug build, and more than twice what is done between two syncs.
fn large() -> TinyModel {
    TinyModel::wide(9, 20480)
}

fn visible(bench: &Bench) -> Vec<String> {
    let models = bench.path("home/models");
    if models.exists() {
        names(&models).into_iter().filter(|name| !name.starts_with('.')).collect()
    } else {
        Vec::new()
    }
}

#[test]
fn a_kill_at_any_moment_leaves_nothing_half_done() {
    let bench = Bench::new(&large());
    let begin = Instant::now();
    bench.converted(&OPTIONS);
    let whole = begin.elapsed();
    let (expected, files) = (tensors(&bench.path(RESULT)), names(&bench.path(RESULT)));
    let mut resumed = 0;
    for round in 0..8_u32 {
        fs::remove_dir_all(bench.path("home")).expect("removed");
        let source = bench.source();
        let arguments = [&["convert", source.to_str().expect("text"), "--json"], &OPTIONS[..]].concat();
        let mut child = bench.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
        // Moments that are spread over the whole, and never the same.
        std::thread::sleep(whole.mul_f64(f64::from((round * 5 + 1) % 8) / 8.0));
        child.kill().expect("killed");
        child.wait().expect("ended");
        let seen = visible(&bench);
        assert!(seen.is_empty() || tensors(&bench.path(RESULT)) == expected, "{round}: {seen:?}");
        let report = bench.converted(&OPTIONS);
        resumed += u32::from(report["resumed"] == true);
        assert_eq!(
            (tensors(&bench.path(RESULT)), names(&bench.path(RESULT))),
            (expected.clone(), files.clone()),
            "{round}"
        );
        assert_eq!(names(&bench.path("home/models")), ["source-speed-4bit-g64"], "{round}: nothing else stays");
    }
    assert!(resumed >= 2, "of 8 conversions that were cut off only {resumed} were resumed");
}

#[test]
fn cancelling_is_felt_at_once_and_loses_nothing() {
    let bench = Bench::new(&large());
    let request = ConvertRequest {
        source: bench.source(),
        output: bench.path("result"),
        home: bench.path("home"),
        options: Options { recipe: "speed-4bit".into(), group_size: 64, dtype: None, pad: false, dequantize: false },
        memory_limit: 64 << 20,
        verify: false,
        force: false,
    };
    let (ingot, cancel) = (program("ingot"), CancelToken::default());
    let mut cancelled = None;
    let ended = convert::convert(&request, Some(&ingot), &cancel, &mut |progress| {
        if progress.done_bytes > progress.total_bytes / 8 && cancelled.is_none() {
            cancel.cancel();
            cancelled = Some(Instant::now());
        }
    });
    let felt = cancelled.expect("it came that far").elapsed();
    assert!(matches!(ended, Ok(Ended::Cancelled)), "{ended:?}");
    assert!(felt < Duration::from_millis(100), "{felt:?}");
    assert!(!request.output.exists());
    cancel.reset();
    let ended = convert::convert(&request, Some(&ingot), &cancel, &mut |_| ()).expect("done");
    assert!(matches!(ended, Ended::Done(_)));
    assert!(request.output.join("ingot.json").exists());
}

#[test]
fn a_second_conversion_to_the_same_place_is_told() {
    let bench = Bench::new(&large());
    let source = bench.source();
    let arguments = [&["convert", source.to_str().expect("text"), "--json", "--force"], &OPTIONS[..]].concat();
    // Stopped in the middle, it holds on to its place.
    let mut first = bench.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    let lock = bench.path("home/models/.source-speed-4bit-g64.converting/lock");
    let deadline = Instant::now() + Duration::from_secs(10);
    let holder = loop {
        if let Some(pid) = fs::read_to_string(&lock).ok().and_then(|text| text.parse::<i32>().ok()) {
            break pid;
        }
        assert!(Instant::now() < deadline, "the first conversion did not begin");
        std::thread::sleep(Duration::from_millis(2));
    };
    let signal = |signal| {
        // SAFETY: sends a signal to a process that this test has started.
        unsafe { libc::kill(holder, signal) };
    };
    signal(libc::SIGSTOP);
    let told = bench.refused(&OPTIONS);
    signal(libc::SIGCONT);
    assert!(told.contains("another conversion") && told.contains(&holder.to_string()), "{told}");
    assert!(first.wait().expect("ended").success());
    assert_eq!(bench.converted(&OPTIONS)["cached"], true);
}

/// Memory stays within the limit, whatever the model's size; verifying keeps to it, too.
#[test]
fn memory_stays_within_the_limit() {
    const LIMIT: u64 = 32 << 20;
    for inner in [6144, 12288] {
        let bench = Bench::new(&TinyModel::wide(10, inner));
        let limit = LIMIT.to_string();
        let source = fs::metadata(bench.source().join("model.safetensors")).expect("there").len();
        let source_path = bench.source();
        let arguments =
            ["convert", source_path.to_str().expect("text"), "--recipe", "quality-8bit", "--memory-limit", &limit];
        let outcome = run(bench.command(&arguments).arg("--json"));
        assert!(outcome.status.success(), "{}", outcome.stderr);
        // Three processes, of which two are small.
        let most = LIMIT + (100 << 20);
        assert!(outcome.peak_bytes < most, "{} MiB for a source of {} MiB", outcome.peak_bytes >> 20, source >> 20);
        let report: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        assert!(report["peak_memory_bytes"].as_u64().expect("bytes") < most, "{report}");
    }
}

/// One bit of any file of a result is enough to be noticed, when it is used and when it is asked for again.
#[test]
fn a_flipped_bit_anywhere_in_a_result_is_noticed() {
    let bench = Bench::new(&TinyModel::new());
    bench.converted(&OPTIONS);
    let result = bench.path(RESULT);
    let asked = ["generate", "--model", result.to_str().expect("text"), "--prompt", "a", "--max-tokens", "1"];
    let generate = || run(&mut bench.command(&asked));
    for name in names(&result) {
        let path = result.join(&name);
        let sound = fs::read(&path).expect("there");
        for part in 0..8 {
            let at = (sound.len() - 1) * part / 7;
            let mut flipped = sound.clone();
            flipped[at] ^= 1 << part;
            fs::write(&path, &flipped).expect("written");
            let used = generate();
            assert_eq!(used.status.code(), Some(1), "{name}, byte {at}: {}", used.stdout);
            assert!(used.stderr.starts_with("error: ") && used.stderr.lines().count() == 1, "{}", used.stderr);
            let again = bench.convert(&OPTIONS);
            assert_eq!(again.status.code(), Some(1), "{name}, byte {at}: {}", again.stdout);
        }
        fs::write(&path, &sound).expect("mended");
    }
    assert!(generate().status.success());
}

/// A source that changes in any byte is another source; one that changes meanwhile is refused.
#[test]
fn a_flipped_bit_anywhere_in_a_source_is_noticed() {
    let bench = Bench::new(&TinyModel::new());
    bench.converted(&OPTIONS);
    let before = tensors(&bench.path(RESULT));
    let weights = bench.source().join("model.safetensors");
    let sound = fs::read(&weights).expect("there");
    for at in [sound.len() - 1, sound.len() / 2, sound.len() / 3] {
        let mut flipped = sound.clone();
        flipped[at] ^= 1;
        fs::write(&weights, &flipped).expect("written");
        let told = bench.refused(&OPTIONS);
        assert!(told.contains("made of other files"), "{at}: {told}");
    }
    fs::write(&weights, &sound).expect("mended");
    assert_eq!(bench.converted(&OPTIONS)["cached"], true, "the content counts, not the date");
    assert_eq!(tensors(&bench.path(RESULT)), before);
}

#[test]
fn what_was_begun_with_another_source_is_begun_anew() {
    let bench = Bench::new(&large());
    let source = bench.source();
    let arguments = [&["convert", source.to_str().expect("text"), "--json"], &OPTIONS[..]].concat();
    let mut child = bench.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started");
    let journal = bench.path("home/models/.source-speed-4bit-g64.converting/journal");
    let deadline = Instant::now() + Duration::from_secs(20);
    let lines = |path: &Path| fs::read_to_string(path).map_or(0, |text| text.lines().count());
    while lines(&journal) < 2 && child.try_wait().expect("a child").is_none() {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let weights = source.join("model.safetensors");
    let mut bytes = fs::read(&weights).expect("there");
    let at = bytes.len() - 2000;
    bytes[at] ^= 0x10;
    fs::write(&weights, &bytes).expect("changed");
    let report = bench.converted(&OPTIONS);
    assert_eq!(report["resumed"], false);
    let fresh = Bench::new(&TinyModel::new());
    fs::remove_dir_all(fresh.source()).expect("removed");
    large().write(&fresh.source());
    fs::write(fresh.source().join("model.safetensors"), &bytes).expect("written");
    fresh.converted(&OPTIONS);
    assert_eq!(tensors(&bench.path(RESULT)), tensors(&fresh.path(RESULT)));
}
