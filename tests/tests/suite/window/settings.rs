//! Settings, by click, and what they change.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{App, block_on, desktop};

fn kept(app: &App) -> Value {
    let text = fs::read_to_string(app.home.folder.path().join("settings.json")).expect("settings");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn what_is_set_takes_effect_at_once_and_stays() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        block_on(async {
            let mut app = App::open_on(&json!({}), is_dark).await;
            let models = app.home.folder.path().join("more models");
            fs::create_dir(&models).expect("a folder");
            app.click("section-settings").await;
            app.wait_for("settings-limit", 1).await;
            let choose = "const field = document.querySelector(`[data-testid=${arguments[0]}]`);
                          field.value = arguments[1]; field.dispatchEvent(new Event('change', { bubbles: true }))";
            // The dark desktop forces all programs to be.
            for appearance in if is_dark { &["dark"][..] } else { &["dark", "light"] } {
                app.script(choose, vec![json!("settings-appearance"), json!(appearance)]).await;
                app.wait_until(&|| kept(&app)["appearance"] == *appearance).await;
                let begin = Instant::now();
                let is_dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
                while app.script(is_dark, vec![]).await != json!(*appearance == "dark") {
                    assert!(begin.elapsed() < Duration::from_secs(5), "it is not {appearance}");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            app.script(choose, vec![json!("settings-idle"), json!("never")]).await;
            app.wait_until(&|| kept(&app)["memory"]["idle_unload_seconds"].is_null()).await;
            app.script(choose, vec![json!("settings-recipe"), json!("speed-4bit")]).await;
            app.wait_until(&|| kept(&app)["recipe"] == "speed-4bit").await;
            app.script(choose, vec![json!("settings-system"), json!("Be brief.")]).await;
            app.wait_until(&|| kept(&app)["system_prompt"] == "Be brief.").await;
            app.write("settings-folder-path", "/nonexistent").await;
            app.click("settings-folder-add").await;
            app.hears("error", "/nonexistent: there is no such folder").await;
            app.click("show-log").await;
            app.hears("log", "change_settings: BadRequest").await;
            app.screenshot(&format!("29-log-{theme}")).await;
            app.click("log-close").await;
            app.find("settings-folder-path").await.clear().await.expect("cleared");
            app.write("settings-folder-path", &models.display().to_string()).await;
            app.click("settings-folder-add").await;
            app.hears("settings-folder", "more models").await;
            app.screenshot(&format!("30-settings-{theme}")).await;

            // A limit that the model does not fit in refuses it at once, and lifting it lets it in.
            app.script(choose, vec![json!("settings-limit"), json!("0.25")]).await;
            app.wait_until(&|| kept(&app)["memory"]["limit_bytes"] == 268_435_456).await;
            app.script(choose, vec![json!("settings-limit"), json!("0.01")]).await;
            app.hears("error", "at least 0.25 GB").await;
            app.script(choose, vec![json!("settings-limit"), json!("")]).await;
            app.wait_until(&|| kept(&app)["memory"]["limit_bytes"].is_null()).await;
            app.client.set_window_size(380, 640).await.expect("sized");
            app.screenshot(&format!("31-settings-narrow-{theme}")).await;

            // A new chat has the prompt, and the window comes back where it was with the model of last time.
            app.click("section-chat").await;
            app.click("model-button").await;
            app.open_model().await;
            let prompt = app.script("return document.querySelector('[data-testid=system-prompt]').value", vec![]).await;
            assert_eq!(prompt, "Be brief.");
            app.ask("Hello").await;
            app.click("section-settings").await;
            app.script(choose, vec![json!("settings-appearance"), json!("dark")]).await;
            app.wait_until(&|| kept(&app)["appearance"] == "dark").await;
            app.reopen().await;
            app.wait_for("stats", 1).await;
            let is_dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
            assert_eq!(app.script(is_dark, vec![]).await, json!(true), "it is as it was chosen");
            let button =
                app.script("return document.querySelector('[data-testid=model-button]').textContent", vec![]).await;
            let button = button.as_str().expect("text");
            assert!(button.contains("tiny") && button.contains("Not loaded"), "{button}");
            app.ask("Are you there?").await;
            app.client.close().await.expect("closed");
        });
    }
}
