//! From a prompt to an answer: what the cache has is reused, the rest is prefilled in chunks, and while one token
//! is being read the next is already being computed.

use std::time::{Duration, Instant};

use ingot_engine::memory::Occupancy;
use ingot_engine::need::{Processor, longest_chunk};
use ingot_engine::protocol::{FinishReason, Growth, KvOptions, Sampling};
use ingot_engine::{Error, Result};

use crate::decoder::{Cache, Decoder};
use crate::mlx::{self, Array, Device, Dtype, async_eval};
use crate::sampler::{Drawn, Sampler};

/// How long a chunk of prefill should take: a cancellation waits for its end.
const CHUNK_TIME: Duration = Duration::from_millis(250);
const CHUNK_TOKENS: std::ops::RangeInclusive<usize> = 16..=2048;
/// Tokens between two returns of unused buffers to the system.
const CLEAR_EVERY: u32 = 256;

/// Generates with one decoder and one cache.
pub struct Generator {
    decoder: Decoder,
    cache: Cache,
    bounded: bool,
    chunk: usize,
    processor: Processor,
}

/// What to generate.
pub struct Job<'a> {
    /// At least one token.
    pub prompt: &'a [u32],
    pub sampling: &'a Sampling,
    /// Tokens that end the answer.
    pub end: &'a [u32],
}

/// What the caller is told, and may answer with a [`Wish`].
pub enum Happening {
    /// `cached` tokens of the prompt need no computing.
    Started {
        cached: usize,
    },
    Prefilled {
        done: usize,
        total: usize,
    },
    Token(u32),
}

/// What the caller wants next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    GoOn,
    /// Go on, but first tell what is held.
    Tell,
    /// Go on, but first give back what is not in use.
    Drain,
    Stop,
}

/// What a generator holds.
#[derive(Debug, Clone)]
pub struct Held {
    /// The blocks of the cache.
    pub kv_cache: Occupancy,
    /// Bytes of mapped pages that MLX uses in place, and counts as its own.
    pub page_bytes: u64,
    /// Bytes that the cache may take without asking.
    pub granted: u64,
}

/// Whoever follows an answer and lends it memory.
pub trait Listener {
    fn hear(&mut self, happening: Happening) -> Wish;

    /// The answer to [`Wish::Tell`].
    fn held(&mut self, held: Held);

    /// May the cache grow? The error says why not.
    fn lend(&mut self, growth: Growth) -> Result<()>;
}

/// How long things took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Timing {
    /// From the beginning to the first token.
    pub first: Duration,
    /// From the first token to the last.
    pub decode: Duration,
    /// Of that, the part spent outside MLX: text, and the pipe.
    pub outside: Duration,
}

#[derive(Debug)]
pub struct Outcome {
    pub reason: FinishReason,
    pub tokens: u32,
    pub cached: usize,
    pub timing: Timing,
}

impl Generator {
    /// A generator whose cache may take `granted` bytes without asking.
    pub fn new(decoder: Decoder, kv: KvOptions, granted: u64) -> Result<Self> {
        let cache = Cache::new(decoder.spec(), decoder.dtype(), kv, granted)?;
        let device = mlx::device()?;
        let chunk = first_chunk(decoder.spec().parameters(), device);
        let processor = match device {
            Device::Cpu => Processor::Cpu,
            Device::Gpu => Processor::Gpu,
        };
        Ok(Self { decoder, cache, bounded: kv.max_size.is_some(), chunk, processor })
    }

    /// Answers `job`; `listener` hears what happens.
    pub fn run(&mut self, job: &Job<'_>, listener: &mut dyn Listener) -> Result<Outcome> {
        let _span = tracing::trace_span!("generate").entered();
        let result = self.answer(job, listener);
        if result.is_err() {
            self.cache.discard();
        }
        result
    }

    /// Gives back all memory that nothing needs, and moves the cache into blocks no longer than it needs.
    pub fn drain(&mut self) -> Result<()> {
        let _span = tracing::trace_span!("drain").entered();
        let moved = self.cache.defragment(self.decoder.spec());
        if moved.is_err() {
            self.cache.discard();
        }
        mlx::clear_cache();
        moved.map(|_| ())
    }

