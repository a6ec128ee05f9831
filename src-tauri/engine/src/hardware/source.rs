//! Asking what may hang, fail or print garbage: each question has a time limit, and a failure is a reason, not an end.

use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Most bytes of an answer that are looked at.
pub const MOST_BYTES: u64 = 8 << 20;

/// What `ask` says, or why it says nothing within `limit`. A question that never ends keeps its thread.
pub fn within<T: Send + 'static>(
    limit: Duration,
    ask: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    ask_within(limit, ask).wait()
}

/// A question that is asked, and may be waited for while others are.
pub struct Asked<T> {
    answer: Result<Receiver<Result<T, String>>, String>,
    begin: Instant,
    limit: Duration,
}

/// Asks and does not wait.
pub fn ask_within<T: Send + 'static>(
    limit: Duration,
    ask: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Asked<T> {
    let (sender, receiver) = channel();
    let thread = std::thread::Builder::new().name("hardware source".into()).spawn(move || {
        let _ = sender.send(ask());
    });
    let answer = thread.map(|_| receiver).map_err(|error| format!("gets no thread: {error}"));
    Asked { answer, begin: Instant::now(), limit }
}

impl<T> Asked<T> {
    /// The answer, or why there is none within the limit, which counts from the asking.
    pub fn wait(self) -> Result<T, String> {
        let left = self.limit.saturating_sub(self.begin.elapsed());
        self.answer?.recv_timeout(left).unwrap_or_else(|error| {
            Err(match error {
                RecvTimeoutError::Timeout => format!("gave no answer within {} s", self.limit.as_secs_f32()),
                RecvTimeoutError::Disconnected => "failed in an unexpected way".into(),
            })
        })
    }
}

/// The standard output of `program`, which is ended at the `limit`.
#[cfg_attr(not(target_os = "macos"), allow(dead_code))]
pub fn output_of(program: &str, arguments: &[&str], limit: Duration) -> Result<String, String> {
    let mut command = Command::new(program);
    // Messages of progress go to standard error.
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // Words and numbers as this program reads them, whatever the person speaks.
    command.env("LC_ALL", "C");
    let mut child = command.spawn().map_err(|error| format!("cannot be started: {error}"))?;
    let mut stdout = child.stdout.take().ok_or("has no output")?.take(MOST_BYTES);
    let printed = within(limit, move || {
        let mut text = Vec::new();
        stdout.read_to_end(&mut text).map_err(|error| format!("cannot be read: {error}"))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    });
    // It has closed its output, or its time is over.
    let _ = child.kill();
    let _ = child.wait();
    printed.and_then(|text| if text.trim().is_empty() { Err("printed nothing".into()) } else { Ok(text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(300);

    #[test]
    fn programs_that_answer_hang_or_are_missing() {
        assert_eq!(output_of("/bin/echo", &["hello"], Duration::from_secs(20)).as_deref(), Ok("hello\n"));
        assert!(output_of("/no/such/program", &[], LIMIT).is_err_and(|why| why.starts_with("cannot be started")));
        assert_eq!(output_of("/bin/sh", &["-c", "exit 3"], Duration::from_secs(20)), Err("printed nothing".into()));
        let begin = Instant::now();
        // Its child keeps the output open.
        let hung = output_of("/bin/sh", &["-c", "echo half; sleep 20 & sleep 20"], LIMIT);
        assert_eq!(hung, Err("gave no answer within 0.3 s".into()));
        assert!(begin.elapsed() < LIMIT * 10);
    }

    #[test]
    fn a_panic_is_a_failure_and_endless_output_is_cut() {
        assert_eq!(
            within::<()>(Duration::from_secs(20), || panic!("on purpose")),
            Err("failed in an unexpected way".into())
        );
        let text = output_of("/bin/sh", &["-c", "yes"], Duration::from_secs(20)).expect("a beginning");
        assert_eq!(text.len() as u64, MOST_BYTES);
    }
}
