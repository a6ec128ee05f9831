//! Downloads that are killed, stopped, raced, starved or tampered with: nothing is lost, and nothing else is touched.

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ingot_tests::hub::{Reply, Repository, Seen};
use ingot_tests::run::run;
use serde_json::json;

use super::{CHUNK, Person, is_weights, noise, repository};

/// Most bytes that may be fetched twice.
const LOSS: u64 = 16 << 20;

/// How many kills: `INGOT_KILLS`, or fewer than a release deserves.
fn kills() -> u32 {
    std::env::var("INGOT_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(20)
}

#[test]
fn a_kill_at_any_moment_costs_at_most_16_mib() {
    let repository = repository(9 * CHUNK + 12345);
    let total: u64 = repository.files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    let fresh = || repository.clone().serve(|_, _, reply| Reply { rate: Some(40_000_000), ..reply });
    let begin = Instant::now();
    Person::new().pulled(&fresh());
    let whole = begin.elapsed();
    let (mut resumed, mut worst) = (0, 0);
    let kills = kills();
    for round in 0..kills {
        let (person, hub) = (Person::new(), fresh());
        let mut child = person.start(&hub);
        // Moments that are spread over the whole, and never the same.
        std::thread::sleep(whole.mul_f64(f64::from((round * 7919 + 13) % 997) / 997.0));
        child.kill().expect("killed");
        child.wait().expect("ended");
        assert!(person.visible().is_empty() || person.visible() == ["tiny"], "{round}");
        let report = person.pulled(&hub);
        person.holds(&repository);
        // What a test of its own would count: all that was sent, whether it arrived or not.
        let twice = hub.sent().saturating_sub(total + 2 * 1000);
        worst = worst.max(twice);
        assert!(twice <= LOSS, "{round}: {twice} bytes were fetched twice");
        resumed += u32::from(report["resumed_bytes"].as_u64().is_some_and(|bytes| bytes > 0));
        let names: Vec<_> =
            fs::read_dir(person.models()).expect("listed").map(|entry| entry.expect("one").path()).collect();
        assert_eq!(names.len(), 1, "{round}: nothing else stays: {names:?}");
    }
    println!("{kills} kills, {resumed} resumed, at most {worst} bytes fetched twice");
    assert!(resumed * 2 >= kills, "of {kills} downloads that were cut off only {resumed} were resumed");
}

#[test]
fn what_was_written_and_not_kept_is_fetched_again() {
    let repository = repository(3 * CHUNK);
    let person = Person::new();
    // The last chunk never comes.
    let failing = repository.clone().serve(|seen, _, reply| match seen.range() {
        Some((start, _)) if start == 2 * CHUNK => {
            std::thread::sleep(Duration::from_millis(1000));
            Reply::new(404, "text/plain", "")
        }
        _ => reply,
    });
    let outcome = person.pull(&failing);
    assert!(outcome.stderr.contains("6.3 MB of 9.4 MB are kept for the next try"), "{}", outcome.stderr);
    // As after the power was lost: noted, and not on the disk.
    let part = person.models().join(".tiny.downloading/model/model.safetensors");
    let mut bytes = fs::read(&part).expect("there");
    bytes[CHUNK..CHUNK + 4096].fill(0);
    fs::write(&part, &bytes).expect("lost");
    let hub = repository.clone().serve(|_, _, reply| reply);
    person.pulled(&hub);
    person.holds(&repository);
    let asked: BTreeMap<usize, usize> =
        hub.seen().iter().filter(|seen| is_weights(seen)).filter_map(Seen::range).collect();
    assert_eq!(asked.keys().copied().collect::<Vec<_>>(), [CHUNK, 2 * CHUNK]);
}

/// A download of which all but the last chunk came.
fn half(person: &Person, repository: &Repository) {
    let last = (repository.bytes("model.safetensors").len() - 1) / CHUNK * CHUNK;
    let failing = repository.clone().serve(move |seen, _, reply| match seen.range() {
        Some((start, _)) if start == last => {
            std::thread::sleep(Duration::from_millis(1000));
            Reply::new(404, "text/plain", "")
        }
        _ => reply,
    });
    let outcome = person.pull(&failing);
    assert!(outcome.stderr.contains("are kept for the next try"), "{}", outcome.stderr);
}

#[test]
fn what_takes_the_place_meanwhile_stays_and_what_came_is_kept() {
    let repository = repository(2 * CHUNK);
    let person = Person::new();
    let place = person.models().join("tiny");
    let at = place.clone();
    let hub = repository.clone().serve(move |seen, _, reply| {
        if is_weights(seen) && !at.exists() {
            fs::create_dir_all(&at).expect("made");
            fs::write(at.join("config.json"), "mine").expect("written");
        }
        reply
    });
    let outcome = person.pull(&hub);
    assert!(outcome.status.code() == Some(1) && outcome.stderr.contains("move it away"), "{}", outcome.stderr);
    assert_eq!(fs::read_to_string(place.join("config.json")).expect("there"), "mine");
    fs::remove_dir_all(&place).expect("removed");
    let quiet = repository.clone().serve(|_, _, reply| reply);
    let report = person.pulled(&quiet);
    assert_eq!(report["resumed_bytes"], report["bytes"]);
    assert!(!quiet.seen().iter().any(is_weights));
    person.holds(&repository);
}

#[test]
fn who_waits_for_a_download_finds_the_model() {
    let repository = repository(2 * CHUNK);
    let person = Person::new();
    let slow = repository.clone().serve(|_, _, reply| Reply { rate: Some(2 * CHUNK as u64), ..reply });
    let mut first = person.start(&slow);
    let deadline = Instant::now() + Duration::from_secs(10);
    while !person.models().join(".tiny.downloading/journal").exists() {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(2));
    }
    let quiet = repository.clone().serve(|_, _, reply| reply);
    let report = person.pulled(&quiet);
    assert!(first.wait().expect("ended").success());
    assert_eq!(report["resumed_bytes"], report["bytes"]);
    assert!(!quiet.seen().iter().any(is_weights), "it is there");
    person.holds(&repository);
}

