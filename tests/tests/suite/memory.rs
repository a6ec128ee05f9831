//! The budget and the pool as people meet them: refusals with numbers, caches that are used again, memory that
//! comes back, and what happens when the machine runs short.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ingot_engine::ErrorCode;
use ingot_engine::memory::{Ledger, MachineMemory, Owner, PoolSize, Pressure, PressureWatch, Strategy};
use ingot_engine::process::resident_bytes;
use ingot_engine::protocol::{CopyReason, FinishReason, GenerateRequest, Prompt, Sampling};
use ingot_engine::session::{CancelToken, InferenceSession, Keeper, KeeperOptions, Progress, SessionOptions, State};
use ingot_tests::programs::program;
use ingot_tests::tiny_model::TinyModel;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::generate::Home;

const GB: u64 = 1 << 30;

/// A folder with a model in it, and sessions over a ledger of one's choice.
struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new(model: &TinyModel) -> Self {
        let bench = Self { folder: tempfile::tempdir().expect("a folder") };
        model.write(&bench.folder.path().join("tiny"));
        bench
    }

    fn options(&self, ledger: &Arc<Ledger>) -> SessionOptions {
        let worker = Some(program("ingot-mlx"));
        SessionOptions { worker, ..SessionOptions::new(self.folder.path().join("tiny"), ledger) }
    }

    fn session(&self, ledger: &Arc<Ledger>) -> Arc<InferenceSession> {
        Arc::new(InferenceSession::prepare(self.options(ledger)).expect("a sound model"))
    }
}

fn roomy() -> Arc<Ledger> {
    limited(100 * GB)
}

/// A machine with much memory, of which models may take `limit`.
fn limited(limit: u64) -> Arc<Ledger> {
    let machine = || MachineMemory { total: 400 * GB, available: 300 * GB, working_set: 300 * GB };
    Ledger::new(machine, Some(limit), PoolSize::default())
}

fn request(length: u32, tokens: u32, salt: u32) -> GenerateRequest {
    let prompt = Prompt::Tokens((0..length).map(|at| 3 + (at * 7 + salt * 13) % 500).collect());
    let sampling = Sampling { max_tokens: tokens, ..Sampling::default() };
    GenerateRequest { ignore_end: true, ..GenerateRequest::new(prompt, sampling) }
}

fn ask(session: &InferenceSession, request: &GenerateRequest) -> ingot_engine::Result<FinishReason> {
    session.generate(request, &CancelToken::default(), &mut |_| ()).map(|answer| answer.reason)
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(20), "it never came that {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_model_that_does_not_fit_is_refused_before_anything_is_taken() {
    let home = Home::new();
    let set = |limit: Value| {
        let settings = json!({"memory": {"limit_bytes": limit}});
        fs::write(home.folder.path().join("settings.json"), settings.to_string()).expect("settings");
    };
    set(json!(20 << 20));
    // A worker that cannot be found would be another error: none was looked for.
    let mut command = home.command();
    let outcome = ingot_tests::run::run(command.args(["generate", "--model", "tiny", "--prompt", "x", "--json"]));
    assert_eq!((outcome.status.code(), outcome.stdout.as_str()), (Some(1), ""));
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    for part in [
        "tiny needs ",
        "is free (models may take 20 MB)",
        "of weights",
        "of cache for 4096 tokens",
        "choose a smaller model",
    ] {
        assert!(outcome.stderr.contains(part), "{} lacks {part:?}", outcome.stderr);
    }
    let models = |home: &Home| -> Value {
        let outcome = home.ingot(&["models", "--json"]);
        serde_json::from_str(&outcome.stdout).expect("JSON")
    };
    assert_eq!(models(&home)["models"][0]["fits"], false);
    assert!(home.ingot(&["models"]).stdout.contains("too large: needs "));
    set(Value::Null);
    assert_eq!(models(&home)["models"][0]["fits"], true);
}

