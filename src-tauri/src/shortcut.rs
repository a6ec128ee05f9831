//! Keys that show the app from anywhere. None are taken unless a person has chosen them.

use std::sync::mpsc::channel;

use ingot_engine::{Error, Result};
use tauri::{AppHandle, Manager};
use tauri_plugin_global_shortcut::{
    GlobalShortcut, GlobalShortcutExt, Modifiers, Shortcut, ShortcutEvent, ShortcutState,
};

/// From now on `keys`, such as `Alt+Space`, show and hide the app in place of those before; none do if absent. Call it from
/// a thread that may wait.
pub fn set(app: &AppHandle, before: Option<&str>, keys: Option<&str>) -> Result<()> {
    let new = keys.map(parse).transpose()?;
    let old = before.and_then(|keys| parse(keys).ok());
    if new.is_none() && app.try_state::<GlobalShortcut<tauri::Wry>>().is_none() {
        return Ok(());
    }
    // Systems want this asked on the main thread.
    let (sender, done) = channel();
    let (handle, named) = (app.clone(), keys.unwrap_or_default().to_owned());
    let change = move || drop(sender.send(register(&handle, old, new, &named)));
    app.run_on_main_thread(change).map_err(|error| Error::internal(error.to_string()))?;
    done.recv().unwrap_or_else(|_| Err(Error::internal("the app is ending")))
}

/// The same while the app starts, on the main thread.
pub fn start(app: &AppHandle, keys: &str) -> Result<()> {
    register(app, None, Some(parse(keys)?), keys)
}

fn register(app: &AppHandle, old: Option<Shortcut>, new: Option<Shortcut>, keys: &str) -> Result<()> {
    if app.try_state::<GlobalShortcut<tauri::Wry>>().is_none() {
        // Asking the system costs something, so it is done once somebody wants it.
        let plugin = tauri_plugin_global_shortcut::Builder::new().build();
        app.plugin(plugin).map_err(|error| refusal(keys, &error))?;
    }
    if old == new {
        return Ok(());
    }
    let keeper = app.global_shortcut();
    let pressed = |app: &AppHandle, _: &Shortcut, event: ShortcutEvent| {
        if event.state == ShortcutState::Pressed {
            #[cfg(target_os = "macos")]
            crate::menu_bar::toggle(app);
            #[cfg(not(target_os = "macos"))]
            crate::window::show(app, None);
        }
    };
    // The new ones first: if they are taken, the old ones stay.
    if let Some(new) = new {
        keeper.on_shortcut(new, pressed).map_err(|error| refusal(keys, &error))?;
    }
    if let Some(old) = old.filter(|old| keeper.is_registered(*old)) {
        keeper.unregister(old).map_err(|error| refusal(keys, &error))?;
    }
    Ok(())
}

/// Keys that do not type something: with a modifier besides Shift, or a function key.
fn parse(keys: &str) -> Result<Shortcut> {
    let shortcut = keys.parse::<Shortcut>().map_err(|error| refusal(keys, &error))?;
    let types = !shortcut.mods.intersects(Modifiers::ALT | Modifiers::CONTROL | Modifiers::SUPER);
    let key = shortcut.key.to_string();
    let is_function = key.strip_prefix('F').is_some_and(|number| number.parse::<u8>().is_ok());
    if types && !is_function {
        return Err(refusal(keys, &"every program would lose them"));
    }
    Ok(shortcut)
}

fn refusal(keys: &str, error: &dyn std::fmt::Display) -> Error {
    Error::bad_request(format!("{keys:?} cannot be used: {error}; try others, such as Alt+Space"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_type_something_are_not_taken() {
        for good in ["Alt+Space", "Ctrl+Shift+I", "Super+K", "F8", "CmdOrCtrl+Alt+J"] {
            parse(good).expect(good);
        }
        for bad in ["a", "Space", "Shift+A", "Alt+", "nonsense", "", "Alt+Nothing"] {
            let error = parse(bad).expect_err(bad);
            assert!(error.message.contains("such as Alt+Space"), "{error}");
        }
    }
}
