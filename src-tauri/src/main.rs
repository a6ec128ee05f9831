//! Ingot's window: a thin shell around the engine.
//!
//! [`state`] holds what lives as long as the app; [`commands`] are what the window may call, a few lines each;
//! [`stream`] carries text to it at a bearable pace; [`watch`] tells who watches; [`wire`] are the types that only the window sees. What is
//! not here: models (`ingot-engine`), MLX (`ingot-mlx`), looks (`ui/`).

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod commands;
mod panel;
mod state;
mod stream;
mod watch;
mod window;
mod wire;

use state::AppState;
use tauri::{Manager, RunEvent};

fn main() {
    let state = match AppState::open() {
        Ok(state) => state,
        Err(error) => {
            eprintln!("error: {error}");
            std::process::exit(1);
        }
    };
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
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
            commands::token::token_place,
            commands::token::keep_token,
            commands::token::forget_token,
        ])
        .setup(|app| {
            window::open(app)?;
            Ok(())
        })
        .build(tauri::generate_context!());
    match app {
        Ok(app) => app.run(|app, event| {
            if let RunEvent::Exit = event {
                app.state::<AppState>().close();
            }
        }),
        Err(error) => {
            eprintln!("error: the window cannot be opened: {error}");
            std::process::exit(1);
        }
    }
}
