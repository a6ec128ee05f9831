//! Answering, and stopping an answer.

use ingot_engine::Result;
use ingot_engine::protocol::{GenerateRequest, Message, Prompt, Sampling};
use ingot_engine::session::Progress;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};

use super::blocking;
use crate::state::AppState;
use crate::stream::TextStream;
use crate::wire::ChatEvent;

/// Answers `messages`; returns once the stream has ended.
#[tauri::command]
pub async fn chat(
    app: AppHandle,
    messages: Vec<Message>,
    sampling: Sampling,
    on_event: Channel<ChatEvent>,
) -> Result<()> {
    blocking(move || {
        let state = app.state::<AppState>();
        let session = state.session()?;
        sampling.check()?;
        let cancel = state.fresh_cancel();
        let request = GenerateRequest::new(Prompt::Chat(messages), sampling);
        let texts = on_event.clone();
        let stream = TextStream::new(move |text| drop(texts.send(ChatEvent::Text { text })));
        let result = session.generate(&request, &cancel, &mut |progress| match progress {
            Progress::Prefill { done, total } => {
                let _ = on_event.send(ChatEvent::Prefill { done: done as u32, total: total as u32 });
            }
            Progress::Token { text, .. } | Progress::Text(text) => stream.push(text),
            Progress::Checking(fraction) | Progress::Loading(fraction) => {
                drop(on_event.send(ChatEvent::Loading { fraction }))
            }
            Progress::Prompt { .. } => {}
        });
        // The rest of the text goes before the end.
        drop(stream);
        let last = match result {
            Ok(answer) => ChatEvent::Finished { reason: answer.reason, usage: answer.usage },
            Err(error) => ChatEvent::Failed { error: state.count_crash(session.model(), error) },
        };
        let _ = on_event.send(last);
        Ok(())
    })
    .await
}

#[tauri::command]
pub async fn stop(app: AppHandle) -> Result<()> {
    app.state::<AppState>().stop();
    Ok(())
}
