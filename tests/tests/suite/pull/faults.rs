//! Whatever a server does, it is a verified download or one clear error.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ingot_tests::hub::{FakeHub, Reply, Repository, Seen};
use ingot_tests::run::run;
use serde_json::json;

use super::{CHUNK, Person, TOKEN, is_weights, noise, repository};

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
    let mib = CHUNK / 3;
    let edges = [mib - 1, mib, mib + 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1];
    for edge in edges.into_iter().chain([1, bytes - 1]) {
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
        weights("404 always", ALWAYS, Some("does not have model.safetensors"), status(404)),
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
