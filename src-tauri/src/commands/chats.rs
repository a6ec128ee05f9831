//! Conversations of before: found, opened, renamed, removed, given away.

use ingot_engine::chats::{Chat, ChatEntry, Turn};
use ingot_engine::markdown::{self, Document};
use ingot_engine::protocol::Role;
use ingot_engine::{Result, report};
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;

use super::blocking;
use crate::jobs::Answers;
use crate::state::AppState;
use crate::wire::{ChatView, TurnView};

/// Turns that the window takes at a time.
const PAGE: usize = 40;

/// Conversations with `search` in them, the latest first.
#[tauri::command]
pub async fn list_chats(app: AppHandle, search: String) -> Result<Vec<ChatEntry>> {
    blocking("list_chats", move || app.state::<AppState>().chats.list(&search)).await
}

/// The last turns of a conversation, of those before `before`.
#[tauri::command]
pub async fn open_chat(app: AppHandle, chat: i64, before: Option<i64>) -> Result<ChatView> {
    blocking("open_chat", move || {
        let state = app.state::<AppState>();
        let Chat { id, title, system, turns, has_earlier } = state.chats.open(chat, before, PAGE)?;
        let turns = turns.into_iter().map(|turn| view(turn, &state.answers)).collect();
        Ok(ChatView { id, title, system, turns, has_earlier })
    })
    .await
}

fn view(turn: Turn, answers: &Answers) -> TurnView {
    let Turn { id, role, text, model, ending } = turn;
    let is_answer = role == Role::Assistant;
    let document = if is_answer { markdown::render(&text) } else { Document::default() };
    let text = if is_answer { String::new() } else { text };
    TurnView { id, role, text, document, model, ending, is_running: answers.is_running(id) }
}

#[tauri::command]
pub async fn rename_chat(app: AppHandle, chat: i64, title: String) -> Result<()> {
    blocking("rename_chat", move || app.state::<AppState>().chats.rename(chat, &title)).await
}

#[tauri::command]
pub async fn delete_chat(app: AppHandle, chat: i64) -> Result<()> {
    blocking("delete_chat", move || {
        let state = app.state::<AppState>();
        if state.answers.is_in(chat) {
            state.stop();
        }
        state.chats.delete(chat)
    })
    .await
}

/// A whole conversation as Markdown, to be copied.
#[tauri::command]
pub async fn chat_markdown(app: AppHandle, chat: i64) -> Result<String> {
    blocking("chat_markdown", move || Ok(app.state::<AppState>().chats.open(chat, None, usize::MAX)?.markdown())).await
}

/// Asks where to, and writes a conversation there: as Markdown or JSON, by the ending of the name. Null if nothing was
/// chosen.
#[tauri::command]
pub async fn save_chat(app: AppHandle, chat: i64) -> Result<Option<String>> {
    blocking("save_chat", move || {
        let chat = app.state::<AppState>().chats.open(chat, None, usize::MAX)?;
        let name: String = chat.title.chars().filter(|c| !"/\\:*?\"<>|…".contains(*c)).collect();
        let dialog = app.dialog().file().set_title("Save the chat").set_file_name(format!("{}.md", name.trim()));
        let dialog = dialog.add_filter("Markdown", &["md"]).add_filter("JSON", &["json"]);
        let Some(path) = dialog.blocking_save_file().and_then(|path| path.into_path().ok()) else { return Ok(None) };
        let text = match path.extension().and_then(|ending| ending.to_str()) {
            Some("json") => format!("{:#}\n", chat.json()),
            _ => chat.markdown(),
        };
        report::write(&path, &text)?;
        Ok(Some(path.display().to_string()))
    })
    .await
}

/// One turn as it was written, to be copied.
#[tauri::command]
pub async fn turn_text(app: AppHandle, turn: i64) -> Result<String> {
    blocking("turn_text", move || app.state::<AppState>().chats.text(turn)).await
}
