//! Architectures as data.
//!
//! A family is one file under `families/` that turns a `config.json` into a [`DecoderSpec`] (what is
//! computed) and a [`WeightPlan`] (where the tensors come from). From these alone follow names, shapes,
//! parameter count and memory. Computing is the workers' business: their decoders execute a spec and
//! know no family by name.

mod blocks;
mod cache;
mod families;
mod plan;
mod rope;
mod spec;

pub use cache::{Held, KvOptions, row_bytes};
pub use families::{Description, describe, supported};
pub use plan::{PlannedTensor, Source, WeightPlan, quantization_of};
pub use rope::{Rope, RopeKernel, RopeLayout, RopeScaling};
pub use spec::{
    Activation, Attention, DecoderSpec, FeedForward, GatedMlp, Head, Layer, Linear, Mixer, Norm, QkNorm, Residual,
};
