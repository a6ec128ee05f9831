//! `ingot chat --json`: ten turns, and what the cache makes of them.

use std::io::Write;
use std::process::Stdio;

use ingot_tests::tiny_model::TinyModel;
use serde_json::Value;

use crate::generate::Home;

/// Sends `lines` to a chat and returns its replies.
fn chat(home: &Home, lines: &[String], options: &[&str]) -> Vec<Value> {
    let (replies, errors) = converse(home, lines, options);
    assert_eq!(errors, "");
    replies
}

/// Sends `lines` to a chat and returns its replies, and what it says of those it cannot answer.
fn converse(home: &Home, lines: &[String], options: &[&str]) -> (Vec<Value>, String) {
    let mut command = home.command();
    command.args(["chat", "--model", "tiny", "--json"]).args(options);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("started");
    let mut stdin = child.stdin.take().expect("piped");
    for line in lines {
        writeln!(stdin, "{line}").expect("written");
    }
    drop(stdin);
    let output = child.wait_with_output().expect("ended");
    let (text, errors) = (String::from_utf8(output.stdout), String::from_utf8(output.stderr));
    let errors = errors.expect("UTF-8");
    assert_eq!(output.status.success(), errors.is_empty(), "{errors}");
    let text = text.expect("UTF-8");
    (text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(), errors)
}

#[test]
fn ten_turns_reuse_the_conversation_and_change_nothing() {
    let home = Home::new();
    let lines: Vec<String> =
        (0..10).map(|turn| format!("Question number {turn}: what comes after {}?", turn * 7)).collect();
    let replies = chat(&home, &lines, &["--max-tokens", "16"]);
    assert_eq!(replies.len(), 10);
    let count = |reply: &Value, field: &str| reply[field].as_u64().expect("a count");
    for pair in replies.windows(2) {
        assert!(count(&pair[1], "cached_tokens") > count(&pair[0], "cached_tokens"));
        // All of the earlier prompt is there; at most the last answer and the new question are computed.
        assert!(count(&pair[1], "cached_tokens") >= count(&pair[0], "prompt_tokens") - 1, "{pair:?}");
    }
    // A fresh process that is given the whole conversation at once says the same.
    for turns in [2, 5, 10] {
        let last = replies[turns - 1].clone();
        let fresh = replay(&home, &lines[..turns], &replies[..turns - 1]);
        assert_eq!(fresh["tokens"], last["tokens"], "turn {turns}");
        assert_eq!(fresh["cached_tokens"], 0);
        assert_eq!(fresh["prompt_tokens"], last["prompt_tokens"]);
    }
}

/// The conversation as one raw prompt, as the template writes it.
fn replay(home: &Home, questions: &[String], answers: &[Value]) -> Value {
    let mut prompt = String::from("<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n");
    for (turn, question) in questions.iter().enumerate() {
        prompt.push_str(&format!("<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"));
        if let Some(answer) = answers.get(turn) {
            prompt.push_str(&format!("{}<|im_end|>\n", answer["text"].as_str().expect("text")));
        }
    }
    home.generate(&["--raw", "--prompt", &prompt, "--max-tokens", "16"])
}

#[test]
fn a_bounded_cache_talks_on() {
    let home = Home::new();
    let lines: Vec<String> = (0..6).map(|turn| format!("Say something about the number {turn}, please.")).collect();
    let replies = chat(&home, &lines, &["--max-tokens", "24", "--max-kv-size", "64"]);
    assert!(replies.iter().all(|reply| reply["generated_tokens"].as_u64().is_some_and(|count| count > 0)));
}

#[test]
fn empty_lines_are_no_questions() {
    let home = Home::new();
    assert_eq!(chat(&home, &[String::new(), "  ".into(), "Hello".into()], &["--max-tokens", "4"]).len(), 1);
}

#[test]
fn a_failed_answer_is_told_and_the_conversation_goes_on() {
    let home = Home::new();
    // A token that never comes: the story does not end before the worker does.
    TinyModel::new().set("eos_token_id", 1_000_000.into()).write(&home.model());
    let mut child = home
        .command()
        .args(["chat", "--model", "tiny", "--json", "--max-tokens", "1500"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let mut stdin = child.stdin.take().expect("piped");
    writeln!(stdin, "a long story, please").expect("written");
    std::thread::sleep(std::time::Duration::from_millis(600));
    let children = std::fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap_or_default();
    for worker in children.split_whitespace() {
        // SAFETY: sends a signal to our own worker.
        unsafe { libc::kill(worker.parse().expect("a number"), libc::SIGKILL) };
    }
    writeln!(stdin, "and another").expect("written");
    drop(stdin);
    let output = child.wait_with_output().expect("ended");
    assert_eq!(output.status.code(), Some(1));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(stdout.lines().count(), 1, "{stdout}{stderr}");
    assert!(stderr.contains("SIGKILL") && stderr.lines().count() == 1, "{stderr}");
}

#[test]
fn a_conversation_that_outgrows_the_context_goes_on_without_its_oldest_messages() {
    let home = Home::new();
    TinyModel::new().set("max_position_embeddings", 512.into()).write(&home.model());
    let lines: Vec<String> = (0..24).map(|turn| format!("What comes after the number {turn}?")).collect();
    let replies = chat(&home, &lines, &["--max-tokens", "8", "--system", "Count."]);
    assert_eq!(replies.len(), 24);
    let count = |reply: &Value, field: &str| reply[field].as_u64().expect("a count");
    assert_eq!(count(&replies[1], "left_out_messages"), 0);
    let most = count(&replies[23], "left_out_messages");
    assert!(most >= 8 && most % 2 == 0, "{most}: whole exchanges");
    let mut computed_anew = 0;
    for pair in replies.windows(2) {
        assert!(count(&pair[1], "prompt_tokens") <= 512 - 8);
        if count(&pair[0], "left_out_messages") == count(&pair[1], "left_out_messages") {
            assert!(count(&pair[1], "cached_tokens") >= count(&pair[0], "prompt_tokens") - 1, "{pair:?}");
        } else {
            computed_anew += 1;
        }
    }
    assert!((2..=8).contains(&computed_anew), "{computed_anew} times: what stays is in the cache in between");
    // One message that is too long by itself cannot be helped, and is said; those after it are answered.
    let lines = ["Hello".to_owned(), "word ".repeat(800), "Hello again".to_owned()];
    let (replies, error) = converse(&home, &lines, &["--max-tokens", "8"]);
    assert_eq!(replies.len(), 2);
    assert!(error.contains("context is 512") && error.lines().count() == 1, "{error}");
}
