//! One answer, shown while it comes or collected for JSON: shared by `generate`, `chat` and `bench`.

use std::io::{Write, stdout};
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use ingot_engine::library::{self, Settings};
use ingot_engine::protocol::{FinishReason, GenerateRequest};
use ingot_engine::session::{Answer, CancelToken, InferenceSession, Keeper, Progress, SessionOptions};
use ingot_engine::{Error, Result};
use serde_json::{Value, json};

use crate::args::ModelOptions;
use crate::terminal;

/// What came of one request.
pub struct Reply {
    pub text: String,
    pub tokens: Vec<u32>,
    pub answer: Answer,
}

/// The token that Ctrl-C cancels.
pub fn cancelled_by_ctrl_c() -> Result<CancelToken> {
    // A signal is caught once in a process.
    static TOKEN: OnceLock<CancelToken> = OnceLock::new();
    if let Some(token) = TOKEN.get() {
        return Ok(token.clone());
    }
    let token = CancelToken::default();
    let heard = token.clone();
    ctrlc::set_handler(move || {
        // Pressed again, it is meant.
        if heard.is_cancelled() {
            std::process::exit(130);
        }
        heard.cancel();
    })
    .map_err(|error| Error::internal(format!("Ctrl-C cannot be caught: {error}")))?;
    Ok(TOKEN.get_or_init(|| token).clone())
}

/// A session, and who unloads it when it is unused or memory is short.
pub struct Opened {
    session: Arc<InferenceSession>,
    _keeper: Keeper,
}

impl Deref for Opened {
    type Target = InferenceSession;

    fn deref(&self) -> &InferenceSession {
        &self.session
    }
}

/// Loads the model, telling how far it is.
pub fn open(options: &ModelOptions, cancel: &CancelToken) -> Result<Opened> {
    open_to_profile(options, false, cancel)
}

/// As [`open`]; with `profile`, the worker records where time goes.
pub fn open_to_profile(options: &ModelOptions, profile: bool, cancel: &CancelToken) -> Result<Opened> {
    let settings = Settings::read(&library::home()?).memory;
    let options = options.session(&settings, &settings.ledger())?;
    let session = InferenceSession::prepare(SessionOptions { profile, ..options })?;
    let session = Arc::new(session);
    let keeper = settings.keeper();
    keeper.watch(&session);
    session.load(cancel, &mut tell)?;
    terminal::clear_line();
    Ok(Opened { session, _keeper: keeper })
}

/// Runs `request`; with `live`, the text goes to standard output as it comes.
pub fn answer(
    session: &InferenceSession,
    request: &GenerateRequest,
    cancel: &CancelToken,
    live: bool,
) -> Result<Reply> {
    let (mut text, mut tokens) = (String::new(), Vec::new());
    let mut broken_pipe = false;
    let mut say = |piece: &str| {
        text.push_str(piece);
        if live && !piece.is_empty() {
            broken_pipe |= write!(stdout(), "{piece}").and_then(|()| stdout().flush()).is_err();
            if broken_pipe {
                cancel.cancel();
            }
        }
    };
    let result = session.generate(request, cancel, &mut |progress| match progress {
        Progress::Token { token, text } => {
            if tokens.is_empty() {
                terminal::clear_line();
            }
            tokens.push(token);
            say(text);
        }
        Progress::Text(text) => say(text),
        other => tell(other),
    });
    terminal::clear_line();
    let answer = result.inspect_err(|_| {
        // What was said stays; the error gets a line of its own.
        if live && !text.is_empty() {
            println!();
        }
    })?;
    Ok(Reply { text, tokens, answer })
}

fn tell(progress: Progress<'_>) {
    match progress {
        Progress::Checking(fraction) => terminal::show(&format!("Checking its files {:.0} %", fraction * 100.0)),
        Progress::Loading(fraction) => terminal::show(&format!("Loading {:.0} %", fraction * 100.0)),
        Progress::Prefill { done, total } if total > 0 => {
            terminal::show(&format!("Reading the prompt {:.0} %", done as f64 * 100.0 / total as f64));
        }
        _ => {}
    }
}

/// The fields of `ingot generate --json`.
pub fn report(session: &InferenceSession, reply: &Reply) -> Value {
    let usage = &reply.answer.usage;
    let (loaded, load_seconds) =
        session.loaded().map_or((None, None), |(loaded, seconds)| (Some(loaded), Some(seconds)));
    json!({
        "text": reply.text,
        "tokens": reply.tokens,
        "prompt_tokens": usage.prompt_tokens,
        "left_out_messages": usage.left_out_messages,
        "cached_tokens": usage.cached_tokens,
        "generated_tokens": reply.tokens.len(),
        "finish_reason": reply.answer.reason,
        "backend": loaded.as_ref().map(|loaded| &loaded.backend),
        "device": loaded.as_ref().map(|loaded| &loaded.device),
        "time_to_first_token_seconds": usage.time_to_first_token_seconds,
        "prefill_tokens_per_second": usage.prefill_tokens_per_second,
        "decode_tokens_per_second": usage.decode_tokens_per_second,
        "load_seconds": load_seconds,
        "peak_memory_bytes": usage.peak_memory_bytes,
    })
}

/// A line about an answer for people.
pub fn summary(reply: &Reply) -> String {
    let usage = &reply.answer.usage;
    let end = match reply.answer.reason {
        FinishReason::Stop => "",
        FinishReason::Length => ", cut at the length limit",
        FinishReason::Cancelled => ", stopped",
    };
    let left_out = match usage.left_out_messages {
        0 => String::new(),
        1 => ", without the oldest message".to_owned(),
        count => format!(", without the {count} oldest messages"),
    };
    format!(
        "{} tokens, {:.1} tok/s, {:.2} s to first token{end}{left_out}",
        reply.tokens.len(),
        usage.decode_tokens_per_second,
        usage.time_to_first_token_seconds
    )
}
