//! Models fetched from a Hub on this machine: what arrives, where it goes, and who is asked.

mod faults;
mod interrupted;
mod several;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use ingot_tests::hub::{FakeHub, Reply, Repository, Seen};
use ingot_tests::programs::program;
use ingot_tests::run::{Outcome, run};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::generate::Home;

const TOKEN: &str = "hf_canary_token";
/// Bytes that the engine asks for at once.
const CHUNK: usize = 3 << 20;
/// A person's own folder, in which nothing but `home/models` may change.
struct Person {
    folder: TempDir,
}

impl Person {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn models(&self) -> PathBuf {
        self.folder.path().join("home/models")
    }

    fn command(&self, hub: &FakeHub, arguments: &[&str]) -> Command {
        let mut command = Command::new(program("ingot"));
        command.args(arguments).env("INGOT_HOME", self.folder.path().join("home")).env("HOME", self.folder.path());
        command.env_remove("HF_HUB_CACHE").env_remove("XDG_CACHE_HOME");
        command.env("HF_ENDPOINT", hub.endpoint()).env("HF_TOKEN", TOKEN).env_remove("HF_HUB_OFFLINE");
        // A proxy is for other machines.
        command.env("NO_PROXY", "127.0.0.1").env_remove("HF_HOME").current_dir(self.folder.path());
        command
    }

    fn pull(&self, hub: &FakeHub) -> Outcome {
        run(&mut self.command(hub, &["pull", "acme/tiny", "--json"]))
    }

    fn pulled(&self, hub: &FakeHub) -> Value {
        let outcome = self.pull(hub);
        assert!(outcome.status.success(), "{}", outcome.stderr);
        serde_json::from_str(&outcome.stdout).expect("JSON")
    }

