//! Workers: processes that load models, and the supervision that keeps their deaths from being ours.
//!
//! [`Supervised`] is the app's side: it starts a worker, speaks [`crate::protocol`] with it over an inherited
//! socket, and turns its death, silence or nonsense into an error with the reason. [`Connection`] is the worker's
//! side. What is asked of a worker is [`crate::session`]'s business.

mod child;
mod connection;
mod crashes;
mod pulse;
mod stderr;

pub use child::{Remote, Supervised, Timing};
pub use connection::{Connection, INHERITED_FD};
pub use crashes::CrashLedger;

use std::path::PathBuf;

use crate::error::{Error, Result};

/// For a worker whose figures are compared: on some GPUs MLX rounds float32 to TF32 in products, unless told not to.
pub const EXACT: [(&str, &str); 1] = [("MLX_ENABLE_TF32", "0")];

/// The file of worker `name`: beside this program, else in `INGOT_WORKER_DIR`.
pub fn find(name: &str) -> Result<PathBuf> {
    let program = std::env::current_exe().and_then(std::fs::canonicalize).ok();
    let beside = program.and_then(|program| Some(program.parent()?.join(name)));
    let elsewhere = std::env::var_os("INGOT_WORKER_DIR").map(|folder| PathBuf::from(folder).join(name));
    beside.into_iter().chain(elsewhere).find(|path| path.is_file()).ok_or_else(|| {
        Error::internal(format!(
            "the worker {name} is neither beside this program nor in INGOT_WORKER_DIR; build it with 'make build'"
        ))
    })
}
