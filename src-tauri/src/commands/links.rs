//! Links lead outside, and only to the web and to mail.

use ingot_engine::markdown::Link;
use ingot_engine::{Error, Result};

use super::blocking;

/// Opens `href` in the person's browser or mail program; the window has shown the host and asked.
#[tauri::command]
pub async fn open_link(href: String) -> Result<()> {
    blocking("open_link", move || {
        let link = Link::check(&href)?;
        tauri_plugin_opener::open_url(&link.href, None::<&str>)
            .map_err(|error| Error::internal(format!("{} cannot be opened: {error}", link.host)))
    })
    .await
}
