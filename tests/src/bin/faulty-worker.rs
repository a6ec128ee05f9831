//! A worker that shakes hands and then does wrong, in the way that the model's folder is named.

use std::io::Write;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use ingot_engine::hardware::Kernel;
use ingot_engine::protocol::{
    self, Computed, Event, FinishReason, Loaded, Placement, Request, Throughput, Usage, Validated, read_frame,
    write_frame,
};
use ingot_engine::worker::INHERITED_FD;

fn main() {
    // SAFETY: the supervisor put the socket there; nothing else uses the number.
    let mut socket = UnixStream::from(unsafe { OwnedFd::from_raw_fd(INHERITED_FD) });
    let nonce = std::env::var("INGOT_WORKER_NONCE").unwrap_or_default();
    let send = |socket: &mut UnixStream, event: Event| drop(write_frame(socket, &event, protocol::EVENT_BYTES));
    // Which fault: the name of a copy of this program.
    let program = std::env::args().next().unwrap_or_default();
    let fault = program.rsplit('/').next().unwrap_or_default().to_owned();
    match fault.as_str() {
        "silent-from-birth" => std::thread::sleep(Duration::from_secs(60)),
        "wrong-version" => return send(&mut socket, Event::Hello { version: 9999, nonce }),
        "wrong-nonce" => return send(&mut socket, Event::Hello { version: protocol::VERSION, nonce: "x".into() }),
        _ => send(&mut socket, Event::Hello { version: protocol::VERSION, nonce }),
    }
    loop {
        match read_frame(&mut socket, protocol::REQUEST_BYTES) {
            Ok(Request::Granted | Request::Denied { .. } | Request::Drain | Request::Measure) => {}
            Ok(Request::Convert(_) | Request::Verify(_)) => return,
            Ok(Request::Validate) => {
                if fault != "wrong-answers" {
                    misbehave(&fault, 0, &mut socket, &send);
                }
                for kernel in Kernel::ALL {
                    let values = Ok(kernel.problem().answer().iter().map(|_| Some(0.5)).collect());
                    send(&mut socket, Event::Computed(Computed { kernel, values }));
                }
                let (device, version) = ("none".into(), "0".into());
                send(&mut socket, Event::Validated(Validated { device, version, throughput: Throughput::default() }));
            }
            Ok(Request::Load(_)) => {
                send(&mut socket, Event::Loading { fraction: 1.0 });
                let loaded = Loaded {
                    backend: "none".into(),
                    device: "none".into(),
                    version: "0".into(),
                    weights: Placement::default(),
                };
                send(&mut socket, Event::Loaded(loaded));
            }
            Ok(Request::Generate { id, .. }) => {
                send(&mut socket, Event::Prompt { id, tokens: 1, cached: 0, left_out: 4, opens_thinking: None });
                if fault == "begins-late" {
                    for _ in 0..40 {
                        send(&mut socket, Event::Heartbeat { progress: 7 });
                        std::thread::sleep(Duration::from_millis(100));
                    }
                }
                send(&mut socket, Event::Token { id, token: 1, text: "well".into() });
                misbehave(&fault, id, &mut socket, &send);
            }
            Ok(Request::Unload) | Err(_) if fault == "ignores-sigterm" => {
                // SAFETY: ignores a signal; no handler runs.
                unsafe { libc::signal(libc::SIGTERM, libc::SIG_IGN) };
                std::thread::sleep(Duration::from_secs(60));
            }
            Ok(Request::Unload) | Err(_) => return,
            Ok(Request::Cancel { .. }) => {}
        }
    }
}

fn misbehave(fault: &str, id: u64, socket: &mut UnixStream, send: &dyn Fn(&mut UnixStream, Event)) {
    let sleep = || std::thread::sleep(Duration::from_secs(60));
    match fault {
        "aborts" => {
            eprintln!("the GPU is on fire");
            std::process::abort();
        }
        "exits" => std::process::exit(0),
        "hangs" => sleep(),
        "beats-without-progress" => loop {
            send(socket, Event::Heartbeat { progress: 7 });
            std::thread::sleep(Duration::from_millis(100));
        },
        "floods-heartbeats" => loop {
            send(socket, Event::Heartbeat { progress: 7 });
        },
        "floods-tokens" => loop {
            send(socket, Event::Token { id, token: 1, text: "and ".into() });
        },
        "floods-stderr" => {
            for line in 0..200_000 {
                eprintln!("line {line}");
            }
            std::process::exit(3);
        }
        "garbage" => {
            let _ = socket.write_all(b"\x10\0\0\0this is not JSON and goes on");
            sleep();
        }
        "oversized" => {
            let _ = socket.write_all(&u32::MAX.to_le_bytes());
            sleep();
        }
        "half-a-frame" => {
            let _ = socket.write_all(&[100, 0, 0, 0, b'{']);
            std::process::exit(4);
        }
        "closes" => {
            let _ = socket.shutdown(std::net::Shutdown::Both);
            sleep();
        }
        "another-id" => {
            send(socket, Event::Token { id: id + 1, token: 1, text: String::new() });
            sleep();
        }
        _ => send(
            socket,
            Event::Finished { id, text: String::new(), reason: FinishReason::Stop, usage: Usage::default() },
        ),
    }
}
