//! The worker's side of the conversation: load once, answer one request after another, go when told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ingot_engine::checkpoint::MappedWeights;
use ingot_engine::memory::{Owner, Strategy};
use ingot_engine::model::Model;
use ingot_engine::process::peak_resident_bytes;
use ingot_engine::profiler::Recorder;
use ingot_engine::protocol::{
    Event, FinishReason, GenerateRequest, Growth, LoadRequest, Loaded, MemoryReport, Placement, Request, Usage,
};
use ingot_engine::text::{Detokenizer, Encoded, StopStrings, TextModel, Watched};
use ingot_engine::worker::Connection;
use ingot_engine::{Error, Result};

use crate::decoder::Decoder;
use crate::generate::{Generator, Happening, Held, Job, Listener, Wish};
use crate::measure::measure;
use crate::mlx::{self, Device};
use crate::validate::validate;
use crate::verify::verify;

/// Serves until the app says or is gone.
pub fn serve(connection: &Arc<Connection>) {
    let device = match mlx::init() {
        Ok(device) => device,
        Err(error) => return connection.send(&Event::Failed { id: None, error: error.into() }),
    };
    let request = match connection.next() {
        Request::Load(request) => request,
        Request::Verify(request) => {
            connection.send(&match verify(&request, connection) {
                Ok(verified) => Event::Verified(verified),
                Err(error) => Event::Failed { id: None, error },
            });
            return until_unloaded(connection);
        }
        Request::Validate => {
            connection.send(&match validate(device, connection) {
                Ok(validated) => Event::Validated(validated),
                Err(error) => Event::Failed { id: None, error: error.into() },
            });
            return until_unloaded(connection);
        }
        _ => return,
    };
    let recorder = if request.profile { Recorder::install("ingot-mlx") } else { None };
    let send_spans = || {
        for batch in recorder.iter().flat_map(|recorder| recorder.take(SPANS_PER_FRAME)) {
            connection.send(&Event::Spans(batch));
        }
    };
    let loading = Loading { request: &request, device, connection };
    let mut model = match loading.run() {
        Ok(loaded) => loaded,
        Err(error) => return connection.send(&Event::Failed { id: None, error }),
    };
    connection.send(&Event::Memory(model.memory()));
    send_spans();
    connection.send(&Event::Loaded(Loaded {
        backend: "mlx".into(),
        device: device.name().into(),
        version: mlx::version(),
        weights: model.placement.clone(),
    }));
    loop {
        match connection.next() {
            Request::Generate { id, request } => {
                let event = match model.answer(id, &request, connection) {
                    Ok(finished) => finished,
                    Err(error) => Event::Failed { id: Some(id), error },
                };
                connection.send(&Event::Memory(model.memory()));
                send_spans();
                connection.send(&event);
            }
            Request::Measure => connection.send(&match measure(model.generator.dtype(), device) {
                Ok(measured) => Event::Measured(measured),
                Err(error) => Event::Failed { id: None, error: error.into() },
            }),
            Request::Drain => {
                if connection.is_to_drain() && model.generator.drain().is_ok() {
                    connection.send(&Event::Memory(model.memory()));
                }
            }
            Request::Load(_)
            | Request::Convert(_)
            | Request::Verify(_)
            | Request::Validate
            | Request::Cancel { .. }
            | Request::Granted
            | Request::Denied { .. } => {}
            Request::Unload => return,
        }
    }
}

/// Waits until the other side has read the last event.
fn until_unloaded(connection: &Connection) {
    while !matches!(connection.next(), Request::Unload) {}
}

/// Spans in one frame: some thirty bytes each.
const SPANS_PER_FRAME: usize = 10_000;

/// A model on its way in.
struct Loading<'a> {
    request: &'a LoadRequest,
    device: Device,
    connection: &'a Connection,
}

/// A model that is loaded.
struct Served {
    text: TextModel,
    generator: Generator,
    placement: Placement,
}

impl Loading<'_> {
    fn run(self) -> Result<Served> {
        let _span = tracing::trace_span!("load").entered();
        let Model { folder, config, spec, plan, weights, generation } =
            tracing::trace_span!("check files").in_scope(|| Model::open(&self.request.model))?;
        self.connection.send(&Event::Opened);
        let end = config.end_tokens()?;
        let text = tracing::trace_span!("build tokenizer")
            .in_scope(|| TextModel::read(&folder, spec.vocabulary, end, &generation))?;
        self.connection.send(&Event::Loading { fraction: 0.0 });
        let mapped: MappedWeights = weights.map()?;
        let mut told = 0.0;
        let mut progress = |fraction: f32| {
            self.connection.advance();
            if fraction >= told + 0.01 {
                told = fraction;
                self.connection.send(&Event::Loading { fraction });
            }
        };
        let strategy = self.strategy()?;
        let _weights = tracing::trace_span!("take weights").entered();
        let (decoder, placement) = Decoder::load(spec, &plan, &config, &mapped, strategy, &mut progress)?;
        let generator = Generator::new(decoder, self.request.kv, self.request.kv_granted)?;
        Ok(Served { text, generator, placement })
    }

    /// How to take the weights.
    fn strategy(&self) -> Result<Strategy> {
        match (self.request.weights, self.device) {
            (None, Device::Gpu) => Ok(Strategy::ZeroCopy),
            (None, Device::Cpu) => Ok(Strategy::Dedicated),
            (Some(strategy @ (Strategy::BestFit | Strategy::FirstFit)), _) => Err(Error::bad_request(format!(
                "weights cannot be placed by {strategy}, which cuts blocks from regions; \
                     use ZERO_COPY, UNIFIED or DEDICATED"
            ))),
            (Some(strategy), _) => Ok(strategy),
        }
    }
}

