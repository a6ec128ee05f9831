//! Conversion: a checkpoint becomes a smaller one that says the same, in bounded memory, in steps that survive any crash.
//!
//! In reading order: [`plan`](ConversionPlan) works out what will be done; `compute` is one unit of it; `layout` places
//! the tensors; `write` runs all units at once, through `journal` for good; `check` reads everything again; `verify` asks
//! a worker how much was lost; the result appears at its `target`; `reuse`, with `cache` and `source`,
//! recognizes what was done before; `job` is all of that in order, in a process of its own, and `remote` is how others
//! see it; `conversions` is what an app has of them.
//!
//! Deliberately elsewhere: the arithmetic is [`crate::checkpoint::affine`], recipes are [`crate::recipe`], hashing is
//! [`crate::digest`], `ingot.json` is [`crate::manifest`], the folder in the making is [`crate::job_folder`], staging memory is [`crate::memory`].

mod cache;
mod check;
mod compute;
mod conversions;
mod job;
mod journal;
mod layout;
mod plan;
mod progress;
mod remote;
mod reuse;
mod source;
mod target;
mod verify;
mod words;
mod write;

pub use conversions::{Conversion, ConversionState, Conversions, Made, RecipePlan, is_of_former_demo, recipe_plans};
pub use plan::{ConversionPlan, Kept, Padded, Quantized, Summary, UNQUANTIZED};
pub use remote::{Ended, convert, serve, usual_output};
pub use target::absolute;

use std::sync::Arc;

use crate::bytes::Memory;
use crate::error::{Error, ErrorCode, Result};
use crate::memory::{Lease, Ledger, Owner};

/// Most bytes of staging, where nobody asks for more.
const USUAL_MEMORY: u64 = 2 << 30;

/// Bytes that a conversion may use where nothing else is asked for: the pool's size, within bounds.
pub fn usual_memory_limit(ledger: &Ledger) -> u64 {
    ledger.room().pool.min(USUAL_MEMORY)
}

/// A promise of memory for a conversion that may take `limit` bytes and needs `least`, and how many bytes it is of; an
/// error with the numbers if there are not even those.
pub fn admit(ledger: &Arc<Ledger>, limit: u64, least: u64) -> Result<(Lease, u64)> {
    let room = ledger.room();
    let bytes = limit.min(room.free()).min(room.pool_free()).max(least);
    let lease = ledger.lease("the conversion", Owner::Staging, bytes).map_err(|shortage| {
        Error::new(ErrorCode::OutOfMemory, format!("the conversion {shortage}; unload models or close other programs"))
    })?;
    Ok((lease, bytes))
}

/// Refuses a limit with which `plan` cannot be done.
pub fn check_memory_limit(plan: &ConversionPlan, limit: u64) -> Result<()> {
    let least = plan.summary.least_memory_bytes;
    if limit >= least {
        return Ok(());
    }
    Err(Error::bad_request(format!(
        "a memory limit of {} is too low for this conversion; give --memory-limit {least} ({}) or more",
        Memory(limit),
        Memory(least)
    )))
}
