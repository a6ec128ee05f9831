//! A safe layer over mlx-c, as thin as it can be, for use on one thread.
//!
//! It stands on `mlx-sys` and not on `mlx-rs` because the decoder's speed is decided here: one stream handle is
//! made and kept (mlx-rs makes and frees one for each operation), and a compiled function is made once. All `unsafe`
//! of this crate is in this module.

mod array;
mod compiled;
mod copies;
mod device;
mod memory;
mod ops;

pub use array::{Array, Dtype, async_eval, eval};
pub use compiled::Compiled;
pub use copies::copy_tensors;
pub use device::{Device, clear_cache, device, init, version};
pub use memory::{Mapped, active_bytes, cached_bytes, peak_bytes};
pub use ops::*;

use ingot_engine::{Error, ErrorCode};

/// What MLX said when an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MlxError(pub String);

pub type Result<T> = std::result::Result<T, MlxError>;

impl From<MlxError> for Error {
    fn from(error: MlxError) -> Self {
        let text = error.0.to_lowercase();
        if ["malloc", "allocate", "out of memory", "insufficient memory"].iter().any(|sign| text.contains(sign)) {
            Self::new(
                ErrorCode::OutOfMemory,
                format!("MLX ran out of memory ({}); use a smaller model or a shorter context", error.0),
            )
        } else {
            Self::internal(format!("MLX failed: {}", error.0))
        }
    }
}
