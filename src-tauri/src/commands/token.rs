//! The Hub's access token: the window may say, set and forget it, and is never told it.

use ingot_engine::hub::{Token, TokenKeeper};
use ingot_engine::{Error, Result};
use tauri::{AppHandle, Manager};

use super::blocking;
use crate::state::AppState;

/// Where there is a token, in words; null if there is none.
#[tauri::command]
pub async fn token_place(app: AppHandle) -> Result<Option<String>> {
    blocking("token_place", move || {
        if Token::from_environment()?.is_some() {
            return Ok(Some("HF_TOKEN".to_owned()));
        }
        let kept = TokenKeeper::of(app.state::<AppState>().home()).read()?;
        Ok(kept.map(|_| TokenKeeper::PLACE.to_owned()))
    })
    .await
}

#[tauri::command]
pub async fn keep_token(app: AppHandle, text: String) -> Result<()> {
    blocking("keep_token", move || {
        let token = Token::parse(&text);
        let token = token.ok_or_else(|| Error::bad_request("that is no token; copy one from the Hub's settings"))?;
        TokenKeeper::of(app.state::<AppState>().home()).keep(&token)
    })
    .await
}

#[tauri::command]
pub async fn forget_token(app: AppHandle) -> Result<()> {
    blocking("forget_token", move || TokenKeeper::of(app.state::<AppState>().home()).forget().map(drop)).await
}
