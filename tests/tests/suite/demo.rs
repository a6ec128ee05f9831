//! The demo model that comes with Ingot: how good it is, how the recipes do on it, and its way without a window.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ingot_engine::library::MemorySettings;
use ingot_engine::protocol::{GenerateRequest, Message, Prompt, Role, Sampling};
use ingot_engine::session::{CancelToken, InferenceSession, Progress, SessionOptions};
use ingot_tests::programs::program;
use serde_json::Value;

use crate::generate::Home;

pub fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../demo/ingot-demo")
}

/// A state folder without models.
fn empty_home() -> Home {
    let home = Home::new();
    std::fs::remove_dir_all(home.model()).expect("removed");
    home
}

/// `command` with the demo model and what somebody types: whether it went well, standard output, and standard error.
fn typed(command: &mut Command, home: &Home, lines: &str) -> (bool, String, String) {
    let mut child = command
        .env("INGOT_HOME", home.folder.path())
        .env("INGOT_DEMO", folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    child.stdin.take().expect("piped").write_all(lines.as_bytes()).expect("written");
    let output = child.wait_with_output().expect("ended");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (output.status.success(), text(output.stdout), text(output.stderr))
}

fn converted(home: &Home, recipe: &str) -> Value {
    let outcome = home.ingot(&["convert", &folder().display().to_string(), "--recipe", recipe, "--json"]);
    assert!(outcome.status.success(), "{recipe}: {}", outcome.stderr);
    serde_json::from_str(&outcome.stdout).expect("JSON")
}

/// How many of the fifty questions the model at `model` answers rightly, by the rule of `demo/evaluate.py`.
fn right(model: &Path) -> usize {
    let text = std::fs::read_to_string(folder().join("../questions.json")).expect("the questions");
    let questions: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    assert_eq!(questions.len(), 50);
    let ledger = MemorySettings::default().ledger();
    let options = SessionOptions { worker: Some(program("ingot-mlx")), ..SessionOptions::new(model, &ledger) };
    let cancel = CancelToken::default();
    let session = InferenceSession::open(options, &cancel, &mut |_| ()).expect("opened");
    let answer = |question: &str| {
        let message = Message { role: Role::User, content: question.to_owned() };
        let sampling = Sampling { max_tokens: 90, ..Sampling::default() };
        let mut said = String::new();
        let mut hear = |progress: Progress<'_>| {
            if let Progress::Token { text, .. } | Progress::Text(text) = progress {
                said.push_str(text);
            }
        };
        session
            .generate(&GenerateRequest::new(Prompt::Chat(vec![message]), sampling), &cancel, &mut hear)
            .expect("said");
        said.to_lowercase()
    };
    let holds = |answer: &str, choices: &Value| {
        let mut choices = choices.as_array().expect("a list").iter();
        choices.any(|choice| answer.contains(&choice.as_str().expect("text").to_lowercase()))
    };
    let is_right = |question: &&Value| {
        let answer = answer(question["question"].as_str().expect("text"));
        question["accept"].as_array().expect("lists").iter().all(|choices| holds(&answer, choices))
            && !holds(&answer, &question["reject"])
    };
    questions.iter().filter(is_right).count()
}

#[test]
fn it_answers_questions_that_it_has_not_seen() {
    let home = empty_home();
    let converted = PathBuf::from(converted(&home, "speed-4bit")["output"].as_str().expect("a path"));
    let (plain, small) = std::thread::scope(|scope| {
        let small = scope.spawn(|| right(&converted));
        (right(&folder()), small.join().expect("judged"))
    });
    assert!(plain >= 40, "{plain} of 50 in bfloat16");
    assert!(small >= 38, "{small} of 50 with speed-4bit");
    println!("{plain} and {small} of 50");
}