    fn start(&self, hub: &FakeHub) -> Child {
        let mut command = self.command(hub, &["pull", "acme/tiny", "--json"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("started")
    }

    /// Models that anybody would see.
    fn visible(&self) -> Vec<String> {
        let entries = fs::read_dir(self.models()).into_iter().flatten().filter_map(|entry| entry.ok());
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| !name.starts_with('.')).collect()
    }

    /// Everything that lies outside of the models' folder.
    fn elsewhere(&self) -> Vec<String> {
        let list = |path: &Path| -> Vec<String> {
            let entries = fs::read_dir(path).into_iter().flatten().filter_map(|entry| entry.ok());
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
        };
        let mut found = list(self.folder.path());
        found.extend(list(&self.folder.path().join("home")));
        found.retain(|name| !["home", "models", "hashes.json"].contains(&name.as_str()));
        found
    }

    fn holds(&self, repository: &Repository) {
        assert_eq!(self.visible(), ["tiny"]);
        for (name, bytes) in &repository.files {
            assert!(fs::read(self.models().join("tiny").join(name)).expect(name) == *bytes, "{name}");
        }
    }
}

/// Bytes that look like nothing.
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// Weights of so many bytes, with what belongs to them.
fn repository(bytes: usize) -> Repository {
    Repository::new(
        "acme/tiny",
        &[
            ("config.json", b"{}".to_vec()),
            ("tokenizer.json", noise(3000, 5)),
            ("generation_config.json", Vec::new()),
            ("model.safetensors", noise(bytes, 7)),
        ],
    )
}

fn is_weights(seen: &Seen) -> bool {
    seen.path.ends_with("/model.safetensors")
}

#[test]
fn a_model_arrives_whole_and_is_used_like_any_other() {
    let repository = Repository::of_folder("acme/tiny", &Home::new().model());
    let mut all = repository.clone();
    all.files.push(("README.md".into(), b"# A model".to_vec()));
    all.files.push(("pytorch_model.bin".into(), vec![0; 5000]));
    all.files.push(("onnx/model.onnx".into(), vec![0; 5000]));
    let (hub, person) = (all.serve(|_, _, reply| reply), Person::new());
    let report = person.pulled(&hub);
    let path = person.models().join("tiny");
    let bytes: usize = repository.files.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!(
        report,
        json!({ "path": path, "commit": repository.commit, "bytes": bytes, "files": repository.files.len(), "resumed_bytes": 0 })
    );
    person.holds(&repository);
    assert_eq!(fs::read_dir(&path).expect("listed").count(), repository.files.len() + 1, "and ingot.json");
    let record: Value = serde_json::from_slice(&fs::read(path.join("ingot.json")).expect("there")).expect("JSON");
    let told = |field: &str| record["source"][field].as_str().unwrap_or_default().to_owned();
    assert_eq!((told("repo"), told("commit")), ("acme/tiny".to_owned(), repository.commit.clone()));

    // There already: nothing is fetched, everything is checked.
    let before = hub.seen().len();
    assert_eq!(person.pulled(&hub)["resumed_bytes"], bytes);
    assert!(hub.seen()[before..].iter().all(|seen| seen.path.starts_with("/api/")), "{:?}", &hub.seen()[before..]);

    let ingot = |arguments: &[&str]| run(&mut person.command(&hub, arguments));
    let answer = ingot(&["generate", "--model", "tiny", "--prompt", "a", "--max-tokens", "2", "--json"]);
    assert!(answer.status.success(), "{}", answer.stderr);
    let converted = ingot(&["convert", "tiny", "--recipe", "speed-4bit", "--no-verify"]);
    assert!(converted.status.success(), "{}", converted.stderr);
    let made = fs::read(person.models().join("tiny-speed-4bit-g64/ingot.json")).expect("there");
    let made: Value = serde_json::from_slice(&made).expect("JSON");
    assert_eq!((&made["source"]["repo"], &made["source"]["commit"]), (&json!("acme/tiny"), &json!(repository.commit)));

    // A bit that flips on the disk is noticed, and mended by the same command.
    let weights = path.join("model.safetensors");
    let mut damaged = fs::read(&weights).expect("there");
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    fs::write(&weights, &damaged).expect("damaged");
    for arguments in [&["generate", "--model", "tiny", "--prompt", "a"][..], &["convert", "tiny", "--no-verify"]] {
        let told = ingot(arguments);
        assert!(told.status.code() == Some(1) && told.stderr.contains("not what was downloaded"), "{}", told.stderr);
    }
    person.pulled(&hub);
    fs::remove_dir_all(person.models().join("tiny-speed-4bit-g64")).expect("removed");
    person.holds(&repository);
}

#[test]
fn a_conversion_fetches_its_source_first_and_only_once() {
    let repository = Repository::of_folder("acme/tiny", &Home::new().model());
    let (hub, person) = (repository.serve(|_, _, reply| reply), Person::new());
    let convert = |arguments: &[&str]| run(&mut person.command(&hub, &[&["convert", "acme/tiny"], arguments].concat()));
    let planned = convert(&["--plan"]);
    assert!(planned.status.code() == Some(1) && planned.stderr.contains("ingot pull acme/tiny"), "{}", planned.stderr);
    assert!(hub.seen().is_empty());
    let made = convert(&["--recipe", "speed-4bit", "--no-verify", "--json"]);
    assert!(made.status.success(), "{}", made.stderr);
    let mut visible = person.visible();
    visible.sort();
    assert_eq!(visible, ["tiny", "tiny-speed-4bit-g64"]);
    let asked = hub.seen().len();
    let again = convert(&["--recipe", "quality-8bit", "--no-verify"]);
    assert!(again.status.success(), "{}", again.stderr);
    assert_eq!(hub.seen().len(), asked, "what is here needs no network");
    let nowhere = run(&mut person.command(&hub, &["convert", "acme/absent"]));
    assert!(
        nowhere.status.code() == Some(1) && nowhere.stderr.contains("does not have acme/absent"),
        "{}",
        nowhere.stderr
    );
}

/// A Hub cache as the Hub's own tools lay it out, with this repository in it.
fn cache(folder: &Path, repository: &Repository) {
    let model = folder.join(format!("models--{}", repository.name.replace('/', "--")));
    let snapshot = model.join("snapshots").join(&repository.commit);
    for path in [&snapshot, &model.join("blobs"), &model.join("refs")] {
        fs::create_dir_all(path).expect("made");
    }
    fs::write(model.join("refs/main"), &repository.commit).expect("written");
    for (name, bytes) in &repository.files {
        let sum = match name.ends_with(".safetensors") {
            true => ingot_engine::digest::of_bytes(bytes),
            false => ingot_engine::digest::git_sum(bytes),
        };
        fs::write(model.join("blobs").join(&sum), bytes).expect("written");
        std::os::unix::fs::symlink(format!("../../blobs/{sum}"), snapshot.join(name)).expect("linked");
    }
}

#[test]
fn models_of_other_programs_are_used_where_they_are() {
    let repository = Repository::of_folder("acme/tiny", &Home::new().model());
    let person = Person::new();
    let hub = repository.clone().serve(|_, _, reply| reply);
    cache(&person.folder.path().join("hf/hub"), &repository);
    let own = person.folder.path().join("mine/other");
    fs::create_dir_all(&own).expect("made");
    repository.files.iter().for_each(|(name, bytes)| fs::write(own.join(name), bytes).expect("written"));
    let ingot = |arguments: &[&str]| {
        let mut command = person.command(&hub, arguments);
        run(command.env("HF_HOME", person.folder.path().join("hf")))
    };
    let listed = || -> Vec<(String, String)> {
        let report: Value = serde_json::from_str(&ingot(&["models", "--json"]).stdout).expect("JSON");
        let text = |model: &Value, field: &str| model[field].as_str().unwrap_or_default().to_owned();
        let models = report["models"].as_array().expect("models").iter();
        models.map(|model| (text(model, "name"), text(model, "place"))).collect()
    };
    let cached = ("acme/tiny".to_owned(), "hub_cache".to_owned());
    assert_eq!(listed(), std::slice::from_ref(&cached));
    assert!(ingot(&["models", "--add", "mine"]).status.success());
    assert_eq!(listed(), [("other".to_owned(), "folder".to_owned()), cached.clone()]);
    for name in ["acme/tiny", "other"] {
        let answer = ingot(&["generate", "--model", name, "--prompt", "a", "--max-tokens", "1", "--json"]);
        assert!(answer.status.success(), "{name}: {}", answer.stderr);
        let removed = ingot(&["models", "--rm", name]);
        assert_eq!(removed.status.code(), Some(1), "{name} is not Ingot's to remove");
    }
    assert!(ingot(&["models", "--forget", "mine"]).status.success());
    assert_eq!(ingot(&["models", "--forget", "mine"]).status.code(), Some(1));
    assert_eq!(listed(), [cached]);

    // Fetching it takes the bytes from there; one that is damaged there is fetched.
    let pulled = ingot(&["pull", "acme/tiny", "--json"]);
    assert!(pulled.status.success(), "{}", pulled.stderr);
    person.holds(&repository);
    assert!(!hub.seen().iter().any(is_weights), "{:?}", hub.seen());
    let blobs = person.folder.path().join("hf/hub/models--acme--tiny/blobs");
    let blob = blobs.join(ingot_engine::digest::of_bytes(repository.bytes("model.safetensors")));
    let mut damaged = fs::read(&blob).expect("there");
    damaged[1000] ^= 1;
    fs::write(&blob, &damaged).expect("damaged");
    assert!(ingot(&["models", "--rm", "tiny"]).status.success());
    assert!(ingot(&["pull", "acme/tiny", "--json"]).status.success());
    person.holds(&repository);
    assert!(hub.seen().iter().any(is_weights));
    assert_eq!(fs::read(&blob).expect("there"), damaged, "what others keep is never written to");
}

#[test]
fn a_kept_token_opens_what_is_gated() {
    let repository = repository(1000);
    let hub = repository.clone().serve(|seen, _, reply| match seen.headers.get("authorization").map(String::as_str) {
        Some("Bearer hf_kept") => reply,
        _ => Reply::new(401, "text/plain", ""),
    });
    let person = Person::new();
    let ingot = |arguments: &[&str]| run(person.command(&hub, arguments).env_remove("HF_TOKEN"));
    let refused = ingot(&["pull", "acme/tiny"]);
    assert!(refused.status.code() == Some(1) && refused.stderr.contains("ingot token --set"), "{}", refused.stderr);
    let mut child = person.command(&hub, &["token", "--set"]).stdin(Stdio::piped()).spawn().expect("started");
    std::io::Write::write_all(&mut child.stdin.take().expect("piped"), b"hf_kept\n").expect("written");
    assert!(child.wait().expect("ended").success());
    let told = ingot(&["token"]);
    assert!(told.stdout.contains("There is a token") && !told.stdout.contains("hf_kept"), "{}", told.stdout);
    assert!(ingot(&["pull", "acme/tiny"]).status.success());
    person.holds(&repository);
    assert!(ingot(&["token", "--clear"]).status.success());
    assert!(ingot(&["token"]).stdout.contains("no token"));
}

#[test]
fn the_token_is_for_the_hub_alone() {
    let repository = repository(2 * CHUNK + 5);
    let store = repository.clone().serve(|_, _, reply| reply);
    let to = store.endpoint();
    let hub = repository.clone().serve(move |seen, _, reply| match is_weights(seen) {
        true => Reply::redirect(&format!("{to}{}", seen.path)),
        false => reply,
    });
    let person = Person::new();
    person.pulled(&hub);
    person.holds(&repository);
    assert!(hub.seen().iter().all(|seen| seen.headers["authorization"] == format!("Bearer {TOKEN}")));
    assert!(!store.seen().is_empty() && !format!("{:?}", store.seen()).contains(TOKEN));
    // The Hub is not asked again for what it has told: it counts requests.
    assert!(hub.seen().iter().filter(|seen| is_weights(seen)).count() <= 4, "{:?}", hub.seen());
}

#[test]
fn another_commit_takes_over_what_has_not_changed() {
    let old = repository(2 * CHUNK + 1000);
    let person = Person::new();
    person.pulled(&old.clone().serve(|_, _, reply| reply));
    person.holds(&old);
    let mut new = old.clone();
    new.commit = "f".repeat(40);
    new.files[1].1 = noise(2000, 99);
    let hub = new.clone().serve(|_, _, reply| reply);
    assert_eq!(person.pulled(&hub)["commit"], new.commit);
    person.holds(&new);
    assert!(!hub.seen().iter().any(is_weights), "the weights are the same");

    // In the middle of a download: the weights are others from now on.
    let person = Person::new();
    let stalled = old.clone().serve(|seen, _, reply| match seen.range() {
        Some((start, _)) if start >= CHUNK => Reply { cut: Some(CHUNK / 2), ..reply },
        _ => reply,
    });
    assert_eq!(person.pull(&stalled).status.code(), Some(0), "halves are gone on with");
    let person = Person::new();
    let failing = old.clone().serve(|seen, _, reply| match seen.range() {
        Some((start, _)) if start >= CHUNK => Reply::new(404, "text/plain", ""),
        _ => Reply { stall: Duration::ZERO, ..reply },
    });
    assert_eq!(person.pull(&failing).status.code(), Some(1));
    new.files[3].1 = noise(2 * CHUNK + 1000, 100);
    person.pulled(&new.clone().serve(|_, _, reply| reply));
    person.holds(&new);
}

#[test]
fn another_repository_of_that_name_does_not_replace_it() {
    let person = Person::new();
    let first = repository(1000);
    person.pulled(&first.clone().serve(|_, _, reply| reply));
    let mut second = repository(1200);
    second.name = "other/tiny".into();
    let hub = second.clone().serve(|_, _, reply| reply);
    let pull = |name: &str| {
        let outcome = run(&mut person.command(&hub, &["pull", name, "--json"]));
        assert!(outcome.status.success(), "{}", outcome.stderr);
        let report: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
        PathBuf::from(report["path"].as_str().expect("a path"))
    };
    let path = pull("other/tiny");
    assert_eq!(path, person.models().join("other--tiny"));
    assert_eq!(fs::read(path.join("model.safetensors")).expect("there"), second.bytes("model.safetensors"));
    assert_eq!(pull("other/tiny@v1.0").file_name().expect("a name"), "tiny@v1.0");
    assert_eq!(person.visible().len(), 3);
}
