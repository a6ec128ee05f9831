//! A worker that says what it is told to, at a pace: it stands in place of a model where its words matter.
//!
//! Beside it lies `recital.json`: `texts`, one for each answer in turn, and `tokens_per_second`.

use std::path::Path;
use std::time::{Duration, Instant};

use ingot_engine::protocol::{Event, FinishReason, Loaded, Placement, Request, Usage};
use ingot_engine::worker::Connection;
use serde_json::Value;

/// Characters of a token, as in English.
const TOKEN: usize = 4;

fn main() {
    let program = std::env::args().next().unwrap_or_default();
    let recital = std::fs::read(Path::new(&program).with_file_name("recital.json")).expect("a recital");
    let recital: Value = serde_json::from_slice(&recital).expect("JSON");
    let texts: Vec<&str> = recital["texts"].as_array().expect("texts").iter().filter_map(Value::as_str).collect();
    let pace = Duration::from_secs_f64(1.0 / recital["tokens_per_second"].as_f64().expect("a pace"));

    let connection = Connection::open().expect("started by Ingot");
    let mut said = 0;
    loop {
        match connection.next() {
            Request::Load(_) => {
                connection.send(&Event::Opened);
                connection.send(&Event::Loading { fraction: 1.0 });
                connection.send(&Event::Loaded(Loaded {
                    backend: "none".into(),
                    device: "none".into(),
                    version: "0".into(),
                    weights: Placement::default(),
                }));
            }
            Request::Generate { id, request } => {
                let most = request.sampling.max_tokens as usize;
                recite(&connection, id, texts[said % texts.len()], pace, most);
                said += 1;
            }
            Request::Unload => return,
            _ => {}
        }
    }
}

fn recite(connection: &Connection, id: u64, text: &str, pace: Duration, most: usize) {
    connection.send(&Event::Prompt { id, tokens: 10, cached: 0, left_out: 0, opens_thinking: None });
    connection.send(&Event::Prefill { id, done: 10, total: 10 });
    let letters: Vec<char> = text.chars().collect();
    let begin = Instant::now();
    let mut tokens = 0;
    let mut reason = if letters.len() > most * TOKEN { FinishReason::Length } else { FinishReason::Stop };
    for piece in letters.chunks(TOKEN).take(most) {
        if connection.is_cancelled(id) {
            reason = FinishReason::Cancelled;
            break;
        }
        connection.advance();
        connection.send(&Event::Token { id, token: 1, text: piece.iter().collect() });
        tokens += 1;
        std::thread::sleep((pace * tokens).saturating_sub(begin.elapsed()));
    }
    let rate = f64::from(tokens) / begin.elapsed().as_secs_f64();
    let usage =
        Usage { prompt_tokens: 10, generated_tokens: tokens, decode_tokens_per_second: rate, ..Usage::default() };
    connection.send(&Event::Finished { id, text: String::new(), reason, usage });
}