    /// How many tokens a prompt and its answer may have; `None` if the cache is bounded instead.
    pub fn context(&self) -> Option<usize> {
        (!self.bounded).then_some(self.decoder.spec().context)
    }

    /// The type in which it computes.
    pub fn dtype(&self) -> Dtype {
        self.decoder.dtype()
    }

    /// What it holds now.
    pub fn held(&self) -> Held {
        let (kv_cache, page_bytes) = (self.cache.occupancy(), self.decoder.page_bytes());
        Held { kv_cache, page_bytes, granted: self.cache.granted() }
    }

    fn answer(&mut self, job: &Job<'_>, listener: &mut dyn Listener) -> Result<Outcome> {
        let context = self.context();
        if let Some(context) = context.filter(|context| job.prompt.len() > *context) {
            return Err(Error::bad_request(format!(
                "the prompt has {} tokens, the model's context is {context}; shorten it, or give max-kv-size",
                job.prompt.len()
            )));
        }
        let begin = Instant::now();
        if !self.decoder.spec().keeps_angles(job.prompt.len()) {
            self.cache.discard();
        }
        let cached = self.cache.reuse(job.prompt);
        let mut outcome = Outcome { reason: FinishReason::Cancelled, tokens: 0, cached, timing: Timing::default() };
        let goes_on = self.tell(Happening::Started { cached }, listener)?;
        if !goes_on || !self.prefill(&job.prompt[cached..], listener)? {
            return Ok(outcome);
        }
        let room = context.map_or(usize::MAX, |context| context - job.prompt.len());
        let limit = u32::try_from(room).unwrap_or(u32::MAX).min(job.sampling.max_tokens);
        self.decode(job, limit, begin, &mut outcome, listener)?;
        Ok(outcome)
    }

