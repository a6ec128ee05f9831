//! Work that takes long: the machine stays awake for it, and people are told when it has ended.
//!
//! What is to be said and held is decided by pure functions on two looks at the jobs; a thread looks every second.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ingot_engine::convert::ConversionState;
use ingot_engine::hub::DownloadState;
use ingot_engine::sync::lock;
use notify_rust::Notification;
use tauri::{AppHandle, Manager};

use crate::state::AppState;

const INTERVAL: Duration = Duration::from_secs(1);
/// Answers that come sooner are waited for, and need no telling.
const LONG_ANSWER: Duration = Duration::from_secs(10);

/// Answers under way, by conversation and turn, and how the last one ended.
#[derive(Debug, Default)]
pub struct Answers {
    running: Mutex<Vec<(i64, i64)>>,
    ended_well: AtomicBool,
}

/// Counts as one answer while it lives.
pub struct Answering<'a> {
    answers: &'a Answers,
    turn: i64,
}

impl Answers {
    pub fn begin(&self, chat: i64, turn: i64) -> Answering<'_> {
        lock(&self.running).push((chat, turn));
        Answering { answers: self, turn }
    }

    /// Whether the answer `turn` is being written.
    pub fn is_running(&self, turn: i64) -> bool {
        lock(&self.running).iter().any(|(_, running)| *running == turn)
    }

    /// Whether a conversation is being answered.
    pub fn is_in(&self, chat: i64) -> bool {
        lock(&self.running).iter().any(|(running, _)| *running == chat)
    }

    pub fn is_any(&self) -> bool {
        !lock(&self.running).is_empty()
    }
}

impl Answering<'_> {
    pub fn ended(&self, well: bool) {
        self.answers.ended_well.store(well, Ordering::Relaxed);
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        lock(&self.answers.running).retain(|(_, turn)| *turn != self.turn);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Job {
    Running,
    /// By a person's wish.
    Paused,
    Failed,
    Done,
}

/// What is under way, or was the last of its kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Jobs {
    conversion: Option<(String, Job)>,
    downloads: Vec<(String, Job)>,
    /// Since when there is an answer.
    answering: Option<Instant>,
    /// Whether the last answer came to its end.
    answered: bool,
}

impl Jobs {
    fn now(state: &AppState, before: &Self) -> Self {
        let conversion = state.conversions.current().map(|conversion| {
            let job = match conversion.state {
                ConversionState::Running => Job::Running,
                ConversionState::Paused => Job::Paused,
                ConversionState::Failed => Job::Failed,
                ConversionState::Done => Job::Done,
            };
            (conversion.name, job)
        });
        let downloads = state.downloads.list().into_iter().map(|download| {
            let job = match download.state {
                DownloadState::Fetching | DownloadState::Checking => Job::Running,
                DownloadState::Paused => Job::Paused,
                DownloadState::Failed => Job::Failed,
                DownloadState::Done => Job::Done,
            };
            (download.repo, job)
        });
        let answering = state.answers.is_any().then(|| before.answering.unwrap_or_else(Instant::now));
        let answered = state.answers.ended_well.load(Ordering::Relaxed);
        Self { conversion, downloads: downloads.collect(), answering, answered }
    }

    /// Why the machine must not fall asleep; `None` if it may.
    fn reason(&self) -> Option<&'static str> {
        let runs = |(_, job): &(String, Job)| *job == Job::Running;
        if self.downloads.iter().any(runs) {
            Some("Downloading a model")
        } else if self.conversion.as_ref().is_some_and(runs) {
            Some("Converting a model")
        } else {
            self.answering.map(|_| "Answering")
        }
    }

    /// What has ended since `before`, as title and text.
    fn news(&self, before: &Self, now: Instant) -> Vec<(&'static str, String)> {
        let ended = |(name, job): &(String, Job), old: Option<&(String, Job)>| {
            old.is_some_and(|(other, was)| other == name && *was == Job::Running) && *job != Job::Running
        };
        let mut news = Vec::new();
        if let Some(conversion) = &self.conversion
            && ended(conversion, before.conversion.as_ref())
        {
            match conversion {
                (name, Job::Done) => news.push(("Converted", format!("{name} is ready to chat."))),
                (name, Job::Failed) => news.push(("Not converted", format!("{name}: the reason is under Convert."))),
                _ => {}
            }
        }
        for download in &self.downloads {
            if !ended(download, before.downloads.iter().find(|old| old.0 == download.0)) {
                continue;
            }
            match download {
                (name, Job::Done) => news.push(("Downloaded", format!("{name} is on this machine now."))),
                (name, Job::Failed) => news.push(("Not downloaded", format!("{name}: the reason is under Models."))),
                _ => {}
            }
        }
        if let (Some(since), None) = (before.answering, self.answering)
            && now.duration_since(since) >= LONG_ANSWER
            && self.answered
        {
            news.push(("Answered", "The answer is complete.".into()));
        }
        news
    }
}

