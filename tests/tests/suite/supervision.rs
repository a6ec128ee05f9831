//! Workers that die, hang, or talk nonsense, and real ones that are killed, cancelled and left behind.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ingot_engine::ErrorCode;
use ingot_engine::library::MemorySettings;
use ingot_engine::protocol::{FinishReason, GenerateRequest, Prompt, Sampling};
use ingot_engine::session::{CancelToken, InferenceSession, Progress, SessionOptions, State};
use ingot_engine::worker::Timing;
use ingot_tests::programs::program;
use ingot_tests::tiny_model::TinyModel;
use tempfile::TempDir;

fn quick() -> Timing {
    let ms = Duration::from_millis;
    Timing { silence: ms(1500), stall: ms(2500), warm_up: ms(6000), unload: ms(300), terminate: ms(500) }
}

struct Bench {
    folder: TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().expect("a folder") };
        TinyModel::new().set("max_position_embeddings", 200_000.into()).write(&bench.folder.path().join("tiny"));
        bench
    }

    fn options(&self, worker: PathBuf, timing: Timing) -> SessionOptions {
        let ledger = MemorySettings::default().ledger();
        SessionOptions { worker: Some(worker), timing, ..SessionOptions::new(self.folder.path().join("tiny"), &ledger) }
    }

    /// A session on the real worker.
    fn session(&self) -> InferenceSession {
        let options = self.options(program("ingot-mlx"), Timing::default());
        InferenceSession::open(options, &CancelToken::default(), &mut |_| ()).expect("opened")
    }

    /// A session on a worker with `fault`, which is told by its name.
    fn faulty(&self, fault: &str) -> Result<InferenceSession, ingot_engine::Error> {
        let path = self.folder.path().join(fault);
        if !path.exists() {
            std::os::unix::fs::symlink(program("faulty-worker"), &path).expect("linked");
        }
        InferenceSession::open(self.options(path, quick()), &CancelToken::default(), &mut |_| ())
    }
}

fn long_answer(tokens: u32) -> GenerateRequest {
    let sampling = Sampling { max_tokens: tokens, ..Sampling::default() };
    let mut request = GenerateRequest::new(Prompt::Raw("Once upon a time".into()), sampling);
    request.ignore_end = true;
    request
}

fn is_running(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let state = status.lines().find(|line| line.starts_with("State:")).unwrap_or_default();
    // A zombie has ended; its parent has yet to notice.
    !(state.is_empty() || state.contains('Z'))
}

#[test]
fn every_fault_becomes_an_error_in_time_and_the_next_request_starts_afresh() {
    let bench = Bench::new();
    let cases = [
        ("aborts", ErrorCode::WorkerDied, "SIGABRT", 1.0),
        ("exits", ErrorCode::WorkerDied, "ended before its work was done", 1.0),
        ("half-a-frame", ErrorCode::WorkerDied, "code 4", 1.0),
        ("floods-stderr", ErrorCode::WorkerDied, "line 199999", 5.0),
        ("closes", ErrorCode::WorkerDied, "closed its connection", 1.5),
        ("garbage", ErrorCode::WorkerDied, "makes no sense", 1.0),
        ("oversized", ErrorCode::WorkerDied, "more than the 1048576 allowed", 1.0),
        ("another-id", ErrorCode::WorkerDied, "does not belong", 1.0),
        ("floods-tokens", ErrorCode::WorkerDied, "more tokens than it was asked for", 1.0),
        ("floods-heartbeats", ErrorCode::WorkerDied, "flood of heartbeats", 1.0),
        ("hangs", ErrorCode::WorkerHung, "no sign of life", 2.5),
        ("beats-without-progress", ErrorCode::WorkerHung, "no progress", 4.0),
    ];
    for (fault, code, words, seconds) in cases {
        let session = bench.faulty(fault).unwrap_or_else(|error| panic!("{fault}: {error}"));
        for round in 0..2 {
            let first = session.worker_id();
            let begin = Instant::now();
            let error = session.generate(&long_answer(50), &CancelToken::default(), &mut |_| ()).expect_err(fault);
            let took = begin.elapsed().as_secs_f64();
            assert_eq!(error.code, code, "{fault}: {error}");
            assert!(error.message.contains(words), "{fault}, round {round}: {error}");
            assert!(!error.message.contains('\n'));
            assert!(took < seconds, "{fault} took {took} s");
            assert!(matches!(session.state(), State::Failed(_)));
            assert!(first.is_none_or(|pid| !is_running(pid)), "{fault}: the worker is still there");
        }
    }
}

#[test]
fn the_first_answer_of_a_model_may_take_longer_to_begin() {
    let bench = Bench::new();
    let session = bench.faulty("begins-late").expect("opened");
    let answer = |tokens| session.generate(&long_answer(tokens), &CancelToken::default(), &mut |_| ());
    let first = answer(5).expect("kernels are compiled meanwhile");
    assert_eq!(first.reason, FinishReason::Stop);
    let error = answer(5).expect_err("there is nothing left to compile");
    assert_eq!(error.code, ErrorCode::WorkerHung, "{error}");
    // Its successor has everything before it again.
    answer(5).expect("the first answer of a new worker");
}

