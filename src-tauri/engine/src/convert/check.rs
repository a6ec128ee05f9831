//! The last look at what was written: every file read again, by our own parser, against what was meant.

use std::collections::BTreeMap;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::plan::{ConversionPlan, Step, Unit};
use super::write::{OpenShard, Sums};
use crate::checkpoint::Header;
use crate::digest::{self, Hasher};
use crate::error::{Error, Result};
use crate::manifest::ShardSums;
use crate::sync::lock;

/// The sums of the result's files, by name; or the units whose bytes are not those that were written.
pub enum Checked {
    Sound(BTreeMap<String, ShardSums>),
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
    let (next, damaged, tensors) = (AtomicUsize::new(0), Mutex::new(Vec::new()), Mutex::new(BTreeMap::new()));
    let read_all = || -> io::Result<()> {
        let mut piece = vec![0; digest::PIECE];
        while let Some(&(step, output)) = outputs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Step { outputs, .. } = &plan.steps[step];
            let output_at = &outputs[output];
            let mut hasher = Hasher::default();
            for &index in &by_step[step] {
                let mut sum = crc32fast::Hasher::new();
                let mut at = output_at.place.offset + units[index].first * output_at.row_bytes;
                let end = at + units[index].rows * output_at.row_bytes;
                while at < end {
                    let piece = &mut piece[..digest::PIECE.min((end - at) as usize)];
                    shards[output_at.place.shard].file.read_exact_at(piece, at)?;
                    sum.update(piece);
                    hasher.update(piece);
                    at += piece.len() as u64;
                    told(piece.len() as u64);
                }
                if sums[index].map(|sums| sums[output]) != Some(sum.finalize()) {
                    lock(&damaged).push(index);
                }
            }
            lock(&tensors).insert((output_at.place.shard, output_at.name.clone()), hasher.finish());
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let read = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(read_all)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err(io::Error::other("failed"))))
    });
    read.map_err(|error| Error::internal(format!("what was written cannot be read again: {error}")))?;
    let damaged = std::mem::take(&mut *lock(&damaged));
    if !damaged.is_empty() {
        return Ok(Checked::Damaged(damaged));
    }
    let mut found = BTreeMap::new();
    for (index, shard) in plan.shards.iter().enumerate() {
        let header = digest::of_bytes(&shard.header);
        found.insert(shard.name.clone(), ShardSums { bytes: shard.bytes, header, tensors: BTreeMap::new() });
        for ((_, name), sum) in lock(&tensors).range((index, String::new())..(index + 1, String::new())) {
            if let Some(sums) = found.get_mut(&shard.name) {
                sums.tensors.insert(name.clone(), sum.clone());
            }
        }
    }
    Ok(Checked::Sound(found))
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
