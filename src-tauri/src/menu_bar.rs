//! The panel under the menu bar's icon: shown by a click, hidden when the focus goes, above full-screen apps, and without
//! making Ingot the active app. Type-checked elsewhere, run on macOS only; where it goes and when is decided in [`panel`].

use std::sync::Mutex;
use std::time::Instant;

use ingot_engine::sync::lock;
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, LogicalSize, Manager, PhysicalPosition, Size, WebviewUrl, WindowEvent};
use tauri_nspanel::{CollectionBehavior, ManagerExt, PanelBuilder, PanelLevel, StyleMask, tauri_panel};

use crate::panel::{self, Click};
use crate::window;

const LABEL: &str = "panel";

tauri_panel! {
    panel!(IngotPanel {
        config: {
            can_become_key_window: true,
            can_become_main_window: false,
            is_floating_panel: true
        }
    })
}

/// When the panel lost the focus last.
#[derive(Default)]
struct Blur(Mutex<Option<Instant>>);

/// Makes the panel, hidden.
pub fn open(app: &AppHandle) -> tauri::Result<()> {
    app.manage(Blur::default());
    PanelBuilder::<_, IngotPanel>::new(app, LABEL)
        .url(WebviewUrl::App("index.html#monitor".into()))
        .title("Ingot")
        .size(Size::Logical(LogicalSize::new(panel::WIDTH, panel::HEIGHT)))
        .level(PanelLevel::PopUpMenu)
        .floating(true)
        .has_shadow(true)
        .hides_on_deactivate(false)
        .style_mask(StyleMask::empty().borderless().nonactivating_panel())
        .collection_behavior(CollectionBehavior::new().can_join_all_spaces().full_screen_auxiliary().stationary())
        .corner_radius(10.0)
        .no_activate(true)
        .with_window(|builder| window::guarded(builder).decorations(false).skip_taskbar(true).visible(false))
        .build()?;
    if let Some(webview) = app.get_webview_window(LABEL) {
        let app = app.clone();
        webview.on_window_event(move |event| {
            if let WindowEvent::Focused(false) = event {
                *lock(&app.state::<Blur>().0) = Some(Instant::now());
                hide(&app);
            }
        });
    }
    Ok(())
}

/// A left click on the icon shows or hides the panel.
pub fn with_panel(builder: TrayIconBuilder<tauri::Wry>) -> TrayIconBuilder<tauri::Wry> {
    builder.show_menu_on_left_click(false).on_tray_icon_event(|tray, event| {
        let TrayIconEvent::Click { rect, button: MouseButton::Left, button_state: MouseButtonState::Up, .. } = event
        else {
            return;
        };
        let app = tray.app_handle();
        let Some(webview) = app.get_webview_window(LABEL) else { return };
        let since_blur = lock(&app.state::<Blur>().0).map(|blur| blur.elapsed());
        match panel::click(webview.is_visible().unwrap_or(false), since_blur) {
            Click::Hide => hide(app),
            Click::Nothing => {}
            Click::Show => {
                let scale = webview.scale_factor().unwrap_or(1.0);
                let (at, size) = (rect.position.to_physical::<f64>(scale), rect.size.to_physical::<f64>(scale));
                let screen = webview.monitor_from_point(at.x, at.y).ok().flatten();
                let screen = screen.map_or((0.0, f64::MAX), |screen| {
                    let left = f64::from(screen.position().x);
                    (left, left + f64::from(screen.size().width))
                });
                let (x, y) = panel::below((at.x, at.y, size.width, size.height), scale, screen);
                let _ = webview.set_position(PhysicalPosition::new(x, y));
                show(app);
            }
        }
    })
}

/// Shows the panel where it was, or hides it.
pub fn toggle(app: &AppHandle) {
    match app.get_webview_window(LABEL) {
        Some(webview) if webview.is_visible().unwrap_or(false) => hide(app),
        _ => show(app),
    }
}

fn show(app: &AppHandle) {
    if let Ok(panel) = app.get_webview_panel(LABEL) {
        panel.show_and_make_key();
    }
}

fn hide(app: &AppHandle) {
    if let Ok(panel) = app.get_webview_panel(LABEL) {
        panel.hide();
    }
}
