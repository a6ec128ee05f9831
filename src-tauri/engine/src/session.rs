//! The life of a model in use: [`InferenceSession`].
//!
//! A session owns one worker and, inside it, the weights and the cache of one conversation at a time. It starts
//! the worker when it is needed, starts a fresh one after a death, and leaves nothing behind when it goes.
//! What the worker computes with is a [`Backend`]; the session does not care which.

mod account;
mod answer;
mod cancel;
mod integrity;
mod keeper;
mod measuring;
mod options;
mod upkeep;

pub use answer::{Answer, Progress};
pub use cancel::CancelToken;
pub use keeper::{Keeper, KeeperOptions};
pub use options::{Backend, SessionOptions};

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use account::Account;

use crate::error::{Error, ErrorCode, Result};
use crate::memory::{Lease, Owner};
use crate::model::{Model, ModelSummary};
use crate::need::Need;
use crate::process;
use crate::protocol::{Event, FinishReason, GenerateRequest, KvOptions, LoadRequest, Loaded, Request, Usage};
use crate::sync::lock;
use crate::worker::{self, Remote, Supervised};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// No worker; the next request loads the model.
    Unloaded,
    Loading,
    Ready,
    Generating,
    Unloading,
    /// The last worker failed; the next request starts a fresh one.
    Failed(Error),
}

/// One model, opened for conversation. Shared freely: one request runs at a time, a second is refused as busy.
pub struct InferenceSession {
    options: SessionOptions,
    summary: ModelSummary,
    need: Need,
    state: Mutex<State>,
    running: Mutex<Running>,
    /// The worker and its promise, for others while a request has `running`.
    live: Mutex<Option<Live>>,
    last_use: Mutex<Instant>,
    /// Set while unloading, so that a running request ends.
    interrupt: CancelToken,
    /// Set while memory is so short that a running request has to end.
    short: CancelToken,
    /// Tokens of all answers so far.
    spoken: AtomicU64,
}

#[derive(Default)]
struct Running {
    worker: Option<Ready>,
    last_id: u64,
}

/// A worker with its model loaded.
struct Ready {
    worker: Supervised,
    lease: Arc<Lease>,
    loaded: Loaded,
    load_seconds: f64,
    /// The request whose caller left before the worker had stopped.
    draining: Option<u64>,
}

#[derive(Clone)]
struct Live {
    remote: Remote,
    lease: Arc<Lease>,
}

/// Time for the worker to encode a prompt or to build a tokenizer, plus what grows with the text.
const TEXT_TIME: Duration = Duration::from_millis(1500);
/// A conversation that is longer than the context is encoded several times.
const TEXT_TIME_PER_MIB: Duration = Duration::from_secs(5);
const TOKENIZER_TIME_PER_MIB: Duration = Duration::from_millis(150);
/// Events, and waits without one, that may come after a cancellation.
const MOST_LATE_EVENTS: usize = 5000;
/// After a cancellation, how long the worker's own account of the answer is waited for.
const CANCEL_TIME: Duration = Duration::from_millis(60);
const SLICE: Duration = Duration::from_millis(20);
/// Longer than unloading takes.
const UNLOAD_TIME: Duration = Duration::from_secs(15);

impl InferenceSession {
    /// Checks the model's files and loads it. `progress` hears of the loading.
    pub fn open(options: SessionOptions, cancel: &CancelToken, progress: &mut dyn FnMut(Progress)) -> Result<Self> {
        let session = Self::prepare(options)?;
        session.load(cancel, progress)?;
        Ok(session)
    }

