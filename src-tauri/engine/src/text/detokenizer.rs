//! Tokens to text as they come, never cutting a character in two.

use tokenizers::Tokenizer;

use crate::confine;
use crate::error::{Error, Result};

/// Memory for decoding a few tokens, in bytes, and the most text that they may become.
const WORK_BYTES: usize = 16 << 20;
const WINDOW_BYTES: usize = 256 << 10;

/// Turns a growing list of tokens into text pieces. Joined, the pieces are the decoding of the whole list.
pub struct Detokenizer<'a> {
    tokenizer: &'a Tokenizer,
    tokens: Vec<u32>,
    /// Where the window begins that is decoded again with each token: decoders look back.
    begin: usize,
    /// Tokens whose text has been given out.
    given: usize,
}

impl<'a> Detokenizer<'a> {
    pub fn new(tokenizer: &'a Tokenizer) -> Self {
        Self { tokenizer, tokens: Vec::new(), begin: 0, given: 0 }
    }

    /// Adds `token`; returns the text that has become certain, which may be none.
    pub fn push(&mut self, token: u32) -> Result<String> {
        self.tokens.push(token);
        self.advance(false)
    }

    /// The text that was still held back; broken characters come out as U+FFFD.
    pub fn finish(&mut self) -> Result<String> {
        self.advance(true)
    }

    fn advance(&mut self, last: bool) -> Result<String> {
        let before = self.decode(self.begin..self.given)?;
        let after = self.decode(self.begin..self.tokens.len())?;
        // A replacement character at the end may be the beginning of a character.
        if after.ends_with('\u{fffd}') && !last {
            return Ok(String::new());
        }
        // Usually all of `before`. Byte tokens that turn out to be no character change what stood before them.
        let common = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
        let piece = after[common..].to_owned();
        if !piece.is_empty() {
            self.begin = self.given;
            self.given = self.tokens.len();
        }
        Ok(piece)
    }

    fn decode(&self, range: std::ops::Range<usize>) -> Result<String> {
        let failed = |reason: String| Error::invalid_model(format!("the tokenizer cannot decode the answer: {reason}"));
        let decode = || self.tokenizer.decode(&self.tokens[range], true).map_err(|error| error.to_string());
        let text = confine::bounded(WORK_BYTES, decode).and_then(|result| result).map_err(failed)?;
        if text.len() > WINDOW_BYTES {
            return Err(failed(format!("a few tokens become {} bytes of text", text.len())));
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
