//! Answering, and stopping an answer.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ingot_engine::Result;
use ingot_engine::chats::{Ask, Asked, Ending};
use ingot_engine::markdown::{self, Growing};
use ingot_engine::protocol::{GenerateRequest, Prompt};
use ingot_engine::session::{Answer, Progress};
use ingot_engine::sync::lock;
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};

use super::blocking;
use crate::log;
use crate::state::AppState;
use crate::stream::TextStream;
use crate::wire::{ChatEvent, Inquiry};

/// What a crash may cost of an answer that is being written.
const KEEPING_INTERVAL: Duration = Duration::from_secs(1);

/// Stores a question, answers it and stores the answer; returns once the stream has ended.
#[tauri::command]
pub async fn ask(app: AppHandle, inquiry: Inquiry, on_event: Channel<ChatEvent>) -> Result<()> {
    blocking("ask", move || {
        let state = app.state::<AppState>();
        let session = state.session()?;
        let Inquiry { chat, after, question, system, sampling } = inquiry;
        sampling.check()?;
        let model = session.summary().name.clone();
        let Asked { chat, title, question, answer, messages } =
            state.chats.ask(&Ask { chat, after, question: question.as_deref(), system: &system, model: &model })?;
        let _ = on_event.send(ChatEvent::Begun { chat, title, question, answer });

        let _answering = state.answers.begin();
        let cancel = state.fresh_cancel();
        let request = GenerateRequest::new(Prompt::Chat(messages), sampling);
        let growing = Arc::new(Mutex::new(Growing::default()));
        let stream = TextStream::new(show(&app, answer, Arc::clone(&growing), on_event.clone()));
        let result = session.generate(&request, &cancel, &mut |progress| match progress {
            Progress::Prompt { opens_thinking: true, .. } => stream.push(markdown::USUAL_MARK),
            Progress::Prompt { .. } => {}
            Progress::Prefill { done, total } => {
                let _ = on_event.send(ChatEvent::Prefill { done: done as u32, total: total as u32 });
            }
            Progress::Token { text, .. } | Progress::Text(text) => stream.push(text),
            Progress::Checking(fraction) | Progress::Loading(fraction) => {
                drop(on_event.send(ChatEvent::Loading { fraction }))
            }
        });
        // The rest of the text goes before the end.
        drop(stream);
        let growing = std::mem::take(&mut *lock(&growing));
        let (ending, last) = match result {
            Ok(Answer { reason, usage }) => {
                (Ending::Finished { reason, usage: usage.clone() }, ChatEvent::Finished { reason, usage })
            }
            Err(error) => {
                let error = state.count_crash(session.model(), error);
                log::note("ask", &error);
                (Ending::Failed { error: error.clone() }, ChatEvent::Failed { error })
            }
        };
        let kept = state.chats.keep(answer, growing.text(), &ending);
        let patches = growing.finish();
        if !patches.is_empty() {
            let _ = on_event.send(ChatEvent::Patches { patches });
        }
        let _ = on_event.send(match kept {
            Ok(()) => last,
            Err(error) => ChatEvent::Failed { error },
        });
        Ok(())
    })
    .await
}

/// Shows pieces of the answer as they come, and keeps what there is from time to time.
fn show(
    app: &AppHandle,
    answer: i64,
    growing: Arc<Mutex<Growing>>,
    on_event: Channel<ChatEvent>,
) -> impl FnMut(String) + Send + 'static {
    let app = app.clone();
    let mut kept = Instant::now();
    move |text| {
        let mut growing = lock(&growing);
        growing.push(&text);
        let patches = growing.patches();
        if !patches.is_empty() {
            let _ = on_event.send(ChatEvent::Patches { patches });
        }
        if kept.elapsed() >= KEEPING_INTERVAL {
            // The end is kept, too, and an error is told then.
            let _ = app.state::<AppState>().chats.keep(answer, growing.text(), &Ending::Open);
            kept = Instant::now();
        }
    }
}

#[tauri::command]
pub async fn stop(app: AppHandle) -> Result<()> {
    app.state::<AppState>().stop();
    Ok(())
}