/// Looks after the jobs for as long as the app lives.
pub fn watch(app: &AppHandle) {
    // Else the notifications would be another program's.
    #[cfg(target_os = "macos")]
    let _ = notify_rust::set_application("dev.ingot.app");
    let app = app.clone();
    let run = move || {
        let (mut before, mut awake) = (Jobs::default(), None::<(&str, keepawake::KeepAwake)>);
        loop {
            std::thread::sleep(INTERVAL);
            let now = Jobs::now(&app.state::<AppState>(), &before);
            let reason = now.reason();
            if awake.as_ref().map(|(reason, _)| *reason) != reason {
                // The new one first, so that there is no gap. Where nobody can be asked, the machine may sleep.
                awake = reason.and_then(|reason| Some((reason, stay_awake(reason)?)));
            }
            if !is_in_front(&app) {
                for (title, text) in now.news(&before, Instant::now()) {
                    tell(title, &text);
                }
            }
            before = now;
        }
    };
    let _ = std::thread::Builder::new().name("jobs".into()).spawn(run);
}

/// The display may turn off meanwhile.
fn stay_awake(reason: &str) -> Option<keepawake::KeepAwake> {
    let mut wish = keepawake::Builder::default();
    wish.idle(true).reason(reason).app_name("Ingot").app_reverse_domain("dev.ingot.app").create().ok()
}

fn is_in_front(app: &AppHandle) -> bool {
    app.webview_windows().values().any(|window| window.is_focused().unwrap_or(false))
}

fn tell(title: &str, text: &str) {
    let _ = Notification::new().appname("Ingot").summary(title).body(text).show();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converting(job: Job) -> Jobs {
        Jobs { conversion: Some(("tiny-speed-4bit".into(), job)), ..Jobs::default() }
    }

    fn downloading(job: Job) -> Jobs {
        Jobs { downloads: vec![("acme/tiny".into(), job)], ..Jobs::default() }
    }

    #[test]
    fn the_machine_stays_awake_while_something_runs() {
        assert_eq!(Jobs::default().reason(), None);
        assert_eq!(converting(Job::Running).reason(), Some("Converting a model"));
        assert_eq!(downloading(Job::Running).reason(), Some("Downloading a model"));
        for job in [Job::Paused, Job::Failed, Job::Done] {
            assert_eq!((converting(job).reason(), downloading(job).reason()), (None, None));
        }
        assert_eq!(Jobs { answering: Some(Instant::now()), ..Jobs::default() }.reason(), Some("Answering"));
    }

    #[test]
    fn ends_are_told_once_and_wishes_are_not_told_back() {
        let now = Instant::now();
        let told = |before: &Jobs, after: &Jobs| {
            after.news(before, now).into_iter().map(|(title, _)| title).collect::<Vec<_>>()
        };
        assert_eq!(told(&converting(Job::Running), &converting(Job::Done)), ["Converted"]);
        assert_eq!(told(&converting(Job::Running), &converting(Job::Failed)), ["Not converted"]);
        assert_eq!(told(&downloading(Job::Running), &downloading(Job::Done)), ["Downloaded"]);
        assert_eq!(told(&downloading(Job::Running), &downloading(Job::Failed)), ["Not downloaded"]);
        let nothing: [&str; 0] = [];
        for (before, after) in [(Job::Done, Job::Done), (Job::Running, Job::Paused), (Job::Running, Job::Running)] {
            assert_eq!(told(&converting(before), &converting(after)), nothing);
            assert_eq!(told(&downloading(before), &downloading(after)), nothing);
        }
        // What had ended before the app was started.
        assert_eq!(told(&Jobs::default(), &downloading(Job::Done)), nothing);
        let since = |seconds| Jobs { answering: now.checked_sub(Duration::from_secs(seconds)), ..Jobs::default() };
        let answered = Jobs { answered: true, ..Jobs::default() };
        assert_eq!(told(&since(60), &answered), ["Answered"]);
        assert_eq!(told(&since(3), &answered), nothing);
        assert_eq!(told(&since(60), &Jobs::default()), nothing, "it failed or was stopped");
        assert_eq!(told(&since(60), &since(61)), nothing);
    }

    #[test]
    fn answers_are_counted() {
        let answers = Answers::default();
        let (first, second) = (answers.begin(1, 10), answers.begin(2, 20));
        assert!(answers.is_running(10) && answers.is_in(2) && !answers.is_running(1));
        drop(first);
        assert!(answers.is_any() && !answers.is_running(10) && !answers.is_in(1));
        drop(second);
        assert!(!answers.is_any());
    }
}
