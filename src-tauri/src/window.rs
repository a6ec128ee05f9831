//! The one window: a menu-bar panel on macOS, an ordinary window elsewhere. It shows the app's own pages only.

use tauri::utils::config::Color;
use tauri::{App, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder};

use crate::panel;

pub fn open(app: &mut App) -> tauri::Result<()> {
    let builder = WebviewWindowBuilder::new(app, "main", WebviewUrl::App("index.html".into()))
        .title("Ingot")
        .on_navigation(is_own_page)
        .on_new_window(|_, _| tauri::webview::NewWindowResponse::Deny)
        .background_color(Color(0, 0, 0, 0));
    if cfg!(target_os = "macos") {
        let window = builder
            .inner_size(panel::WIDTH, panel::HEIGHT)
            .decorations(false)
            .resizable(false)
            .skip_taskbar(true)
            .always_on_top(true)
            .visible(false)
            .build()?;
        in_menu_bar(app, &window)
    } else {
        builder.inner_size(900.0, 640.0).min_inner_size(380.0, 480.0).center().build()?;
        Ok(())
    }
}

/// Nothing that a model says can lead the window elsewhere.
fn is_own_page(url: &Url) -> bool {
    url.scheme() == "tauri" || (url.scheme() == "http" && url.host_str() == Some("tauri.localhost"))
}

#[cfg(not(target_os = "macos"))]
fn in_menu_bar(_app: &mut App, _window: &WebviewWindow) -> tauri::Result<()> {
    Ok(())
}

/// Puts the icon into the menu bar; clicking it shows the panel below it, clicking elsewhere hides it.
#[cfg(target_os = "macos")]
fn in_menu_bar(app: &mut App, window: &WebviewWindow) -> tauri::Result<()> {
    use tauri::menu::{Menu, MenuItem};
    use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
    use tauri::{ActivationPolicy, PhysicalPosition, WindowEvent};

    app.set_activation_policy(ActivationPolicy::Accessory);
    let quit = MenuItem::with_id(app, "quit", "Quit Ingot", true, Some("Cmd+Q"))?;
    let menu = Menu::with_items(app, &[&quit])?;
    let panel_window = window.clone();
    TrayIconBuilder::with_id("main")
        .icon(tauri::image::Image::from_bytes(include_bytes!("../../icons/tray-template@2x.png"))?)
        .icon_as_template(true)
        .tooltip("Ingot")
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| {
            if event.id() == "quit" {
                app.exit(0);
            }
        })
        .on_tray_icon_event(move |_, event| {
            let TrayIconEvent::Click { rect, button: MouseButton::Left, button_state: MouseButtonState::Up, .. } =
                event
            else {
                return;
            };
            if panel_window.is_visible().unwrap_or(false) {
                let _ = panel_window.hide();
                return;
            }
            let scale = panel_window.scale_factor().unwrap_or(1.0);
            let icon = (rect.position.to_physical::<f64>(scale), rect.size.to_physical::<f64>(scale));
            let screen = panel_window.current_monitor().ok().flatten();
            let screen = screen.map_or((0.0, f64::MAX), |screen| {
                let left = f64::from(screen.position().x);
                (left, left + f64::from(screen.size().width))
            });
            let (x, y) = panel::below((icon.0.x, icon.0.y, icon.1.width, icon.1.height), scale, screen);
            let _ = panel_window.set_position(PhysicalPosition::new(x, y));
            let _ = panel_window.show();
            let _ = panel_window.set_focus();
        })
        .build(app)?;
    let hidden = window.clone();
    window.on_window_event(move |event| match event {
        WindowEvent::Focused(false) => drop(hidden.hide()),
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            let _ = hidden.hide();
        }
        _ => {}
    });
    Ok(())
}

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
