//! Every screen before an accessibility checker (axe), wide and narrow, light and dark.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{App, block_on, desktop};

/// What axe finds on the screen as it is, at least serious, as `rule: target`.
async fn found(app: &App) -> Vec<String> {
    let run = "const done = arguments[arguments.length - 1];
               axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => done(
                   violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
                       .flatMap(({ id, nodes }) => nodes.map(({ target, html, failureSummary }) =>
                           `${id}: ${target} ${html.slice(0, 160)} ${failureSummary}`))),
                   error => done([String(error)]))";
    let found = app.client.execute_async(run, vec![]).await.expect("axe ran");
    let lines = found.as_array().expect("a list").iter().filter_map(Value::as_str);
    lines.map(str::to_owned).collect()
}

/// Collects the faults of several screens.
pub struct Checker<'a> {
    app: &'a App,
    theme: &'a str,
    faults: Vec<String>,
}

impl<'a> Checker<'a> {
    pub async fn new(app: &'a App, theme: &'a str) -> Self {
        let axe = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui/node_modules/axe-core/axe.min.js");
        let axe = fs::read_to_string(axe).expect("axe-core is not installed; run 'make setup'");
        app.script(&axe, vec![]).await;
        Self { app, theme, faults: Vec::new() }
    }

    /// # Panics
    /// If any screen has a fault.
    pub fn end(self) {
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
    }

    /// Looks at the screen, wide and narrow.
    pub async fn look(&mut self, screen: &str) {
        for (width, height) in [(900, 640), (380, 640)] {
            self.app.client.set_window_size(width, height).await.expect("sized");
            // What fades in is not to be judged half way.
            tokio::time::sleep(std::time::Duration::from_millis(250)).await;
            let found = found(self.app).await;
            self.faults
                .extend(found.into_iter().map(|fault| format!("{screen}, {width} wide, {}: {fault}", self.theme)));
        }
    }
}

#[test]
fn no_screen_has_a_serious_fault() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        block_on(async {
            let text = "<think>Hm.</think>\n# Title\n\nSome **words** and `code`, [a link](https://example.com).\n\n- [x] done\n- to do\n\n```rust\nfn main() {}\n```\n\n|a|b|\n|-|-|\n|1|2|\n";
            let app = App::open_reciting(is_dark, &[text.into()], 2000).await;
            let mut checker = Checker::new(&app, theme).await;
            checker.look("first start").await;
            app.click("model-button").await;
            checker.look("model list").await;
            app.open_model().await;
            checker.look("ready").await;
            app.ask("Hello").await;
            checker.look("chat").await;
            app.click("link").await;
            checker.look("link").await;
            app.click("link-cancel").await;
            app.click("sampling-button").await;
            checker.look("sampling").await;
            app.click("sampling-button").await;
            app.click("history-button").await;
            app.wait_for("history-item", 1).await;
            checker.look("history").await;
            app.click("history-remove").await;
            checker.look("history, removing").await;
            for section in ["models", "convert", "monitor", "hardware", "settings"] {
                app.click(&format!("section-{section}")).await;
                app.wait_for(section, 1).await;
                checker.look(section).await;
            }
            app.write("settings-folder-path", "/nonexistent").await;
            app.click("settings-folder-add").await;
            app.wait_for("error", 1).await;
            checker.look("error").await;
            app.click("show-log").await;
            app.wait_for("log", 1).await;
            checker.look("log").await;
            // And that the checker would say so.
            app.click("log-close").await;
            app.script("document.querySelector('main').append(document.createElement('button'))", vec![]).await;
            assert!(found(&app).await.iter().any(|fault| fault.starts_with("button-name")), "axe finds nothing at all");
            checker.end();
            app.client.close().await.expect("closed");
        });
    }
}
