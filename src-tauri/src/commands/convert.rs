//! Conversion by click: what each recipe would make of a model, and the conversion that runs.

use std::path::PathBuf;
use std::time::Duration;

use ingot_engine::Result;
use ingot_engine::convert::{self, Conversion, RecipePlan};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, WebviewWindow};

use super::blocking;
use crate::state::AppState;

/// How often a watcher looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_secs(2);

/// What each recipe would make of the model in folder `path`, and has made of it.
#[tauri::command]
pub async fn recipe_plans(app: AppHandle, path: PathBuf, group_size: usize, pad: bool) -> Result<Vec<RecipePlan>> {
    blocking("recipe_plans", move || {
        let state = app.state::<AppState>();
        convert::recipe_plans(state.home(), &path, group_size, pad, state.ledger().limit(), state.bandwidth())
    })
    .await
}

/// Begins or resumes a conversion; [`watch_conversion`] tells how it goes.
#[tauri::command]
pub async fn start_conversion(
    app: AppHandle,
    path: PathBuf,
    recipe: String,
    group_size: usize,
    pad: bool,
) -> Result<()> {
    blocking("start_conversion", move || {
        let state = app.state::<AppState>();
        state.conversions.start(state.ledger(), &path, &recipe, group_size, pad)
    })
    .await
}

/// Stops the conversion that runs; what is done is kept.
#[tauri::command]
pub async fn pause_conversion(app: AppHandle) -> Result<()> {
    app.state::<AppState>().conversions.cancel();
    Ok(())
}

/// Forgets the last conversion, unless it runs.
#[tauri::command]
pub async fn clear_conversion(app: AppHandle) -> Result<()> {
    app.state::<AppState>().conversions.clear();
    Ok(())
}

/// Tells of the conversion that runs or was the last, at once and with each change, until a later turn begins or this one
/// is ended.
#[tauri::command]
pub async fn watch_conversion(window: WebviewWindow, turn: u64, on_event: Channel<Option<Conversion>>) -> Result<()> {
    let watch = window.state::<AppState>().conversion_watches.of(window.label());
    watch.begin(turn);
    blocking("watch_conversion", move || {
        let state = window.state::<AppState>();
        let next = |told: &Option<Conversion>| state.conversions.next(told.as_ref(), PATIENCE);
        watch.follow(turn, state.conversions.current(), next, |now| on_event.send(now).is_ok());
        Ok(())
    })
    .await
}

#[tauri::command]
pub async fn unwatch_conversion(window: WebviewWindow, turn: u64) -> Result<()> {
    window.state::<AppState>().conversion_watches.of(window.label()).end(turn);
    Ok(())
}
