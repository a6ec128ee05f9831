//! Conversations in the window: asked again, edited, found after a restart, and long ones.

use std::time::{Duration, Instant};

use ingot_engine::chats::{Ask, Ending};
use ingot_engine::protocol::{FinishReason, Usage};
use serde_json::json;

use super::{App, block_on, desktop};

const THINKING: &str =
    "<think>\nThe reader greets me.\n</think>\n\nHello, **reader**.\n\n```python\nprint(\"hello\")\n```\n";
const TABLE: &str = "| Metal | Melts at |\n|---|--:|\n| Tin | 232 °C |\n\nSee [a table](https://example.com/metals).";

async fn questions(app: &App) -> Vec<String> {
    let mut texts = Vec::new();
    for question in app.all("message-user").await {
        texts.push(question.text().await.expect("text"));
    }
    texts
}

#[test]
fn a_conversation_is_edited_answered_again_and_found_after_a_restart() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        block_on(async {
            let texts = [THINKING, TABLE, "Another answer.", "An answer to something else."].map(String::from);
            let mut app = App::open_reciting(is_dark, &texts, 400).await;
            app.click("model-button").await;
            app.open_model().await;
            app.ask("Hello there").await;
            let open = app.script("return document.querySelector('[data-testid=thinking]').open", vec![]).await;
            assert_eq!(open, json!(false), "thinking is folded");
            app.hears("code", "print(\"hello\")").await;
            app.ask("Which metals melt early?").await;
            app.screenshot(&format!("22-markdown-{theme}")).await;

            app.click("link").await;
            app.hears("link-address", "https://example.com/metals").await;
            app.screenshot(&format!("23-link-{theme}")).await;
            app.click("link-cancel").await;

            app.click("regenerate").await;
            app.hears_last("message-assistant", "Another answer.").await;
            app.wait_for("stats", 2).await;
            // The first question is edited: nothing that followed is left.
            app.click("edit").await;
            app.find("edit-field").await.clear().await.expect("cleared");
            app.write("edit-field", "Something else").await;
            app.click("edit-save").await;
            app.hears_last("message-assistant", "An answer to something else.").await;
            app.wait_for("stats", 1).await;
            assert_eq!(questions(&app).await, ["Something else"]);

            app.reopen().await;
            app.wait_for("message-user", 1).await;
            assert_eq!(questions(&app).await, ["Something else"], "it opens where it was left");
            app.hears("message-assistant", "An answer to something else.").await;
            app.click("new-chat").await;
            app.click("history-button").await;
            app.write("history-search", "something else").await;
            app.wait_for("history-item", 1).await;
            app.screenshot(&format!("24-history-{theme}")).await;
            app.click("history-open").await;
            app.wait_for("message-user", 1).await;

            app.click("history-button").await;
            app.click("history-rename").await;
            // Control and A: all of it is replaced.
            app.write("history-name", "\u{e009}a\u{e000}").await;
            app.write("history-name", "Metals").await;
            app.write("history-name", "\u{e007}").await;
            app.wait_until(&|| app.chats().list("metals").is_ok_and(|found| !found.is_empty())).await;
            app.click("history-remove").await;
            app.click("history-remove-now").await;
            app.wait_until(&|| app.chats().list("").is_ok_and(|found| found.is_empty())).await;
            app.client.close().await.expect("closed");
        });
    }
}

#[test]
fn an_answer_that_the_app_did_not_live_to_end_is_kept() {
    if !desktop::is_possible() {
        return;
    }
    block_on(async {
        let text = "One word after another. ".repeat(500);
        let mut app = App::open_reciting(false, std::slice::from_ref(&text), 100).await;
        app.click("model-button").await;
        app.open_model().await;
        app.write("composer", "Tell me everything").await;
        app.click("send").await;
        app.hears("message-assistant", "One word").await;
        tokio::time::sleep(Duration::from_millis(2500)).await;
        for process in app.desktop.processes("ingot-app") {
            // SAFETY: sends a signal to the app.
            unsafe { libc::kill(process, libc::SIGKILL) };
        }
        let _ = app.client.clone().close().await;
        assert!(app.desktop.end("ingot-mlx"), "the worker outlived the app");
        app.client = app.desktop.open_app().await;
        app.wait_for("interrupted", 1).await;
        let kept = app.answer().await;
        assert!(kept.len() > 400 && text.starts_with(kept.trim_end()), "{} bytes: {kept}", kept.len());
        app.screenshot("25-interrupted").await;
        app.client.close().await.expect("closed");
    });
}

/// A conversation of `turns` messages.
fn long_conversation(app: &App, turns: usize) {
    let chats = app.chats();
    let usage = Usage { prompt_tokens: 100, generated_tokens: 100, ..Usage::default() };
    let ending = Ending::Finished { reason: FinishReason::Stop, usage };
    let mut chat = None;
    for number in 0..turns / 2 {
        let question = format!("Question {number}");
        let ask = Ask { chat, turn: None, question: Some(&question), system: "", model: "tiny" };
        let asked = chats.ask(&ask).expect("asked");
        chats.keep(asked.answer, &format!("{THINKING}\n{TABLE}\n\nAnswer {number}"), &ending).expect("kept");
        chat = Some(asked.chat);
    }
}

#[test]
fn a_thousand_messages_are_no_burden() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        block_on(async {
            let mut app = App::open_reciting(is_dark, &["A short answer.".into()], 400).await;
            long_conversation(&app, 1000);
            app.reopen().await;
            // As wide as the panel.
            app.client.set_window_size(380, 600).await.expect("sized");
            let begin = Instant::now();
            app.wait_for("message-user", 20).await;
            app.hears_last("message-assistant", "Answer 499").await;
            assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
            app.screenshot(&format!("26-thousand-{theme}")).await;
            app.click("model-button").await;
            app.open_model().await;
            app.ask("One more").await;

            // Earlier ones come while the reader scrolls up, down to the first.
            let begin = Instant::now();
            let up = "const button = document.querySelector('[data-testid=earlier]');
                      button?.scrollIntoView(); return button !== null";
            while app.script(up, vec![]).await == json!(true) {
                tokio::time::sleep(Duration::from_millis(20)).await;
                assert!(begin.elapsed() < Duration::from_secs(60), "the first message does not come");
            }
            assert_eq!(app.all("message-user").await.len(), 501);
            app.hears("message-user", "Question 0").await;
            // With all of them there, typing is still at once.
            let typing = "const [done] = [arguments[arguments.length - 1]], begin = performance.now();
                 const field = document.querySelector('[data-testid=composer]');
                 field.value = 'x'; field.dispatchEvent(new Event('input'));
                 requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begin)))";
            let took = app.client.execute_async(typing, vec![]).await.expect("typed").as_f64().expect("milliseconds");
            assert!(took < 250.0, "{took} ms");
            app.client.close().await.expect("closed");
        });
    }
}
