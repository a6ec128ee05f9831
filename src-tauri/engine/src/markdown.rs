//! What a model writes, as a document that a window can show without danger.
//!
//! The text is Markdown in theory and anything in practice. It becomes a tree of [`Block`]s and [`Span`]s, which has no
//! place for markup, scripts, images or styles: what a window makes of it are elements that it chose itself. Links keep
//! only web and mail addresses, each with its host for people to see.
//!
//! Deliberately elsewhere: how a document looks (`ui/`), and opening links (the shell).

mod document;
mod growing;
mod links;
mod parse;
mod thinking;

pub use document::{Align, Block, Document, Item, Span};
pub use growing::{Growing, Part, Patch};
pub use links::Link;
pub use thinking::{left_open, split as split_thinking};

/// The document that the whole of `text` is.
pub fn render(text: &str) -> Document {
    let parts = thinking::split(text);
    Document { thinking: parts.thinking.map(parse::parse).unwrap_or_default(), answer: parse::parse(parts.answer) }
}
