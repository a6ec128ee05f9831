//! What the window may call. Each command is a call into the engine on a thread that may block.

pub mod chat;
pub mod chats;
pub mod convert;
pub mod hub;
pub mod links;
pub mod models;
pub mod monitor;
pub mod report;
pub mod settings;
pub mod token;

use ingot_engine::{Error, Result};

use crate::log;

/// Height of the window's charts, in CSS pixels.
const CHART_HEIGHT: u32 = 132;

/// Runs `work` where it may block. What goes wrong in `command` is in the log.
async fn blocking<T: Send + 'static>(command: &str, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let result = match tauri::async_runtime::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Error::internal(format!("the task failed: {error}"))),
    };
    result.inspect_err(|error| log::note(command, error))
}