    /// Checks the model's files; the first request loads it.
    pub fn prepare(options: SessionOptions) -> Result<Self> {
        let KvOptions { max_size, bits } = options.kv;
        if max_size.is_some() && bits.is_some() {
            return Err(Error::bad_request(
                "a bounded cache cannot be quantized; give max-kv-size or kv-bits, not both",
            ));
        }
        if bits.is_some_and(|bits| bits != 4 && bits != 8) {
            return Err(Error::bad_request("the cache is quantized to 4 or to 8 bits"));
        }
        if max_size.is_some_and(|size| size < 8) {
            return Err(Error::bad_request("a bounded cache holds at least 8 tokens; give a larger max-kv-size"));
        }
        let model = Model::open(&options.model)?;
        Ok(Self {
            summary: model.summary(),
            need: model.need(options.kv, options.context),
            options,
            state: Mutex::new(State::Unloaded),
            running: Mutex::default(),
            live: Mutex::default(),
            last_use: Mutex::new(Instant::now()),
            interrupt: CancelToken::default(),
            short: CancelToken::default(),
            spoken: AtomicU64::new(0),
        })
    }

    pub fn summary(&self) -> &ModelSummary {
        &self.summary
    }

    /// What loading the model takes of the memory.
    pub fn need(&self) -> &Need {
        &self.need
    }

    pub fn model(&self) -> &Path {
        &self.options.model
    }

    pub fn state(&self) -> State {
        lock(&self.state).clone()
    }

    /// The worker's process, while there is one.
    pub fn worker_id(&self) -> Option<u32> {
        self.running.try_lock().ok()?.worker.as_ref().map(|ready| ready.worker.id())
    }

    /// What loaded the model, and how many seconds that took.
    pub fn loaded(&self) -> Option<(Loaded, f64)> {
        self.running.try_lock().ok()?.worker.as_ref().map(|ready| (ready.loaded.clone(), ready.load_seconds))
    }

    /// Loads the model if it is not loaded.
    pub fn load(&self, cancel: &CancelToken, progress: &mut dyn FnMut(Progress)) -> Result<()> {
        let mut running = self.running()?;
        self.short.reset();
        self.ready(&mut running, cancel, progress).map(|_| ())
    }