    /// Puts all of `tokens` but the last into the cache; false if stopped.
    fn prefill(&mut self, tokens: &[u32], listener: &mut dyn Listener) -> Result<bool> {
        let mut rest = &tokens[..tokens.len() - 1];
        let total = rest.len();
        while !rest.is_empty() {
            let longest = self.longest_chunk(self.cache.offset() + rest.len().min(self.chunk));
            let (chunk, after) = rest.split_at(rest.len().min(self.chunk).min(longest));
            let begin = Instant::now();
            self.make_room(chunk.len(), listener)?;
            let span = tracing::trace_span!("prefill").entered();
            self.decoder.prefill(chunk, &mut self.cache)?;
            mlx::clear_cache();
            drop(span);
            // What a bounded cache still holds depends on the chunks, so those stay as they are.
            if chunk.len() == self.chunk && !self.bounded {
                self.chunk = next_chunk(self.chunk, begin.elapsed());
            }
            rest = after;
            if !self.tell(Happening::Prefilled { done: total - rest.len(), total }, listener)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn decode(
        &mut self,
        job: &Job<'_>,
        limit: u32,
        begin: Instant,
        outcome: &mut Outcome,
        listener: &mut dyn Listener,
    ) -> Result<()> {
        outcome.reason = FinishReason::Length;
        if limit == 0 {
            return Ok(());
        }
        let Some(&last) = job.prompt.last() else { return Err(Error::internal("an empty prompt")) };
        let mut sampler = Sampler::new(job.sampling, job.prompt)?;
        let mut drawn = self.launch(&Array::from_u32(&[last], &[1]), &mut sampler, listener)?;
        self.cache.record(&[last]);
        let mut first = None;
        loop {
            // The next step is launched before this token is read, except behind the last.
            let is_last = outcome.tokens + 1 == limit;
            let next = if is_last { None } else { Some(self.launch(&drawn.token, &mut sampler, listener)?) };
            let id = tracing::trace_span!("wait for token").in_scope(|| drawn.token.item_u32())?;
            let now = Instant::now();
            let since_first = *first.get_or_insert(now);
            outcome.timing.first = since_first - begin;
            outcome.timing.decode = now - since_first;
            if next.is_some() {
                self.cache.record(&[id]);
            }
            if !drawn.sound.item_bool()? {
                return Err(Error::invalid_model(
                    "the model computes values that are not numbers; its weights are damaged or overflow their type",
                ));
            }
            if job.end.contains(&id) {
                outcome.reason = FinishReason::Stop;
                return Ok(());
            }
            outcome.tokens += 1;
            let goes_on = self.tell(Happening::Token(id), listener)?;
            outcome.timing.outside += now.elapsed();
            if !goes_on {
                outcome.reason = FinishReason::Cancelled;
                return Ok(());
            }
            if outcome.tokens.is_multiple_of(CLEAR_EVERY) {
                mlx::clear_cache();
            }
            match next {
                Some(next) => drawn = next,
                None => return Ok(()),
            }
        }
    }

    /// Tells `listener`, and does what it wants; false to stop.
    fn tell(&mut self, happening: Happening, listener: &mut dyn Listener) -> Result<bool> {
        match listener.hear(happening) {
            Wish::GoOn => Ok(true),
            Wish::Tell => {
                listener.held(self.held());
                Ok(true)
            }
            Wish::Drain => self.drain().map(|()| true),
            Wish::Stop => Ok(false),
        }
    }

    /// Most tokens that may be computed together for a text of `length`.
    fn longest_chunk(&self, length: usize) -> usize {
        let spec = self.decoder.spec();
        let (elements, weights) = (self.decoder.dtype().bytes() as u64, self.decoder.weight_bytes());
        longest_chunk(spec, self.processor, elements, weights, length)
    }

    fn make_room(&mut self, count: usize, listener: &mut dyn Listener) -> Result<()> {
        self.cache.make_room(self.decoder.spec(), count, &mut |growth| listener.lend(growth))
    }

    /// Starts computing what follows `token`.
    fn launch(&mut self, token: &Array, sampler: &mut Sampler, listener: &mut dyn Listener) -> Result<Drawn> {
        self.make_room(1, listener)?;
        let _span = tracing::trace_span!("launch step").entered();
        let logits = self.decoder.step(token, &mut self.cache)?;
        let next = sampler.sample(&logits)?;
        async_eval(&[&next.token, &next.sound])?;
        Ok(next)
    }
}

/// The size of the first chunk for a model of so many parameters: two operations each a token, at the speed of a
/// modest device of the kind. Measuring corrects it.
fn first_chunk(parameters: u64, device: Device) -> usize {
    let operations_per_second = match device {
        Device::Cpu => 5e10,
        Device::Gpu => 1e13,
    };
    let tokens = operations_per_second * CHUNK_TIME.as_secs_f64() / (2.0 * parameters.max(1) as f64);
    bounded(tokens as usize)
}

/// The size of the next chunk after one of `tokens` took `time`.
fn next_chunk(tokens: usize, time: Duration) -> usize {
    if time < CHUNK_TIME / 2 {
        bounded(tokens * 2)
    } else if time > CHUNK_TIME * 3 / 2 {
        bounded(tokens / 2)
    } else {
        tokens
    }
}

/// A power of two within the limits: each new size costs a GPU the choice of its kernels.
fn bounded(tokens: usize) -> usize {
    let power = if tokens == 0 { 1 } else { 1 << tokens.ilog2() };
    power.clamp(*CHUNK_TOKENS.start(), *CHUNK_TOKENS.end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_follow_the_measured_speed() {
        let chunk = |tokens, milliseconds| next_chunk(tokens, Duration::from_millis(milliseconds));
        assert_eq!(chunk(512, 250), 512);
        assert_eq!(chunk(512, 1), 1024);
        assert_eq!(chunk(512, 300), 512);
        assert_eq!(chunk(512, 10_000), 256);
        assert_eq!(chunk(16, 10_000), 16);
        assert_eq!(chunk(2048, 1), 2048);
    }

    #[test]
    fn the_first_chunk_fits_the_model_and_the_device() {
        assert_eq!(first_chunk(260_032, Device::Cpu), 2048);
        assert_eq!(first_chunk(90_000_000, Device::Cpu), 64);
        assert_eq!(first_chunk(8_000_000_000, Device::Cpu), 16);
        assert_eq!(first_chunk(1_200_000_000, Device::Gpu), 1024);
        assert_eq!(first_chunk(70_000_000_000, Device::Gpu), 16);
    }
}
