//! Models fetched from a Hub on this machine that behaves or does not, by processes that are left in peace or are not.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ingot_tests::hub::{FakeHub, Reply, Repository, Seen};
use ingot_tests::programs::program;
use ingot_tests::run::{Outcome, run};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::generate::Home;

const TOKEN: &str = "hf_canary_token";
/// As the engine asks for them.
const CHUNK: usize = 3 << 20;
/// Most bytes that may be fetched twice.
const LOSS: u64 = 16 << 20;

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
    assert!(nowhere.status.code() == Some(1) && nowhere.stderr.contains("has no acme/absent"), "{}", nowhere.stderr);
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

/// What a server may do to replies, and what comes of it: `None` for a verified download, else words of the error.
type Fault = (&'static str, Box<dyn Fn(&Seen, usize, Reply) -> Reply + Send + Sync>, Option<&'static str>);

/// `change` of the replies for the weights; `times` of them, or all.
fn weights(
    name: &'static str,
    times: usize,
    words: Option<&'static str>,
    change: impl Fn(&Seen, Reply) -> Reply + Send + Sync + 'static,
) -> Fault {
    let count = AtomicUsize::new(0);
    let change = move |seen: &Seen, _: usize, reply: Reply| {
        let is_meant = is_weights(seen) && count.fetch_add(1, Ordering::Relaxed) < times;
        if is_meant { change(seen, reply) } else { reply }
    };
    (name, Box::new(change), words)
}

fn hold(faults: Vec<Fault>, bytes: usize) {
    let faults = Mutex::new(faults.into_iter());
    // Most of them wait.
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some((name, change, words)) = { faults.lock().expect("the list").next() } {
                    let repository = repository(bytes);
                    let (hub, person) = (repository.clone().serve(change), Person::new());
                    let outcome = person.pull(&hub);
                    let told = outcome.stderr.lines().filter(|line| !line.starts_with('{')).collect::<Vec<_>>();
                    match words {
                        None => {
                            assert!(outcome.status.success(), "{name}: {}", outcome.stderr);
                            person.holds(&repository);
                        }
                        Some(words) => {
                            assert_eq!(outcome.status.code(), Some(1), "{name}: {}", outcome.stdout);
                            assert!(outcome.stdout.is_empty() && told.len() == 1, "{name}: {told:?}");
                            assert!(told[0].starts_with("error: ") && told[0].contains(words), "{name}: {told:?}");
                            assert!(person.visible().is_empty(), "{name}: {:?}", person.visible());
                        }
                    }
                    assert!(person.elsewhere().is_empty(), "{name}: {:?}", person.elsewhere());
                    assert!(!outcome.stderr.contains(TOKEN), "{name}");
                }
            });
        }
    });
}

#[test]
fn a_cut_anywhere_is_gone_on_from() {
    let bytes = 2 * CHUNK + 1000;
    let mut faults = Vec::new();
    for at in [0, 1, 999, 1000, CHUNK - 1, CHUNK, CHUNK / 2] {
        for times in [1, 3, usize::MAX] {
            // Nothing at all will never be enough.
            let words = (at == 0 && times == usize::MAX).then_some("cut off");
            // A connection for every thousand bytes takes its time.
            if (1..=1000).contains(&at) && times == usize::MAX {
                continue;
            }
            faults.push(weights("a cut", times, words, move |_, reply| Reply { cut: Some(at), ..reply }));
        }
    }
    // Each time at the same place of the file, whatever is asked for.
    for edge in [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, bytes - 1] {
        faults.push(weights("an edge", 5, None, move |seen, reply| {
            let (start, end) = seen.range().unwrap_or((0, bytes));
            if (start..=end).contains(&edge) { Reply { cut: Some(edge - start), ..reply } } else { reply }
        }));
    }
    hold(faults, bytes);
}

