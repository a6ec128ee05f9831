//! The worker's side: requests in, events out, a heartbeat, and an end when the app is gone.

use std::io::{self, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rustix::process::{Signal, getpid, kill_process};

use crate::error::{Error, ErrorCode, Result};
use crate::protocol::{self, Event, FrameError, Growth, Request, read_frame, write_frame};
use crate::sync::lock;

/// The descriptor under which a worker finds its socket. Standard output is not it: libraries print there.
pub const INHERITED_FD: i32 = 3;
pub(super) const NONCE_VARIABLE: &str = "INGOT_WORKER_NONCE";

const HEARTBEAT: Duration = Duration::from_secs(1);
/// How long a worker whose app is gone may take to let go of its memory.
const LAST_BREATH: Duration = Duration::from_secs(2);

/// The worker's end of the socket. Any thread may send; requests come to one.
pub struct Connection {
    writer: Mutex<UnixStream>,
    requests: Mutex<Receiver<Request>>,
    cancelled: Arc<AtomicU64>,
    closing: Arc<AtomicBool>,
    draining: Arc<AtomicBool>,
    /// Answers to questions about memory.
    verdicts: Mutex<Receiver<Result<()>>>,
    progress: AtomicU64,
}

impl Connection {
    /// Takes the inherited socket, says hello, and starts listening and beating. Call it once.
    pub fn open() -> io::Result<Arc<Self>> {
        let Ok(nonce) = std::env::var(NONCE_VARIABLE) else {
            return Err(io::Error::other("this program is started by Ingot and not by hand"));
        };
        // SAFETY: the parent put the socket there and nothing else in this process knows the number.
        let socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(INHERITED_FD) });
        rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
        let mut reader = socket.try_clone()?;
        let (sender, requests) = channel();
        let (judge, verdicts) = channel();
        let connection = Arc::new(Self {
            writer: Mutex::new(socket),
            requests: Mutex::new(requests),
            cancelled: Arc::new(AtomicU64::new(0)),
            closing: Arc::new(AtomicBool::new(false)),
            draining: Arc::new(AtomicBool::new(false)),
            verdicts: Mutex::new(verdicts),
            progress: AtomicU64::new(0),
        });
        connection.send(&Event::Hello { version: protocol::VERSION, nonce });

        let (cancelled, closing) = (Arc::clone(&connection.cancelled), Arc::clone(&connection.closing));
        let draining = Arc::clone(&connection.draining);
        std::thread::Builder::new().name("requests".into()).spawn(move || {
            loop {
                match read_frame(&mut reader, protocol::REQUEST_BYTES) {
                    Ok(Request::Cancel { id }) => cancelled.store(id, Ordering::Relaxed),
                    Ok(Request::Unload) => {
                        closing.store(true, Ordering::Relaxed);
                        let _ = judge.send(Err(Error::new(ErrorCode::NotLoaded, "the model is being unloaded")));
                        let _ = sender.send(Request::Unload);
                    }
                    Ok(Request::Drain) => {
                        draining.store(true, Ordering::Relaxed);
                        let _ = sender.send(Request::Drain);
                    }
                    Ok(Request::Granted) => drop(judge.send(Ok(()))),
                    Ok(Request::Denied { message }) => {
                        let _ = judge.send(Err(Error::new(ErrorCode::OutOfMemory, message)));
                    }
                    Ok(request) => drop(sender.send(request)),
                    Err(error) => {
                        if !matches!(error, FrameError::End) {
                            say(&format!("the app sent {error}"));
                        }
                        closing.store(true, Ordering::Relaxed);
                        let _ = sender.send(Request::Unload);
                        std::thread::sleep(LAST_BREATH);
                        end_now();
                    }
                }
            }
        })?;
        let beating = Arc::clone(&connection);
        std::thread::Builder::new().name("heartbeat".into()).spawn(move || {
            loop {
                beating.send(&Event::Heartbeat { progress: beating.progress.load(Ordering::Relaxed) });
                std::thread::sleep(HEARTBEAT);
            }
        })?;
        Ok(connection)
    }

    /// The next request that is not a cancellation.
    pub fn next(&self) -> Request {
        let requests = lock(&self.requests);
        requests.recv().unwrap_or(Request::Unload)
    }

    /// Sends `event`; without an app to hear it, the process ends.
    pub fn send(&self, event: &Event) {
        let mut writer = lock(&self.writer);
        if let Err(error) = write_frame(&mut *writer, event, protocol::EVENT_BYTES) {
            say(&format!("the app is gone: {error}"));
            end_now();
        }
    }

    /// Asks the app whether the cache may grow; waits for the answer.
    pub fn ask_for_memory(&self, growth: Growth) -> Result<()> {
        let verdicts = lock(&self.verdicts);
        self.send(&Event::NeedMemory(growth));
        verdicts.recv().unwrap_or_else(|_| Err(Error::internal("the app is gone")))
    }

    /// Whether the app has asked to give back what is not in use; true once for each wish.
    pub fn is_to_drain(&self) -> bool {
        self.draining.swap(false, Ordering::Relaxed)
    }

    /// Tells the supervisor that work moves on.
    pub fn advance(&self) {
        self.progress.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether the app is gone, or wants this worker gone.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Whether this process was started as a worker.
    pub fn is_inherited() -> bool {
        std::env::var_os(NONCE_VARIABLE).is_some()
    }

    /// Whether request `id` was cancelled, or everything is to end.
    pub fn is_cancelled(&self, id: u64) -> bool {
        self.cancelled.load(Ordering::Relaxed) == id || self.is_closing()
    }
}

/// Says `text` on standard error, which may be gone with the app.
fn say(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Ends the process without running destructors, which might wait for the GPU.
fn end_now() {
    let _ = kill_process(getpid(), Signal::KILL);
}
