//! Memory: who may take how much, and blocks that are taken once and used again.
//!
//! - [`Ledger`]: one account of all promised memory. Whatever takes much asks it first and holds a [`Lease`] for
//!   as long.
//! - [`HostPool`]: blocks of memory for staging, cut from regions and put together again.
//! - [`Recycler`]: the books of device blocks, whole arrays of a backend that are kept for the next text. The
//!   arrays themselves are in the workers.
//! - [`Staging`]: the few blocks through which a file of any size passes.
//! - [`MachineMemory`] and [`Pressure`]: what the machine has, and how short it is of it.
//!
//! The bookkeeping ([`Extents`], [`Recycler`]) knows offsets and counts and touches no memory; `unsafe` is in the
//! backing and where a block is looked at. What a model needs is worked out in [`crate::need`].

mod backing;
mod extents;
mod ledger;
mod machine;
mod occupancy;
mod owner;
mod pool;
mod pressure;
mod recycler;
mod sizing;
mod staging;
mod strategy;

pub use backing::{Mapping, PAGE};
pub use extents::{Extents, Fit, Move};
pub use ledger::{Account, Lease, Ledger, Room, Shortage};
pub use machine::MachineMemory;
pub use occupancy::Occupancy;
pub use owner::Owner;
pub use pool::{Block, Defragmentation, HostPool, MappedBlock, Pinned, PoolError, PoolOptions};
pub use pressure::{Pressure, PressureWatch};
pub use recycler::Recycler;
pub use sizing::{CLASS_STEP, PoolSize, capacity_class};
pub use staging::{Staging, StagingBlock};
pub use strategy::Strategy;
