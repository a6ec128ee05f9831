//! Models by click: found on the Hub, looked at, fetched with pauses, talked with, and removed.

use ingot_tests::hub::{Reply, Repository};
use serde_json::json;

use super::{App, block_on, desktop};
use crate::generate::Home;

#[test]
fn a_model_is_found_fetched_and_talked_with_by_click() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        let repository = Repository::of_folder("acme/other", &Home::new().model());
        let found = json!([
            { "id": "acme/other", "config": { "model_type": "llama" }, "tags": ["license:mit"],
              "safetensors": { "parameters": { "F32": 260_000 }, "total": 260_000 } },
            { "id": "acme/huge", "config": { "model_type": "qwen3" },
              "safetensors": { "parameters": { "BF16": 4_000_000_000_000_u64 }, "total": 4_000_000_000_000_u64 } },
        ]);
        let hub = repository.serve(move |seen, _, reply| match seen.path.starts_with("/api/models?") {
            true => Reply::json(&found),
            // The weights take a few seconds.
            false => Reply { rate: seen.path.ends_with(".safetensors").then_some(300_000), ..reply },
        });
        block_on(async {
            let app = App::open_at(&json!({}), is_dark, Some(&hub.endpoint())).await;
            app.click("section-models").await;
            // Of text that may be cut short the driver sees nothing, so names are not looked for.
            app.hears("local-model", "llama").await;
            app.write("hub-text", "other").await;
            app.click("hub-search").await;
            app.wait_for("hub-model", 2).await;
            app.hears("models", "Too large").await;
            app.click("hub-look").await;
            app.hears("hub-details", "5-bit, balanced").await;
            app.screenshot(&format!("14-models-{theme}")).await;
            app.click("hub-download").await;
            app.hears("download", "/s").await;
            app.screenshot(&format!("15-download-{theme}")).await;
            app.click("download-pause").await;
            app.hears("download", "Paused").await;
            app.click("download-start").await;
            app.hears("download", "checked").await;
            app.wait_for("local-model", 2).await;
            app.hears("hub-model", "Downloaded").await;
            app.client.set_window_size(380, 640).await.expect("sized");
            app.screenshot(&format!("16-models-narrow-{theme}")).await;
            app.client.set_window_size(900, 640).await.expect("sized");
            app.click("download-discard").await;
            // What is below moves up; a click would miss it meanwhile.
            app.wait_for_none("download").await;

            app.click("local-chat").await;
            app.can_talk_with("other").await;
            app.write("composer", "Hello").await;
            app.click("send").await;
            app.wait_for("stats", 1).await;

            // What is in use is not removed; unloaded, it is.
            app.click("section-models").await;
            app.click("local-remove").await;
            app.click("local-remove-yes").await;
            app.hears("error", "in use").await;
            app.screenshot(&format!("17-models-in-use-{theme}")).await;
            assert!(app.home.folder.path().join("models/other").exists());
            app.client.close().await.expect("closed");
            assert!(app.desktop.end("ingot-app"), "the app does not end");
        });
    }
}