/// How often the app hears of the memory while an answer is under way.
const MEMORY_INTERVAL: Duration = Duration::from_secs(1);

/// Follows one answer: text to the app, questions about memory, and when to stop.
struct Follower<'a> {
    id: u64,
    placement: &'a Placement,
    told_memory: Instant,
    prompt_tokens: usize,
    left_out: usize,
    opens_thinking: Option<&'static str>,
    connection: &'a Connection,
    detokenizer: Detokenizer<'a>,
    stops: StopStrings,
    stopped: bool,
    failure: Option<Error>,
}

impl Listener for Follower<'_> {
    fn hear(&mut self, happening: Happening) -> Wish {
        let _span = tracing::trace_span!("text and pipe").entered();
        let (id, connection) = (self.id, self.connection);
        connection.advance();
        match happening {
            Happening::Started { cached } => {
                connection.send(&Event::Prompt {
                    id,
                    tokens: self.prompt_tokens,
                    cached,
                    left_out: self.left_out,
                    opens_thinking: self.opens_thinking.map(str::to_owned),
                });
            }
            Happening::Prefilled { done, total } => connection.send(&Event::Prefill { id, done, total }),
            Happening::Token(token) => match self.detokenizer.push(token) {
                Ok(piece) => {
                    let text = match self.stops.push(&piece) {
                        Watched::Text(text) => text,
                        Watched::Stopped(text) => {
                            self.stopped = true;
                            text
                        }
                    };
                    connection.send(&Event::Token { id, token, text });
                }
                Err(error) => self.failure = Some(error),
            },
        }
        if self.stopped || self.failure.is_some() || connection.is_cancelled(id) {
            Wish::Stop
        } else if connection.is_to_drain() {
            Wish::Drain
        } else if self.told_memory.elapsed() >= MEMORY_INTERVAL {
            Wish::Tell
        } else {
            Wish::GoOn
        }
    }

    fn held(&mut self, held: Held) {
        self.told_memory = Instant::now();
        self.connection.send(&Event::Memory(memory(self.placement, held)));
    }

    fn lend(&mut self, growth: Growth) -> Result<()> {
        self.connection.ask_for_memory(growth)
    }
}

/// The worker's account of its memory.
fn memory(placement: &Placement, held: Held) -> MemoryReport {
    let Held { kv_cache, page_bytes, granted } = held;
    let active = mlx::active_bytes();
    let scratch = active.saturating_sub(placement.copied_bytes + page_bytes + kv_cache.reserved);
    let owners = [
        (Owner::Weights, placement.copied_bytes),
        (Owner::MappedWeights, placement.in_place_bytes),
        (Owner::KvCache, kv_cache.reserved),
        (Owner::Scratch, scratch),
    ];
    MemoryReport {
        active,
        cached: mlx::cached_bytes(),
        peak: mlx::peak_bytes(),
        owners: owners.into_iter().filter(|(_, bytes)| *bytes > 0).collect(),
        kv_cache,
        kv_granted: granted,
    }
}

impl Served {
    fn memory(&self) -> MemoryReport {
        memory(&self.placement, self.generator.held())
    }

    /// Runs one request; returns what ends it.
    fn answer(&mut self, id: u64, request: &GenerateRequest, connection: &Connection) -> Result<Event> {
        let _span = tracing::trace_span!("answer").entered();
        let encode = || match self.generator.context() {
            Some(context) => self.text.encode_within(&request.prompt, context, request.sampling.max_tokens as usize),
            None => self.text.encode(&request.prompt).map(|ids| Encoded { ids, left_out: 0 }),
        };
        let Encoded { ids: prompt, left_out } = tracing::trace_span!("encode prompt").in_scope(encode)?;
        let end = if request.ignore_end { &[] } else { self.text.end_tokens() };
        let mut follower = Follower {
            id,
            placement: &self.placement,
            told_memory: Instant::now(),
            prompt_tokens: prompt.len(),
            left_out,
            opens_thinking: self.text.opens_thinking(&prompt),
            connection,
            detokenizer: Detokenizer::new(self.text.tokenizer()),
            stops: StopStrings::new(&request.stop),
            stopped: false,
            failure: None,
        };
        let job = Job { prompt: &prompt, sampling: &request.sampling, end };
        let outcome = self.generator.run(&job, &mut follower)?;
        let Follower { mut detokenizer, mut stops, mut stopped, failure, .. } = follower;
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
            left_out_messages: left_out as u32,
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
}
