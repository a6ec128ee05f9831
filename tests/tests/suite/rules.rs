//! House rules, kept by looking at the sources.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path, extensions: &[&str]) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && !["node_modules", "dist", "target", "gen"].contains(&name.as_str()) {
            found.extend(sources(&path, extensions));
        } else if path.extension().is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted)) {
            found.push((path.clone(), fs::read_to_string(&path).expect("readable")));
        }
    }
    found
}

/// Modules in the order in which a `lib.rs` declares them.
fn declared(lib: &Path) -> Vec<String> {
    let text = fs::read_to_string(lib).expect("lib.rs");
    text.lines().filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned())).collect()
}

#[test]
fn modules_use_only_those_declared_before_them() {
    for package in ["engine", "mlx"] {
        let source = root().join("src-tauri").join(package).join("src");
        let order = declared(&source.join("lib.rs"));
        assert!(order.len() >= 5, "{package}: {order:?}");
        for (path, text) in sources(&source, &["rs"]) {
            let relative = path.strip_prefix(&source).expect("below the sources");
            let first = relative.components().next().expect("a name").as_os_str().to_string_lossy().into_owned();
            let module = first.trim_end_matches(".rs");
            let Some(level) = order.iter().position(|name| name == module) else { continue };
            for (above, name) in order.iter().enumerate().skip(level + 1) {
                let uses = text.contains(&format!("crate::{name}::")) || text.contains(&format!("use crate::{name};"));
                assert!(!uses, "{} ({module}, {level}) uses {name} ({above})", path.display());
            }
        }
    }
}

#[test]
fn the_engine_knows_no_window_and_no_gpu_framework() {
    for folder in ["engine", "cli"] {
        let folder = root().join("src-tauri").join(folder);
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).expect("Cargo.toml");
        for forbidden in ["tauri", "mlx-sys", "mlx-rs", "tch", "ingot-mlx"] {
            let depends = manifest
                .lines()
                .any(|line| line.starts_with(&format!("{forbidden} ")) || line.starts_with(&format!("{forbidden}.")));
            assert!(!depends, "{} depends on {forbidden}", folder.display());
        }
    }
    let shell = fs::read_to_string(root().join("src-tauri/Cargo.toml")).expect("Cargo.toml");
    assert!(!shell.contains("mlx"), "the shell must not link MLX");
}

#[test]
fn unsafe_stays_where_it_is_explained() {
    let allowed = [
        "mlx/src/mlx/",
        "mlx/tests/",
        "engine/src/confine.rs",
        "engine/src/memory/backing.rs",
        "engine/src/memory/pool/",
        "engine/src/memory/pressure_macos.rs",
        "engine/src/process.rs",
        "engine/src/sensors/macos.rs",
        "engine/src/checkpoint/weights.rs",
        "engine/src/worker/connection.rs",
        // Asks whether a library is there that the tray would end the app without.
        "src-tauri/src/tray.rs",
        // Sets a variable that WebKit reads.
        "src-tauri/src/renderer.rs",
    ];
    for (path, text) in sources(&root().join("src-tauri"), &["rs"]) {
        let shown = path.display().to_string();
        if text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains("unsafe ")) {
            assert!(allowed.iter().any(|place| shown.contains(place)), "{shown} holds unsafe code");
        }
    }
}

#[test]
fn decoders_know_no_family_by_name() {
    for (path, text) in sources(&root().join("src-tauri/mlx/src"), &["rs"]) {
        for family in ["llama", "qwen", "mistral"] {
            assert!(!text.to_lowercase().contains(family), "{} names {family}", path.display());
        }
    }
}

#[test]
fn one_file_talks_to_tauri_and_none_makes_html() {
    for (path, text) in sources(&root().join("ui/src"), &["ts", "svelte"]) {
        let shown = path.display().to_string();
        let is_test = shown.contains(".test.");
        assert!(
            shown.ends_with("backend/tauri.ts") || is_test || !text.contains("@tauri-apps/"),
            "{shown} imports Tauri"
        );
        assert!(is_test || !(text.contains("innerHTML") || text.contains("{@html")), "{shown} makes HTML of text");
    }
}

#[test]
fn the_windows_elements_are_listed() {
    let list = fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    for (path, text) in sources(&root().join("ui/src"), &["svelte"]) {
        for after in text.split("data-testid=\"").skip(1) {
            let name = after.split('"').next().unwrap_or_default();
            // What varies has a name of its own there.
            let listed = match name.split_once('{') {
                Some((before, _)) => list.contains(&format!("`{before}{{")),
                None => list.contains(&format!("`{name}`")),
            };
            assert!(listed, "{} has {name}, which ARCHITECTURE.md does not list", path.display());
        }
    }
}

#[test]
fn the_window_may_do_only_what_is_listed() {
    let read = |name: &str| -> serde_json::Value {
        let text = fs::read_to_string(root().join("src-tauri").join(name)).expect(name);
        serde_json::from_str(&text).expect(name)
    };
    let security = read("tauri.conf.json")["app"]["security"].clone();
    assert_eq!(
        security["csp"],
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src ipc: http://ipc.localhost; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    );
    assert_eq!(security["freezePrototype"], true);
    assert!(security.get("assetProtocol").is_none() && security.get("dangerousDisableAssetCspModification").is_none());
    let capability = read("capabilities/main.json");
    assert_eq!(capability["windows"], serde_json::json!(["main", "panel"]));
    assert!(capability.get("remote").is_none());
    for permission in capability["permissions"].as_array().expect("permissions") {
        assert!(
            permission.as_str().is_some_and(|name| name.starts_with("allow-")),
            "{permission} is not a command of ours"
        );
    }
}

#[test]
fn files_stay_small() {
    for folder in ["src-tauri", "ui/src", "tests/src", "tests/tests"] {
        for (path, text) in sources(&root().join(folder), &["rs", "ts", "svelte"]) {
            let lines = text.lines().count();
            assert!(lines <= 500, "{} has {lines} lines", path.display());
        }
    }
}
