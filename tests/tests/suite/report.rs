//! The hardware report, from captures of machines that do not exist and from the one that this runs on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use ingot_engine::chart::{self, Look, Theme};
use ingot_engine::hardware::{Capture, validate_by};
use ingot_engine::monitor::Sample;
use ingot_engine::report::{self, Report};
use ingot_tests::programs::{fixtures, program};
use ingot_tests::run::{Outcome, run};
use serde_json::{Value, json};
use tempfile::TempDir;

fn machines() -> Vec<PathBuf> {
    let folder = fixtures().join("machines");
    let mut machines: Vec<PathBuf> =
        fs::read_dir(&folder).expect("machines").map(|entry| entry.expect("an entry").path()).collect();
    machines.sort();
    assert!(machines.len() >= 20, "{machines:?}");
    machines
}

fn report_of(folder: &Path) -> Report {
    Report::of(&Capture::read(folder).expect("a folder"))
}

fn name_of(machine: &Path) -> String {
    machine.file_name().expect("a name").to_string_lossy().into_owned()
}

#[test]
fn every_dialect_is_read() {
    for machine in machines() {
        let name = name_of(&machine);
        let expected: BTreeMap<String, Value> =
            serde_json::from_str(&fs::read_to_string(machine.join("expected.json")).expect(&name)).expect(&name);
        let report = report_of(&machine).json();
        assert_eq!(report["schema_version"], 1);
        for (pointer, value) in expected {
            let found = report.pointer(&pointer);
            match value.as_str() {
                Some("absent") => assert_eq!(found, None, "{name} {pointer}"),
                _ => assert_eq!(found, Some(&value), "{name} {pointer}: {}", report["provenance"]),
            }
        }
    }
}

/// Adds the pointers of all leaves of `value`.
fn leaves(value: &Value, pointer: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(object) if !object.is_empty() => {
            object.iter().for_each(|(key, value)| leaves(value, &format!("{pointer}/{key}"), found));
        }
        Value::Array(values) if !values.is_empty() => {
            values.iter().enumerate().for_each(|(at, value)| leaves(value, &format!("{pointer}/{at}"), found));
        }
        _ => found.push(pointer.to_owned()),
    }
}

#[test]
fn every_value_has_a_source_and_every_missing_one_a_reason() {
    for machine in machines() {
        let report = report_of(&machine).json();
        let mut pointers = Vec::new();
        for part in ["app", "machine", "chip", "gpus", "memory", "live", "backends", "displays", "models", "disk"] {
            leaves(&report[part], &format!("/{part}"), &mut pointers);
        }
        pointers.retain(|pointer| pointer != "/app/name");
        assert!(pointers.len() > 30);
        for pointer in pointers {
            let source = report["provenance"][&pointer].as_str().unwrap_or_default();
            assert!(!source.is_empty(), "{}: {pointer} has no source", name_of(&machine));
        }
    }
}

#[test]
fn nothing_private_is_told_or_kept() {
    for machine in machines() {
        let capture = Capture::read(&machine).expect("a folder");
        let report = Report::of(&capture);
        for text in [report::html(&report), report::markdown(&report), report.json_text()] {
            for private in ["SECRET", "secret-host"] {
                assert!(!text.contains(private), "{}: {private}", name_of(&machine));
            }
        }
        let copy = tempfile::tempdir().expect("a folder");
        capture.write(copy.path()).expect("written");
        for entry in fs::read_dir(copy.path()).expect("files") {
            let path = entry.expect("an entry").path();
            let text = String::from_utf8_lossy(&fs::read(&path).expect("read")).into_owned();
            assert!(!text.contains("SECRET") && !text.contains("secret-host"), "{}", path.display());
        }
        // What was kept says the same.
        let mut again = report_of(copy.path()).json();
        let mut before = report.json();
        for report in [&mut again, &mut before] {
            report["generated_at"] = Value::Null;
        }
        assert_eq!(before["machine"], again["machine"], "{}", name_of(&machine));
        assert_eq!(before["gpus"], again["gpus"], "{}", name_of(&machine));
        assert_eq!(before["live"], again["live"], "{}", name_of(&machine));
    }
}

