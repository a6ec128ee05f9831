//! What a session tells its caller while it works and when it is done.

use crate::protocol::{FinishReason, Usage};

/// In order: `Checking` if its files had to be read, `Loading` if the model had to be loaded, `Prompt`, `Prefill`, then `Token` and perhaps `Text`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// The files of a converted model are compared with what the conversion wrote: 0 to 1.
    Checking(f32),
    /// 0 to 1.
    Loading(f32),
    Prompt {
        tokens: usize,
        cached: usize,
        /// With this mark the template has begun the model's thinking, so that the text begins within it.
        opens_thinking: Option<&'a str>,
    },
    Prefill {
        done: usize,
        total: usize,
    },
    /// `text` is what has become certain with this token; it may be none.
    Token {
        token: u32,
        text: &'a str,
    },
    /// The rest of the text.
    Text(&'a str),
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    pub reason: FinishReason,
    pub usage: Usage,
}
