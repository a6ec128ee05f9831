//! A screen of its own for each test (Xvfb), a session bus, and WebKit's driver, all gone with the test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use ingot_tests::programs::program;
use serde_json::json;
use tempfile::TempDir;

pub struct Desktop {
    screen: Child,
    driver: Child,
    port: u16,
    /// The app's program, and the folder that was made for it.
    app: PathBuf,
    programs: Option<TempDir>,
}

/// Whether the app's window can be driven here: on Linux it must be, on macOS there is no driver for it.
pub fn is_possible() -> bool {
    if cfg!(target_os = "macos") {
        eprintln!("SKIPPED: macOS offers no WebDriver for an app's own window");
        return false;
    }
    true
}

impl Desktop {
    /// One whose programs are dark if `is_dark`, and find the Hub at `hub`; where nobody is at home if absent.
    pub fn start(home: &Path, is_dark: bool, hub: Option<&str>) -> Self {
        // The driver waits for ever for a picture of a still window that is painted in the app's own way without a GPU.
        Self::start_with(home, is_dark, hub, &[("WEBKIT_DISABLE_DMABUF_RENDERER", "0")])
    }

    /// One where the demo model is in the folder `demo`.
    pub fn start_with_demo(home: &Path, is_dark: bool, demo: &Path) -> Self {
        let demo = demo.display().to_string();
        Self::start_with(home, is_dark, None, &[("WEBKIT_DISABLE_DMABUF_RENDERER", "0"), ("INGOT_DEMO", &demo)])
    }

    /// One where the window is painted as people see it, and of which there are no pictures.
    pub fn start_unseen(home: &Path) -> Self {
        Self::start_with(home, false, None, &[])
    }

    fn start_with(home: &Path, is_dark: bool, hub: Option<&str>, variables: &[(&str, &str)]) -> Self {
        let mut screen = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("Xvfb cannot be started ({error}); install it with 'make setup'"));
        let mut number = String::new();
        BufReader::new(screen.stdout.take().expect("piped")).read_line(&mut number).expect("a display");

        let port = TcpListener::bind(("127.0.0.1", 0)).expect("a port").local_addr().expect("an address").port();
        let driver = Command::new("dbus-run-session")
            .args(["--", "WebKitWebDriver", "--host=127.0.0.1", &format!("--port={port}")])
            .env("DISPLAY", format!(":{}", number.trim()))
            .env("INGOT_HOME", home)
            .env("HF_ENDPOINT", hub.unwrap_or("http://127.0.0.1:9"))
            .env("NO_PROXY", "127.0.0.1")
            // Models of whoever runs the tests are not looked for.
            .env("HF_HOME", home.join("no cache"))
            .env_remove("HF_HUB_CACHE")
            .env_remove("HF_TOKEN")
            .env("INGOT_DEMO", "")
            // There is no GPU behind the screen.
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("NO_AT_BRIDGE", "1")
            .env("GTK_THEME", if is_dark { "Adwaita:dark" } else { "Adwaita" })
            // What tauri-driver sets, too: without it the window cannot be driven.
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("the session bus cannot be started ({error}); run 'make setup'"));
        Self { screen, driver, port, app: program("ingot-app"), programs: None }
    }

    /// From now on the app has a worker that says `recital`, see `reciting-worker`.
    pub fn recite(&mut self, recital: &serde_json::Value) {
        // Programs are looked for beside the app. Here hard links from the built ones are possible.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        fs::write(folder.path().join("recital.json"), recital.to_string()).expect("written");
        for (name, from) in [("ingot-app", "ingot-app"), ("ingot", "ingot"), ("ingot-mlx", "reciting-worker")] {
            fs::hard_link(program(from), folder.path().join(name)).expect("linked");
        }
        self.app = folder.path().join("ingot-app");
        self.programs = Some(folder);
    }

    /// Starts the app and connects to its window.
    pub async fn open_app(&self) -> Client {
        let options = json!({ "binary": self.app, "args": [] });
        let capabilities = [("webkitgtk:browserOptions".to_owned(), options)].into_iter().collect();
        let begin = Instant::now();
        loop {
            let mut builder = ClientBuilder::new(HttpConnector::new());
            let client = builder
                .capabilities(serde_json::Map::clone(&capabilities))
                .connect(&format!("http://127.0.0.1:{}", self.port))
                .await;
            match client {
                Ok(client) => return client,
                Err(error) => {
                    assert!(begin.elapsed() < Duration::from_secs(20), "the app's window cannot be driven: {error}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    }

    /// Processes called `name` that belong to this desktop.
    pub fn processes(&self, name: &str) -> Vec<i32> {
        below(self.driver.id() as i32).into_iter().filter(|pid| command_of(*pid).as_deref() == Some(name)).collect()
    }

    /// Whether all processes called `name` end within five seconds.
    pub fn end(&self, name: &str) -> bool {
        let begin = Instant::now();
        while !self.processes(name).is_empty() {
            if begin.elapsed() > Duration::from_secs(5) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        true
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        for pid in below(self.driver.id() as i32) {
            // SAFETY: sends a signal to a process that this desktop started.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = self.screen.kill();
        let _ = self.screen.wait();
    }
}

/// All descendants of process `pid`.
fn below(pid: i32) -> Vec<i32> {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let children = tasks.filter_map(|task| fs::read_to_string(task.ok()?.path().join("children")).ok());
    let children: Vec<i32> = children
        .flat_map(|text| text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<_>>())
        .collect();
    children.iter().flat_map(|child| below(*child)).chain(children.iter().copied()).collect()
}

fn command_of(pid: i32) -> Option<String> {
    Some(fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned())
}

/// Keeps a picture for people to look at, under `target/screenshots`.
pub fn keep_screenshot(name: &str, png: &[u8]) {
    let folder: PathBuf = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("screenshots");
    fs::create_dir_all(&folder).expect("a folder");
    fs::write(folder.join(format!("{name}.png")), png).expect("written");
}
