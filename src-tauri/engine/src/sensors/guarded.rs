//! A sensor on a thread of its own, which may hang, fail or panic without harm.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use super::{GpuReading, Sensor, Unbuilt};

type Build = fn() -> Result<Box<dyn Sensor>, Unbuilt>;

pub struct Guarded {
    name: &'static str,
    build: Build,
    /// How long the first answer of a new thread may take, and each later one.
    patience: [Duration; 2],
    state: State,
    /// Failures since the last answer.
    failures: u32,
    /// Threads that hang and were left behind.
    abandoned: u32,
    is_absent: bool,
    problem: Option<String>,
}

enum State {
    /// Nothing is started before this moment.
    Waiting(Instant),
    Running(Running),
}

struct Running {
    questions: Sender<()>,
    answers: Receiver<Answer>,
    /// Asked, and not answered yet.
    is_asked: bool,
    /// Since when the answer is overdue.
    late_since: Option<Instant>,
    has_answered: bool,
}

enum Answer {
    Reading(GpuReading),
    /// This time there is none.
    Error(String),
    /// There is no sensor, and so there never will be one.
    Unbuilt(Unbuilt),
}

/// Errors in a row after which the sensor is made anew.
const MOST_ERRORS: u32 = 3;
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// A sensor that is overdue for so long hangs: it is left behind and made anew, a few times.
const HANGS: Duration = Duration::from_secs(60);
const MOST_ABANDONED: u32 = 3;

