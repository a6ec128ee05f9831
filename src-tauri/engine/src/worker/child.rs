//! The app's side of a worker: its process, its socket, and the verdict when either fails.

use std::hash::{BuildHasher, Hasher};
use std::io::ErrorKind;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use command_fds::{CommandFdExt, FdMapping};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};

use super::connection::{INHERITED_FD, NONCE_VARIABLE};
use super::pulse::Pulse;
use super::stderr::LastWords;
use crate::error::{Error, ErrorCode, Result};
use crate::profiler::Spans;
use crate::protocol::{self, Event, FrameError, MemoryReport, Request, read_frame, write_frame};
use crate::sync::lock;

/// Events that may wait; then the worker has to.
const QUEUE: usize = 1024;
/// How long a worker may leave a request unread.
const WRITE_TIME: Duration = Duration::from_secs(2);
/// How often a waiting caller looks at the pulse.
const SLICE: Duration = Duration::from_millis(25);

/// How long a worker may take for what. Tests shorten it.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Without a heartbeat.
    pub silence: Duration,
    /// At work without progress.
    pub stall: Duration,
    /// The same for the first answer of a loaded model: its kernels may have to be compiled, its weights to come from the
    /// disk.
    pub warm_up: Duration,
    /// To unload when asked.
    pub unload: Duration,
    /// To end after SIGTERM.
    pub terminate: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(5),
            stall: Duration::from_secs(30),
            warm_up: Duration::from_secs(180),
            unload: Duration::from_secs(2),
            terminate: Duration::from_secs(10),
        }
    }
}

/// Batches of spans that may wait to be taken; each has at most a frame's bytes.
const MOST_BATCHES: usize = 512;
/// How long a worker that is abandoned may take to end.
const ABANDON_TIME: Duration = Duration::from_millis(50);

enum Incoming {
    Event(Event),
    /// The stream is over; the reason unless it just ended.
    Over(Option<String>),
}

/// A running worker. Dropping it stops the process.
pub struct Supervised {
    name: String,
    child: Child,
    /// Frames are written whole, by whichever thread.
    socket: Arc<Mutex<UnixStream>>,
    /// The worker's latest account of its memory.
    memory: Arc<Mutex<Option<MemoryReport>>>,
    /// What it recorded, until somebody takes it.
    spans: Arc<Mutex<Vec<Spans>>>,
    incoming: Receiver<Incoming>,
    pulse: Arc<Mutex<Pulse>>,
    last_words: LastWords,
    timing: Timing,
    /// How long it may stand still now.
    stall: Duration,
    busy: bool,
    stopped: bool,
}

impl Supervised {
    /// Starts the worker at `program` and shakes hands with it. `name` stands in errors.
    pub fn start(name: &str, program: &Path, timing: Timing) -> Result<Self> {
        Self::start_with(name, program, timing, &[])
    }

    /// The same with more variables in its environment.
    pub fn start_with(name: &str, program: &Path, timing: Timing, variables: &[(&str, &str)]) -> Result<Self> {
        let failed = |what: &str, error: &dyn std::fmt::Display| Error::internal(format!("{name} {what}: {error}"));
        let (ours, theirs) = UnixStream::pair().map_err(|error| failed("gets no socket", &error))?;
        let nonce = format!("{:016x}", std::hash::RandomState::new().build_hasher().finish());
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).env(NONCE_VARIABLE, &nonce);
        command.envs(variables.iter().copied());
        // Its own process group: Ctrl-C in a terminal asks us to cancel and must not kill the worker.
        command.process_group(0);
        command
            .fd_mappings(vec![FdMapping { parent_fd: theirs.into(), child_fd: INHERITED_FD }])
            .map_err(|error| failed("gets no socket", &error))?;
        let mut child = command.spawn().map_err(|error| failed("cannot be started", &error))?;
        // The command still holds the worker's end of the socket; it must not outlive this line.
        drop(command);

        ours.set_write_timeout(Some(WRITE_TIME)).map_err(|error| failed("gets no socket", &error))?;
        let stderr = child.stderr.take().ok_or_else(|| Error::internal(format!("{name} has no standard error")))?;
        let reader = ours.try_clone().map_err(|error| failed("gets no socket", &error))?;
        let pulse = Arc::new(Mutex::new(Pulse::new(Instant::now())));
        let (sender, incoming) = sync_channel(QUEUE);
        let heard = Arc::clone(&pulse);
        let memory = Arc::new(Mutex::new(None));
        let spans = Arc::default();
        let (reported, recorded) = (Arc::clone(&memory), Arc::clone(&spans));
        std::thread::Builder::new()
            .name("worker events".into())
            .spawn(move || listen(reader, &sender, &heard, &reported, &recorded))
            .map_err(|error| failed("gets no thread", &error))?;

