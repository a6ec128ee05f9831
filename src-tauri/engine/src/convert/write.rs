//! Reads, computes and writes all units of a plan, by all processors at once, and makes what is done last.
//!
//! Each thread takes one unit after another through all three, so one reads while another computes or writes. This
//! thread hears of what is done, and every so often waits for the disk and tells the journal.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

use super::compute::{NotFinite, compute};
use super::journal::{Done, Journal};
use super::plan::{ConversionPlan, Step, Unit};
use super::source::SourceHasher;
use crate::checkpoint::Weights;
use crate::disk;
use crate::error::{Error, ErrorCode, Result};
use crate::memory::{PoolError, Staging};

/// Bytes read between two times that progress is made to last.
const SYNC_BYTES: u64 = 64 << 20;
/// How long a unit may wait for others to give their memory back: those may wait for a slow disk.
const PATIENCE: Duration = Duration::from_secs(3600);
/// How often somebody is told.
const SLICE: Duration = Duration::from_millis(100);

/// The files of the result in the making, and what they are made of.
pub struct Writing<'a> {
    pub plan: &'a ConversionPlan,
    pub weights: &'a Weights,
    pub staging: &'a Staging,
    pub hasher: &'a SourceHasher<'a>,
    pub shards: &'a [OpenShard],
}

/// A file of the result.
pub struct OpenShard {
    pub path: PathBuf,
    pub file: File,
}

/// How far writing is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Bytes of the source that have been converted, those of an earlier run included.
    pub bytes: u64,
    pub tensors: usize,
}

/// What each unit has written: sums by unit, `None` where it is still to be done.
pub type Sums = Vec<Option<[u32; 3]>>;

