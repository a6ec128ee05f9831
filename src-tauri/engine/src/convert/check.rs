//! The last look at what was written: every file read again, by our own parser, against what was meant.

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;

use super::plan::{ConversionPlan, Unit};
use super::write::{OpenShard, Sums};
use crate::checkpoint::Header;
use crate::digest::{self, Hasher};
use crate::error::{Error, Result};
use crate::manifest::ShardSums;
use crate::sync::{in_parallel, lock};

/// What the last look found.
pub enum Checked {
    /// The sums of files and tensors, by name.
    Sound { shards: BTreeMap<String, ShardSums>, tensors: BTreeMap<String, String> },
    /// Units whose bytes are not those that were written.
    Damaged(Vec<usize>),
}

/// Reads all of the result. `told` hears how many bytes were read.
pub fn check(
    plan: &ConversionPlan,
    units: &[Unit],
    sums: &Sums,
    shards: &[OpenShard],
    told: &(dyn Fn(u64) + Sync),
) -> Result<Checked> {
    check_headers(plan, shards)?;
    let mut by_step: Vec<Vec<usize>> = vec![Vec::new(); plan.steps.len()];
    units.iter().enumerate().for_each(|(index, unit)| by_step[unit.step].push(index));
    let outputs: Vec<(usize, usize)> = plan
        .steps
        .iter()
        .enumerate()
        .flat_map(|(step, made)| (0..made.outputs.len()).map(move |output| (step, output)))
        .collect();
    let (damaged, tensors) = (Mutex::new(Vec::new()), Mutex::new(BTreeMap::new()));
    let read = in_parallel(&outputs, digest::PIECE, |&(step, which), piece| {
        let output = &plan.steps[step].outputs[which];
        let mut hasher = Hasher::default();
        for &index in &by_step[step] {
            let mut sum = crc32fast::Hasher::new();
            let start = output.place.offset + units[index].first * output.row_bytes;
            let range = start..start + units[index].rows * output.row_bytes;
            digest::read_pieces(&shards[output.place.shard].file, range, piece, |bytes| {
                sum.update(bytes);
                hasher.update(bytes);
                told(bytes.len() as u64);
                true
            })?;
            if sums[index].map(|sums| sums[which]) != Some(sum.finalize()) {
                lock(&damaged).push(index);
            }
        }
        lock(&tensors).insert(output.name.clone(), hasher.finish());
        Ok(true)
    });
    read.map_err(|error| Error::internal(format!("what was written cannot be read again: {error}")))?;
    let damaged = std::mem::take(&mut *lock(&damaged));
    if !damaged.is_empty() {
        return Ok(Checked::Damaged(damaged));
    }
    let files = plan
        .shards
        .iter()
        .map(|shard| (shard.name.clone(), ShardSums { bytes: shard.bytes, header: digest::of_bytes(&shard.header) }));
    Ok(Checked::Sound { shards: files.collect(), tensors: std::mem::take(&mut *lock(&tensors)) })
}

/// Our parser has to find in each file exactly the tensors that were planned.
fn check_headers(plan: &ConversionPlan, shards: &[OpenShard]) -> Result<()> {
    for (planned, open) in plan.shards.iter().zip(shards) {
        let wrong = |reason: &str| Error::internal(format!("{} is not as planned: {reason}", open.path.display()));
        let header = Header::read(&open.file).map_err(|error| wrong(&error.to_string()))?;
        let found = header.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.dtype, &tensor.shape));
        let expected = planned.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.dtype, &tensor.shape));
        let mut first = vec![0; planned.header.len()];
        open.file.read_exact_at(&mut first, 0).map_err(|error| wrong(&error.to_string()))?;
        if !found.eq(expected) || first != planned.header {
            return Err(wrong("its header differs"));
        }
    }
    Ok(())
}
