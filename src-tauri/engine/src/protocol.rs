//! What the app and a worker say to each other.
//!
//! A frame is a length (`u32`, little-endian) and that many bytes of JSON. The worker speaks first, with
//! [`Event::Hello`]; after that the app sends [`Request`]s and the worker [`Event`]s. Moving frames over a
//! socket and minding the process behind it is [`crate::worker`]'s work.

mod convert;
mod frame;
mod memory;
mod message;
mod validate;

pub use crate::arch::KvOptions;
pub use convert::{ConvertProgress, ConvertRequest, Converted, Phase, Verified, VerifyRequest};
pub use frame::{FrameError, read_frame, write_frame};
pub use memory::{CopyReason, MemoryReport, Placement};
pub use message::{
    Event, FinishReason, GenerateRequest, Growth, LoadRequest, Loaded, Measured, Message, Prompt, Request, Role,
    Sampling, Usage,
};
pub use validate::{Computed, Kernel, Throughput, Validated};

/// Changes when an old worker and a new app would misunderstand each other.
pub const VERSION: u32 = 8;

/// Bytes of a frame from a worker.
pub const EVENT_BYTES: usize = 1 << 20;
/// Bytes of a frame to a worker: it may carry a long conversation.
pub const REQUEST_BYTES: usize = 32 << 20;
