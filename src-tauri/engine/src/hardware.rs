//! What machine this is: facts with their sources, and whether its backends compute what they should.
//!
//! - [`Capture`]: what the machine's own tools print, taken here or read from a folder
//! - [`Facts`]: what that says, read by pure functions that know every dialect
//! - [`validate`]: small kernels in a backend's worker, compared with an answer of our own
//!
//! What the GPU does at this moment is [`crate::sensors`]' knowledge; the report is [`crate::report`]'s.

mod apple;
mod apple_gpu;
mod capture;
mod chips;
mod fact;
mod facts;
mod here;
mod kernels;
mod linux;
#[cfg(target_os = "macos")]
mod macos;
mod parse;
mod privacy;
mod source;
mod told;
mod validation;

pub use capture::{BACKENDS, Capture, INGOT, SAMPLES};
pub use fact::{Fact, split};
pub use facts::{Chip, Cluster, Display, Facts, Gpu, Machine, Memory, Vendor};
pub use here::take;
pub use kernels::{Kernel, Problem};
pub use parse::{lines, version};
pub use privacy::Person;
pub use source::within;
pub use validation::{BACKEND_NAMES, BackendReport, KernelReport, validate, validate_by};