    /// Answers `request`, loading the model first if need be. Cancelling through `cancel` returns within 100 ms,
    /// with what was said so far.
    pub fn generate(
        &self,
        request: &GenerateRequest,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer> {
        request.sampling.check()?;
        let mut running = self.running()?;
        self.short.reset();
        if running.worker.is_some() {
            self.enter(State::Generating);
        }
        let result = self.run(&mut running, request, cancel, progress);
        self.used();
        match &result {
            Err(error) if matches!(error.code, ErrorCode::WorkerDied | ErrorCode::WorkerHung) => {
                self.dismiss(&mut running);
                self.enter(State::Failed(error.clone()));
            }
            _ if running.worker.is_some() => self.enter(State::Ready),
            _ => {}
        }
        result
    }

    /// Ends a running request, gives the worker's memory back, and returns once its process is gone.
    pub fn unload(&self) {
        self.interrupt.cancel();
        let mut running = lock(&self.running);
        self.dismiss(&mut running);
        self.enter(State::Unloaded);
        // Only here, under the lock: whatever began in between has seen the wish and ended.
        self.interrupt.reset();
    }

    /// Ends the worker, if there is one, and the promise of its memory.
    fn dismiss(&self, running: &mut Running) {
        if running.worker.is_some() {
            self.enter(State::Unloading);
        }
        *lock(&self.live) = None;
        running.worker = None;
    }

    /// The right to use the worker. Whoever holds it for a request is told of at once; whoever unloads, or only
    /// looks, is waited for.
    fn running(&self) -> Result<MutexGuard<'_, Running>> {
        let begin = Instant::now();
        loop {
            match self.running.try_lock() {
                Ok(running) => return Ok(running),
                Err(TryLockError::Poisoned(poisoned)) => return Ok(poisoned.into_inner()),
                Err(TryLockError::WouldBlock) => {}
            }
            if matches!(self.state(), State::Generating | State::Loading) || begin.elapsed() > UNLOAD_TIME {
                return Err(Error::new(
                    ErrorCode::Busy,
                    "the model is answering something else; wait or stop that first",
                ));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn enter(&self, state: State) {
        *lock(&self.state) = state;
    }

    fn is_cancelled(&self, cancel: &CancelToken) -> bool {
        cancel.is_cancelled() || self.interrupt.is_cancelled() || self.short.is_cancelled()
    }

    /// The worker with the model loaded: the one there is, or a fresh one.
    fn ready<'a>(
        &self,
        running: &'a mut Running,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<&'a mut Ready> {
        if running.worker.is_none() {
            self.enter(State::Loading);
            match self.start(cancel, progress) {
                Ok(ready) => {
                    running.worker = Some(ready);
                    self.enter(State::Ready);
                }
                Err(error) => {
                    self.enter(State::Failed(error.clone()));
                    return Err(error);
                }
            }
        }
        running.worker.as_mut().ok_or_else(|| Error::internal("the worker is missing"))
    }

    fn start(&self, cancel: &CancelToken, progress: &mut dyn FnMut(Progress)) -> Result<Ready> {
        let _span = tracing::trace_span!("load").entered();
        let begin = Instant::now();
        let backend = self.options.backend;
        if let Some(home) = &self.options.home {
            integrity::check(&self.options.model, home, &|| self.is_cancelled(cancel), progress)?;
        }
        let lease = Arc::new(self.need.admit(&self.options.ledger)?);
        let program = match &self.options.worker {
            Some(program) => program.clone(),
            None => worker::find(backend.worker())?,
        };
        let mut worker = Supervised::start(backend.title(), &program, self.options.timing)?;
        *lock(&self.live) = Some(Live { remote: worker.remote(), lease: Arc::clone(&lease) });
        let kv_granted = self.need.bytes(Owner::KvCache);
        let SessionOptions { kv, weights, profile, .. } = self.options;
        let model = self.options.model.clone();
        worker.send(&Request::Load(LoadRequest { model, kv, kv_granted, weights, profile }))?;
        // The tokenizer comes first; its program is a stranger's, so it gets a deadline of its own.
        let tokenizer = self.options.model.join("tokenizer.json").metadata().map_or(0, |file| file.len() as usize);
        let mut text_deadline = None;
        let mut last = -1.0;
        loop {
            let event = worker.wait(SLICE)?;
            if self.is_cancelled(cancel) {
                worker.abandon();
                self.check_short(FinishReason::Cancelled)?;
                return Err(Error::bad_request("loading was cancelled"));
            }
            match event {
                None => {}
                Some(Event::Opened) => {
                    text_deadline = Some(Instant::now() + TEXT_TIME + TOKENIZER_TIME_PER_MIB.mul_f64(mib(tokenizer)));
                }
                Some(Event::Loading { fraction }) if fraction > last => {
                    last = fraction;
                    text_deadline = None;
                    progress(Progress::Loading(fraction));
                }
                Some(Event::Loaded(loaded)) => {
                    worker.rest();
                    worker.warm_up();
                    lease.set_taken(process::resident_bytes(worker.id()).unwrap_or(0));
                    self.used();
                    let load_seconds = begin.elapsed().as_secs_f64();
                    return Ok(Ready { worker, lease, loaded, load_seconds, draining: None });
                }
                Some(Event::Failed { id: None, error }) => return Err(error),
                Some(_) => return Err(worker.condemn("sent what does not belong to loading")),
            }
            if text_deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return Err(worker.give_up("could not build the model's tokenizer in time; tokenizer.json is at fault"));
            }
        }
    }

    fn run(
        &self,
        running: &mut Running,
        request: &GenerateRequest,
        cancel: &CancelToken,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Answer> {
        running.last_id += 1;
        let id = running.last_id;
        // A worker that died while idle is noticed here and replaced; that is no failure of this request.
        if let Some(ready) = &mut running.worker {
            match drain(ready, &|| self.is_cancelled(cancel)) {
                Ok(true) => {}
                Ok(false) => return Ok(Answer { reason: FinishReason::Cancelled, usage: Usage::default() }),
                Err(_) => self.dismiss(running),
            }
        }
        let ready = self.ready(running, cancel, progress)?;
        let _span = tracing::trace_span!("answer").entered();
        self.enter(State::Generating);
        let worker = &mut ready.worker;
        worker.send(&Request::Generate { id, request: request.clone() })?;

        let begin = Instant::now();
        let mut text_deadline = Some(begin + text_time(request.text_bytes()));
        let mut account = Account::new(begin);
        let mut cancelled_at: Option<Instant> = None;
        loop {
            let event = worker.wait(if cancelled_at.is_some() { CANCEL_TIME / 4 } else { SLICE })?;
            match event {
                None => {}
                Some(Event::Prompt { id: of, tokens, cached, left_out, opens_thinking }) if of == id => {
                    text_deadline = None;
                    account.prompt(tokens, cached, left_out);
                    progress(Progress::Prompt { tokens, cached, opens_thinking: opens_thinking.as_deref() });
                }
                Some(Event::Prefill { id: of, done, total }) if of == id && done <= total => {
                    progress(Progress::Prefill { done, total });
                }
                Some(Event::Token { id: of, token, text }) if of == id => {
                    worker.warmed();
                    account.token();
                    self.spoken.fetch_add(1, Ordering::Relaxed);
                    if account.usage.generated_tokens > request.sampling.max_tokens {
                        return Err(worker.condemn("sent more tokens than it was asked for"));
                    }
                    progress(Progress::Token { token, text: &text });
                }
                Some(Event::NeedMemory(growth)) => {
                    let verdict = match self.lend(&ready.lease, worker.id(), growth) {
                        Ok(()) => Request::Granted,
                        Err(shortage) => Request::Denied { message: self.need.cannot_grow(growth.bytes, &shortage) },
                    };
                    worker.send(&verdict)?;
                }
                Some(Event::Finished { id: of, text, reason, usage }) if of == id => {
                    worker.rest();
                    if !text.is_empty() {
                        progress(Progress::Text(&text));
                    }
                    self.check_short(reason)?;
                    return Ok(Answer { reason, usage });
                }
                Some(Event::Failed { id: Some(of), error }) if of == id => {
                    worker.rest();
                    return Err(error);
                }
                Some(_) => return Err(worker.condemn("sent what does not belong to this answer")),
            }
            match cancelled_at {
                None if self.is_cancelled(cancel) => {
                    worker.send(&Request::Cancel { id })?;
                    cancelled_at = Some(Instant::now());
                }
                Some(at) if at.elapsed() >= CANCEL_TIME => {
                    ready.draining = Some(id);
                    self.check_short(FinishReason::Cancelled)?;
                    return Ok(Answer { reason: FinishReason::Cancelled, usage: account.finish() });
                }
                _ => {}
            }
            if text_deadline.is_some_and(|deadline| Instant::now() > deadline) {
                return Err(worker
                    .give_up("could not encode the prompt in time; the tokenizer or the chat template is at fault"));
            }
        }
    }
}

/// Reads past the rest of an answer whose caller has left; false if the new caller leaves meanwhile.
fn drain(ready: &mut Ready, is_cancelled: &dyn Fn() -> bool) -> Result<bool> {
    let Some(id) = ready.draining.take() else {
        // Nothing is due; this only notices a dead worker.
        return match ready.worker.wait(Duration::ZERO)? {
            None => Ok(true),
            Some(_) => Err(ready.worker.condemn("spoke without being asked")),
        };
    };
    for _ in 0..MOST_LATE_EVENTS {
        match ready.worker.wait(SLICE)? {
            Some(Event::Finished { id: of, .. } | Event::Failed { id: Some(of), .. }) if of == id => {
                ready.worker.rest();
                return Ok(true);
            }
            // Nobody waits for that answer: it may end for want of memory, too.
            Some(Event::NeedMemory(_)) => {
                ready.worker.send(&Request::Denied { message: "the answer was cancelled".into() })?;
            }
            _ if is_cancelled() => {
                ready.draining = Some(id);
                return Ok(false);
            }
            _ => {}
        }
    }
    Err(ready.worker.condemn("did not stop an answer that was cancelled"))
}

fn mib(bytes: usize) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn text_time(bytes: usize) -> Duration {
    TEXT_TIME + TEXT_TIME_PER_MIB.mul_f64(mib(bytes))
}