#[test]
fn an_old_download_is_gone_on_with_and_links_lead_nowhere() {
    let repository = repository(2 * CHUNK);
    let person = Person::new();
    half(&person, &repository);
    let job = person.models().join(".tiny.downloading");
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(30 * 24 * 3600);
    for file in ["journal", "lock"] {
        fs::File::options().append(true).open(job.join(file)).expect("there").set_modified(long_ago).expect("set");
    }
    let hub = repository.clone().serve(|_, _, reply| reply);
    assert!(person.pulled(&hub)["resumed_bytes"].as_u64().is_some_and(|bytes| bytes >= CHUNK as u64));
    person.holds(&repository);

    // Whoever can write to the models' folder still cannot have others' files written to.
    for (name, is_folder) in [
        ("", true),
        ("model/model.safetensors", false),
        ("model/config.json", false),
        ("model", true),
        ("journal", false),
        ("lock", false),
    ] {
        let person = Person::new();
        half(&person, &repository);
        let job = person.models().join(".tiny.downloading");
        let link = if name.is_empty() { job } else { job.join(name) };
        let outside = person.folder.path().join("outside");
        let target = if is_folder { outside.join("precious") } else { outside.clone() };
        let _ = fs::remove_dir_all(&link).or_else(|_| fs::remove_file(&link));
        target.parent().map(fs::create_dir_all).expect("a parent").expect("made");
        fs::write(&target, "precious").expect("written");
        std::os::unix::fs::symlink(&outside, &link).expect("linked");
        let outcome = person.pull(&hub);
        assert_eq!(fs::read_to_string(&target).expect("there"), "precious", "{name}");
        assert_eq!(fs::read_dir(person.folder.path()).expect("listed").count(), 2, "{name}");
        assert!(outcome.status.success(), "{name}: {}", outcome.stderr);
        person.holds(&repository);
    }
}