impl Guarded {
    pub fn new(name: &'static str, build: Build, patience: [Duration; 2]) -> Self {
        Self {
            name,
            build,
            patience,
            state: State::Waiting(Instant::now()),
            failures: 0,
            abandoned: 0,
            is_absent: false,
            problem: None,
        }
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether there is nothing that it could watch.
    pub fn is_absent(&self) -> bool {
        self.is_absent
    }

    /// Why it says nothing.
    pub fn problem(&self) -> Option<String> {
        self.problem.clone()
    }

    /// Asks for a reading, unless the last one is still owed. Starts the sensor if it is not running.
    pub fn ask(&mut self) {
        if let State::Waiting(until) = self.state
            && Instant::now() >= until
        {
            match start(self.name, self.build) {
                Ok(running) => self.state = State::Running(running),
                Err(reason) => self.pause(reason),
            }
        }
        if let State::Running(running) = &mut self.state
            && !running.is_asked
        {
            running.is_asked = running.questions.send(()).is_ok();
        }
    }

    /// The answer to what was asked at `begin`, if it comes in time.
    pub fn answer(&mut self, begin: Instant) -> Option<GpuReading> {
        let State::Running(running) = &mut self.state else { return None };
        let patience = self.patience[usize::from(running.has_answered)].saturating_sub(begin.elapsed());
        // Whoever owes an answer from last time is not waited for again.
        let answer = match running.late_since.is_some() {
            true => running.answers.try_recv().map_err(|error| match error {
                TryRecvError::Empty => RecvTimeoutError::Timeout,
                TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            }),
            false => running.answers.recv_timeout(patience),
        };
        match answer {
            Ok(Answer::Reading(reading)) => {
                (running.is_asked, running.late_since, running.has_answered) = (false, None, true);
                (self.failures, self.abandoned, self.problem) = (0, 0, None);
                Some(reading)
            }
            Ok(Answer::Unbuilt(unbuilt)) => {
                self.is_absent = matches!(unbuilt, Unbuilt::Absent(_));
                let (Unbuilt::Absent(reason) | Unbuilt::Failed(reason)) = unbuilt;
                self.pause(reason);
                None
            }
            Ok(Answer::Error(reason)) => {
                (running.is_asked, running.late_since, running.has_answered) = (false, None, true);
                self.failures += 1;
                self.problem = Some(reason.clone());
                if self.failures >= MOST_ERRORS {
                    self.pause(reason);
                }
                None
            }
            Err(RecvTimeoutError::Timeout) => {
                let late = running.late_since.get_or_insert_with(Instant::now).elapsed();
                self.problem = Some("gives no answer".into());
                if late >= HANGS && self.abandoned < MOST_ABANDONED {
                    self.abandoned += 1;
                    self.pause("hangs".into());
                }
                None
            }
            // Its thread has panicked.
            Err(RecvTimeoutError::Disconnected) => {
                self.pause("failed in an unexpected way".into());
                None
            }
        }
    }

    /// Lets go of the sensor, and waits longer each time before the next is made.
    fn pause(&mut self, reason: String) {
        self.failures += 1;
        let pause = Duration::from_secs(1 << self.failures.min(6)).min(LONGEST_PAUSE);
        self.state = State::Waiting(Instant::now() + pause);
        self.problem = Some(reason);
    }
}

fn start(name: &str, build: Build) -> Result<Running, String> {
    let (questions, asked) = channel();
    let (sender, answers) = channel();
    let run = move || {
        let mut sensor = match build() {
            Ok(sensor) => sensor,
            Err(reason) => return drop(sender.send(Answer::Unbuilt(reason))),
        };
        while asked.recv().is_ok() {
            let answer = sensor.read().map_or_else(Answer::Error, Answer::Reading);
            if sender.send(answer).is_err() {
                return;
            }
        }
    };
    let thread = std::thread::Builder::new().name(format!("sensor {name}")).spawn(run);
    thread.map_err(|error| format!("gets no thread: {error}"))?;
    Ok(Running { questions, answers, is_asked: false, late_since: None, has_answered: false })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const SOON: [Duration; 2] = [Duration::from_secs(20), Duration::from_millis(200)];

    fn look(sensor: &mut Guarded) -> Option<f32> {
        sensor.ask();
        sensor.answer(Instant::now()).and_then(|reading| reading.utilization)
    }

    /// Fails as told by the number of the reading.
    struct Moody(fn(u32) -> Result<f32, String>, u32);

    impl Sensor for Moody {
        fn read(&mut self) -> Result<GpuReading, String> {
            self.1 += 1;
            Ok(GpuReading { utilization: Some((self.0)(self.1)?), ..GpuReading::default() })
        }
    }

    #[test]
    fn a_sensor_that_panics_is_made_anew() {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let build: Build = || {
            MADE.fetch_add(1, Ordering::Relaxed);
            Ok(Box::new(Moody(|number| if number == 2 { panic!("on purpose") } else { Ok(0.5) }, 0)))
        };
        let mut sensor = Guarded::new("test", build, SOON);
        assert_eq!(look(&mut sensor), Some(0.5));
        assert_eq!(sensor.problem(), None);
        assert_eq!(look(&mut sensor), None);
        assert!(sensor.problem().is_some_and(|why| why.contains("unexpected")));
        assert_eq!(look(&mut sensor), None, "not at once");
        sensor.state = State::Waiting(Instant::now());
        assert_eq!(look(&mut sensor), Some(0.5));
        assert_eq!((MADE.load(Ordering::Relaxed), sensor.problem()), (2, None));
    }

    #[test]
    fn a_sensor_that_hangs_is_waited_for_once() {
        let build: Build = || {
            Ok(Box::new(Moody(
                |number| {
                    if number == 2 {
                        std::thread::sleep(Duration::from_millis(600));
                    }
                    Ok(0.25)
                },
                0,
            )))
        };
        let mut sensor = Guarded::new("test", build, SOON);
        assert_eq!(look(&mut sensor), Some(0.25));
        assert_eq!(look(&mut sensor), None);
        assert_eq!(sensor.problem().as_deref(), Some("gives no answer"));
        let begin = Instant::now();
        assert_eq!(look(&mut sensor), None);
        assert!(begin.elapsed() < Duration::from_millis(150), "the same answer is not waited for twice");
        std::thread::sleep(Duration::from_millis(700));
        assert_eq!(look(&mut sensor), Some(0.25), "it comes back by itself");
        // One that does not is left behind after a while.
        let hang: Build = || {
            Ok(Box::new(Moody(
                |_| {
                    std::thread::sleep(Duration::from_secs(60));
                    Ok(0.0)
                },
                0,
            )))
        };
        let mut sensor = Guarded::new("test", hang, [Duration::from_millis(10); 2]);
        assert_eq!(look(&mut sensor), None);
        let long_ago = Instant::now().checked_sub(HANGS).expect("the machine runs for longer");
        if let State::Running(running) = &mut sensor.state {
            running.late_since = Some(long_ago);
        }
        assert_eq!(look(&mut sensor), None);
        assert_eq!((sensor.abandoned, sensor.problem().as_deref()), (1, Some("hangs")));
        assert!(matches!(sensor.state, State::Waiting(_)));
    }

    #[test]
    fn errors_are_told_and_after_some_the_sensor_is_made_anew() {
        let mut sensor = Guarded::new("test", || Ok(Box::new(Moody(|_| Err("no key".into()), 0))), SOON);
        for _ in 0..MOST_ERRORS {
            assert_eq!(look(&mut sensor), None);
            assert_eq!(sensor.problem().as_deref(), Some("no key"));
        }
        assert!(matches!(sensor.state, State::Waiting(_)));
        let mut missing = Guarded::new("test", || Err(Unbuilt::Absent("no such library".into())), SOON);
        assert_eq!(look(&mut missing), None);
        assert_eq!(look(&mut missing), None);
        assert_eq!(missing.problem().as_deref(), Some("no such library"));
        assert!(matches!(missing.state, State::Waiting(_)) && missing.is_absent());
    }
}