#[test]
fn the_last_words_are_in_the_error() {
    let bench = Bench::new();
    let session = bench.faulty("aborts").expect("opened");
    let error = session.generate(&long_answer(5), &CancelToken::default(), &mut |_| ()).expect_err("it aborts");
    assert!(error.message.contains("the GPU is on fire"), "{error}");
}

#[test]
fn a_worker_that_cannot_introduce_itself_is_refused() {
    let bench = Bench::new();
    for (fault, words) in [
        ("silent-from-birth", "no sign of life"),
        ("wrong-version", "speaks protocol 9999"),
        ("wrong-nonce", "speaks protocol"),
    ] {
        let begin = Instant::now();
        let error = bench.faulty(fault).err().unwrap_or_else(|| panic!("{fault} was accepted"));
        assert!(error.message.contains(words) || error.message.contains("did not introduce"), "{fault}: {error}");
        assert!(begin.elapsed() < Duration::from_secs(3), "{fault}");
    }
    let missing = InferenceSession::open(
        bench.options("/nonexistent/worker".into(), quick()),
        &CancelToken::default(),
        &mut |_| (),
    );
    assert!(missing.err().is_some_and(|error| error.message.contains("cannot be started")));
}

#[test]
fn a_worker_that_ignores_sigterm_is_killed() {
    let bench = Bench::new();
    let session = bench.faulty("ignores-sigterm").expect("opened");
    let pid = session.worker_id().expect("running");
    let begin = Instant::now();
    session.unload();
    assert!(begin.elapsed() < Duration::from_secs(3));
    assert!(!is_running(pid));
    assert_eq!(session.state(), State::Unloaded);
}

#[test]
fn killing_the_real_worker_mid_answer_is_noticed_within_a_second() {
    let bench = Bench::new();
    let session = bench.session();
    let pid = session.worker_id().expect("running");
    let mut killed = None;
    let error = session
        .generate(&long_answer(20_000), &CancelToken::default(), &mut |progress| {
            if matches!(progress, Progress::Token { .. }) && killed.is_none() {
                // SAFETY: sends a signal to our own worker.
                unsafe { libc::kill(pid as i32, libc::SIGKILL) };
                killed = Some(Instant::now());
            }
        })
        .expect_err("its worker is dead");
    assert!(killed.expect("killed").elapsed() < Duration::from_secs(1));
    assert!(error.message.contains("signal 9 SIGKILL"), "{error}");
    assert!(!is_running(pid));
    let answer =
        session.generate(&long_answer(5), &CancelToken::default(), &mut |_| ()).expect("a fresh worker answers");
    assert_eq!(answer.usage.generated_tokens, 5);
    let fresh = session.worker_id().expect("running");
    assert_ne!(fresh, pid);
    drop(session);
    assert!(!is_running(fresh), "nothing is left over");
}

#[test]
fn a_worker_killed_while_idle_is_replaced_without_an_error() {
    let bench = Bench::new();
    let session = bench.session();
    let pid = session.worker_id().expect("running");
    // SAFETY: sends a signal to our own worker.
    unsafe { libc::kill(pid as i32, libc::SIGKILL) };
    std::thread::sleep(Duration::from_millis(100));
    session.generate(&long_answer(3), &CancelToken::default(), &mut |_| ()).expect("answered");
    assert_ne!(session.worker_id(), Some(pid));
}

#[test]
fn cancelling_returns_at_once_and_the_session_goes_on() {
    let bench = Bench::new();
    let session = bench.session();
    let alone = collect(&session, 12);
    for after in [1, 5, 30] {
        let cancel = CancelToken::default();
        let mut cancelled = None;
        let mut tokens = 0;
        let answer = session
            .generate(&long_answer(20_000), &cancel, &mut |progress| {
                if matches!(progress, Progress::Token { .. }) {
                    tokens += 1;
                    if tokens == after {
                        cancel.cancel();
                        cancelled = Some(Instant::now());
                    }
                }
            })
            .expect("cancelled, not failed");
        let took = cancelled.expect("cancelled").elapsed();
        assert_eq!(answer.reason, FinishReason::Cancelled);
        assert!(took < Duration::from_millis(100), "{took:?}");
        assert_eq!(collect(&session, 12), alone, "the cache is as it should be");
    }
}

#[test]
fn an_answer_stopped_while_its_worker_does_not_listen_has_its_figures_all_the_same() {
    let bench = Bench::new();
    let session = bench.faulty("beats-without-progress").expect("opened");
    let cancel = CancelToken::default();
    let answer = session
        .generate(&long_answer(50), &cancel, &mut |progress| {
            if matches!(progress, Progress::Token { .. }) {
                cancel.cancel();
            }
        })
        .expect("cancelled, not failed");
    assert_eq!(answer.reason, FinishReason::Cancelled);
    let usage = answer.usage;
    assert_eq!((usage.prompt_tokens, usage.left_out_messages, usage.generated_tokens), (1, 4, 1));
}

