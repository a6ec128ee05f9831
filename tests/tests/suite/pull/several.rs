//! The downloads of an app: begun, paused, resumed and given up, with what a window would show.

use std::time::{Duration, Instant};

use ingot_engine::hub::{Download, DownloadState, Downloads, Endpoint, Hub};
use ingot_tests::hub::{FakeHub, Reply};

use super::{CHUNK, Person, repository};

/// Waits until the only download is as `wanted`.
fn wait(downloads: &Downloads, wanted: impl Fn(&Download) -> bool) -> Download {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut seen = downloads.list();
    loop {
        assert!(Instant::now() < deadline, "{seen:?}");
        if let [download] = seen.as_slice()
            && wanted(download)
        {
            return download.clone();
        }
        seen = downloads.next(&seen, Duration::from_secs(1));
    }
}

fn way(hub: &FakeHub) -> Hub {
    Hub::new(Endpoint::parse(&hub.endpoint()).expect("an endpoint"), None)
}

#[test]
fn a_download_is_paused_resumed_after_a_restart_and_given_up() {
    let repository = repository(4 * CHUNK);
    let hub = repository.clone().serve(|_, _, reply| Reply { rate: Some(CHUNK as u64), ..reply });
    let person = Person::new();
    let home = person.folder.path().join("home");
    let downloads = Downloads::open(home.clone());
    assert!(downloads.start(way(&hub), "no name").is_err());
    downloads.start(way(&hub), "acme/tiny").expect("begun");
    assert!(downloads.start(way(&hub), "acme/tiny").is_err_and(|error| error.message.contains("already")));
    let running = wait(&downloads, |download| download.done_bytes > CHUNK as u64);
    assert_eq!((running.state, running.total_bytes > 4 * CHUNK as u64), (DownloadState::Fetching, true));
    assert!(running.bytes_per_second > 0.0, "{running:?}");
    downloads.pause("acme/tiny");
    wait(&downloads, |download| download.state == DownloadState::Paused);
    drop(downloads);

    let downloads = Downloads::open(home.clone());
    let left = wait(&downloads, |download| download.state == DownloadState::Paused);
    assert!(left.done_bytes > 0 && left.repo == "acme/tiny", "{left:?}");
    let quick = repository.clone().serve(|_, _, reply| reply);
    downloads.start(way(&quick), "acme/tiny").expect("resumed");
    let done = wait(&downloads, |download| download.state == DownloadState::Done);
    assert_eq!(done.path.as_deref(), person.models().join("tiny").to_str());
    person.holds(&repository);
    downloads.discard("acme/tiny").expect("cleared");
    assert!(downloads.list().is_empty());
    person.holds(&repository);

    let person = Person::new();
    let downloads = Downloads::open(person.folder.path().join("home"));
    downloads.start(way(&hub), "acme/tiny").expect("begun");
    wait(&downloads, |download| download.done_bytes > CHUNK as u64);
    downloads.discard("acme/tiny").expect("given up");
    assert!(downloads.list().is_empty());
    assert_eq!(std::fs::read_dir(person.models()).expect("listed").count(), 0);
    let absent = FakeHub::start(|_, _| Reply::new(404, "text/plain", ""));
    downloads.start(way(&absent), "acme/tiny").expect("begun");
    let failed = wait(&downloads, |download| download.state == DownloadState::Failed);
    assert!(failed.trouble.is_some_and(|why| why.contains("look at the name")));
}
