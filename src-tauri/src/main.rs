//! Ingot's window: a thin shell around the engine.
//!
//! [`state`] holds what lives as long as the app; [`commands`] are what the pages may call, a few lines each;
//! [`stream`] carries text to them at a bearable pace; [`watch`] tells who watches; [`wire`] are the types that only they
//! see. [`window`] is the window for work, `menu_bar` the panel of macOS and [`tray`] the icon; what these decide is pure
//! and in [`place`], [`panel`] and [`menu`]. `display` and `renderer` look at what Linux offers. [`jobs`] keeps the machine
//! awake and tells when something has ended. What is not here: models (`ingot-engine`), MLX (`ingot-mlx`), looks (`ui/`).

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod command_link;
mod commands;
#[cfg(target_os = "linux")]
mod display;
mod jobs;
mod log;
mod menu;
#[cfg(target_os = "macos")]
mod menu_bar;
mod panel;
mod place;
#[cfg(target_os = "linux")]
mod renderer;
mod shortcut;
mod state;
mod stream;
mod tray;
mod watch;
mod window;
mod wire;

use ingot_engine::library::Settings;
use state::AppState;
use tauri::{AppHandle, Manager, RunEvent};

fn main() {
    #[cfg(target_os = "linux")]
    {
        renderer::choose();
        display::check();
    }
    let state = match AppState::open() {
        Ok(state) => state,
        Err(error) => {
            eprintln!("error: {error}");
            std::process::exit(1);
        }
    };
    let app = tauri::Builder::default()
        // First, so that a second start does nothing but show the first.
        .plugin(tauri_plugin_single_instance::init(|app, _, _| window::show(app, None)))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_autostart::Builder::new().arg(HIDDEN).build());
    #[cfg(target_os = "macos")]
    let app = app.plugin(tauri_nspanel::init());
    let app = app
        .manage(state)
        .invoke_handler(tauri::generate_handler![
            commands::models::models,
            commands::models::choose_folder,
            commands::models::inspect_model,
            commands::models::load_model,
            commands::models::unload_model,
            commands::models::lift_set_aside,
            commands::chat::ask,
            commands::chat::stop,
            commands::chats::list_chats,
            commands::chats::open_chat,
            commands::chats::rename_chat,
            commands::chats::delete_chat,
            commands::chats::chat_markdown,
            commands::chats::save_chat,
            commands::chats::turn_text,
            commands::links::open_link,
            commands::convert::recipe_plans,
            commands::convert::start_conversion,
            commands::convert::pause_conversion,
            commands::convert::clear_conversion,
            commands::convert::watch_conversion,
            commands::convert::unwatch_conversion,
            commands::hub::search_hub,
            commands::hub::starter_model,
            commands::hub::preview_model,
            commands::hub::start_download,
            commands::hub::pause_download,
            commands::hub::discard_download,
            commands::hub::watch_downloads,
            commands::hub::unwatch_downloads,
            commands::hub::remove_model,
            commands::monitor::watch_monitor,
            commands::monitor::unwatch_monitor,
            commands::report::make_report,
            commands::report::report_charts,
            commands::report::save_report,
            commands::settings::settings,
            commands::settings::change_settings,
            commands::settings::present_model,
            commands::settings::recent_log,
            commands::token::token_place,
            commands::token::keep_token,
            commands::token::forget_token,
        ])
        .setup(|app| Ok(start(app.handle())?))
        .build(tauri::generate_context!());
    match app {
        Ok(app) => app.run(heed),
        Err(error) => {
            eprintln!("error: the window cannot be opened: {error}");
            std::process::exit(1);
        }
    }
}

/// The argument of a start at login: no window is wanted then.
const HIDDEN: &str = "--hidden";

fn start(app: &AppHandle) -> tauri::Result<()> {
    #[cfg(target_os = "macos")]
    {
        app.set_activation_policy(tauri::ActivationPolicy::Accessory)?;
        menu_bar::open(app)?;
    }
    let has_tray = tray::is_possible();
    if has_tray {
        tray::open(app)?;
    }
    app.manage(HasTray(has_tray));
    jobs::watch(app);
    let keys = Settings::read(app.state::<AppState>().home()).shortcut;
    if let Some(Err(error)) = keys.map(|keys| shortcut::start(app, &keys)) {
        // Somebody else has taken the keys meanwhile; Settings says so when they are set again.
        log::note("shortcut", &error);
    }
    // Without an icon the window is all there is.
    if !has_tray || !std::env::args().any(|argument| argument == HIDDEN) {
        window::show(app, None);
    }
    Ok(())
}

/// Whether there is an icon to reach the app by.
struct HasTray(bool);

fn heed(app: &AppHandle, event: RunEvent) {
    match event {
        // The last window has gone; who chose to quit gives a code.
        RunEvent::ExitRequested { api, code: None, .. } if app.state::<HasTray>().0 => api.prevent_exit(),
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app, None),
        RunEvent::Exit => {
            if let Some(window) = app.get_webview_window(window::LABEL) {
                window::remember(app, &window);
            }
            app.state::<AppState>().close();
        }
        _ => {}
    }
}