#[test]
fn a_refusal_says_what_would_fit() {
    let bench = Bench::new(&TinyModel::new().set("max_position_embeddings", 100_000.into()));
    let need = bench.session(&roomy()).need().clone();
    let short = Bench::options(&bench, &limited(need.with_context(2048).total() + 100_000));
    let refused = |options: SessionOptions| {
        let session = InferenceSession::prepare(SessionOptions { worker: Some("/nowhere".into()), ..options });
        let result = session.and_then(|session| session.load(&CancelToken::default(), &mut |_| ()));
        result.expect_err("it does not fit")
    };
    let error = refused(short.clone());
    assert_eq!(error.code, ErrorCode::OutOfMemory);
    assert!(error.message.contains("a context of 2048 tokens would fit (max-kv-size 2048)"), "{error}");

    // A model that is large by its weights fits once they are quantized.
    let wide = Bench::new(&TinyModel::wide(8, 8192));
    let need = wide.session(&roomy()).need().clone();
    let (total, weights) = (need.total(), need.owners()[&Owner::Weights]);
    for (saved, recipe) in [(70, "quality-8bit"), (80, "balanced-5bit"), (82, "mixed-precision"), (84, "speed-4bit")] {
        let error = refused(wide.options(&limited(total - weights * saved / 100)));
        assert!(error.message.contains(&format!("converted with {recipe} it would need ")), "{error}");
    }
}

#[test]
fn what_a_model_needs_is_what_it_takes() {
    let bench = Bench::new(&TinyModel::wide(8, 8192));
    for context in [512, 4096] {
        let options = SessionOptions { context: Some(context), ..bench.options(&roomy()) };
        let session = InferenceSession::prepare(options).expect("a sound model");
        let mut peak = 0;
        let request = request(context as u32 - 8, 8, 1);
        let answer = session.generate(&request, &CancelToken::default(), &mut |_| ()).expect("an answer");
        peak = answer.usage.peak_memory_bytes.max(peak);
        let need = session.need();
        let report = session.memory().expect("a report");
        assert_eq!(report.owners[&Owner::Weights], need.owners()[&Owner::Weights], "weights are exact");
        assert_eq!(report.owners[&Owner::KvCache], need.owners()[&Owner::KvCache], "the cache is exact");
        let ratio = need.total() as f64 / peak as f64;
        assert!((0.9..1.1).contains(&ratio), "{context}: needs {:?}, took {peak}: {ratio}", need.owners());
    }
}

#[test]
fn several_models_keep_to_one_budget() {
    let bench = Bench::new(&TinyModel::new());
    let one = bench.session(&roomy()).need().total();
    let ledger = limited(one * 5 / 2);
    let sessions: Vec<_> = (0..3).map(|_| bench.session(&ledger)).collect();
    let load = |session: &InferenceSession| session.load(&CancelToken::default(), &mut |_| ());
    load(&sessions[0]).and_then(|()| load(&sessions[1])).expect("two fit");
    let error = load(&sessions[2]).expect_err("a third does not");
    assert_eq!(error.code, ErrorCode::OutOfMemory);
    assert!(error.message.contains("unload other models first"), "{error}");
    assert_eq!(ledger.accounts().len(), 2);
    sessions[0].unload();
    load(&sessions[2]).expect("there is room again");
    assert_eq!(ask(&sessions[2], &request(5, 5, 0)).expect("an answer"), FinishReason::Length);
}

#[test]
fn a_text_that_outgrows_the_memory_ends_and_the_next_goes_on() {
    let bench = Bench::new(&TinyModel::new().set("max_position_embeddings", 100_000.into()));
    let need = bench.session(&roomy()).need().clone();
    // Some more than the usual context. Scratch goes up and down with the length, for chunks are powers of two.
    let most = (4096..=5120).step_by(256).map(|context| need.with_context(context).total()).max();
    let session = bench.session(&limited(most.expect("some") + 600_000));
    let error = ask(&session, &request(60_000, 5, 0)).expect_err("too long");
    assert_eq!(error.code, ErrorCode::OutOfMemory);
    for part in ["the cache of tiny would grow by ", "begin a new conversation"] {
        assert!(error.message.contains(part), "{error}");
    }
    let worker = session.worker_id();
    // What was promised for the long one is given back, as the keeper would have it.
    session.drain();
    wait_until("the cache is drained", || session.memory().is_some_and(|report| report.kv_cache.reserved == 0));
    session.measure();
    assert_eq!(ask(&session, &request(4900, 5, 0)).expect("this grows by what there is"), FinishReason::Length);
    assert_eq!(session.worker_id(), worker, "no worker was lost for it");
}

