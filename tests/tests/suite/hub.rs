//! The Hub, as a server on this machine that behaves or does not.

use std::time::{Duration, Instant};

use ingot_tests::hub::{FakeHub, Reply, Repository, Seen};
use ingot_tests::run::{Outcome, run};
use serde_json::{Value, json};

use crate::generate::Home;

const TOKEN: &str = "hf_canary_token";

fn models() -> Value {
    let entry = |id: &str, family: &str, billions: f64, license: &str| {
        json!({
            "id": id, "downloads": 100, "gated": false, "tags": ["safetensors", format!("license:{license}")],
            "config": { "model_type": family },
            "safetensors": { "parameters": { "BF16": (billions * 1e9) as u64 }, "total": (billions * 1e9) as u64 },
        })
    };
    json!([
        entry("acme/small", "llama", 0.5, "apache-2.0"),
        entry("acme/speech", "whisper", 1.5, "mit"),
        entry("acme/huge", "qwen3", 4000.0, "mit"),
        entry("../escape", "llama", 1.0, "mit"),
        json!({ "id": "acme/gated", "gated": "auto", "config": { "model_type": "qwen2" } }),
    ])
}

fn search(hub: &FakeHub, arguments: &[&str]) -> Outcome {
    let home = Home::new();
    let mut command = home.command();
    command.args([&["search", "small"], arguments].concat());
    command.env("HF_ENDPOINT", hub.endpoint()).env("HF_TOKEN", TOKEN).env_remove("HF_HUB_OFFLINE");
    // A proxy is for other machines.
    command.env("NO_PROXY", "127.0.0.1");
    run(&mut command)
}

fn results(outcome: &Outcome) -> Vec<Value> {
    assert!(outcome.status.success(), "{}", outcome.stderr);
    let answer: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    answer["results"].as_array().expect("results").clone()
}

fn names(results: &[Value]) -> Vec<&str> {
    results.iter().filter_map(|result| result["repo"].as_str()).collect()
}

#[test]
fn a_search_says_what_is_supported_and_fits() {
    let hub = FakeHub::start(|_, _| Reply::json(&models()));
    let found = results(&search(&hub, &["--json"]));
    assert_eq!(names(&found), ["acme/small", "acme/huge", "acme/gated"]);
    for field in ["repo", "family", "supported", "bytes", "fits", "license", "downloads"] {
        assert!(found[0].get(field).is_some(), "{}", found[0]);
    }
    let value = |index: usize, field: &str| found[index][field].clone();
    assert_eq!(
        (value(0, "fits"), value(0, "bytes"), value(0, "license")),
        (json!(true), json!(1_000_000_000), json!("apache-2.0"))
    );
    assert_eq!((value(1, "fits"), value(2, "fits"), value(2, "gated")), (json!(false), json!(null), json!(true)));
    assert_eq!(names(&results(&search(&hub, &["--json", "--fits"]))), ["acme/small", "acme/gated"]);
    assert_eq!(names(&results(&search(&hub, &["--json", "--license", "mit"]))), ["acme/huge"]);
    assert_eq!(names(&results(&search(&hub, &["--json", "--family", "qwen2"]))), ["acme/gated"]);
    assert_eq!(names(&results(&search(&hub, &["--json", "--limit", "1"]))), ["acme/small"]);
    let all = results(&search(&hub, &["--json", "--all"]));
    assert_eq!(names(&all), ["acme/small", "acme/speech", "acme/huge", "acme/gated"]);
    assert!(all[1]["reason"].as_str().is_some_and(|why| why.contains("whisper")));
    let text = search(&hub, &["--all"]).stdout;
    assert!(
        text.contains("acme/speech") && text.contains("cannot be used") && text.contains("asks for consent"),
        "{text}"
    );

    let asked = &hub.seen()[0];
    assert!(asked.path.starts_with("/api/models?search=small&filter=safetensors"), "{}", asked.path);
    assert_eq!(asked.headers["authorization"], format!("Bearer {TOKEN}"));
    assert!(asked.headers["user-agent"].starts_with("ingot/"));
}