#[test]
fn more_bits_come_closer_to_the_original() {
    // How much larger than the original's the perplexity may be at most.
    const MARGINS: [(&str, f64); 4] =
        [("quality-8bit", 0.01), ("balanced-5bit", 0.04), ("mixed-precision", 0.08), ("speed-4bit", 0.10)];
    let home = empty_home();
    let mut last = 0.0;
    for (recipe, margin) in MARGINS {
        let quality = converted(&home, recipe)["quality"].clone();
        assert_eq!(quality["own_text"], true);
        let number = |field: &str| quality[field].as_f64().expect("a number");
        let ratio = number("perplexity_converted") / number("perplexity_source");
        assert!(ratio < 1.0 + margin, "{recipe}: {ratio}");
        assert!(number("kl_divergence") > last, "{recipe} is no further away than what has more bits: {quality}");
        last = number("kl_divergence");
    }
}

#[test]
fn in_the_terminal_it_is_converted_and_talked_with_from_a_pipe() {
    let home = empty_home();
    let (went_well, said, told) = typed(home.command().arg("demo"), &home, "What does Ingot do?\nWhat is 3 plus 4?\n");
    assert!(went_well, "{told}");
    assert!(told.contains("tiny demo model") && told.contains("balanced-5bit"), "{told}");
    assert!(said.contains("of its own kind of text"), "{said}");
    let answers: Vec<&str> = said.lines().rev().take(2).collect();
    assert!(answers[1].contains("models") && answers[0].contains('7'), "{said}");
    assert!(home.folder.path().join("models/ingot-demo-balanced-5bit-g64/ingot.json").exists());
    // The second time nothing is left to convert.
    let (went_well, said, _) = typed(home.command().arg("demo"), &home, "");
    assert!(went_well && said.contains("converted before"), "{said}");
}

/// As after an update of Ingot that brings a demo model that was trained anew.
#[test]
fn what_was_made_of_a_former_demo_is_replaced() {
    let home = empty_home();
    let other = home.folder.path().join("other/ingot-demo");
    std::fs::create_dir_all(&other).expect("made");
    for entry in std::fs::read_dir(folder()).expect("the demo") {
        let path = entry.expect("an entry").path();
        std::fs::copy(&path, other.join(path.file_name().expect("a name"))).expect("copied");
    }
    let weights = other.join("model.safetensors");
    let mut bytes = std::fs::read(&weights).expect("there");
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    std::fs::write(&weights, bytes).expect("written");
    let talk = |demo: &Path| {
        let outcome = ingot_tests::run::run(home.command().env("INGOT_DEMO", demo).arg("demo").stdin(Stdio::null()));
        assert!(outcome.status.success(), "{}", outcome.stderr);
        outcome.stdout
    };
    assert!(!talk(&other).contains("converted before"));
    assert!(talk(&other).contains("converted before"));
    assert!(!talk(&folder()).contains("converted before"));
    assert!(talk(&folder()).contains("converted before"));
    // And it is listed once, though a folder above it is named, too.
    let outcome = home.ingot(&["models", "--add", &home.folder.path().join("other").display().to_string()]);
    assert!(outcome.status.success(), "{}", outcome.stderr);
    let listed = ingot_tests::run::run(home.command().env("INGOT_DEMO", &other).args(["models", "--json"]));
    assert_eq!(listed.stdout.matches("other/ingot-demo\"").count(), 1, "{}", listed.stdout);
}

#[test]
fn without_a_display_the_app_goes_on_in_the_terminal() {
    if cfg!(target_os = "macos") {
        return;
    }
    let home = empty_home();
    let mut command = Command::new(program("ingot-app"));
    command.env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    let (went_well, said, told) = typed(&mut command, &home, "Hello\n");
    assert!(went_well, "{told}");
    assert!(told.contains("no display"), "{told}");
    assert!(said.lines().count() >= 4, "{said}");
}

#[test]
fn where_it_is_missing_one_line_says_so() {
    let home = empty_home();
    let outcome = home.ingot(&["demo"]);
    assert!(!outcome.status.success());
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("INGOT_DEMO"), "{}", outcome.stderr);
    let listed = home.ingot(&["models"]);
    assert!(!listed.stdout.contains("ingot-demo"), "{}", listed.stdout);
}