#[test]
fn cancelling_a_prefill_returns_at_once() {
    let bench = Bench::new();
    let session = bench.session();
    let cancel = CancelToken::default();
    let prompt = (0..30_000).map(|at| 3 + at % 500).collect();
    let mut request = long_answer(5);
    request.prompt = Prompt::Tokens(prompt);
    let canceller = cancel.clone();
    let when = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(400));
        canceller.cancel();
        Instant::now()
    });
    let answer = session.generate(&request, &cancel, &mut |_| ()).expect("cancelled");
    let took = when.join().expect("cancelled").elapsed();
    assert_eq!(answer.reason, FinishReason::Cancelled);
    assert!(took < Duration::from_millis(100), "{took:?}");
    // And its worker is at rest within about a chunk.
    let begin = Instant::now();
    collect(&session, 2);
    assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
}

#[test]
fn a_stopped_worker_takes_no_request_and_is_given_up() {
    let bench = Bench::new();
    let session = bench.session();
    let pid = session.worker_id().expect("running");
    // SAFETY: sends a signal to our own worker.
    unsafe { libc::kill(pid as i32, libc::SIGSTOP) };
    let mut request = long_answer(3);
    request.prompt = Prompt::Raw("word ".repeat(400_000));
    let begin = Instant::now();
    let error = session.generate(&request, &CancelToken::default(), &mut |_| ()).expect_err("it does not read");
    assert_eq!(error.code, ErrorCode::WorkerHung, "{error}");
    assert!(begin.elapsed() < Duration::from_secs(6), "{:?}", begin.elapsed());
    assert!(!is_running(pid));
    assert_eq!(collect(&session, 3).len(), 3);
}

#[test]
fn loading_can_be_cancelled() {
    let bench = Bench::new();
    let session = InferenceSession::prepare(bench.options(program("ingot-mlx"), Timing::default())).expect("sound");
    let cancel = CancelToken::default();
    cancel.cancel();
    let begin = Instant::now();
    session.load(&cancel, &mut |_| ()).expect_err("cancelled");
    assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
    assert_eq!(collect(&session, 3).len(), 3, "and the next request loads it");
}

#[test]
fn a_second_request_is_told_that_the_first_is_running() {
    let bench = Bench::new();
    let session = Arc::new(bench.session());
    let cancel = CancelToken::default();
    let (other, token) = (Arc::clone(&session), cancel.clone());
    let first = std::thread::spawn(move || other.generate(&long_answer(20_000), &token, &mut |_| ()));
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(session.state(), State::Generating);
    let error = session.generate(&long_answer(1), &CancelToken::default(), &mut |_| ()).expect_err("busy");
    assert_eq!(error.code, ErrorCode::Busy);
    cancel.cancel();
    first.join().expect("the thread").expect("cancelled");
}

#[test]
fn a_session_can_be_unloaded_and_reopened_at_any_point() {
    let bench = Bench::new();
    let session = Arc::new(bench.session());
    let alone = collect(&session, 8);
    let pid = session.worker_id().expect("running");
    let other = Arc::clone(&session);
    let running =
        std::thread::spawn(move || other.generate(&long_answer(20_000), &CancelToken::default(), &mut |_| ()));
    std::thread::sleep(Duration::from_millis(200));
    let begin = Instant::now();
    session.unload();
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert_eq!(running.join().expect("the thread").expect("cancelled").reason, FinishReason::Cancelled);
    assert!(!is_running(pid));
    assert_eq!(session.state(), State::Unloaded);
    session.load(&CancelToken::default(), &mut |_| ()).expect("reopened");
    assert_eq!(session.state(), State::Ready);
    session.unload();
    assert_eq!(collect(&session, 8), alone, "and without being asked");
}

#[test]
fn a_worker_whose_app_is_gone_ends() {
    let bench = Bench::new();
    let mut command = std::process::Command::new(program("ingot"));
    command.env("INGOT_HOME", bench.folder.path()).args([
        "generate",
        "--prompt",
        "x",
        "--max-tokens",
        "100000",
        "--model",
    ]);
    let mut app =
        command.arg(bench.folder.path().join("tiny")).stdout(std::process::Stdio::null()).spawn().expect("started");
    std::thread::sleep(Duration::from_millis(700));
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", app.id())).unwrap_or_default();
    let worker: u32 = children.split_whitespace().next().expect("a worker").parse().expect("a number");
    app.kill().expect("killed");
    app.wait().expect("ended");
    let begin = Instant::now();
    while is_running(worker) {
        assert!(begin.elapsed() < Duration::from_secs(5), "the worker is an orphan");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn collect(session: &InferenceSession, count: u32) -> Vec<u32> {
    let mut tokens = Vec::new();
    session
        .generate(&long_answer(count), &CancelToken::default(), &mut |progress| {
            if let Progress::Token { token, .. } = progress {
                tokens.push(token);
            }
        })
        .expect("answered");
    tokens
}
