//! The built app in a real window, driven through WebDriver as a person would use it.

mod accessibility;
mod chats;
mod convert;
mod desktop;
mod first_start;
mod models;
mod output;
mod settings;
mod speed;

use std::future::Future;
use std::time::{Duration, Instant};

use fantoccini::elements::Element;
use fantoccini::{Client, Locator};
use ingot_engine::chats::ChatStore;
use ingot_tests::tiny_model::TinyModel;
use serde_json::{Value, json};

use crate::generate::Home;
use desktop::Desktop;

const PATIENCE: Duration = Duration::from_secs(20);

/// The app, with the tiny model in its library and one window open.
struct App {
    client: Client,
    home: Home,
    // Dropped last: everything above talks to it.
    desktop: Desktop,
}

impl App {
    async fn open() -> Self {
        Self::open_with(&json!({})).await
    }

    /// The app with these settings.
    async fn open_with(settings: &Value) -> Self {
        Self::open_on(settings, false).await
    }

    /// The same on a desktop that is light or dark.
    async fn open_on(settings: &Value, is_dark: bool) -> Self {
        Self::open_at(settings, is_dark, None).await
    }

    /// The same with the Hub at `hub`.
    async fn open_at(settings: &Value, is_dark: bool, hub: Option<&str>) -> Self {
        let home = Home::new();
        std::fs::write(home.folder.path().join("settings.json"), settings.to_string()).expect("settings");
        let desktop = Desktop::start(home.folder.path(), is_dark, hub);
        let client = desktop.open_app().await;
        Self { client, home, desktop }
    }

    /// The app as it is first opened, with nothing but what comes with it.
    async fn open_first(is_dark: bool) -> Self {
        let home = Home::new();
        std::fs::remove_dir_all(home.model()).expect("removed");
        let desktop = Desktop::start_with_demo(home.folder.path(), is_dark, &crate::demo::folder());
        let client = desktop.open_app().await;
        Self { client, home, desktop }
    }

    /// The app with a worker that says `texts` in turn, `tokens_per_second`.
    async fn open_reciting(is_dark: bool, texts: &[String], tokens_per_second: u32) -> Self {
        let home = Home::new();
        let desktop = Desktop::start(home.folder.path(), is_dark, None);
        Self::recite_on(home, desktop, texts, tokens_per_second).await
    }

    async fn recite_on(home: Home, mut desktop: Desktop, texts: &[String], tokens_per_second: u32) -> Self {
        desktop.recite(&json!({"texts": texts, "tokens_per_second": tokens_per_second}));
        let client = desktop.open_app().await;
        Self { client, home, desktop }
    }

    /// Closes the app and opens it again, as on the next day.
    async fn reopen(&mut self) {
        self.client.clone().close().await.expect("closed");
        assert!(self.desktop.end("ingot-app"), "the app does not end");
        self.client = self.desktop.open_app().await;
    }

    /// Conversations as they are kept.
    fn chats(&self) -> ChatStore {
        ChatStore::new(self.home.folder.path())
    }

    /// Asks, and waits for the end of the answer.
    async fn ask(&self, question: &str) {
        let answered = self.all("stats").await.len();
        self.write("composer", question).await;
        self.click("send").await;
        self.wait_for("stats", answered + 1).await;
    }