#[test]
fn a_model_of_many_files_needs_no_more_than_the_system_allows() {
    let names: Vec<String> = (0..120).map(|index| format!("model-{index:05}.safetensors")).collect();
    let mut repository =
        Repository::new("acme/tiny", &[("config.json", b"{}".to_vec()), ("tokenizer.json", b"{}".to_vec())]);
    let map: BTreeMap<String, &String> = names.iter().map(|name| (format!("of {name}"), name)).collect();
    let index = json!({ "weight_map": map }).to_string().into_bytes();
    repository.files.push(("model.safetensors.index.json".into(), index));
    repository.files.extend(names.iter().enumerate().map(|(seed, name)| (name.clone(), noise(2000, seed as u64))));
    let (hub, person) = (repository.clone().serve(|_, _, reply| reply), Person::new());
    let command = person.command(&hub, &["pull", "acme/tiny", "--json"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -S -n 64; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(person.folder.path());
    let outcome = run(&mut limited);
    assert!(outcome.status.success(), "{}", outcome.stderr);
    person.holds(&repository);
}

#[test]
fn an_interrupt_is_felt_at_once_and_keeps_what_came() {
    let repository = repository(3 * CHUNK);
    let person = Person::new();
    let slow = repository.clone().serve(|seen, _, reply| match seen.range() {
        Some((start, _)) if start > 0 => Reply { stall: Duration::from_secs(20), ..reply },
        _ => reply,
    });
    let mut child = person.command(&slow, &["pull", "acme/tiny"]).stderr(Stdio::piped()).spawn().expect("started");
    let journal = person.models().join(".tiny.downloading/journal");
    let deadline = Instant::now() + Duration::from_secs(10);
    while !fs::read_to_string(&journal).is_ok_and(|text| text.contains("\"chunk\":0,") && text.contains("\"file\":3")) {
        assert!(Instant::now() < deadline, "{:?}", fs::read_to_string(&journal));
        std::thread::sleep(Duration::from_millis(5));
    }
    // Somebody else who wants the same is told.
    let second = person.pull(&slow);
    assert!(second.status.code() == Some(1) && second.stderr.contains("downloaded already"), "{}", second.stderr);
    let listed = run(&mut person.command(&slow, &["models"]));
    assert!(listed.stdout.contains("ingot pull acme/tiny"), "{}", listed.stdout);
    let begin = Instant::now();
    // SAFETY: sends a signal to a process that this test has started.
    unsafe { libc::kill(child.id() as i32, libc::SIGINT) };
    assert_eq!(child.wait().expect("ended").code(), Some(1));
    assert!(begin.elapsed() < Duration::from_millis(500), "{:?}", begin.elapsed());
    let report = person.pulled(&repository.clone().serve(|_, _, reply| reply));
    assert!(report["resumed_bytes"].as_u64().is_some_and(|bytes| bytes >= CHUNK as u64), "{report}");
    person.holds(&repository);
}

#[test]
fn a_disk_that_fails_is_told_and_nothing_is_lost() {
    let repository = repository(2 * CHUNK);
    let hub = repository.clone().serve(|seen, _, reply| match seen.range() {
        Some((start, _)) if start == CHUNK => Reply { rate: Some(CHUNK as u64), ..reply },
        _ => reply,
    });
    // No file may grow beyond four of six MiB; the shell counts in halves of KiB.
    let person = Person::new();
    let command = person.command(&hub, &["pull", "acme/tiny", "--json"]);
    let mut limited = Command::new("sh");
    limited
        .args(["-c", "ulimit -f 8192; trap '' XFSZ; exec \"$0\" \"$@\""])
        .arg(command.get_program())
        .args(command.get_args());
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?)))).current_dir(person.folder.path());
    let outcome = run(&mut limited);
    let told = outcome.stderr.lines().filter(|line| !line.starts_with('{')).collect::<Vec<_>>();
    assert!(outcome.status.code() == Some(1) && told.len() == 1, "{told:?}");
    assert!(told[0].contains("model.safetensors cannot") && told[0].contains("are kept"), "{told:?}");
    assert!(person.pulled(&hub)["resumed_bytes"].as_u64().is_some_and(|bytes| bytes >= CHUNK as u64));
    person.holds(&repository);

    // A folder that cannot be written to, whoever asks.
    let person = Person::new();
    fs::create_dir_all(person.folder.path().join("home")).expect("made");
    fs::write(person.models(), "not a folder").expect("written");
    let outcome = person.pull(&hub);
    assert!(outcome.status.code() == Some(1) && outcome.stderr.contains("cannot be made"), "{}", outcome.stderr);

    // One that disappears.
    let person = Person::new();
    let mut child =
        person.command(&hub, &["pull", "acme/tiny", "--json"]).stderr(Stdio::piped()).spawn().expect("started");
    let deadline = Instant::now() + Duration::from_secs(10);
    while !person.models().join(".tiny.downloading/model/model.safetensors").exists() {
        assert!(Instant::now() < deadline);
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(Duration::from_millis(200));
    fs::remove_dir_all(person.models()).expect("removed");
    let status = child.wait().expect("ended");
    let mut text = String::new();
    std::io::Read::read_to_string(&mut child.stderr.take().expect("piped"), &mut text).expect("read");
    assert!(status.code() == Some(1) && text.contains("is gone"), "{text}");
    assert!(person.visible().is_empty());
    person.pulled(&hub);
    person.holds(&repository);
}