#[test]
fn pages_are_whole() {
    for machine in machines() {
        let name = name_of(&machine);
        let report = report_of(&machine);
        let html = report::html(&report);
        assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"), "{name}");
        for tag in ["table", "tr", "td", "ul", "li", "svg", "figure", "div"] {
            let count = |start: &str| html.matches(start).count();
            let opened = count(&format!("<{tag}>")) + count(&format!("<{tag} "));
            assert_eq!(opened, count(&format!("</{tag}>")), "{name}: {tag}");
        }
        for foreign in ["http://", "https://", "<script", "<link", "<img", "url("] {
            let known = html.replace("http://www.w3.org/2000/svg", "");
            assert!(!known.contains(foreign), "{name} refers to {foreign}");
        }
        let markdown = report::markdown(&report);
        let facts = markdown.split("### Backends").next().expect("the facts");
        for line in facts.lines().filter(|line| line.starts_with('|')) {
            assert_eq!(line.replace("\\|", "").matches('|').count(), 4, "{name}: {line}");
        }
        assert!(markdown.ends_with(".\n") && !markdown.contains("\n\n\n"), "{name}: {markdown}");
        assert!(!html.contains("null") && !markdown.contains("null"), "{name}");
    }
    let charts = report::html(&report_of(&fixtures().join("machines/full-capture")));
    assert_eq!(charts.matches("<svg role=\"img\"").count(), 4, "two charts, light and dark");
}

/// Every file cut off at many places, or with bytes of something else in it, is read without harm.
#[test]
fn damage_is_no_failure() {
    for machine in machines() {
        let copy = tempfile::tempdir().expect("a folder");
        for file in ["SPHardwareDataType.json", "SPDisplaysDataType.json", "sysctl.txt", "sw_vers.txt", "samples.json"]
        {
            let Ok(whole) = fs::read(machine.join(file)) else { continue };
            let path = copy.path().join(file);
            for step in 0..6 {
                fs::write(&path, &whole[..whole.len() * step / 6]).expect("written");
                assert_eq!(report_of(copy.path()).json()["schema_version"], 1);
                let mut damaged = whole.clone();
                let at = (damaged.len() * step / 6).min(damaged.len().saturating_sub(1));
                if let Some(byte) = damaged.get_mut(at) {
                    *byte = [b'"', 0xff, b'{', b'0', b':', b'\n'][step];
                }
                fs::write(&path, &damaged).expect("written");
                assert!(!report::markdown(&report_of(copy.path())).is_empty());
            }
            fs::write(&path, &whole).expect("written");
        }
    }
}

#[test]
fn checks_say_what_is_wrong_and_what_to_do() {
    let checks = |machine: &str| -> BTreeMap<String, (String, String)> {
        let report = report_of(&fixtures().join("machines").join(machine)).json();
        let checks = report["checks"].as_array().expect("checks").clone();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        checks
            .iter()
            .map(|check| (text(&check["name"]), (text(&check["status"]), text(&check["suggestion"]))))
            .collect()
    };
    let status = |machine: &str, name: &str| checks(machine).get(name).map(|check| check.0.clone());
    assert_eq!(status("intel-old-one-gpu", "macos").as_deref(), Some("error"));
    assert_eq!(status("intel-two-gpus", "processor").as_deref(), Some("error"));
    assert_eq!(status("rosetta-m1-pro", "rosetta").as_deref(), Some("error"));
    assert_eq!(status("vm-apple-no-gpu", "virtual_machine").as_deref(), Some("warn"));
    assert_eq!(status("vm-apple-no-gpu", "gpu").as_deref(), Some("warn"));
    assert_eq!(status("m5-macos26-too-old", "neural_accelerators").as_deref(), Some("warn"));
    assert_eq!(status("m5-max-macos27", "neural_accelerators"), None);
    assert_eq!(status("m5-max-macos27", "memory_pressure").as_deref(), Some("error"));
    assert_eq!(status("m3-max-macos15-displays", "wired_limit").as_deref(), Some("ok"));
    assert_eq!(status("cut-off", "sources").as_deref(), Some("warn"));
    assert_eq!(status("full-capture", "sources").as_deref(), Some("ok"));
    assert_eq!(status("full-capture", "backend_mlx").as_deref(), Some("ok"));
    for machine in machines() {
        for (name, (status, suggestion)) in checks(&name_of(&machine)) {
            assert_eq!(status == "ok", suggestion.is_empty(), "{name} of {}", name_of(&machine));
        }
    }
}

fn ingot(home: &TempDir, arguments: &[&str]) -> Outcome {
    let person = home.path().join("anneliese");
    fs::create_dir_all(&person).expect("a home");
    run(Command::new(program("ingot"))
        .args(arguments)
        .env("INGOT_HOME", person.join("ingot"))
        .env("HOME", &person)
        .env("USER", "anneliese")
        .env("LOGNAME", "anneliese"))
}

