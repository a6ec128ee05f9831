//! Declares the commands, so that each needs a permission of its own.

const COMMANDS: &[&str] = &[
    "models",
    "choose_folder",
    "inspect_model",
    "load_model",
    "unload_model",
    "ask",
    "stop",
    "lift_set_aside",
    "settings",
    "change_settings",
    "present_model",
    "recent_log",
    "list_chats",
    "open_chat",
    "rename_chat",
    "delete_chat",
    "chat_markdown",
    "save_chat",
    "turn_text",
    "open_link",
    "watch_monitor",
    "unwatch_monitor",
    "make_report",
    "report_charts",
    "save_report",
    "recipe_plans",
    "start_conversion",
    "pause_conversion",
    "clear_conversion",
    "watch_conversion",
    "unwatch_conversion",
    "search_hub",
    "starter_model",
    "preview_model",
    "start_download",
    "pause_download",
    "discard_download",
    "watch_downloads",
    "unwatch_downloads",
    "remove_model",
    "token_place",
    "keep_token",
    "forget_token",
];

fn main() {
    let attributes = tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        panic!("{error:#}");
    }
}