#[test]
fn a_second_chat_takes_no_memory_for_its_cache() {
    let bench = Bench::new(&TinyModel::new());
    for kv in [(None, None), (Some(64), None), (None, Some(8))] {
        let mut options = bench.options(&roomy());
        (options.kv.max_size, options.kv.bits) = kv;
        if kv.1.is_some() {
            let wide = TinyModel::new().set("num_attention_heads", 2.into()).set("num_key_value_heads", 1.into());
            wide.write(&bench.folder.path().join("tiny"));
        }
        let session = InferenceSession::prepare(options).expect("a sound model");
        ask(&session, &request(400, 20, 1)).expect("an answer");
        let first = session.memory().expect("a report").kv_cache;
        assert!(first.allocations > 0);
        for round in 2..6 {
            ask(&session, &request(400, 20, round)).expect("an answer");
            let next = session.memory().expect("a report").kv_cache;
            assert_eq!((next.allocations, next.reserved), (first.allocations, first.reserved), "{kv:?}, chat {round}");
            assert!(next.reuses > first.reuses);
        }
    }
}

#[test]
fn weights_are_placed_as_asked_and_say_so() {
    let bench = Bench::new(&TinyModel::new());
    let answer = |weights: Option<Strategy>| {
        let options = SessionOptions { weights, ..bench.options(&roomy()) };
        let session = InferenceSession::prepare(options).expect("a sound model");
        let mut tokens = Vec::new();
        session.generate(&request(20, 10, 3), &CancelToken::default(), &mut |progress| {
            if let Progress::Token { token, .. } = progress {
                tokens.push(token);
            }
        })?;
        Ok::<_, ingot_engine::Error>((tokens, session.loaded().expect("loaded").0.weights))
    };
    let (plain, usual) = answer(None).expect("an answer");
    for strategy in [Strategy::ZeroCopy, Strategy::Unified, Strategy::Dedicated] {
        let (tokens, placement) = answer(Some(strategy)).expect("an answer");
        assert_eq!(tokens, plain, "{strategy}");
        assert_eq!(placement.in_place_bytes + placement.copied_bytes, usual.in_place_bytes + usual.copied_bytes);
        let reasons: Vec<_> = placement.copied.keys().copied().collect();
        if strategy != Strategy::ZeroCopy {
            assert_eq!(reasons, [CopyReason::NotAsked]);
        } else if cfg!(target_os = "linux") {
            assert!(reasons.contains(&CopyReason::Backend) || reasons == [CopyReason::Misaligned], "{reasons:?}");
        }
    }
    assert!(answer(Some(Strategy::BestFit)).expect_err("no place for weights").message.contains("BEST_FIT"));
}

/// Runs when the test below starts this program again: alone in its process, a line for each unload.
#[test]
fn fifty_loads() {
    if std::env::var_os("INGOT_TEST_LOADS").is_none() {
        return;
    }
    let bench = Bench::new(&TinyModel::wide(2, 4096));
    let ledger = roomy();
    let session = bench.session(&ledger);
    for round in 0..50 {
        ask(&session, &request(300, 3, round)).expect("an answer");
        let worker = session.worker_id().expect("a worker");
        assert!(resident_bytes(worker).is_some_and(|bytes| bytes > 20_000_000));
        session.unload();
        assert_eq!(resident_bytes(worker), None, "the worker and its memory are gone");
        assert_eq!(ledger.room().promised, 0);
        println!("unloaded");
        std::io::stdin().read_line(&mut String::new()).expect("the test has looked");
    }
}

