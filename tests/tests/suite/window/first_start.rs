//! The first start, without a network and without a model: three clicks lead to a chat with the demo model.

use serde_json::json;

use super::accessibility::Checker;
use super::{App, block_on, desktop};

#[test]
fn three_clicks_lead_to_a_chat_with_the_demo_model() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        block_on(async {
            let app = App::open_first(is_dark).await;
            app.find("try-demo").await;
            let mut checker = Checker::new(&app, theme).await;
            checker.look("first start").await;
            app.client.set_window_size(900, 640).await.expect("sized");
            app.screenshot(&format!("32-first-start-{theme}")).await;
            app.click("try-demo").await;
            app.hears("convert", "tiny demo model").await;
            app.hears("convert", "5-bit, balanced").await;
            checker.look("convert the demo").await;
            app.client.set_window_size(900, 640).await.expect("sized");
            app.screenshot(&format!("33-demo-convert-{theme}")).await;
            app.click("convert-start").await;
            app.hears("conversion-quality", "of its own kind of text").await;
            app.screenshot(&format!("34-demo-converted-{theme}")).await;
            app.click("conversion-chat").await;
            app.can_talk_with("ingot-demo-balanced-5bit").await;
            let focused = app.script("return document.activeElement.dataset.testid", vec![]).await;
            assert_eq!(focused, json!("composer"), "one can type at once");

            app.ask("What is Ingot?").await;
            assert!(app.answer().await.contains("models"), "{}", app.answer().await);
            app.ask("What is 7 times 8?").await;
            assert!(app.answer().await.contains("56"), "{}", app.answer().await);
            app.screenshot(&format!("35-demo-chat-{theme}")).await;
            app.click("sampling-button").await;
            app.screenshot(&format!("38-sampling-{theme}")).await;
            app.click("sampling-button").await;
            if is_dark {
                // Its context is short, and the conversation goes on all the same.
                for _ in 0..14 {
                    app.ask("What does the recipe mixed-precision do?").await;
                }
                app.hears_last("stats", "oldest messages").await;
                app.screenshot("39-long-chat").await;
            }

            app.click("section-models").await;
            app.wait_for("local-model", 2).await;
            checker.look("models with the demo").await;
            checker.end();
            app.client.set_window_size(900, 640).await.expect("sized");
            app.screenshot(&format!("36-demo-models-{theme}")).await;
            let chosen =
                app.script("return document.querySelectorAll('[data-testid=local-remove]').length", vec![]).await;
            assert_eq!(chosen, json!(1), "the demo itself is not to be removed");
            app.client.close().await.expect("closed");
            assert!(app.desktop.end("ingot-app"), "the app does not end");
        });
    }
}
