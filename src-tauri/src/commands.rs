//! What the window may call. Each command is a call into the engine on a thread that may block.

pub mod chat;
pub mod chats;
pub mod convert;
pub mod hub;
pub mod links;
pub mod models;
pub mod monitor;
pub mod report;
pub mod token;

use ingot_engine::{Error, Result};

/// Height of the window's charts, in CSS pixels.
const CHART_HEIGHT: u32 = 132;

/// Runs `work` where it may block.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tauri::async_runtime::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::internal(format!("the task failed: {error}"))),
    }
}
