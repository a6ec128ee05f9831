//! Conversations, kept in SQLite: what was said, with which model, how it ended.
//!
//! A question is stored before it is answered and an answer while it grows, so that a crash costs no more than a moment
//! of text. The windows hold no conversation of their own; they show what is here.
//!
//! Deliberately elsewhere: answering ([`crate::session`]), and how text is shown ([`crate::markdown`]).

mod export;
mod messages;
mod schema;
mod store;
mod turn;

pub use store::{Ask, Asked, Chat, ChatEntry, ChatStore};
pub use turn::{Ending, Turn};