        let last_words = LastWords::listen(stderr);
        let mut worker = Self {
            name: name.into(),
            child,
            socket: Arc::new(Mutex::new(ours)),
            memory,
            spans,
            incoming,
            pulse,
            last_words,
            timing,
            stall: timing.stall,
            busy: true,
            stopped: false,
        };
        match worker.wait(timing.silence)? {
            Some(Event::Hello { version, nonce: theirs }) if version == protocol::VERSION && theirs == nonce => {}
            Some(Event::Hello { version, .. }) => {
                return Err(worker.condemn(&format!(
                    "speaks protocol {version}, this program {}; build both anew",
                    protocol::VERSION
                )));
            }
            _ => return Err(worker.condemn("did not introduce itself")),
        }
        worker.busy = false;
        Ok(worker)
    }

    /// Sends `request`. From here on the worker has to show progress, until [`Self::rest`].
    pub fn send(&mut self, request: &Request) -> Result<()> {
        if !matches!(request, Request::Cancel { .. }) {
            self.busy = true;
            lock(&self.pulse).begin(Instant::now());
        }
        match self.remote().send(request) {
            Ok(()) => Ok(()),
            Err(FrameError::TooLong { length, limit }) => {
                Err(Error::bad_request(format!("the request is {length} bytes long, more than the {limit} allowed")))
            }
            Err(FrameError::Io(error)) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                Err(self.give_up("did not take a request"))
            }
            Err(_) => Err(self.obituary(None)),
        }
    }

    /// What it does next for the first time may take long; [`Self::warmed`] ends that.
    pub fn warm_up(&mut self) {
        self.stall = self.timing.stall.max(self.timing.warm_up);
    }

    pub fn warmed(&mut self) {
        self.stall = self.timing.stall;
    }

    /// The work is done: standing still is right again.
    pub fn rest(&mut self) {
        self.busy = false;
    }

    /// The next event; `None` if none came within `patience`. A worker that died or hangs is an error, and ended.
    pub fn wait(&mut self, patience: Duration) -> Result<Option<Event>> {
        let deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.incoming.recv_timeout(left.min(SLICE)) {
                Ok(Incoming::Event(event)) => return Ok(Some(event)),
                Ok(Incoming::Over(reason)) => return Err(self.obituary(reason)),
                Err(RecvTimeoutError::Disconnected) => return Err(self.obituary(None)),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let pulse = *lock(&self.pulse);
            if let Some(why) = pulse.judge(Instant::now(), self.busy, self.timing.silence, self.stall) {
                self.kill();
                return Err(Error::new(ErrorCode::WorkerHung, format!("{} {why} and was ended; try again", self.name)));
            }
            if left.is_zero() {
                return Ok(None);
            }
        }
    }

    /// Ends a worker that broke the rules, and says so.
    pub fn condemn(&mut self, fault: &str) -> Error {
        self.kill();
        Error::new(ErrorCode::WorkerDied, format!("{} {fault} and was ended; try again", self.name))
    }

    /// Ends a worker that took too long.
    pub fn give_up(&mut self, fault: &str) -> Error {
        self.kill();
        Error::new(ErrorCode::WorkerHung, format!("{} {fault} and was ended", self.name))
    }

    /// Ends a worker whose work nobody wants any more, without waiting for it to listen.
    pub fn abandon(&mut self) {
        self.signal(Signal::TERM);
        if self.wait_for_exit(ABANDON_TIME).is_none() {
            // A process that waits for its disk ends when the disk answers: somebody else waits for that.
            self.signal(Signal::KILL);
            if let Some(pid) = self.pid() {
                std::thread::spawn(move || waitpid(Some(pid), WaitOptions::empty()));
            }
        }
        self.stopped = true;
        self.hang_up();
    }

    fn hang_up(&self) {
        let _ = lock(&self.socket).shutdown(Shutdown::Both);
    }

    /// What the worker recorded since the last time.
    pub fn take_spans(&self) -> Vec<Spans> {
        std::mem::take(&mut *lock(&self.spans))
    }

    /// A way to this worker for other threads.
    pub fn remote(&self) -> Remote {
        Remote { socket: Arc::clone(&self.socket), memory: Arc::clone(&self.memory), id: self.id() }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the worker to unload, then to end, then ends it. Returns once the process is gone.
    pub fn stop(&mut self) {
        if self.stopped {
            return;
        }
        let _ = self.remote().send(&Request::Unload);
        if self.wait_for_exit(self.timing.unload).is_none() {
            self.signal(Signal::TERM);
            if self.wait_for_exit(self.timing.terminate).is_none() {
                self.kill();
            }
        }
        self.stopped = true;
        self.hang_up();
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.stopped = true;
        self.hang_up();
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            let _ = kill_process(pid, signal);
        }
    }

    fn wait_for_exit(&mut self, patience: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + patience;
        loop {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            // Keep its queue empty, or it may wait for us for ever.
            while self.incoming.try_recv().is_ok() {}
            if Instant::now() >= deadline {
                return None;
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// The error for a worker whose stream is over.
    fn obituary(&mut self, reason: Option<String>) -> Error {
        // A stream that broke without the process ending is nonsense from a living worker.
        let status = self.wait_for_exit(Duration::from_millis(if reason.is_some() { 50 } else { 500 }));
        let how = match (status, reason) {
            (Some(status), _) => death(status),
            (None, Some(reason)) => format!("sent {reason} and was ended"),
            (None, None) => "closed its connection and was ended".to_owned(),
        };
        self.kill();
        let words = self.last_words.take().map(|words| format!(" (it said: {words})")).unwrap_or_default();
        Error::new(ErrorCode::WorkerDied, format!("{} {how}{words}; try again", self.name))
    }
}

/// A way to a worker while somebody else waits for its answers.
#[derive(Debug, Clone)]
pub struct Remote {
    socket: Arc<Mutex<UnixStream>>,
    memory: Arc<Mutex<Option<MemoryReport>>>,
    id: u32,
}

impl Remote {
    fn send(&self, request: &Request) -> std::result::Result<(), FrameError> {
        let socket = lock(&self.socket);
        write_frame(&mut &*socket, request, protocol::REQUEST_BYTES)
    }

    /// Asks the worker to give back what it does not use, whatever it does. A worker that cannot hear it is
    /// somebody else's to notice.
    pub fn drain(&self) {
        let _ = self.send(&Request::Drain);
    }

    /// The worker's latest account of its memory.
    pub fn memory(&self) -> Option<MemoryReport> {
        lock(&self.memory).clone()
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.id
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.stop();
    }
}

fn listen(
    mut socket: UnixStream,
    sender: &SyncSender<Incoming>,
    pulse: &Mutex<Pulse>,
    memory: &Mutex<Option<MemoryReport>>,
    spans: &Mutex<Vec<Spans>>,
) {
    loop {
        let incoming = match read_frame(&mut socket, protocol::EVENT_BYTES) {
            Ok(Event::Heartbeat { progress }) => {
                if lock(pulse).beat(progress, Instant::now()) {
                    continue;
                }
                Incoming::Over(Some("a flood of heartbeats".into()))
            }
            Ok(Event::Memory(report)) => {
                *lock(memory) = Some(report);
                if lock(pulse).remark(Instant::now()) {
                    continue;
                }
                Incoming::Over(Some("a flood of reports".into()))
            }
            Ok(Event::Spans(batch)) => {
                let mut spans = lock(spans);
                if spans.len() < MOST_BATCHES {
                    spans.push(batch);
                } else if let Some(last) = spans.last_mut() {
                    last.dropped += batch.spans.len() as u64;
                }
                continue;
            }
            Ok(event) => {
                lock(pulse).sign(Instant::now());
                Incoming::Event(event)
            }
            Err(FrameError::End) => Incoming::Over(None),
            // A worker that dies in the middle of a frame is dead, not mad.
            Err(FrameError::Io(_)) => Incoming::Over(None),
            Err(error) => Incoming::Over(Some(error.to_string())),
        };
        let is_over = matches!(incoming, Incoming::Over(_));
        if sender.send(incoming).is_err() || is_over {
            return;
        }
    }
}

/// How a process ended, in words.
fn death(status: ExitStatus) -> String {
    const SIGNALS: [(i32, &str); 8] = [
        (2, "SIGINT"),
        (4, "SIGILL"),
        (6, "SIGABRT"),
        (8, "SIGFPE"),
        (9, "SIGKILL"),
        (11, "SIGSEGV"),
        (15, "SIGTERM"),
        (if cfg!(target_os = "macos") { 10 } else { 7 }, "SIGBUS"),
    ];
    match (status.signal(), status.code()) {
        (Some(signal), _) => {
            let name = SIGNALS.iter().find(|row| row.0 == signal).map_or("", |row| row.1);
            format!("was ended by signal {signal} {name}").trim_end().to_owned()
        }
        (None, Some(0)) => "ended before its work was done".to_owned(),
        (None, code) => format!("ended with code {}", code.unwrap_or(-1)),
    }
}
