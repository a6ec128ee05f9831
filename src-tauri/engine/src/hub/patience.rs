//! How often something is tried again, and how long is waited in between.

use std::time::{Duration, Instant, SystemTime};

use crate::error::{Error, Result};

/// Tries in a row that bring nothing, and the pause before the second; each later one is twice as long.
const TRIES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(400);
/// Before the first try after something came: a server that cuts every answer short is still of use.
const SHORT_PAUSE: Duration = Duration::from_millis(20);
/// Between two looks whether a network that was lost is back, as after a sleep, and how long that is done.
const OFFLINE_PAUSE: Duration = Duration::from_secs(3);
const LONGEST_OFFLINE: Duration = Duration::from_secs(600);
/// Between two looks at whether somebody still waits.
const SLICE: Duration = Duration::from_millis(20);

/// One request's, or one download's.
pub struct Patience {
    tries: u32,
    pause: Duration,
    longest: Duration,
    /// Something, since the last pause.
    has_come: bool,
    /// Since when the network is lost.
    offline: Option<Instant>,
}

impl Patience {
    /// A server that asks for a longer pause than `longest` is told of and not waited for.
    pub fn new(longest: Duration) -> Self {
        Self { tries: 1, pause: FIRST_PAUSE, longest, has_come: false, offline: None }
    }

    /// Something came.
    pub fn renew(&mut self) {
        *self = Self { has_come: true, ..Self::new(self.longest) };
    }

    /// Waits for the next try; as long as the server `wanted`, if it said. `error` is why, and is given back when patience
    /// is at its end.
    pub fn wait(&mut self, error: Error, wanted: Option<Duration>, is_over: &dyn Fn() -> bool) -> Result<()> {
        let usual = if std::mem::take(&mut self.has_come) { SHORT_PAUSE } else { self.pause };
        let pause = wanted.unwrap_or_else(|| jittered(usual));
        if self.tries >= TRIES || pause > self.longest {
            return Err(error);
        }
        self.tries += 1;
        self.pause = if usual == SHORT_PAUSE { FIRST_PAUSE } else { usual * 2 };
        sleep(pause, is_over)
    }

    /// Waits for a network that was there before; `error` is given back when that has taken too long.
    pub fn wait_for_network(&mut self, error: Error, is_over: &dyn Fn() -> bool) -> Result<()> {
        if self.offline.get_or_insert_with(Instant::now).elapsed() > LONGEST_OFFLINE {
            return Err(error);
        }
        sleep(OFFLINE_PAUSE, is_over)
    }
}

fn sleep(time: Duration, is_over: &dyn Fn() -> bool) -> Result<()> {
    let begin = Instant::now();
    while begin.elapsed() < time {
        if is_over() {
            return Err(Error::bad_request("the request was cancelled"));
        }
        std::thread::sleep(SLICE.min(time.saturating_sub(begin.elapsed())));
    }
    Ok(())
}

/// A little more or less, so that those who were turned away together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    pause.mul_f64(0.8 + 0.4 * f64::from(now % 1000) / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_ends_is_renewed_and_is_not_stretched() {
        let error = || Error::internal("no");
        let mut patience = Patience::new(Duration::from_secs(60));
        for _ in 1..TRIES {
            patience.wait(error(), Some(Duration::ZERO), &|| false).expect("once more");
        }
        assert_eq!(patience.wait(error(), Some(Duration::ZERO), &|| false), Err(error()));
        patience.renew();
        patience.wait(error(), Some(Duration::ZERO), &|| false).expect("as at first");
        assert_eq!(patience.wait(error(), Some(Duration::from_secs(61)), &|| false), Err(error()));
        let begin = Instant::now();
        assert!(patience.wait(error(), None, &|| true).is_err_and(|error| error.message.contains("cancelled")));
        assert!(begin.elapsed() < FIRST_PAUSE);
        let long_ago = Instant::now().checked_sub(LONGEST_OFFLINE * 2);
        let mut patience = Patience { offline: long_ago, ..Patience::new(Duration::ZERO) };
        assert!(long_ago.is_none() || patience.wait_for_network(error(), &|| false) == Err(error()));
    }
}
