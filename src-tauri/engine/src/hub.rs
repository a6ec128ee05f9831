//! The Hugging Face Hub: finding models there.
//!
//! - [`Endpoint`]: where the Hub is, and what may be followed from there
//! - [`Hub`]: requests, with the token for that host alone, retried where that helps
//! - [`search`]: models by words, with what is known before anything of them is fetched
//!
//! Fetching files is not here yet. `hf-hub` is not used: it brings two hundred crates and the Xet protocol along for what
//! are a few requests, follows redirects by itself, and hides statuses and headers that decide what to do next.

mod client;
mod endpoint;
mod search;

pub use client::{Hub, Token};
pub use endpoint::Endpoint;
pub use search::{Found, Query, search};
