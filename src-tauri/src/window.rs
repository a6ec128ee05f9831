//! The window for work. It shows the app's own pages only, and opens where it was.

use ingot_engine::library::{Appearance, Settings, WindowPlace};
use tauri::utils::config::Color;
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Manager, Theme, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder, WindowEvent};

use crate::place;
use crate::state::AppState;

pub const LABEL: &str = "main";
const USUAL_SIZE: (f64, f64) = (900.0, 640.0);

/// Brings the window to the front, opening it if there is none; `section` is shown in it.
pub fn show(app: &AppHandle, section: Option<&'static str>) {
    let window = match app.get_webview_window(LABEL) {
        Some(window) => {
            if let Some(section) = section {
                // The page listens to its own address.
                let _ = window.eval(format!("location.hash = ''; location.hash = '{section}'"));
            }
            window
        }
        None => match open(app, section) {
            Ok(window) => window,
            Err(error) => return eprintln!("error: the window cannot be opened: {error}"),
        },
    };
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}

fn open(app: &AppHandle, section: Option<&str>) -> tauri::Result<WebviewWindow> {
    let page = section.map_or_else(|| "index.html".into(), |section| format!("index.html#{section}"));
    let settings = Settings::read(app.state::<AppState>().home());
    let builder = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App(page.into()));
    let builder = guarded(builder).title("Ingot").theme(theme(settings.appearance));
    let builder = builder.min_inner_size(place::LEAST.0, place::LEAST.1);
    let builder = match settings.window.and_then(|place| place::restored(place, &screens(app))) {
        Some(place) => builder.position(place.x, place.y).inner_size(place.width, place.height),
        None => builder.inner_size(USUAL_SIZE.0, USUAL_SIZE.1).center(),
    };
    let window = builder.build()?;
    // tao forgets the builder's wish on Linux.
    if let Some(theme) = theme(settings.appearance) {
        let _ = window.set_theme(Some(theme));
    }
    in_dock(app, true);
    let (app, watched) = (app.clone(), window.clone());
    window.on_window_event(move |event| match event {
        WindowEvent::CloseRequested { .. } => remember(&app, &watched),
        WindowEvent::Destroyed => in_dock(&app, false),
        _ => {}
    });
    Ok(window)
}

/// Nothing that a model says can lead a page elsewhere.
pub fn guarded<'a>(
    builder: WebviewWindowBuilder<'a, tauri::Wry, AppHandle>,
) -> WebviewWindowBuilder<'a, tauri::Wry, AppHandle> {
    builder.on_navigation(is_own_page).on_new_window(|_, _| NewWindowResponse::Deny).background_color(Color(0, 0, 0, 0))
}

fn is_own_page(url: &Url) -> bool {
    url.scheme() == "tauri" || (url.scheme() == "http" && url.host_str() == Some("tauri.localhost"))
}

/// `None` follows the system.
pub fn theme(appearance: Appearance) -> Option<Theme> {
    match appearance {
        Appearance::System => None,
        Appearance::Light => Some(Theme::Light),
        Appearance::Dark => Some(Theme::Dark),
    }
}

/// Keeps where the window is.
pub fn remember(app: &AppHandle, window: &WebviewWindow) {
    let place = || -> tauri::Result<Option<WindowPlace>> {
        if window.is_maximized()? || window.is_fullscreen()? || window.is_minimized()? {
            return Ok(None);
        }
        let scale = window.scale_factor()?;
        let at = window.outer_position()?.to_logical::<f64>(scale);
        let size = window.inner_size()?.to_logical::<f64>(scale);
        Ok(Some(WindowPlace { x: at.x, y: at.y, width: size.width, height: size.height }))
    };
    if let Ok(Some(place)) = place() {
        let _ = Settings::update(app.state::<AppState>().home(), |settings| settings.window = Some(place));
    }
}

/// The screens in points.
fn screens(app: &AppHandle) -> Vec<(f64, f64, f64, f64)> {
    let screens = app.available_monitors().unwrap_or_default();
    let frame = |screen: &tauri::Monitor| {
        let at = screen.position().to_logical::<f64>(screen.scale_factor());
        let size = screen.size().to_logical::<f64>(screen.scale_factor());
        (at.x, at.y, size.width, size.height)
    };
    screens.iter().map(frame).collect()
}

/// An app without a window is not in the Dock.
#[cfg(target_os = "macos")]
fn in_dock(app: &AppHandle, is_there: bool) {
    use tauri::ActivationPolicy::{Accessory, Regular};
    let _ = app.set_activation_policy(if is_there { Regular } else { Accessory });
}

#[cfg(not(target_os = "macos"))]
fn in_dock(_app: &AppHandle, _is_there: bool) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_stays_on_its_own_pages() {
        let own = |url: &str| is_own_page(&Url::parse(url).expect("a URL"));
        assert!(own("tauri://localhost/index.html") && own("http://tauri.localhost/"));
        for foreign in [
            "https://example.com/",
            "http://localhost/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "data:text/html,x",
        ] {
            assert!(!own(foreign), "{foreign}");
        }
    }
}