#[test]
fn whatever_a_server_does_it_is_a_verified_download_or_one_clear_error() {
    const ALWAYS: usize = usize::MAX;
    let status = |status: u16| move |_: &Seen, _: Reply| Reply::new(status, "text/plain", "no");
    let page = |_: &Seen, _: Reply| Reply::new(200, "text/html", "<html>Log in</html>");
    let flip = |_: &Seen, mut reply: Reply| {
        let middle = reply.body.len() / 2;
        reply.body[middle] ^= 4;
        reply
    };
    let whole = |_: &Seen, _: Reply| Reply::new(200, "application/octet-stream", noise(2 * CHUNK + 1000, 7));
    let cut_whole = move |seen: &Seen, reply: Reply| Reply { cut: Some(CHUNK + 7), ..whole(seen, reply) };
    let longer = |_: &Seen, _: Reply| Reply::new(200, "application/octet-stream", noise(2 * CHUNK + 1001, 7));
    let elsewhere = |_: &Seen, reply: Reply| reply.with("content-range", &format!("bytes 7-8/{}", 2 * CHUNK + 1000));
    let other_total = |seen: &Seen, reply: Reply| {
        let (start, end) = seen.range().unwrap_or_default();
        reply.with("content-range", &format!("bytes {start}-{end}/99999999"))
    };
    let tags = AtomicUsize::new(0);
    let retagged =
        move |_: &Seen, reply: Reply| reply.with("etag", &format!("\"{}\"", tags.fetch_add(1, Ordering::Relaxed)));
    let busy = |_: &Seen, _: Reply| Reply::new(429, "text/plain", "").with("retry-after", "1");
    let faults = vec![
        weights("401 always", ALWAYS, Some("does not accept the token"), status(401)),
        weights("403 always", ALWAYS, Some("accept the model's conditions"), status(403)),
        weights("404 always", ALWAYS, Some("has no model.safetensors"), status(404)),
        weights("410 always", ALWAYS, Some("status 410"), status(410)),
        weights("416 always", ALWAYS, Some("fewer bytes"), status(416)),
        weights("416 once", 1, None, status(416)),
        weights("204 always", ALWAYS, Some("makes no sense"), status(204)),
        weights("429 at first", 6, None, busy),
        weights("500 always", ALWAYS, Some("status 500"), status(500)),
        weights("503 at first", 6, None, status(503)),
        weights("a page always", ALWAYS, Some("a web page"), page),
        weights("a page once", 1, None, page),
        weights("a bit always", ALWAYS, Some("not what the Hub lists"), flip),
        weights("a bit once", 1, None, flip),
        weights("no ranges", ALWAYS, None, whole),
        weights("no ranges, cut", 3, None, cut_whole),
        weights("no ranges, cut always", ALWAYS, Some("cut off"), cut_whole),
        weights("longer", ALWAYS, Some("and not of"), longer),
        weights("another part", ALWAYS, Some("it begins at byte 7"), elsewhere),
        weights("another length", ALWAYS, Some("and not of"), other_total),
        weights("other tags", ALWAYS, None, retagged),
        weights("packed", ALWAYS, Some("are packed"), |_, reply| reply.with("content-encoding", "gzip")),
        weights("a loop", ALWAYS, Some("in circles"), |seen, _| Reply::redirect(&seen.path)),
        weights("plain http", ALWAYS, Some("not encrypted"), |_, _| Reply::redirect("http://hub.example/x")),
        weights("a file", ALWAYS, Some("not encrypted"), |_, _| Reply::redirect("file:///etc/passwd")),
        weights("nobody", ALWAYS, Some("cannot be reached"), |_, _| Reply::redirect("http://127.0.0.1:9/x")),
        weights("silence", 1, None, |_, reply| Reply { stall: Duration::from_secs(17), ..reply }),
    ];
    hold(faults, 2 * CHUNK + 1000);
}

#[test]
fn lists_that_cannot_be_trusted_are_refused() {
    let list = |names: &[&str]| {
        let files: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (*name, b"{}".to_vec())).collect();
        Repository::new("acme/tiny", &files)
    };
    let cases: [(&[&str], &str); 6] = [
        (&["config.json", "tokenizer.json", "../../evil.safetensors"], "lead out of its folder"),
        (&["config.json", "tokenizer.json", "/etc/model.safetensors"], "lead out of its folder"),
        (&["config.json", "tokenizer.json", "a\\..\\b.safetensors"], "lead out of its folder"),
        (&["config.json", "tokenizer.json", "m.safetensors", "M.safetensors"], "tell case apart"),
        (&["config.json", "pytorch_model.bin"], "pickle"),
        (&["config.json", "model.gguf"], "GGUF"),
    ];
    for (names, words) in cases {
        let (hub, person) = (list(names).serve(|_, _, reply| reply), Person::new());
        let outcome = person.pull(&hub);
        assert_eq!(outcome.status.code(), Some(1), "{names:?}");
        assert!(outcome.stderr.contains(words) && outcome.stderr.lines().count() == 1, "{names:?}: {}", outcome.stderr);
        assert!(person.visible().is_empty() && person.elsewhere().is_empty(), "{names:?}");
    }
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
        ("model/model.safetensors", false),
        ("model/config.json", false),
        ("model", true),
        ("journal", false),
        ("lock", false),
    ] {
        let person = Person::new();
        half(&person, &repository);
        let (link, outside) =
            (person.models().join(".tiny.downloading").join(name), person.folder.path().join("outside"));
        let target = if is_folder { outside.join("precious") } else { outside.clone() };
        let _ = fs::remove_dir_all(&link).or_else(|_| fs::remove_file(&link));
        target.parent().map(fs::create_dir_all).expect("a parent").expect("made");
        fs::write(&target, "precious").expect("written");
        std::os::unix::fs::symlink(&outside, &link).expect("linked");
        let outcome = person.pull(&hub);
        assert_eq!(fs::read_to_string(&target).expect("there"), "precious", "{name}");
        assert_eq!(fs::read_dir(person.folder.path()).expect("listed").count(), 2, "{name}");
        match outcome.status.code() {
            Some(0) => person.holds(&repository),
            _ => assert!(
                outcome.stderr.contains("cannot be") && person.visible().is_empty(),
                "{name}: {}",
                outcome.stderr
            ),
        }
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
fn sizes_that_no_model_has_are_refused_and_break_nothing() {
    for size in [json!(u64::MAX), json!(1_u64 << 50), json!(-1), json!(1.5), json!(null)] {
        let mut list = repository(1000).list();
        list["siblings"][3]["lfs"]["size"] = size.clone();
        let hub = FakeHub::start(move |_, _| Reply::json(&list));
        let person = Person::new();
        let outcome = person.pull(&hub);
        assert!(outcome.status.code() == Some(1), "{size}: {}", outcome.stdout);
        assert!(
            outcome.stderr.contains("larger than any") || outcome.stderr.contains("no size"),
            "{size}: {}",
            outcome.stderr
        );
        assert!(run(&mut person.command(&hub, &["models"])).status.success(), "{size}");
    }
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