#[test]
fn words_are_words_whatever_they_hold() {
    let hub = FakeHub::start(|_, _| Reply::json(&json!([])));
    let home = Home::new();
    let outcome = run(home
        .command()
        .args(["search", "a&limit=9 #?/../é"])
        .env("HF_ENDPOINT", hub.endpoint())
        .env_remove("HF_TOKEN")
        .env("NO_PROXY", "127.0.0.1"));
    assert!(outcome.status.success() && outcome.stdout.contains("Nothing found"), "{}", outcome.stderr);
    let asked = &hub.seen()[0];
    assert!(asked.path.contains("search=a%26limit%3D9+%23%3F%2F..%2F%C3%A9&filter"), "{}", asked.path);
    assert!(!asked.headers.contains_key("authorization"));
}

#[test]
fn a_redirect_is_followed_without_the_token() {
    let elsewhere = FakeHub::start(|_, _| Reply::json(&models()));
    let to = format!("{}/moved", elsewhere.endpoint());
    let hub = FakeHub::start(move |seen: &Seen, _| match seen.path.starts_with("/here") {
        false => Reply::redirect("/here"),
        true => Reply::redirect(&to),
    });
    assert_eq!(results(&search(&hub, &["--json"])).len(), 3);
    assert!(hub.seen().iter().all(|seen| seen.headers.contains_key("authorization")));
    let there = elsewhere.seen();
    assert_eq!(there.len(), 1);
    assert!(!format!("{there:?}").contains(TOKEN), "{there:?}");
}

#[test]
fn what_passes_is_tried_again_and_what_does_not_is_one_line() {
    let busy = FakeHub::start(|_, number| match number {
        0 => Reply::new(429, "text/plain", "slow down").with("retry-after", "1"),
        1 => Reply::new(503, "text/html", "<html>"),
        _ => Reply::json(&models()),
    });
    let begin = Instant::now();
    assert_eq!(results(&search(&busy, &["--json"])).len(), 3);
    assert!(begin.elapsed() > Duration::from_millis(1500), "it waits as long as it is told");
    assert_eq!(busy.seen().len(), 3);

    type Fault = (&'static str, fn(&Seen, usize) -> Reply, &'static str, usize);
    let faults: [Fault; 14] = [
        ("401", |_, _| Reply::new(401, "text/plain", ""), "does not accept the token", 1),
        ("403", |_, _| Reply::new(403, "text/plain", ""), "accept the model's conditions", 1),
        ("404", |_, _| Reply::new(404, "text/plain", ""), "look at the name", 1),
        ("418", |_, _| Reply::new(418, "text/plain", ""), "status 418", 1),
        ("500", |_, _| Reply::new(500, "text/plain", ""), "status 500", 5),
        ("429", |_, _| Reply::new(429, "text/plain", "").with("retry-after", "3600"), "in 3600 s", 1),
        ("page", |_, _| Reply::new(200, "text/html", "<html>Log in</html>"), "a proxy may stand between", 1),
        ("nonsense", |_, _| Reply::new(200, "application/json", "{half"), "is not JSON", 1),
        ("loop", |_, _| Reply::redirect("/again"), "in circles", 9),
        ("nowhere", |_, _| Reply::new(302, "text/plain", ""), "nowhere", 1),
        ("plain http", |_, _| Reply::redirect("http://hub.example/x"), "not encrypted", 1),
        ("a file", |_, _| Reply::redirect("file:///etc/passwd"), "not encrypted", 1),
        ("cut", |_, _| Reply { cut: Some(5), ..Reply::json(&models()) }, "cut off", 5),
        ("empty", |_, _| Reply { cut: Some(0), ..Reply::json(&models()) }, "cut off", 5),
    ];
    for (name, fault, words, requests) in faults {
        let hub = FakeHub::start(fault);
        let outcome = search(&hub, &["--json"]);
        assert_eq!(outcome.status.code(), Some(1), "{name}: {}", outcome.stdout);
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains(words), "{name}: {}", outcome.stderr);
        assert_eq!(outcome.stderr.trim_end().lines().count(), 1, "{name}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains(TOKEN), "{name}");
        assert_eq!(hub.seen().len(), requests, "{name}");
    }
}

