//! How much a conversion has lost: the source and the result compared on a text that is always the same, or on the one
//! that a model brings along because it knows little else.
//!
//! Both models pass through memory a few rows at a time and compute in float32, so the figures say what quantizing did
//! to the weights, and a model of any size is compared in little memory. The text and its length are the sample: the
//! number of tokens goes with the figures.

use std::cell::Cell;
use std::rc::Rc;

use ingot_engine::model::Model;
use ingot_engine::process::peak_resident_bytes;
use ingot_engine::protocol::{Event, Prompt, Verified, VerifyRequest};
use ingot_engine::text::TextModel;
use ingot_engine::worker::Connection;
use ingot_engine::{Error, Result};

use crate::decoder::{Decoder, Streamer};
use crate::mlx::{Array, clear_cache};

const TEXT: &str = include_str!("verify/calibration.txt");
/// A model's own text, as the tokenizer gets it: markers of turns in it count as such.
const OWN_TEXT: &str = "verification.txt";
const OWN_TEXT_BYTES: u64 = 64 << 10;

/// Operations for one model: they bound the tokens that are compared.
const WORK: u64 = 1 << 38;
const TOKENS: std::ops::RangeInclusive<u64> = 64..=512;
/// So many in any case, however little memory there is.
const LEAST_TOKENS: u64 = 16;
/// Numbers of a matrix that are in memory together: this part of the memory allowed, within bounds. Reading, decoding and
/// MLX each hold a copy.
const SHARE: u64 = 12;
const NUMBERS: std::ops::RangeInclusive<u64> = 1 << 16..=1 << 22;

/// Compares the two models of `request`, and tells `connection` how far that is.
pub fn verify(request: &VerifyRequest, connection: &std::sync::Arc<Connection>) -> Result<Verified> {
    let (source, converted) = (Model::open(&request.source)?, Model::open(&request.converted)?);
    let text =
        TextModel::read(&source.folder, source.spec.vocabulary, source.config.end_tokens()?, &source.generation)?;
    let own = match own_text(&source) {
        Some(own) => Some(text.encode(&Prompt::Raw(own))?).filter(|tokens| tokens.len() as u64 >= *TOKENS.start()),
        None => None,
    };
    let own_text = own.is_some();
    let mut tokens = own.map_or_else(|| text.encode(&Prompt::Raw(TEXT.into())), Ok)?;
    tokens.truncate(sample(&source, request.memory_limit));
    drop(text);
    if tokens.len() < 2 {
        return Err(Error::invalid_model(
            "the model's tokenizer makes a single token of a page of text; it is damaged",
        ));
    }
    let numbers = (request.memory_limit / SHARE / 4).clamp(*NUMBERS.start(), *NUMBERS.end()) as usize;
    let vocabulary = source.spec.vocabulary;
    let total = source.plan.bytes(&source.weights) + converted.plan.bytes(&converted.weights);
    let done = Rc::new(Cell::new(0_u64));
    let open = |model: Model| {
        let (done, connection) = (Rc::clone(&done), std::sync::Arc::clone(connection));
        let progress = move |bytes| {
            done.set(done.get() + bytes);
            connection.advance();
            connection.send(&Event::Verifying { done: done.get().min(total), total });
        };
        let streamer = Streamer::new(model.config, model.weights, numbers, progress);
        Decoder::streaming(model.spec, &Rc::new(streamer))
    };
    let (source, converted) = (open(source)?, open(converted)?);
    let hidden = [source.hidden_streamed(&tokens)?, converted.hidden_streamed(&tokens)?];

    let mut positions: Vec<Position> =
        (0..tokens.len()).map(|at| Position::new(tokens.get(at + 1).map(|&token| token as usize))).collect();
    // Both models' logits are in memory together, beside the rows of the head.
    let step = (numbers / (2 * tokens.len().max(source.spec().hidden))).clamp(1, vocabulary);
    for first in (0..vocabulary).step_by(step) {
        let rows = first..(first + step).min(vocabulary);
        let logits = |decoder: &Decoder, hidden: &Array| decoder.logits_of_rows(hidden, rows.clone())?.to_f32();
        let [of_source, of_converted] = [logits(&source, &hidden[0])?, logits(&converted, &hidden[1])?];
        let pairs = of_source.chunks(rows.len()).zip(of_converted.chunks(rows.len()));
        for (position, (source, converted)) in positions.iter_mut().zip(pairs) {
            position.add(first, source, converted);
        }
        clear_cache();
    }
    Ok(Verified { own_text, peak_memory_bytes: peak_resident_bytes(), ..summarize(&positions) })
}

