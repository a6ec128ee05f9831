//! Conversion by click: what each recipe would make, making it, stopping and going on, and talking with the result.

use std::path::Path;

use ingot_tests::tiny_model::TinyModel;
use serde_json::json;

use super::{App, block_on, desktop};

#[test]
fn a_model_is_converted_by_click_and_talked_with() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        block_on(async {
            let app = App::open_on(&json!({}), is_dark).await;
            app.click("section-convert").await;
            // The only one there is chosen already.
            app.hears("convert", "5-bit, balanced").await;
            app.screenshot(&format!("18-convert-{theme}")).await;
            app.click("recipe-speed-4bit").await;
            app.click("convert-start").await;
            app.hears("conversion-quality", "same next token").await;
            app.hears("quality-speed-4bit", "KL").await;
            app.screenshot(&format!("19-converted-{theme}")).await;
            let made = app.home.folder.path().join("models/tiny-speed-4bit-g64/ingot.json");
            assert!(made.exists());
            app.click("conversion-chat").await;
            app.can_talk_with("tiny-speed-4bit").await;
            app.write("composer", "Hello").await;
            app.click("send").await;
            app.wait_for("stats", 1).await;
            app.client.set_window_size(380, 640).await.expect("sized");
            app.click("section-convert").await;
            app.hears("convert", "Bits per weight").await;
            app.screenshot(&format!("20-convert-narrow-{theme}")).await;
            app.client.close().await.expect("closed");
            assert!(app.desktop.end("ingot-app"), "the app does not end");
        });
    }
}

/// The same with a trained model that others know, where it is at hand.
#[test]
fn stories260k_is_converted_by_click_and_tells_a_story() {
    let stories = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/models/stories260K");
    if !desktop::is_possible() || !stories.is_dir() {
        return;
    }
    block_on(async {
        let app = App::open().await;
        let models = app.home.folder.path().join("models");
        std::fs::remove_dir_all(models.join("tiny")).expect("removed");
        std::fs::create_dir(models.join("stories260K")).expect("made");
        for entry in std::fs::read_dir(&stories).expect("a folder") {
            let path = entry.expect("an entry").path();
            std::fs::copy(&path, models.join("stories260K").join(path.file_name().expect("a name"))).expect("copied");
        }
        app.client.refresh().await.expect("loaded anew");
        app.click("section-convert").await;
        app.click("recipe-quality-8bit").await;
        app.click("convert-start").await;
        app.hears("conversion-quality", "same next token").await;
        app.click("conversion-chat").await;
        app.can_talk_with("stories260K-quality-8bit").await;
        app.ask("Once upon a time").await;
        assert!(app.answer().await.split_whitespace().count() > 20, "{}", app.answer().await);
        app.screenshot("37-stories").await;
        app.client.close().await.expect("closed");
        assert!(app.desktop.end("ingot-app"), "the app does not end");
    });
}

#[test]
fn a_conversion_is_stopped_and_goes_on() {
    if !desktop::is_possible() {
        return;
    }
    block_on(async {
        let app = App::open().await;
        let models = app.home.folder.path().join("models");
        // Large enough to be stopped in the middle.
        TinyModel::wide(9, 40960).write(&models.join("wide"));
        std::fs::remove_dir_all(models.join("tiny")).expect("removed");
        app.client.refresh().await.expect("loaded anew");
        app.click("section-convert").await;
        app.click("convert-start").await;
        app.hears("conversion", "Stop").await;
        app.click("conversion-pause").await;
        app.hears("conversion", "What is done is kept").await;
        assert!(app.desktop.end("ingot"), "the process of the conversion does not end");
        assert!(!models.join("wide-balanced-5bit-g64").exists());
        app.screenshot("21-conversion-stopped").await;
        app.click("conversion-resume").await;
        // It is large, so comparing takes long; by then it is written, and what was done before was not done again.
        app.hears("conversion", "Comparing with the source").await;
        app.click("conversion-pause").await;
        app.hears("conversion", "What is done is kept").await;
        app.click("conversion-clear").await;
        app.client.close().await.expect("closed");
        assert!(app.desktop.end("ingot-app"), "the app does not end");
    });
}
