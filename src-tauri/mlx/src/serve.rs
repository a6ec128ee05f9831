//! The worker's side of the conversation: load once, answer one request after another, go when told.

use std::sync::Arc;

use ingot_engine::checkpoint::MappedWeights;
use ingot_engine::model::Model;
use ingot_engine::process::peak_resident_bytes;
use ingot_engine::protocol::{Event, FinishReason, GenerateRequest, LoadRequest, Loaded, Request, Usage};
use ingot_engine::text::{Detokenizer, StopStrings, TextModel, Watched};
use ingot_engine::worker::Connection;
use ingot_engine::{Error, Result};

use crate::decoder::Decoder;
use crate::generate::{Generator, Happening, Job};
use crate::mlx;

/// Serves until the app says or is gone.
pub fn serve(connection: &Arc<Connection>) {
    let device = match mlx::init() {
        Ok(device) => device,
        Err(error) => return connection.send(&Event::Failed { id: None, error: error.into() }),
    };
    let Request::Load(request) = connection.next() else { return };
    let (text, mut generator) = match load(&request, connection) {
        Ok(loaded) => loaded,
        Err(error) => return connection.send(&Event::Failed { id: None, error }),
    };
    connection.send(&Event::Loaded(Loaded {
        backend: "mlx".into(),
        device: device.name().into(),
        version: mlx::version(),
    }));
    loop {
        match connection.next() {
            Request::Generate { id, request } => {
                let event = match answer(id, &request, &text, &mut generator, connection) {
                    Ok(finished) => finished,
                    Err(error) => Event::Failed { id: Some(id), error },
                };
                connection.send(&event);
            }
            Request::Load(_) | Request::Cancel { .. } => {}
            Request::Unload => return,
        }
    }
}

fn load(request: &LoadRequest, connection: &Connection) -> Result<(TextModel, Generator)> {
    let Model { folder, config, spec, weights, generation, .. } = Model::open(&request.model)?;
    connection.send(&Event::Opened);
    let text = TextModel::read(&folder, spec.vocabulary, config.end_tokens()?, &generation)?;
    connection.send(&Event::Loading { fraction: 0.0 });
    let mapped: MappedWeights = weights.map()?;
    let mut told = 0.0;
    let mut progress = |fraction: f32| {
        connection.advance();
        if fraction >= told + 0.01 {
            told = fraction;
            connection.send(&Event::Loading { fraction });
        }
    };
    let decoder = Decoder::load(spec, &config, &mapped, &mut progress)?;
    Ok((text, Generator::new(decoder, request.kv)?))
}

/// Runs one request; returns what ends it.
fn answer(
    id: u64,
    request: &GenerateRequest,
    text: &TextModel,
    generator: &mut Generator,
    connection: &Connection,
) -> Result<Event> {
    let prompt = text.encode(&request.prompt)?;
    let end = if request.ignore_end { &[] } else { text.end_tokens() };
    let mut detokenizer = Detokenizer::new(text.tokenizer());
    let mut stops = StopStrings::new(&request.stop);
    let mut stopped = false;
    let mut failure: Option<Error> = None;

    let job = Job { prompt: &prompt, sampling: &request.sampling, end };
    let outcome = generator.run(&job, &mut |happening| {
        connection.advance();
        match happening {
            Happening::Started { cached } => {
                connection.send(&Event::Prompt { id, tokens: prompt.len(), cached });
            }
            Happening::Prefilled { done, total } => connection.send(&Event::Prefill { id, done, total }),
            Happening::Token(token) => match detokenizer.push(token) {
                Ok(piece) => {
                    let text = match stops.push(&piece) {
                        Watched::Text(text) => text,
                        Watched::Stopped(text) => {
                            stopped = true;
                            text
                        }
                    };
                    connection.send(&Event::Token { id, token, text });
                }
                Err(error) => failure = Some(error),
            },
        }
        !stopped && failure.is_none() && !connection.is_cancelled(id)
    })?;
    if let Some(error) = failure {
        return Err(error);
    }

    let mut rest = String::new();
    if !stopped {
        let last = detokenizer.finish()?;
        match stops.push(&last) {
            Watched::Text(text) => rest = text + &stops.finish(),
            Watched::Stopped(text) => (rest, stopped) = (text, true),
        }
    }
    let timing = outcome.timing;
    let later = f64::from(outcome.tokens.saturating_sub(1));
    let computed = (prompt.len() - outcome.cached) as f64;
    let per = |count: f64, seconds: f64| if seconds > 0.0 { count / seconds } else { 0.0 };
    let usage = Usage {
        prompt_tokens: prompt.len() as u32,
        cached_tokens: outcome.cached as u32,
        generated_tokens: outcome.tokens,
        time_to_first_token_seconds: timing.first.as_secs_f64(),
        prefill_tokens_per_second: per(computed, timing.first.as_secs_f64()),
        decode_tokens_per_second: per(later, timing.decode.as_secs_f64()),
        peak_memory_bytes: peak_resident_bytes(),
        outside_seconds_per_token: per(timing.outside.as_secs_f64(), f64::from(outcome.tokens)),
    };
    let reason = if stopped { FinishReason::Stop } else { outcome.reason };
    Ok(Event::Finished { id, text: rest, reason, usage })
}