/// The text that the model brings along, if it is fit for this; else the usual one does.
fn own_text(model: &Model) -> Option<String> {
    let bytes = model.folder.read(OWN_TEXT, OWN_TEXT_BYTES).ok().flatten()?;
    String::from_utf8(bytes).ok().filter(|text| !text.trim().is_empty())
}

/// Tokens to compare: as many as time, memory and the model's context allow.
fn sample(model: &Model, memory_limit: u64) -> usize {
    let spec = &model.spec;
    let widest = spec.matrices().map(|(_, [rows, columns])| rows.min(columns).max(spec.hidden)).max().unwrap_or(1);
    let inner = spec.layers.iter().map(|layer| {
        let ingot_engine::arch::FeedForward::Dense(mlp) = &layer.feed_forward;
        mlp.gate.outputs
    });
    let by_memory = memory_limit / 4 / (4 * (6 * widest + 4 * inner.max().unwrap_or(0)) as u64);
    let by_time = WORK / (2 * spec.parameters().max(1));
    let tokens = by_time.clamp(*TOKENS.start(), *TOKENS.end()).min(by_memory).max(LEAST_TOKENS);
    (tokens as usize).min(spec.context)
}

/// What the two models say about the token after one, the vocabulary being seen part by part.
#[derive(Debug, Clone)]
struct Position {
    /// The token that does follow.
    next: Option<usize>,
    source: Side,
    converted: Side,
    /// Σ e^(source − maximum) × (source − converted)
    weighted: f64,
    is_finite: [bool; 2],
}

/// One model's logits, as far as they were seen.
#[derive(Debug, Clone)]
struct Side {
    maximum: f64,
    likeliest: usize,
    /// Σ e^(logit − maximum)
    sum: f64,
    /// The logit of the token that follows.
    next: f64,
}

impl Side {
    fn new() -> Self {
        Self { maximum: f64::NEG_INFINITY, likeliest: 0, sum: 0.0, next: 0.0 }
    }

    /// Takes more logits in; how much what was summed before shrinks.
    fn add(&mut self, first: usize, logits: &[f32], next: Option<usize>) -> f64 {
        let before = self.maximum;
        for (index, &logit) in logits.iter().enumerate() {
            if f64::from(logit) > self.maximum {
                (self.maximum, self.likeliest) = (f64::from(logit), first + index);
            }
        }
        let shrink = if self.sum > 0.0 { (before - self.maximum).exp() } else { 0.0 };
        self.sum *= shrink;
        self.sum += logits.iter().map(|&logit| (f64::from(logit) - self.maximum).exp()).sum::<f64>();
        if let Some(logit) = next.and_then(|next| logits.get(next.checked_sub(first)?)) {
            self.next = f64::from(*logit);
        }
        shrink
    }

    /// Logarithm of the sum of all e^logit.
    fn log_sum(&self) -> f64 {
        self.maximum + self.sum.ln()
    }
}

impl Position {
    fn new(next: Option<usize>) -> Self {
        Self { next, source: Side::new(), converted: Side::new(), weighted: 0.0, is_finite: [true; 2] }
    }

    /// Takes in the logits of the tokens from `first` on.
    fn add(&mut self, first: usize, source: &[f32], converted: &[f32]) {
        for (is_finite, logits) in self.is_finite.iter_mut().zip([source, converted]) {
            *is_finite &= logits.iter().all(|logit| logit.is_finite());
        }
        self.weighted *= self.source.add(first, source, self.next);
        self.converted.add(first, converted, self.next);
        let pairs = source.iter().zip(converted);
        let weighted = pairs.map(|(&source, &converted)| {
            (f64::from(source) - self.source.maximum).exp() * (f64::from(source) - f64::from(converted))
        });
        self.weighted += weighted.sum::<f64>();
    }

    /// Σ p log(p / q), p being the source's distribution and q the converted model's.
    fn divergence(&self) -> f64 {
        (self.weighted / self.source.sum - self.source.log_sum() + self.converted.log_sum()).max(0.0)
    }
}

