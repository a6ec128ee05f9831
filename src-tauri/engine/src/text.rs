//! Text to tokens and back: the tokenizer, the chat template, and streaming in both directions.
//!
//! Tokenizers and templates are programs written by strangers. Workers run them inside [`crate::confine`];
//! their time is watched by the supervisor. Nothing here touches weights.

mod detokenizer;
mod stop;
mod template;
mod tokenizer;

mod overflow;

pub use detokenizer::Detokenizer;
pub use overflow::Encoded;
pub use stop::{StopStrings, Watched};
pub use template::ChatTemplate;
pub use tokenizer::TextModel;
