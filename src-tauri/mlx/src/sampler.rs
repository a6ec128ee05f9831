//! From logits to the next token, as mlx-lm 0.32.2 does it: penalties on the logits, filters on the
//! log-probabilities at temperature 1, the temperature last. All of it is lazy, so that nothing waits for a token.

use std::collections::VecDeque;

use ingot_engine::protocol::Sampling;

use crate::mlx::{Array, Dtype, Result, categorical, concatenate, random_key, split_key};

/// Tokens that the repetition penalty looks back at.
const PENALTY_WINDOW: usize = 20;

/// Below it, dividing by the temperature overflows half precision; the likeliest token is all that is left anyway.
const COLDEST: f32 = 1e-4;

pub struct Sampler {
    sampling: Sampling,
    key: Option<Array>,
    /// The latest tokens, each `[1]`, if a penalty wants them.
    recent: VecDeque<Array>,
}

/// A token that may not be computed yet.
pub struct Drawn {
    /// `[1]`, of type `U32`.
    pub token: Array,
    /// `[1, 1]`: false if the logits were not numbers, and the token means nothing.
    pub sound: Array,
}

impl Sampler {
    /// `prompt` is what the answer follows.
    pub fn new(sampling: &Sampling, prompt: &[u32]) -> Result<Self> {
        let key = if sampling.temperature >= COLDEST {
            Some(random_key(sampling.seed.unwrap_or_else(fresh_seed))?)
        } else {
            None
        };
        let mut sampler = Self { sampling: sampling.clone(), key, recent: VecDeque::new() };
        let last = &prompt[prompt.len().saturating_sub(PENALTY_WINDOW)..];
        for token in last {
            sampler.remember(&Array::from_u32(&[*token], &[1]));
        }
        Ok(sampler)
    }

    /// The next token of logits `[1, vocabulary]`.
    pub fn sample(&mut self, logits: &Array) -> Result<Drawn> {
        let logits = self.penalized(logits)?;
        let total = logits.logsumexp(-1)?;
        let token = self.choose(logits.subtract(&total)?)?;
        self.remember(&token);
        Ok(Drawn { token, sound: total.is_finite()? })
    }

    fn choose(&mut self, mut logprobs: Array) -> Result<Array> {
        let Some(key) = &self.key else { return logprobs.argmax(-1) };
        let (now, later) = split_key(key)?;
        self.key = Some(later);
        let Sampling { temperature, top_p, top_k, min_p, .. } = self.sampling;
        if top_p > 0.0 && top_p < 1.0 {
            logprobs = keep_top_p(&logprobs, top_p)?;
        }
        if min_p > 0.0 {
            logprobs = keep_min_p(&logprobs, min_p)?;
        }
        if top_k > 0 && i64::from(top_k) < i64::from(logprobs.dim(-1)) {
            logprobs = keep_top_k(&logprobs, top_k as i32)?;
        }
        let scale = Array::scalar(1.0 / temperature, logprobs.dtype())?;
        categorical(&logprobs.multiply(&scale)?, &now)
    }

    fn remember(&mut self, token: &Array) {
        if self.sampling.repetition_penalty != 1.0 {
            self.recent.push_back(token.clone());
            if self.recent.len() > PENALTY_WINDOW {
                self.recent.pop_front();
            }
        }
    }

    /// Scores of recent tokens divided by the penalty, or multiplied where they are below zero.
    fn penalized(&self, logits: &Array) -> Result<Array> {
        if self.recent.is_empty() {
            return Ok(logits.clone());
        }
        let recent = concatenate(&self.recent.iter().collect::<Vec<_>>(), 0)?.reshape(&[1, -1])?;
        let penalty = Array::scalar(self.sampling.repetition_penalty, logits.dtype())?;
        let scores = logits.take_along(&recent, -1)?;
        let below = scores.less(&Array::scalar(0.0, logits.dtype())?)?;
        let scores = scores.multiply(&penalty)?.or_else(&below, &scores.divide(&penalty)?)?;
        logits.put_along(&recent, &scores, -1)
    }
}

fn lowest(like: &Array) -> Result<Array> {
    Array::scalar(f32::NEG_INFINITY, like.dtype())
}

/// The likeliest tokens that together reach probability `top_p`.
fn keep_top_p(logprobs: &Array, top_p: f32) -> Result<Array> {
    let sorted = logprobs.sort(-1)?;
    let probabilities = sorted.astype(Dtype::F32)?.exp()?;
    let above = probabilities.sum_after(-1)?;
    let total = above.slice(-1, 0, 1)?.add(&probabilities.slice(-1, 0, 1)?)?;
    let enough = total.multiply(&Array::scalar(top_p, Dtype::F32)?)?;
    let dropped = above.greater_equal(&enough)?.sum(-1)?;
    let threshold = sorted.take_along(&dropped, -1)?;
    lowest(logprobs)?.or_else(&logprobs.less(&threshold)?, logprobs)
}

/// Tokens at least `min_p` times as likely as the likeliest.
fn keep_min_p(logprobs: &Array, min_p: f32) -> Result<Array> {
    let threshold = logprobs.max(-1)?.add(&Array::scalar(min_p.ln(), logprobs.dtype())?)?;
    lowest(logprobs)?.or_else(&logprobs.less(&threshold)?, logprobs)
}

/// The `top_k` likeliest tokens.
fn keep_top_k(logprobs: &Array, top_k: i32) -> Result<Array> {
    let order = logprobs.negative()?.argpartition(top_k - 1, -1)?;
    let dropped = order.slice(-1, top_k, order.dim(-1))?;
    logprobs.put_along(&dropped, &lowest(logprobs)?, -1)
}

fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher, Hasher};
    std::hash::RandomState::new().build_hasher().finish()
}