/// The figures where numbers are not finite: JSON has no others.
const NOTHING: Verified = Verified {
    kl_divergence: 0.0,
    top1_agreement: 0.0,
    perplexity_source: 0.0,
    perplexity_converted: 0.0,
    tokens: 0,
    own_text: false,
    is_finite: [false; 2],
    peak_memory_bytes: 0,
};

fn summarize(positions: &[Position]) -> Verified {
    let mean = |values: &mut dyn Iterator<Item = f64>| {
        let (mut sum, mut count) = (0.0, 0_u64);
        values.for_each(|value| (sum, count) = (sum + value, count + 1));
        sum / count.max(1) as f64
    };
    let perplexity = |side: fn(&Position) -> &Side| {
        let known = positions.iter().filter(|position| position.next.is_some()).map(side);
        // JSON has no infinity.
        mean(&mut known.map(|side| side.log_sum() - side.next)).exp().min(f64::MAX)
    };
    let finite = |which: usize| positions.iter().all(|position| position.is_finite[which]);
    let agreement =
        |position: &Position| f64::from(u8::from(position.source.likeliest == position.converted.likeliest));
    let is_finite = [finite(0), finite(1)];
    if is_finite != [true; 2] {
        return Verified { tokens: positions.len() as u64, is_finite, ..NOTHING };
    }
    Verified {
        kl_divergence: mean(&mut positions.iter().map(Position::divergence)),
        top1_agreement: mean(&mut positions.iter().map(agreement)),
        perplexity_source: perplexity(|position| &position.source),
        perplexity_converted: perplexity(|position| &position.converted),
        tokens: positions.len() as u64,
        own_text: false,
        is_finite,
        peak_memory_bytes: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Straight from the definitions, in one go.
    fn plain(source: &[f64], converted: &[f64], next: usize) -> (f64, f64, f64) {
        let distribution = |logits: &[f64]| {
            let sum: f64 = logits.iter().map(|logit| logit.exp()).sum();
            logits.iter().map(|logit| logit.exp() / sum).collect::<Vec<f64>>()
        };
        let (p, q) = (distribution(source), distribution(converted));
        let divergence = p.iter().zip(&q).map(|(p, q)| p * (p / q).ln()).sum();
        (divergence, 1.0 / p[next], 1.0 / q[next])
    }

    #[test]
    fn figures_seen_part_by_part_are_those_of_the_whole() {
        let source: Vec<f32> = (0..97).map(|i| ((i * 31) % 97) as f32 / 9.0 - 4.0).collect();
        let converted: Vec<f32> = source.iter().enumerate().map(|(i, logit)| logit + (i % 5) as f32 / 7.0).collect();
        let wide = |logits: &[f32]| logits.iter().map(|&logit| f64::from(logit)).collect::<Vec<f64>>();
        let (divergence, of_source, of_converted) = plain(&wide(&source), &wide(&converted), 40);
        for part in [1, 7, 40, 97] {
            let mut position = Position::new(Some(40));
            for first in (0..97).step_by(part) {
                let rows = first..(first + part).min(97);
                position.add(first, &source[rows.clone()], &converted[rows]);
            }
            let found = summarize(&[position]);
            assert!((found.kl_divergence - divergence).abs() < 1e-9, "{part}: {found:?} {divergence}");
            assert!((found.perplexity_source - of_source).abs() < 1e-6, "{part}: {found:?} {of_source}");
            assert!((found.perplexity_converted - of_converted).abs() < 1e-6, "{part}");
            let best = |logits: &[f32]| (0..97).max_by(|&a, &b| logits[a].total_cmp(&logits[b]));
            assert_eq!(found.top1_agreement, f64::from(u8::from(best(&source) == best(&converted))));
            assert_eq!(found.is_finite, [true, true]);
        }
    }

    #[test]
    fn the_same_model_loses_nothing_and_a_broken_one_is_told() {
        let logits = [1.0, -2.0, 0.5];
        let mut position = Position::new(Some(0));
        position.add(0, &logits, &logits);
        let found = summarize(&[position.clone()]);
        assert_eq!((found.kl_divergence, found.top1_agreement, found.tokens), (0.0, 1.0, 1));
        position.add(3, &[0.0], &[f32::NAN]);
        assert_eq!(summarize(&[position]).is_finite, [true, false]);
    }
}
