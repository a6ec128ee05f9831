//! Ingot's engine: everything the app and the command line do, without a window and without a GPU framework.
//!
//! The modules stand in reading order; each uses only those above it.
//!
//! - [`error`]: the one error that crosses boundaries
//! - [`sync`]: a lock that outlives a panic
//! - [`bytes`]: sizes in words
//! - [`log`]: what went wrong
//! - [`confine`]: memory bounds for hostile input
//! - [`process`]: what the system tells about this process
//! - [`disk`]: room on disks
//! - [`memory`]: the budget for all models, and the pool
//! - [`checkpoint`]: a model's files, decided about before anything else sees them
//! - [`arch`]: what a model computes and where its tensors come from, as data
//! - [`recipe`]: how many bits each matrix gets
//! - [`digest`]: SHA-256 of files, remembered
//! - [`journal`]: how far a piece of work has come, right after any crash
//! - [`manifest`]: where a model came from, and by which every byte of it can be checked
//! - [`job_folder`]: folders in the making, which appear once they are whole
//! - [`sensors`]: what the GPU does at this moment
//! - [`profiler`]: where time goes, and how much computing it is
//! - [`protocol`]: what the app and a worker say to each other
//! - [`markdown`]: what a model writes, as a document that can be shown without danger
//! - [`text`]: tokens, chat templates, streaming
//! - [`chats`]: conversations, kept
//! - [`need`]: what a model needs of the memory
//! - [`model`]: a checkpoint as a whole
//! - [`worker`]: processes that hold models, supervised
//! - [`hardware`]: what machine this is, and whether its backends compute what they should
//! - [`session`]: a model in use
//! - [`monitor`]: the machine as it is now, and the last ten minutes of it
//! - [`chart`]: pictures of those minutes
//! - [`hub`]: models on the Hugging Face Hub
//! - [`library`]: the models on this machine
//! - [`convert`]: from a checkpoint to a smaller one, in bounded memory and in steps that survive a crash
//! - [`report`]: the hardware report
//!
//! Deliberately elsewhere: MLX is in `ingot-mlx`, windows are in `ingot-app`.

pub mod error;

pub mod sync;

pub mod bytes;

pub mod log;

pub mod confine;

pub mod process;

pub mod disk;

pub mod memory;

pub mod checkpoint;

pub mod arch;

pub mod recipe;

pub mod digest;

pub mod journal;

pub mod manifest;

pub mod job_folder;

pub mod sensors;

pub mod profiler;

pub mod protocol;

pub mod markdown;

pub mod text;

pub mod chats;

pub mod need;

pub mod model;

pub mod worker;

pub mod hardware;

pub mod session;

pub mod monitor;

pub mod chart;

pub mod hub;

pub mod library;

pub mod convert;

pub mod report;

pub use error::{Error, ErrorCode, Result};
