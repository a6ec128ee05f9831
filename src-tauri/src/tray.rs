//! The icon in the menu bar, with its live bars and its menu. Where no tray shows icons there is none.

use std::time::Duration;

#[cfg(target_os = "macos")]
use ingot_engine::chart;
use tauri::image::Image;
use tauri::menu::{IsMenuItem, Menu, MenuItem, PredefinedMenuItem};
use tauri::tray::{TrayIcon, TrayIconBuilder};
use tauri::{AppHandle, Manager};

use crate::menu::{self, Entry, Id};
use crate::state::AppState;
use crate::window;

const INTERVAL: Duration = Duration::from_secs(2);
/// Pixels to a point, as sharp as screens are.
#[cfg(target_os = "macos")]
const SCALE: u32 = 2;

/// Puts the icon there, and keeps it and its menu true for as long as the app lives.
pub fn open(app: &AppHandle) -> tauri::Result<()> {
    let shown = menu::entries(None);
    let builder =
        TrayIconBuilder::with_id("main").tooltip("Ingot").menu(&built(app, &shown)?).on_menu_event(|app, event| {
            if let Some(id) = Id::named(event.id().as_ref()) {
                choose(app, id);
            }
        });
    let tray = look(builder)?.build(app)?;
    let app = app.clone();
    let run = move || keep_true(&app, &tray, shown);
    let _ = std::thread::Builder::new().name("tray".into()).spawn(run);
    Ok(())
}

#[cfg(target_os = "macos")]
fn look(builder: TrayIconBuilder<tauri::Wry>) -> tauri::Result<TrayIconBuilder<tauri::Wry>> {
    Ok(crate::menu_bar::with_panel(builder).icon(bars(&chart::glyph(None, SCALE))).icon_as_template(true))
}

#[cfg(not(target_os = "macos"))]
fn look(builder: TrayIconBuilder<tauri::Wry>) -> tauri::Result<TrayIconBuilder<tauri::Wry>> {
    Ok(builder.icon(Image::from_bytes(include_bytes!("../../icons/32x32.png"))?))
}

#[cfg(target_os = "macos")]
fn bars(glyph: &chart::Glyph) -> Image<'static> {
    Image::new_owned(glyph.rgba.clone(), glyph.width, glyph.height)
}

fn keep_true(app: &AppHandle, tray: &TrayIcon, mut shown: Vec<Entry>) {
    #[cfg(target_os = "macos")]
    let mut drawn = None;
    loop {
        std::thread::sleep(INTERVAL);
        let sample = app.state::<AppState>().monitor.latest();
        let entries = menu::entries(sample.as_ref());
        if entries != shown
            && let Ok(menu) = built(app, &entries)
            && tray.set_menu(Some(menu)).is_ok()
        {
            shown = entries;
        }
        #[cfg(target_os = "macos")]
        {
            let glyph = chart::glyph(sample.as_ref(), SCALE);
            if drawn.as_ref() != Some(&glyph) && tray.set_icon_with_as_template(Some(bars(&glyph)), true).is_ok() {
                drawn = Some(glyph);
            }
        }
    }
}

fn built(app: &AppHandle, entries: &[Entry]) -> tauri::Result<Menu<tauri::Wry>> {
    let menu = Menu::new(app)?;
    for entry in entries {
        let item: Box<dyn IsMenuItem<tauri::Wry>> = match entry {
            Entry::Item { id, title } => Box::new(MenuItem::with_id(app, id.name(), title, true, None::<&str>)?),
            Entry::Note(text) => Box::new(MenuItem::new(app, text, false, None::<&str>)?),
            Entry::Line => Box::new(PredefinedMenuItem::separator(app)?),
        };
        menu.append(&*item)?;
    }
    Ok(menu)
}

fn choose(app: &AppHandle, id: Id) {
    match id {
        Id::Open => window::show(app, None),
        Id::Report => window::show(app, Some("hardware")),
        Id::Settings => window::show(app, Some("settings")),
        Id::Quit => app.exit(0),
        Id::Unload => {
            // It waits for the worker; the menu must not.
            let app = app.clone();
            let _ = std::thread::Builder::new().name("unload".into()).spawn(move || app.state::<AppState>().unload());
        }
    }
}

/// Whether somebody shows tray icons: the library is there, and a host on the session bus.
#[cfg(target_os = "linux")]
pub fn is_possible() -> bool {
    const LIBRARIES: [&std::ffi::CStr; 2] = [c"libayatana-appindicator3.so.1", c"libappindicator3.so.1"];
    // SAFETY: loads a library of the system, whose initializers are those of any GTK program; it stays loaded.
    let is_there = |name: &&std::ffi::CStr| !unsafe { libc::dlopen(name.as_ptr(), libc::RTLD_LAZY) }.is_null();
    LIBRARIES.iter().any(is_there) && has_host().unwrap_or(false)
}

#[cfg(target_os = "linux")]
fn has_host() -> zbus::Result<bool> {
    let bus = zbus::blocking::Connection::session()?;
    Ok(zbus::blocking::fdo::DBusProxy::new(&bus)?.name_has_owner("org.kde.StatusNotifierWatcher".try_into()?)?)
}

#[cfg(not(target_os = "linux"))]
pub fn is_possible() -> bool {
    true
}
