//! What people set. Each change is kept and takes effect at once.

use std::path::PathBuf;
use std::time::Duration;

use ingot_engine::library::Settings;
use ingot_engine::memory::MachineMemory;
use ingot_engine::model::ModelSummary;
use ingot_engine::recipe::{self, RECIPES, Recipe};
use ingot_engine::{Error, Result};
use tauri::{AppHandle, Manager};
use tauri_plugin_autostart::ManagerExt;

use super::blocking;
use crate::command_link::CommandLink;
use crate::state::AppState;
use crate::wire::{CommandPlace, Present, RecipeName, SettingsChange, SettingsView};
use crate::{log, shortcut, window};

/// The least that models may be allowed: below this not even the smallest runs.
const LEAST_MEMORY: u64 = 256 << 20;

#[tauri::command]
pub async fn settings(app: AppHandle) -> Result<SettingsView> {
    blocking("settings", move || view(&app)).await
}

/// Makes one change; the settings after it.
#[tauri::command]
pub async fn change_settings(app: AppHandle, change: SettingsChange) -> Result<SettingsView> {
    blocking("change_settings", move || {
        apply(&app, change)?;
        view(&app)
    })
    .await
}

/// The model in use, or else the one used last, so that a window can open where it was left.
#[tauri::command]
pub async fn present_model(app: AppHandle) -> Result<Option<Present>> {
    blocking("present_model", move || {
        let state = app.state::<AppState>();
        if let Some((model, is_loaded)) = state.present() {
            return Ok(Some(Present { model, is_loaded }));
        }
        let last = Settings::read(state.home()).recent_models.into_iter().find(|path| path.is_dir());
        Ok(last.map(|path| Present { model: ModelSummary::read(&path), is_loaded: false }))
    })
    .await
}

/// What went wrong lately.
#[tauri::command]
pub async fn recent_log() -> Result<String> {
    blocking("recent_log", || Ok(log::recent())).await
}

fn view(app: &AppHandle) -> Result<SettingsView> {
    let state = app.state::<AppState>();
    let settings = Settings::read(state.home());
    let link = CommandLink::of_this_app()?;
    Ok(SettingsView {
        appearance: settings.appearance,
        memory_limit_bytes: settings.memory.limit_bytes,
        machine_limit_bytes: MachineMemory::read().working_set,
        idle_unload_minutes: settings.memory.idle_unload_seconds.map(|seconds| seconds.div_ceil(60) as u32),
        system_prompt: settings.system_prompt,
        recipe: settings.recipe.unwrap_or_else(|| recipe::USUAL.name.into()),
        recipes: RECIPES
            .iter()
            .map(|recipe| RecipeName { name: recipe.name.into(), title: recipe.title.into() })
            .collect(),
        home: state.home().display().to_string(),
        model_folders: settings.model_folders.iter().map(|folder| folder.display().to_string()).collect(),
        shortcut: settings.shortcut,
        launch_at_login: app.autolaunch().is_enabled().ok(),
        command: CommandPlace { path: link.path().display().to_string(), is_there: link.is_there() },
        log: log::path(),
    })
}

fn apply(app: &AppHandle, change: SettingsChange) -> Result<()> {
    let state = app.state::<AppState>();
    let home = state.home();
    match change {
        SettingsChange::Appearance(appearance) => {
            for window in app.webview_windows().values() {
                let _ = window.set_theme(window::theme(appearance));
            }
            Settings::update(home, |settings| settings.appearance = appearance)
        }
        SettingsChange::MemoryLimit(limit) => {
            if limit.is_some_and(|limit| limit < LEAST_MEMORY) {
                return Err(Error::bad_request("models need at least 0.25 GB; allow more, or leave it to the machine"));
            }
            state.ledger().set_limit(limit);
            Settings::update(home, |settings| settings.memory.limit_bytes = limit)
        }
        SettingsChange::IdleUnload(minutes) => {
            let seconds = minutes.map(|minutes| u64::from(minutes.max(1)) * 60);
            state.keeper().set_idle_unload(seconds.map(Duration::from_secs));
            Settings::update(home, |settings| settings.memory.idle_unload_seconds = seconds)
        }
        SettingsChange::SystemPrompt(text) => Settings::update(home, |settings| settings.system_prompt = text),
        SettingsChange::Recipe(recipe) => {
            if Recipe::named(&recipe).is_none() {
                return Err(Error::bad_request(format!("there is no recipe {recipe:?}; choose one of the list")));
            }
            Settings::update(home, |settings| settings.recipe = Some(recipe))
        }
        SettingsChange::AddFolder(folder) => Settings::add_folder(home, &PathBuf::from(folder)),
        SettingsChange::ForgetFolder(folder) => Settings::forget_folder(home, &PathBuf::from(folder)),
        SettingsChange::Shortcut(keys) => {
            let keys = keys.map(|keys| keys.trim().to_owned()).filter(|keys| !keys.is_empty());
            let before = Settings::read(home).shortcut;
            shortcut::set(app, before.as_deref(), keys.as_deref())?;
            Settings::update(home, |settings| settings.shortcut = keys)
        }
        SettingsChange::LaunchAtLogin(wanted) => {
            let launcher = app.autolaunch();
            let done = if wanted { launcher.enable() } else { launcher.disable() };
            done.map_err(|error| Error::internal(format!("the system's list of programs cannot be changed: {error}")))
        }
        SettingsChange::Command(wanted) => {
            let link = CommandLink::of_this_app()?;
            if wanted { link.make() } else { link.remove() }
        }
    }
}
