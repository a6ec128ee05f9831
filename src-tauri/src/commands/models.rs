//! Choosing, loading and unloading a model.

use std::path::PathBuf;

use ingot_engine::Result;
use ingot_engine::model::{Model, ModelSummary};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;

use super::blocking;
use crate::state::AppState;
use crate::wire::LoadEvent;

#[tauri::command]
pub async fn models(app: AppHandle) -> Result<Vec<ModelSummary>> {
    blocking("models", move || Ok(app.state::<AppState>().models())).await
}

#[tauri::command]
pub async fn choose_folder(app: AppHandle) -> Result<Option<String>> {
    blocking("choose_folder", move || {
        let chosen = app.dialog().file().set_title("Choose a model's folder").blocking_pick_folder();
        Ok(chosen.and_then(|folder| folder.into_path().ok()).map(|path| path.display().to_string()))
    })
    .await
}

#[tauri::command]
pub async fn inspect_model(path: PathBuf) -> Result<ModelSummary> {
    blocking("inspect_model", move || Ok(Model::open(&path)?.summary())).await
}

#[tauri::command]
pub async fn load_model(app: AppHandle, path: PathBuf, on_event: Channel<LoadEvent>) -> Result<ModelSummary> {
    blocking("load_model", move || {
        app.state::<AppState>().load(&path, &mut |fraction| drop(on_event.send(LoadEvent::Progress { fraction })))
    })
    .await
}

#[tauri::command]
pub async fn unload_model(app: AppHandle) -> Result<()> {
    blocking("unload_model", move || {
        app.state::<AppState>().unload();
        Ok(())
    })
    .await
}

#[tauri::command]
pub async fn lift_set_aside(app: AppHandle, path: PathBuf) -> Result<()> {
    app.state::<AppState>().lift_set_aside(&path);
    Ok(())
}
