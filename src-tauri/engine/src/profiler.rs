//! Where time goes: the spans that the code has anyway, as timings for each operation and as a trace.
//!
//! Code marks what it does with [`tracing`] spans. Without a [`Recorder`] installed these cost next to nothing. With
//! one, each process records its own spans; workers send theirs to the app, where [`Profile`] puts them together: a
//! [`Row`] for each operation, and a trace that Perfetto opens. How much computing an operation is comes from
//! [`Work`], out of the model's spec.

mod profile;
mod recorder;
mod sampler;
mod trace;
mod work;

pub use profile::{Counter, Profile, Row};
pub use recorder::{Recorder, Span, Spans};
pub use sampler::{Sample, Sampler};
pub use work::Work;
