//! The MLX worker: executes a [`ingot_engine::arch::DecoderSpec`] on MLX and serves requests.
//!
//! The modules stand in reading order; each uses only those above it.
//!
//! - [`mlx`]: a safe layer over mlx-c, thin and for one thread
//! - [`decoder`]: weights, layers and caches; knows no family by name
//! - [`sampler`]: from logits to a token
//! - [`generate`]: prefill, pipelined decode, reuse of the cache between requests
//! - [`measure`]: what the machine reaches at most
//! - [`validate`]: whether it computes what it should
//! - [`verify`]: how much a conversion has lost
//! - [`serve`]: the protocol
//!
//! Everything about files, text and supervision is in `ingot-engine`.

pub mod mlx;

pub mod decoder;

pub mod sampler;

pub mod generate;

pub mod measure;

pub mod validate;

pub mod verify;

pub mod serve;
