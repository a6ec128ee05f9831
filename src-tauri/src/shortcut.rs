//! Keys that show the app from anywhere. None are taken unless a person has chosen them.

use ingot_engine::{Error, Result};
use tauri::{AppHandle, Manager};
use tauri_plugin_global_shortcut::{GlobalShortcutExt, Shortcut, ShortcutState};

/// From now on `keys`, such as `Alt+Space`, show and hide the app; none do if absent.
pub fn set(app: &AppHandle, keys: Option<&str>) -> Result<()> {
    let refuse = |error: &dyn std::fmt::Display| {
        let keys = keys.unwrap_or_default();
        Error::bad_request(format!("{keys:?} cannot be used: {error}; try others, such as Alt+Space"))
    };
    let shortcut = keys.map(|keys| keys.parse::<Shortcut>().map_err(|error| refuse(&error))).transpose()?;
    if app.try_state::<tauri_plugin_global_shortcut::GlobalShortcut<tauri::Wry>>().is_none() {
        if shortcut.is_none() {
            return Ok(());
        }
        // Asking the system costs something, so it is done once somebody wants it.
        let plugin = tauri_plugin_global_shortcut::Builder::new().build();
        app.plugin(plugin).map_err(|error| refuse(&error))?;
    }
    let keeper = app.global_shortcut();
    keeper.unregister_all().map_err(|error| refuse(&error))?;
    let Some(shortcut) = shortcut else { return Ok(()) };
    let pressed = |app: &AppHandle, _: &Shortcut, event: tauri_plugin_global_shortcut::ShortcutEvent| {
        if event.state == ShortcutState::Pressed {
            #[cfg(target_os = "macos")]
            crate::menu_bar::toggle(app);
            #[cfg(not(target_os = "macos"))]
            crate::window::show(app, None);
        }
    };
    keeper.on_shortcut(shortcut, pressed).map_err(|error| refuse(&error))
}