    async fn find(&self, name: &str) -> Element {
        let css = format!("[data-testid='{name}']");
        self.client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(&css))
            .await
            .unwrap_or_else(|error| panic!("{name} is not in the window: {error}"))
    }

    async fn all(&self, name: &str) -> Vec<Element> {
        let css = format!("[data-testid='{name}']");
        let begin = Instant::now();
        loop {
            match self.client.find_all(Locator::Css(&css)).await {
                Ok(found) => return found,
                // One of them was redrawn while the driver counted them.
                Err(error) if error.is_stale_element_reference() && begin.elapsed() < PATIENCE => {}
                Err(error) => panic!("{name} cannot be looked for: {error}"),
            }
        }
    }

    async fn click(&self, name: &str) {
        self.find(name).await.click().await.unwrap_or_else(|error| panic!("{name} cannot be clicked: {error}"));
    }

    async fn write(&self, name: &str, text: &str) {
        self.find(name).await.send_keys(text).await.unwrap_or_else(|error| panic!("{name} takes no text: {error}"));
    }

    /// The exact text of the latest answer.
    async fn answer(&self) -> String {
        let answers = self.all("message-assistant").await;
        let last = answers.last().expect("an answer").clone();
        self.script("return arguments[0].textContent", vec![serde_json::to_value(last).expect("an element")])
            .await
            .as_str()
            .expect("text")
            .to_owned()
    }

    async fn script(&self, code: &str, arguments: Vec<Value>) -> Value {
        self.client.execute(code, arguments).await.unwrap_or_else(|error| panic!("{code}: {error}"))
    }

    /// Waits until there are `count` of the elements `name`.
    async fn wait_for(&self, name: &str, count: usize) {
        let begin = Instant::now();
        while self.all(name).await.len() < count {
            if begin.elapsed() > PATIENCE {
                self.screenshot("failed").await;
                panic!("{name} did not come");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until there is none of the elements `name`.
    async fn wait_for_none(&self, name: &str) {
        let begin = Instant::now();
        while !self.all(name).await.is_empty() {
            if begin.elapsed() > PATIENCE {
                self.screenshot("failed").await;
                panic!("{name} does not go");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until the first of the elements `name` says `words`: what has just come may still be fading in, and
    /// then has no text to be seen.
    async fn hears(&self, name: &str, words: &str) {
        let begin = Instant::now();
        loop {
            let text = self.find(name).await.text().await.unwrap_or_default();
            if text.contains(words) {
                return;
            }
            if begin.elapsed() > PATIENCE {
                self.screenshot("failed").await;
                panic!("{name} says {text:?}, expected {words:?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The same of the last of them.
    async fn hears_last(&self, name: &str, words: &str) {
        let begin = Instant::now();
        loop {
            let last = self.all(name).await.pop();
            let text = match &last {
                Some(element) => element.text().await.unwrap_or_default(),
                None => String::new(),
            };
            if text.contains(words) {
                return;
            }
            if begin.elapsed() > PATIENCE {
                self.screenshot("failed").await;
                panic!("the last {name} says {text:?}, expected {words:?}");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn wait_until(&self, holds: &dyn Fn() -> bool) {
        let begin = Instant::now();
        while !holds() {
            if begin.elapsed() > PATIENCE {
                self.screenshot("failed").await;
                panic!("it did not happen");
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Opens the tiny model by its path, as typed, and waits until it can be talked to.
    async fn open_model(&self) {
        self.write("model-path", &self.home.model().display().to_string()).await;
        self.click("model-open").await;
        self.can_talk_with("tiny").await;
    }

    /// Waits until the model called `name` is loaded and takes a question.
    async fn can_talk_with(&self, name: &str) {
        let ready = "const find = name => document.querySelector(`[data-testid='${name}']`);
                     return !find('model-path') && !find('composer').disabled
                         && find('model-button').textContent.includes(arguments[0])
                         && !find('model-button').textContent.includes('Loading')";
        let begin = Instant::now();
        while self.script(ready, vec![json!(name)]).await != json!(true) {
            if begin.elapsed() > PATIENCE {
                self.screenshot("failed").await;
                panic!("the model is not ready");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn screenshot(&self, name: &str) {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let png = self.client.screenshot().await.expect("a picture");
        desktop::keep_screenshot(name, &png);
    }
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let in_time = runtime.block_on(async { tokio::time::timeout(Duration::from_secs(120), test).await });
    in_time.expect("the window answers in time");
}

#[test]
fn a_person_opens_a_model_talks_and_stops_it() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        block_on(async {
            let app = App::open_on(&json!({}), is_dark).await;
            app.screenshot(&format!("1-empty-{theme}")).await;
            app.click("model-button").await;
            app.wait_for("model-item", 1).await;
            app.screenshot(&format!("2-models-{theme}")).await;
            app.open_model().await;

            app.write("composer", "Tell me something").await;
            app.click("send").await;
            // The text comes in pieces.
            app.wait_for("message-assistant", 1).await;
            let (mut seen, begin) = (Vec::new(), Instant::now());
            while app.all("stats").await.is_empty() {
                let text = app.answer().await;
                if seen.last() != Some(&text) {
                    seen.push(text);
                }
                if begin.elapsed() > PATIENCE {
                    app.screenshot("failed").await;
                    panic!("the answer did not end; so far: {seen:?}");
                }
            }
            assert!(seen.len() >= 3, "it did not stream: {} states", seen.len());
            app.hears("stats", "tok/s").await;
            app.hears("stats", "first token").await;
            app.screenshot(&format!("3-answer-{theme}")).await;

            let expected = app.home.generate(&["--temp", "0", "--max-tokens", "1024", "--prompt", "Tell me something"]);
            let chat = app.chats().list("").expect("listed")[0].id;
            let kept = app.chats().open(chat, None, 2).expect("kept");
            assert_eq!(Some(kept.turns[1].text.as_str()), expected["text"].as_str());

            app.write("composer", "And now something else").await;
            app.click("send").await;
            app.wait_for("message-assistant", 2).await;
            while app.answer().await.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            app.click("stop").await;
            let begin = Instant::now();
            app.wait_for("stopped", 1).await;
            assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
            let stopped = app.answer().await;
            assert!(!stopped.is_empty());
            tokio::time::sleep(Duration::from_millis(300)).await;
            assert_eq!(app.answer().await, stopped, "nothing comes after a stop");
            app.screenshot(&format!("4-stopped-{theme}")).await;

            let workers = app.desktop.processes("ingot-mlx");
            assert_eq!(workers.len(), 1);
            app.client.close().await.expect("closed");
            assert!(app.desktop.end("ingot-mlx"), "the worker outlived the app");
        });
    }
}

#[test]
fn what_goes_wrong_is_said_in_the_window() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        block_on(async {
            let app = App::open_on(&json!({}), is_dark).await;
            app.click("model-button").await;
            app.write("model-path", "/nonexistent/model").await;
            app.click("model-open").await;
            app.hears("error", "no such folder").await;
            app.screenshot(&format!("5-error-{theme}")).await;

            // The worker dies in the middle of an answer: the app says so, and the next try works.
            // Its answer has no end token, so it lasts until then.
            TinyModel::new().set("eos_token_id", json!(1_000_000)).write(&app.home.model());
            app.find("model-path").await.clear().await.expect("cleared");
            app.open_model().await;
            app.write("composer", "Hello").await;
            app.click("send").await;
            app.wait_for("message-assistant", 1).await;
            while app.answer().await.is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            for worker in app.desktop.processes("ingot-mlx") {
                // SAFETY: sends a signal to the app's worker.
                unsafe { libc::kill(worker, libc::SIGKILL) };
            }
            app.hears("error", "SIGKILL").await;
            app.screenshot(&format!("6-crash-{theme}")).await;
            app.click("retry").await;
            app.wait_for("stats", 1).await;
            app.client.close().await.expect("closed");
        });
    }
}

#[test]
fn memory_is_given_back_and_refusals_are_said_in_the_window() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        block_on(async {
            let app = App::open_on(&json!({"memory": {"idle_unload_seconds": 1}}), is_dark).await;
            app.click("model-button").await;
            app.open_model().await;
            let begin = Instant::now();
            while !app.desktop.processes("ingot-mlx").is_empty() {
                assert!(begin.elapsed() < PATIENCE, "the unused model is not unloaded");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            // Nobody has to know: the next message brings it back.
            app.write("composer", "Are you there?").await;
            app.click("send").await;
            app.wait_for("stats", 1).await;
            assert!(!app.answer().await.is_empty());
            app.screenshot(&format!("7-came-back-{theme}")).await;
            app.client.close().await.expect("closed");
        });
        block_on(async {
            let app = App::open_on(&json!({"memory": {"limit_bytes": 10 << 20}}), is_dark).await;
            app.click("model-button").await;
            app.write("model-path", &app.home.model().display().to_string()).await;
            app.click("model-open").await;
            app.hears("error", "models may take 10 MB").await;
            app.screenshot(&format!("8-too-large-{theme}")).await;
            app.client.close().await.expect("closed");
        });
    }
}

#[test]
fn the_machine_is_shown_live_and_reported_at_a_click() {
    if !desktop::is_possible() {
        return;
    }
    for (is_dark, theme) in [(false, "light"), (true, "dark")] {
        block_on(async {
            let app = App::open_on(&json!({}), is_dark).await;
            app.click("model-button").await;
            app.open_model().await;
            app.click("section-monitor").await;
            let chart = "const chart = document.querySelector('[data-testid=chart-memory]'); return [chart?.src ?? '', chart?.naturalWidth ?? 0]";
            app.wait_for("chart-utilization", 1).await;
            tokio::time::sleep(Duration::from_millis(2500)).await;
            let first = app.script(chart, vec![]).await;
            assert!(first[1].as_u64().is_some_and(|width| width > 300), "{first}");
            let begin = Instant::now();
            while app.script(chart, vec![]).await[0] == first[0] {
                assert!(begin.elapsed() < PATIENCE, "the chart stands still");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            app.hears("monitor", "tiny").await;
            app.hears("monitor", "Memory available").await;
            app.screenshot(&format!("9-monitor-{theme}")).await;

            app.click("section-hardware").await;
            app.screenshot(&format!("10-hardware-{theme}")).await;
            app.click("report-make").await;
            app.wait_for("report-summary", 1).await;
            app.wait_for("chart-utilization", 1).await;
            app.hears("hardware", "MLX 0.32.2 computes correctly").await;
            app.hears("hardware", "Qwen3-8B").await;
            app.screenshot(&format!("11-report-{theme}")).await;
            let scroll =
                "const pane = document.querySelector('[data-testid=hardware] .scroll'); pane.scrollTo(0, arguments[0])";
            app.script(scroll, vec![json!(520)]).await;
            app.screenshot(&format!("11-report-facts-{theme}")).await;
            app.script(scroll, vec![json!(100_000)]).await;
            app.screenshot(&format!("11-report-sizes-{theme}")).await;
            app.client.set_window_size(380, 640).await.expect("sized");
            app.screenshot(&format!("12-report-narrow-{theme}")).await;
            app.click("section-monitor").await;
            app.wait_for("chart-memory", 1).await;
            app.screenshot(&format!("13-monitor-narrow-{theme}")).await;
            app.client.close().await.expect("closed");
            assert!(app.desktop.end("ingot-app"), "the app does not end");
        });
    }
}

#[test]
fn the_page_can_do_nothing_but_its_own_commands() {
    if !desktop::is_possible() {
        return;
    }
    block_on(async {
        let app = App::open().await;
        let attempt = |code: &str| {
            format!(
                "const done = arguments[arguments.length - 1];
                 (async () => {{ {code} }})().then(value => done('allowed: ' + value), error => done('denied: ' + error));"
            )
        };
        let invoke = |command: &str, payload: &str| {
            format!("return await window.__TAURI_INTERNALS__.invoke('{command}', {payload});")
        };
        let forbidden = [
            invoke("plugin:shell|open", "{ path: 'https://example.com' }"),
            invoke("plugin:fs|read_text_file", "{ path: '/etc/passwd' }"),
            invoke("plugin:dialog|open", "{ options: {} }"),
            invoke("plugin:event|emit", "{ event: 'x', payload: 1 }"),
            invoke("plugin:window|create", "{ options: { label: 'x', url: 'https://example.com' } }"),
            invoke("plugin:webview|create_webview_window", "{ options: { label: 'x' } }"),
            invoke("plugin:app|version", "{}"),
            invoke("no_such_command", "{}"),
            "return await (await fetch('https://example.com/')).text();".into(),
            "return await (await fetch('http://127.0.0.1:1/')).text();".into(),
            "return eval('1 + 1');".into(),
            "return new Function('return 2')();".into(),
            "await import('data:text/javascript,export default 1'); return 'ran';".into(),
            "return await new Promise((good, bad) => { const image = new Image(); image.onload = () => good('loaded'); image.onerror = () => bad('blocked'); image.src = 'https://example.com/x.png'; });".into(),
            "return await new Promise((good, bad) => { const frame = document.createElement('iframe'); frame.src = 'https://example.com/'; document.body.append(frame); setTimeout(() => { try { const page = frame.contentDocument; bad(page ? 'empty' : 'blocked') } catch (error) { bad('blocked') } }, 300); });".into(),
            "const page = window.open('https://example.com/'); if (page === null) throw 'blocked'; return 'opened';".into(),
            "return window.__TAURI__ === undefined ? Promise.reject('absent') : 'global API';".into(),
        ];
        for code in forbidden {
            let outcome = app
                .client
                .execute_async(&attempt(&code), vec![])
                .await
                .unwrap_or_else(|error| json!(format!("denied: {error}")));
            let outcome = outcome.as_str().unwrap_or_default();
            assert!(outcome.starts_with("denied"), "{code}\n{outcome}");
        }
        // And that the harness itself can tell: an allowed command is allowed.
        let outcome = app.client.execute_async(&attempt(&invoke("models", "{}")), vec![]).await.expect("ran");
        assert!(outcome.as_str().is_some_and(|text| text.starts_with("allowed")), "{outcome}");
        app.script("location.href = 'https://example.com/'", vec![]).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let url = app.client.current_url().await.expect("a URL");
        assert_eq!(url.scheme(), "tauri", "{url}");
        app.client.close().await.expect("closed");
    });
}
