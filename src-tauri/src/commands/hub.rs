//! Models on the Hub: finding them, what they would take, and fetching them.

use std::time::Duration;

use ingot_engine::hub::{self, Download, Hub, Query, Repo, USUAL_REVISION};
use ingot_engine::need::Fit;
use ingot_engine::recipe::RECIPES;
use ingot_engine::session::CancelToken;
use ingot_engine::{Error, Result, disk, library};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, WebviewWindow};

use super::blocking;
use crate::state::AppState;
use crate::wire::{HubModel, HubPreview, RecipeFit};

/// Models that one search lists.
const LIMIT: usize = 30;
/// How often a watcher looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_secs(2);

/// The models that fit `text`, the most downloaded first; those that Ingot does not run come last.
#[tauri::command]
pub async fn search_hub(app: AppHandle, text: String) -> Result<Vec<HubModel>> {
    blocking("search_hub", move || {
        let state = app.state::<AppState>();
        let query = Query { text, limit: LIMIT, ..Query::default() };
        let mut found = hub::search(&Hub::from_environment(state.home())?, &query, &CancelToken::default())?;
        found.sort_by_key(|model| !model.supported);
        let limit = state.ledger().limit();
        let here = |repo: &str| {
            Repo::parse(repo).ok().and_then(|repo| hub::find(&state.models_folder(), &repo, USUAL_REVISION))
        };
        let models = found.into_iter().map(|model| HubModel {
            fit: model.memory_bytes.map(|bytes| Fit::of(bytes, limit)),
            is_here: here(&model.repo).is_some(),
            model,
        });
        Ok(models.collect())
    })
    .await
}

/// The model for somebody who has none.
#[tauri::command]
pub async fn starter_model(app: AppHandle) -> Result<String> {
    Ok(hub::starter(app.state::<AppState>().ledger().limit()).repo.to_owned())
}

/// What fetching `repo` would take and give.
#[tauri::command]
pub async fn preview_model(app: AppHandle, repo: String) -> Result<HubPreview> {
    blocking("preview_model", move || {
        let state = app.state::<AppState>();
        let repo = Repo::parse(&repo)?;
        let hub = Hub::from_environment(state.home())?;
        let preview = hub::preview(&hub, &repo, USUAL_REVISION, &CancelToken::default())?;
        let limit = state.ledger().limit();
        let recipes = preview.recipes.iter().map(|recipe| RecipeFit {
            recipe: recipe.recipe.to_owned(),
            title: RECIPES
                .iter()
                .find(|known| known.name == recipe.recipe)
                .map_or(recipe.recipe, |known| known.title)
                .into(),
            bytes: recipe.bytes,
            memory_bytes: recipe.memory_bytes,
            fit: Fit::of(recipe.memory_bytes, limit),
        });
        Ok(HubPreview {
            repo: preview.repo.clone(),
            commit: preview.commit.clone(),
            reason: preview.reason.clone(),
            license: preview.license.clone(),
            gated: preview.gated,
            context_length: preview.context_length.map(|length| length as u64),
            parameters: preview.parameters,
            files: preview.files.len() as u64,
            bytes: preview.bytes,
            memory_bytes: preview.memory_bytes,
            fit: preview.memory_bytes.map(|bytes| Fit::of(bytes, limit)),
            recipes: recipes.collect(),
            free_disk_bytes: disk::free_bytes(&state.models_folder()),
        })
    })
    .await
}

/// Begins or resumes a download; [`watch_downloads`] tells how it goes.
#[tauri::command]
pub async fn start_download(app: AppHandle, repo: String) -> Result<()> {
    blocking("start_download", move || {
        let state = app.state::<AppState>();
        state.downloads.start(Hub::from_environment(state.home())?, &repo)
    })
    .await
}

/// Stops a download; what came is kept.
#[tauri::command]
pub async fn pause_download(app: AppHandle, repo: String) -> Result<()> {
    app.state::<AppState>().downloads.pause(&repo);
    Ok(())
}

/// Forgets a download, with what came of it if it is not done.
#[tauri::command]
pub async fn discard_download(app: AppHandle, repo: String) -> Result<()> {
    blocking("discard_download", move || app.state::<AppState>().downloads.discard(&repo)).await
}

/// Tells all downloads, at once and with each change, until a later turn begins or this one is ended.
#[tauri::command]
pub async fn watch_downloads(window: WebviewWindow, turn: u64, on_event: Channel<Vec<Download>>) -> Result<()> {
    let watch = window.state::<AppState>().download_watches.of(window.label());
    watch.begin(turn);
    blocking("watch_downloads", move || {
        let state = window.state::<AppState>();
        let next = |told: &Vec<Download>| state.downloads.next(told, PATIENCE);
        watch.follow(turn, state.downloads.list(), next, |now| on_event.send(now).is_ok());
        Ok(())
    })
    .await
}

#[tauri::command]
pub async fn unwatch_downloads(window: WebviewWindow, turn: u64) -> Result<()> {
    window.state::<AppState>().download_watches.of(window.label()).end(turn);
    Ok(())
}

/// Removes a model of Ingot's own.
#[tauri::command]
pub async fn remove_model(app: AppHandle, name: String) -> Result<()> {
    blocking("remove_model", move || {
        let state = app.state::<AppState>();
        if state.is_loaded(&name) {
            return Err(Error::bad_request(format!("{name} is in use; unload it first")));
        }
        library::remove(state.home(), &name).map(drop)
    })
    .await
}