#[test]
fn offline_and_wrong_endpoints_ask_nobody() {
    let hub = FakeHub::start(|_, _| Reply::json(&models()));
    let home = Home::new();
    let with = |name: &str, value: &str| {
        run(home.command().args(["search", "x"]).env("HF_ENDPOINT", hub.endpoint()).env(name, value))
    };
    let offline = with("HF_HUB_OFFLINE", "1");
    assert!(offline.status.code() == Some(1) && offline.stderr.contains("HF_HUB_OFFLINE"), "{}", offline.stderr);
    let plain = with("HF_ENDPOINT", "http://hub.example");
    assert!(plain.status.code() == Some(1) && plain.stderr.contains("use https"), "{}", plain.stderr);
    let nobody = with("HF_ENDPOINT", "http://127.0.0.1:9");
    assert!(nobody.status.code() == Some(1) && nobody.stderr.contains("cannot be reached"), "{}", nobody.stderr);
    assert!(hub.seen().is_empty());
}

/// A repository with a tiny model.
fn repository(change: impl Fn(&str, Reply) -> Reply + Send + Sync + 'static) -> FakeHub {
    let mut repository = Repository::of_folder("acme/tiny", &Home::new().model());
    repository.files.push(("README.md".into(), b"# A model".to_vec()));
    repository.files.push(("pytorch_model.bin".into(), vec![0; 5000]));
    repository.serve(move |seen, _, reply| change(&seen.path, reply))
}

fn details(hub: &FakeHub, arguments: &[&str]) -> Outcome {
    let home = Home::new();
    let mut command = home.command();
    command.args([&["search", "acme/tiny", "--details"], arguments].concat());
    command.env("HF_ENDPOINT", hub.endpoint()).env("NO_PROXY", "127.0.0.1").env_remove("HF_TOKEN");
    run(&mut command)
}

#[test]
fn a_model_is_looked_at_before_its_weights_are_fetched() {
    let hub = repository(|_, reply| reply);
    let outcome = details(&hub, &["--json"]);
    let preview: Value = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{}", outcome.stderr));
    assert_eq!(
        (&preview["supported"], &preview["family"], &preview["license"]),
        (&json!(true), &json!("llama"), &json!("mit"))
    );
    let files: Vec<&str> =
        preview["files"].as_array().expect("files").iter().filter_map(|file| file["name"].as_str()).collect();
    assert!(files.contains(&"config.json") && files.contains(&"tokenizer.json"), "{files:?}");
    assert!(!files.contains(&"README.md") && !files.contains(&"pytorch_model.bin"), "{files:?}");
    assert_eq!(preview["recipes"].as_array().map(Vec::len), Some(4));
    assert_eq!(preview["recipes"][0]["fits"], true);
    // Nothing but the list, the config, and an index if there is one.
    assert!(hub.seen().iter().all(|seen| !seen.path.ends_with(".safetensors")), "{:?}", hub.seen());
    let text = details(&hub, &[]).stdout;
    assert!(text.contains("llama, runs here") && text.contains("quality-8bit") && text.contains("fits"), "{text}");
}

#[test]
fn what_is_not_what_was_listed_is_refused() {
    type Change = fn(&str, Reply) -> Reply;
    let changes: [(&str, Change, &str); 5] = [
        (
            "another config",
            |path, reply| if path.ends_with("config.json") { Reply::new(200, "text/plain", "{}") } else { reply },
            "is not what the Hub lists",
        ),
        (
            "one that leads out",
            |path, reply| match path.starts_with("/api/") {
                true => Reply::json(
                    &json!({ "sha": "0".repeat(40), "siblings": [{ "rfilename": "../../evil.safetensors" }] }),
                ),
                false => reply,
            },
            "would lead out of its folder",
        ),
        (
            "no commit",
            |path, reply| if path.starts_with("/api/") { Reply::json(&json!({ "sha": "main" })) } else { reply },
            "names no commit",
        ),
        ("gone", |_, _| Reply::new(404, "text/plain", ""), "look at the name"),
        (
            "cut",
            |path, reply| if path.ends_with("config.json") { Reply { cut: Some(3), ..reply } } else { reply },
            "cut off",
        ),
    ];
    for (name, change, words) in changes {
        let outcome = details(&repository(change), &["--json"]);
        assert_eq!(outcome.status.code(), Some(1), "{name}: {}", outcome.stdout);
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains(words), "{name}: {}", outcome.stderr);
        assert_eq!(outcome.stderr.trim_end().lines().count(), 1, "{name}: {}", outcome.stderr);
    }
    let home = Home::new();
    for wrong in ["tiny", "../tiny", "a/b/c"] {
        let outcome = home.ingot(&["search", wrong, "--details"]);
        assert!(outcome.status.code() == Some(1) && outcome.stderr.contains("owner/name"), "{}", outcome.stderr);
    }
}