impl Writing<'_> {
    /// Does `units` that `sums` lacks, and adds to `sums`. What is done when an error comes is journalled all the same.
    pub fn run(
        &self,
        units: &[Unit],
        sums: &mut Sums,
        journal: &mut Journal,
        told: &mut dyn FnMut(Written),
    ) -> Result<()> {
        let pending: Vec<usize> = (0..units.len()).filter(|&unit| sums[unit].is_none()).collect();
        let mut left = vec![0_usize; self.plan.steps.len()];
        pending.iter().for_each(|&unit| left[units[unit].step] += 1);
        let mut written = Written {
            bytes: (0..units.len()).filter(|&unit| sums[unit].is_some()).map(|unit| self.bytes(units[unit])).sum(),
            tensors: left.iter().filter(|left| **left == 0).count(),
        };
        told(written);
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (sender, receiver) = channel();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                let sender = sender.clone();
                scope.spawn(|| self.work(units, &pending, &next, &stop, sender));
            }
            drop(sender);
            let hashing = scope.spawn(|| self.hasher.run(&stop, &|_| ()));
            let (mut failure, mut is_synced) = (None, true);
            let (mut unsynced, mut fresh): (u64, Vec<Done>) = (0, Vec::new());
            loop {
                match receiver.recv_timeout(SLICE) {
                    Ok(Ok((unit, unit_sums))) => {
                        sums[unit] = Some(unit_sums);
                        fresh.push(Done(unit as u32, unit_sums));
                        let bytes = self.bytes(units[unit]);
                        (written.bytes, unsynced) = (written.bytes + bytes, unsynced + bytes);
                        let step = units[unit].step;
                        left[step] -= 1;
                        written.tensors += usize::from(left[step] == 0);
                    }
                    Ok(Err(error)) => {
                        stop.store(true, Ordering::Relaxed);
                        failure = failure.or(Some(error));
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => break,
                }
                told(written);
                if unsynced >= SYNC_BYTES && failure.is_none() {
                    unsynced = 0;
                    if let Err(error) = self.sync(&mut fresh, journal) {
                        // What a disk could not keep it tells once: asked again, it would say that all is well.
                        (failure, is_synced) = (Some(error), false);
                        stop.store(true, Ordering::Relaxed);
                    }
                }
            }
            while failure.is_none() && !hashing.is_finished() {
                std::thread::sleep(Duration::from_millis(5));
                told(written);
            }
            let hashed = hashing.join().unwrap_or_else(|_| Err(Error::internal("hashing the source failed")));
            let synced = if is_synced { self.sync(&mut fresh, journal) } else { Ok(()) };
            failure.map_or(Ok(()), Err).and(hashed).and(synced)
        })
    }

    /// One thread's work.
    fn work(
        &self,
        units: &[Unit],
        pending: &[usize],
        next: &AtomicUsize,
        stop: &AtomicBool,
        sender: Sender<Result<(usize, [u32; 3])>>,
    ) {
        while !stop.load(Ordering::Relaxed)
            && let Some(&unit) = pending.get(next.fetch_add(1, Ordering::Relaxed))
        {
            let caught = catch_unwind(AssertUnwindSafe(|| self.convert(units[unit])));
            let failed = || Err(Error::internal("converting failed; this is a fault of Ingot's, please report it"));
            let done = caught.unwrap_or_else(|_| failed()).map(|sums| (unit, sums));
            if sender.send(done).is_err() {
                return;
            }
        }
    }

    /// Reads, computes and writes one unit; the CRC-32 of what went into each tensor.
    fn convert(&self, unit: Unit) -> Result<[u32; 3]> {
        let step = &self.plan.steps[unit.step];
        let present = unit.present(step);
        let [read, made] = [step.staging(present)[0], step.staging(unit.rows)[1]];
        let [mut input, mut output] = self.staging.take([read.max(1), made.max(1)], PATIENCE).map_err(no_staging)?;
        let (mut input, mut output) = (input.pin(), output.pin());
        let (input, output) = (&mut input[..read], &mut output[..made]);
        let rows = unit.first..unit.first + present;
        tracing::trace_span!("read source")
            .in_scope(|| self.weights.read_rows(&step.inputs, &step.input_row_bytes(), rows, input))?;
        tracing::trace_span!("quantize")
            .in_scope(|| compute(step, unit, input, output))
            .map_err(|bad| broken(step, bad))?;
        tracing::trace_span!("write result").in_scope(|| self.write(step, unit, output))
    }

    fn write(&self, step: &Step, unit: Unit, mut from: &[u8]) -> Result<[u32; 3]> {
        let mut sums = [0; 3];
        for (output, sum) in step.outputs.iter().zip(&mut sums) {
            let (part, rest) = from.split_at((output.row_bytes * unit.rows) as usize);
            let shard = &self.shards[output.place.shard];
            let offset = output.place.offset + unit.first * output.row_bytes;
            shard.file.write_all_at(part, offset).map_err(|error| cannot_write(&shard.path, &error))?;
            *sum = crc32fast::hash(part);
            from = rest;
        }
        Ok(sums)
    }

    /// Makes what was written last, and then says so in the journal.
    fn sync(&self, fresh: &mut Vec<Done>, journal: &mut Journal) -> Result<()> {
        let hashed = self.hasher.state();
        for shard in self.shards {
            shard.file.sync_data().map_err(|error| cannot_write(&shard.path, &error))?;
        }
        journal.add(fresh, &hashed).map_err(|error| cannot_write(Path::new("the journal"), &error))?;
        fresh.clear();
        Ok(())
    }

    /// Bytes of the source that a unit reads.
    fn bytes(&self, unit: Unit) -> u64 {
        let step = &self.plan.steps[unit.step];
        step.staging(unit.present(step))[0] as u64
    }
}

/// The error for a result that cannot be written: a full disk is told apart, for what is there is not lost.
pub fn cannot_write(path: &Path, error: &io::Error) -> Error {
    let shown = path.display();
    if disk::is_full(error) {
        return Error::new(
            ErrorCode::DiskFull,
            format!(
                "{shown} cannot grow: the disk is full ({error}); the conversion is paused and nothing is lost, free some space and run it again"
            ),
        );
    }
    match error.kind() {
        io::ErrorKind::FileTooLarge => Error::internal(format!(
            "{shown} cannot grow: the file system takes no files of that length ({error}); give an --output elsewhere"
        )),
        _ => Error::internal(format!("{shown} cannot be written: {error}; what is converted is kept, run it again")),
    }
}

fn no_staging(error: PoolError) -> Error {
    Error::new(ErrorCode::OutOfMemory, format!("no memory to convert in: {error}; give a larger --memory-limit"))
}

fn broken(step: &Step, NotFinite { by_rounding }: NotFinite) -> Error {
    let (name, element) = (&step.name, step.element.name());
    Error::invalid_model(if by_rounding {
        format!("{name}: some of its weights are too large for {element}; give --dtype bfloat16 or float32")
    } else {
        format!("{name}: some of its weights are not finite numbers; the source is damaged, get it again")
    })
}