#[test]
fn this_machine_is_reported_and_its_capture_says_the_same() {
    let home = tempfile::tempdir().expect("a folder");
    let capture = home.path().join("capture");
    let outcome = ingot(&home, &["report", "--json", "--capture", &capture.display().to_string()]);
    assert!(outcome.status.success(), "{}", outcome.stderr);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!(report["backends"][0]["name"], "mlx");
    assert_eq!(report["backends"][0]["validated"], true, "{}", report["backends"]);
    assert_eq!(report["backends"][0]["kernels"].as_array().map(Vec::len), Some(3));
    assert!(report["backends"][0]["bytes_per_second"].as_f64().is_some_and(|rate| rate > 1e6));
    assert_eq!(
        (&report["backends"][1]["available"], &report["backends"][1]["validated"]),
        (&json!(false), &Value::Null)
    );
    assert!(report["live"]["memory"]["total_bytes"].as_u64().is_some_and(|bytes| bytes > 1 << 28));
    assert!(report["memory"]["pool_bytes"].as_u64().is_some_and(|bytes| bytes > 0));
    assert!(report["models"]["sizes"][0]["recipes"][0]["memory_bytes"].is_u64());

    let mut texts = vec![outcome.stdout.clone()];
    for format in ["html", "markdown"] {
        let file = home.path().join(format!("report.{format}"));
        let replay = ingot(
            &home,
            &[
                "report",
                "--replay",
                &capture.display().to_string(),
                "--format",
                format,
                "--output",
                &file.display().to_string(),
            ],
        );
        assert!(replay.status.success() && replay.stdout.is_empty(), "{}", replay.stderr);
        texts.push(fs::read_to_string(&file).expect("written"));
    }
    for entry in fs::read_dir(&capture).expect("a capture") {
        texts.push(fs::read_to_string(entry.expect("an entry").path()).expect("text"));
    }
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let folder = home.path().display().to_string();
    for private in ["anneliese", &folder, host.trim()].into_iter().filter(|private| private.len() > 3) {
        assert!(texts.iter().all(|text| !text.contains(private)), "{private} is told");
    }

    let replay = ingot(&home, &["report", "--replay", &capture.display().to_string(), "--json"]);
    let mut again: Value = serde_json::from_str(&replay.stdout).expect("JSON");
    let mut report = report;
    for report in [&mut again, &mut report] {
        report["generated_at"] = Value::Null;
        // A capture lacks what this system does not have, for another reason.
        report["provenance"] = Value::Null;
        report["problems"] = Value::Null;
        report["checks"] = Value::Null;
    }
    assert_eq!(report, again);
}

#[test]
fn a_report_is_written_where_it_was_asked_for_and_no_further() {
    let home = tempfile::tempdir().expect("a folder");
    let capture = fixtures().join("machines/m6-three-tiers").display().to_string();
    let to = |path: &Path| ingot(&home, &["report", "--replay", &capture, "--output", &path.display().to_string()]);
    let (file, link) = (home.path().join("file.md"), home.path().join("link.md"));
    fs::write(&file, "old").expect("written");
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("set");
    std::os::unix::fs::symlink(&file, &link).expect("linked");
    assert!(to(&link).status.success());
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).expect("there").permissions());
    assert_eq!(mode & 0o777, 0o600);
    assert!(fs::read_to_string(&file).expect("read").contains("Apple M6"));
    let dangling = home.path().join("dangling.md");
    std::os::unix::fs::symlink(home.path().join("made.md"), &dangling).expect("linked");
    assert!(to(&dangling).status.success() && home.path().join("made.md").is_file());
    let pipe = home.path().join("pipe.md");
    assert!(Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()));
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || fs::read_to_string(pipe).expect("read")
    });
    assert!(to(&pipe).status.success());
    assert!(reader.join().expect("ended").contains("Apple M6"));
    assert!(!fs::metadata(&pipe).expect("there").is_file());
    let nowhere = to(&home.path().join("absent/x.md"));
    assert!(nowhere.status.code() == Some(1) && nowhere.stderr.contains("folder does not exist"), "{}", nowhere.stderr);
}

#[test]
fn wrong_usage_is_one_line() {
    let home = tempfile::tempdir().expect("a folder");
    for (arguments, code, words) in [
        (vec!["report", "--replay", "/no/such/folder"], 1, "--capture"),
        (vec!["report", "--replay", "/dev/null"], 1, "is not a folder"),
        (vec!["report", "--replay", ".", "--output", "/dev/null/x.html"], 1, "cannot be written"),
        (vec!["report", "--replay", ".", "--capture", "/dev/null/x"], 1, "cannot be written"),
        (vec!["report", "--format", "pdf"], 2, "possible are html, markdown, json"),
        (vec!["monitor", "--interval", "0"], 2, "0.1 to 3600"),
        (vec!["monitor", "--count", "0"], 2, "count"),
    ] {
        let outcome = ingot(&home, &arguments);
        assert_eq!(outcome.status.code(), Some(code), "{arguments:?} {}", outcome.stderr);
        assert!(outcome.stdout.is_empty() && outcome.stderr.contains(words), "{arguments:?} {}", outcome.stderr);
        assert!(outcome.stderr.trim_end().lines().count() == 1, "{}", outcome.stderr);
    }
}

