//! Reading a model's folder: which files may be opened, what `config.json` says, which tensors there are.
//!
//! Everything here is safe Rust over untrusted bytes and decides before any GPU framework sees them.
//! What the tensors mean is [`crate::arch`]'s business; tokenizers and templates are [`crate::text`]'s.

pub mod affine;
mod config;
mod element;
mod encoding;
mod folder;
mod generation;
pub mod json;
pub mod limits;
mod quantization;
mod safetensors;
mod weights;

pub use config::{Config, RopeConfig};
pub use element::Element;
pub use encoding::{CHUNK, Encoding, GROUPS};
pub use folder::Folder;
pub use memmap2::Mmap;

pub use generation::GenerationConfig;
pub use quantization::{Affine, GROUP_SIZES, Quantization};
pub use safetensors::{Dtype, Header, SafetensorsError, TensorInfo};
pub use weights::{MappedWeights, TensorView, Weights};
