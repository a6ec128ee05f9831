//! The caller's own account of an answer.

use std::time::Instant;

use crate::protocol::Usage;

/// The caller's own account of an answer, for when the worker's does not come.
pub struct Account {
    begin: Instant,
    first: Option<Instant>,
    pub usage: Usage,
}

impl Account {
    pub fn new(begin: Instant) -> Self {
        Self { begin, first: None, usage: Usage::default() }
    }

    pub fn prompt(&mut self, tokens: usize, cached: usize, left_out: usize) {
        self.usage.prompt_tokens = tokens as u32;
        self.usage.cached_tokens = cached as u32;
        self.usage.left_out_messages = left_out as u32;
    }

    pub fn token(&mut self) {
        self.first.get_or_insert_with(Instant::now);
        self.usage.generated_tokens += 1;
    }

    pub fn finish(mut self) -> Usage {
        if let Some(first) = self.first {
            self.usage.time_to_first_token_seconds = (first - self.begin).as_secs_f64();
            let decoded = f64::from(self.usage.generated_tokens.saturating_sub(1));
            self.usage.decode_tokens_per_second = decoded / first.elapsed().as_secs_f64().max(1e-9);
        }
        self.usage
    }
}