#[test]
fn fifty_loads_and_unloads_leave_nothing_behind() {
    let program = std::env::current_exe().expect("this program");
    let mut child = Command::new(program)
        .args(["--exact", "memory::fifty_loads", "--nocapture"])
        .env("INGOT_TEST_LOADS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("started");
    let mut next = child.stdin.take().expect("piped");
    let mut after = Vec::new();
    for line in BufReader::new(child.stdout.take().expect("piped")).lines() {
        if line.expect("a line").ends_with("unloaded") {
            after.push(resident_bytes(child.id()).expect("it runs"));
            next.write_all(b"\n").expect("it listens");
        }
    }
    assert!(child.wait().expect("it ends").success());
    assert_eq!(after.len(), 50);
    // The first rounds fill what every process keeps.
    let (before, end) = (after[4], after[49]);
    assert!(end <= before + before / 20, "{before} grew to {end}: {after:?}");
}

#[test]
fn unused_models_are_unloaded_and_come_back() {
    let bench = Bench::new(&TinyModel::new());
    let ledger = roomy();
    let session = bench.session(&ledger);
    let idle_unload = Some(Duration::from_millis(600));
    let options = KeeperOptions { idle_unload, interval: Duration::from_millis(50), ..Default::default() };
    let keeper = Keeper::start(options, PressureWatch::new(|| Pressure::Normal));
    keeper.watch(&session);
    ask(&session, &request(5, 5, 0)).expect("an answer");
    assert_eq!(session.state(), State::Ready);
    wait_until("the model is unloaded", || session.state() == State::Unloaded);
    assert_eq!((session.worker_id(), ledger.room().promised), (None, 0));
    ask(&session, &request(5, 5, 1)).expect("it loads again");
}

/// A keeper whose machine says what the test wants it to say.
fn pressed() -> (Keeper, Arc<AtomicU8>) {
    let level = Arc::new(AtomicU8::new(0));
    let said = Arc::clone(&level);
    let watch = PressureWatch::new(move || match said.load(Ordering::Relaxed) {
        0 => Pressure::Normal,
        1 => Pressure::Warning,
        _ => Pressure::Critical,
    });
    let (interval, patience) = (Duration::from_millis(50), Duration::from_millis(400));
    (Keeper::start(KeeperOptions { idle_unload: None, interval, patience }, watch), level)
}

#[test]
fn pressure_drains_first_then_unloads_the_unused() {
    let bench = Bench::new(&TinyModel::new().set("max_position_embeddings", 100_000.into()));
    let ledger = roomy();
    let session = bench.session(&ledger);
    let (keeper, level) = pressed();
    keeper.watch(&session);
    ask(&session, &request(6000, 5, 0)).expect("an answer that needs more than was promised at first");
    // A shorter chat leaves long blocks.
    ask(&session, &request(5, 5, 1)).expect("an answer");
    let promised = ledger.room().pool_promised;
    let reserved = || session.memory().map_or(0, |report| report.kv_cache.reserved);
    let long = reserved();
    level.store(1, Ordering::Relaxed);
    wait_until("the cache is drained", || reserved() < long / 2);
    assert_eq!(session.state(), State::Ready, "that comes later");
    wait_until("the promise for the long chat ends", || ledger.room().pool_promised < promised);
    wait_until("the model is unloaded", || session.state() == State::Unloaded);
    level.store(0, Ordering::Relaxed);
    ask(&session, &request(5, 5, 2)).expect("it loads again");
}

#[test]
fn a_warning_drains_during_an_answer_and_critical_pressure_ends_it() {
    let bench = Bench::new(&TinyModel::new().set("max_position_embeddings", 100_000.into()));
    let session = bench.session(&roomy());
    let (keeper, level) = pressed();
    keeper.watch(&session);
    let tokens = Arc::new(Mutex::new(0));
    let (asked, counted) = (Arc::clone(&session), Arc::clone(&tokens));
    let answer = std::thread::spawn(move || {
        asked.generate(&request(5, 90_000, 0), &CancelToken::default(), &mut |progress| {
            if let Progress::Token { .. } = progress {
                *counted.lock().expect("the count") += 1;
            }
        })
    });
    let count = || *tokens.lock().expect("the count");
    wait_until("the answer has begun", || count() > 20);
    level.store(1, Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(1500));
    let so_far = count();
    wait_until("the answer goes on under a warning", || count() > so_far);
    level.store(2, Ordering::Relaxed);
    let error = answer.join().expect("the thread").expect_err("stopped");
    assert_eq!(error.code, ErrorCode::OutOfMemory);
    assert!(error.message.contains("running out of memory"), "{error}");
    level.store(0, Ordering::Relaxed);
    ask(&session, &request(5, 5, 1)).expect("the next goes on");
}