#[test]
fn a_capture_that_would_hang_is_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("sysctl.txt");
    assert!(Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()));
    let begin = Instant::now();
    let report = report_of(folder.path()).json();
    assert!(begin.elapsed() < Duration::from_secs(5));
    assert!(report["problems"].to_string().contains("sysctl.txt is not a file"), "{}", report["problems"]);
}

#[test]
fn backends_that_hang_crash_or_differ_are_told_of_in_time() {
    let folder = tempfile::tempdir().expect("a folder");
    for (fault, available, words) in [
        ("hangs", false, "within 2"),
        ("aborts", false, "the GPU is on fire"),
        ("garbage", false, "worker"),
        ("closes", false, "worker"),
        ("wrong-answers", true, "matrix product: differs from the right answer"),
    ] {
        let worker = folder.path().join(fault);
        std::os::unix::fs::symlink(program("faulty-worker"), &worker).expect("linked");
        let begin = Instant::now();
        let report = validate_by("mlx", &worker, Duration::from_secs(2));
        let reason = report.reason.clone().unwrap_or_default();
        assert_eq!((report.available, report.validated), (Some(available), Some(false)), "{fault}: {reason}");
        assert!(reason.contains(words), "{fault}: {reason}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{fault} took {:?}", begin.elapsed());
    }
}

/// Ten minutes of a machine that works: with a model that is loaded, grows its cache, and is unloaded; and with a
/// sleep of two minutes.
fn busy_minutes() -> Vec<Sample> {
    const GIB: u64 = 1 << 30;
    (0..600_i64)
        .filter(|second| !(180..300).contains(second))
        .map(|second| {
            let wave = |period: f64| ((second as f64 / period).sin() + 1.0) / 2.0;
            let is_loaded = second > 60;
            let answers = is_loaded && second % 90 > 30;
            let mut owners = BTreeMap::from([("other_apps".to_owned(), 9 * GIB + (wave(40.0) * 1e9) as u64)]);
            if is_loaded {
                owners.insert("weights".into(), 8 * GIB);
                owners.insert("process".into(), GIB / 5);
                owners.insert("kv_cache".into(), (second as u64 % 90) * GIB / 40);
                owners.insert("scratch".into(), if answers { GIB } else { GIB / 10 });
            }
            if second > 400 {
                owners.insert("staging".into(), GIB / 2);
            }
            let used: u64 = owners.values().sum();
            let sample = json!({
                "time": format!("2026-11-01T08:{:02}:{:02}Z", second / 60, second % 60),
                "gpu": { "utilization": if answers { 0.85 + 0.1 * wave(3.0) } else { 0.04 * wave(7.0) } },
                "cpu": { "utilization": 0.1 + 0.15 * wave(11.0) },
                "memory": { "total_bytes": 36 * GIB, "available_bytes": 36 * GIB - used, "limit_bytes": 27 * GIB, "owners": owners },
            });
            serde_json::from_value(sample).expect("a sample")
        })
        .collect()
}

#[test]
fn charts_show_what_was_seen_and_nothing_else() {
    let samples = busy_minutes();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    fs::create_dir_all(&folder).expect("a folder");
    for (theme, suffix) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        for (width, height) in [(356, 120), (680, 170)] {
            let look = Look::new(theme, width, height).over(Duration::from_secs(600));
            for (name, svg) in
                [("utilization", chart::utilization(&samples, look)), ("memory", chart::memory(&samples, look))]
            {
                // For people to look at.
                fs::write(folder.join(format!("chart-{name}-{width}-{suffix}.svg")), &svg).expect("written");
                assert!(svg.contains(&format!(
                    "width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {} {}\"",
                    width * 4,
                    height * 4
                )));
                assert_eq!(svg.matches("<svg").count(), 1);
                assert!(svg.contains("10 min ago") && svg.contains("now"), "{svg}");
                // Two runs, for nothing was seen while the machine slept.
                if name == "utilization" {
                    assert_eq!(svg.matches("<polygon").count(), 4);
                }
            }
        }
        let look = Look::new(theme, 680, 170);
        let memory = chart::memory(&samples, look);
        for word in
            ["Weights 8 GB", "Other apps", "KV cache", "Scratch", "Staging 512 MB", "Workers", "limit 27 GB", "36 GB"]
        {
            assert!(memory.contains(word), "{word}");
        }
        assert!(memory.contains("aria-label=\"Memory. Other apps"));
        for empty in [chart::utilization(&[], look), chart::memory(&[Sample::default()], look)] {
            assert!(!empty.contains("<polygon") && empty.contains("</svg>"), "{empty}");
        }
    }
}
