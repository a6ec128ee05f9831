//! Answering, and stopping an answer.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ingot_engine::Result;
use ingot_engine::chats::{Ask, Asked, Ending};
use ingot_engine::markdown::Growing;
use ingot_engine::protocol::{FinishReason, GenerateRequest, Prompt};
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

/// Between two looks at a block, for each byte of it: 100 ms at 10 kB.
const PACE_OF_LONG_BLOCKS: Duration = Duration::from_micros(10);

/// Stores a question, answers it and stores the answer; returns once the stream has ended.
#[tauri::command]
pub async fn ask(app: AppHandle, inquiry: Inquiry, on_event: Channel<ChatEvent>) -> Result<()> {
    // First of all: a stop that comes while the question is stored counts.
    let cancel = app.state::<AppState>().fresh_cancel();
    blocking("ask", move || {
        let state = app.state::<AppState>();
        let session = state.session()?;
        let Inquiry { chat, turn, question, system, sampling } = inquiry;
        sampling.check()?;
        let model = session.summary().name.clone();
        let Asked { chat, title, question, answer, messages } =
            state.chats.ask(&Ask { chat, turn, question: question.as_deref(), system: &system, model: &model })?;
        let _ = on_event.send(ChatEvent::Begun { chat, title, question, answer });

        let answering = state.answers.begin(chat, answer);
        let request = GenerateRequest::new(Prompt::Chat(messages), sampling);
        let growing = Arc::new(Mutex::new(Growing::default()));
        let stream = TextStream::new(show(&app, answer, Arc::clone(&growing), on_event.clone()));
        let mut mark = None;
        let result = session.generate(&request, &cancel, &mut |progress| match progress {
            // With the first word: an answer that is stopped before has said nothing.
            Progress::Prompt { opens_thinking, .. } => mark = opens_thinking.map(str::to_owned),
            Progress::Prefill { done, total } => {
                let _ = on_event.send(ChatEvent::Prefill { done: done as u32, total: total as u32 });
            }
            Progress::Token { text, .. } | Progress::Text(text) => {
                if let Some(mark) = mark.take_if(|_| !text.is_empty()) {
                    stream.push(&mark);
                }
                stream.push(text);
            }
            Progress::Checking(fraction) | Progress::Loading(fraction) => {
                drop(on_event.send(ChatEvent::Loading { fraction }))
            }
        });
        // The rest of the text goes before the end.
        drop(stream);
        let growing = std::mem::take(&mut *lock(&growing));
        answering.ended(result.as_ref().is_ok_and(|answer| answer.reason != FinishReason::Cancelled));
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
    let (mut kept, mut shown) = (Instant::now(), Instant::now());
    move |text| {
        let mut growing = lock(&growing);
        growing.push(&text);
        // A block that has grown long costs more each time, so it is shown less often; the end shows all.
        if shown.elapsed() >= growing.unsettled_bytes() as u32 * PACE_OF_LONG_BLOCKS {
            let patches = growing.patches();
            if !patches.is_empty() {
                let _ = on_event.send(ChatEvent::Patches { patches });
            }
            shown = Instant::now();
        }
        if kept.elapsed() >= KEEPING_INTERVAL + growing.text().len() as u32 * PACE_OF_LONG_BLOCKS {
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
