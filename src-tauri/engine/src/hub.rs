//! The Hugging Face Hub: finding models there.
//!
//! - [`Endpoint`]: where the Hub is, and what may be followed from there
//! - [`Hub`]: requests, with the token for that host alone, retried where that helps
//! - [`Repo`]: names that are safe in addresses and on disks
//! - [`Token`] and [`TokenKeeper`]: who asks, and where that is kept
//! - [`search`]: models by words, with what the Hub says of them
//! - [`preview`]: what one of them would take and give, before its weights are fetched
//! - [`pull`]: fetching one, verified and resumable
//! - [`Downloads`]: several of them, for a window
//! - [`cached`]: those that other programs have fetched
//! - [`starter`]: the first one for a newcomer
//!
//! `hf-hub` is not used: it brings two hundred crates and the Xet protocol along for what
//! are a few requests, follows redirects by itself, and hides statuses and headers that decide what to do next.

mod cache;
mod client;
mod downloads;
mod endpoint;
mod keeper;
#[cfg(target_os = "macos")]
mod keychain;
mod listing;
mod name;
mod patience;
mod preview;
mod pull;
mod search;
mod starter;
mod token;

pub use cache::{folder as cache_folder, models as cached};
pub use client::Hub;
pub use downloads::{Download, DownloadState, Downloads};
pub use endpoint::Endpoint;
pub use keeper::TokenKeeper;
pub use name::Repo;
pub use preview::{Preview, PreviewFile, PreviewRecipe, preview};
pub use pull::{
    PullPhase, PullProgress, PullRequest, Pulled, USUAL_REVISION, Unfinished, discard, find, pull, unfinished,
};
pub use search::{Found, Query, search};
pub use starter::{STARTERS, Starter, starter};
pub use token::Token;
