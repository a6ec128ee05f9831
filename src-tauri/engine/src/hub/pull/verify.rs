//! Behind the connections: every chunk is read back, compared with what was written, and hashed; a file is whole once its
//! sum is the listed one and the disk has it for good.

use std::io;
use std::os::unix::fs::FileExt;

use super::chunks::CHUNK;
use super::log::Record;
use super::shared::Shared;
use crate::digest::{GitHasher, Hasher, Stamp};
use crate::error::{Error, Result};
use crate::hub::client::network;
use crate::hub::listing::Sum;
use crate::sync::lock;

/// How often a file may be wrong as a whole, of which the last is told.
const MOST_FAULTS: u32 = 2;
/// Bytes that are written between two times that the disk is waited for.
const SYNC_BYTES: u64 = 32 << 20;

/// Checks all files, one after the other, as they come.
pub fn verifier(shared: &Shared) {
    let mut buffer = vec![0; CHUNK as usize];
    for file in 0..shared.items.len() {
        let is_whole = shared.state().files[file].whole.is_some();
        if !is_whole && let Err(error) = check(shared, file, &mut buffer) {
            return shared.fail(error);
        }
    }
}

/// Keeps the disk busy, so that little is lost with the power and little is left to wait for in the end.
pub fn syncer(shared: &Shared) {
    while shared.wait_for(|state| (state.unsynced >= SYNC_BYTES).then(|| state.unsynced = 0)).is_some() {
        for file in 0..shared.items.len() {
            let is_partial = {
                let file = &shared.state().files[file];
                file.whole.is_none() && file.chunks.here() > 0
            };
            // Not at the place: waiting for a slow disk must not keep anybody from ending this.
            if is_partial
                && let Ok(Some(opened)) = shared.at_place(|place| Ok(place.files[file].clone()))
                && let Err(error) = opened.sync_data()
            {
                return shared.fail(lost(shared, file, &error));
            }
        }
        // After the bytes that its notes are of. Should it fail, they are fetched again.
        if let Ok(Some(Ok(journal))) = shared.at_place(|place| Ok(lock(&place.journal).file())) {
            let _ = journal.sync_data();
        }
    }
}

/// Checks file `file` until it is whole, or it is over.
fn check(shared: &Shared, file: usize, buffer: &mut [u8]) -> Result<()> {
    let item = &shared.items[file];
    loop {
        let Some((sha256, is_listed)) = hash(shared, file, buffer)? else { return Ok(()) };
        if is_listed {
            return settle(shared, file, sha256);
        }
        let faults = forget(shared, file)?;
        if faults >= MOST_FAULTS {
            let why = "what came is not what the Hub lists (another checksum), twice; try again later";
            return Err(network(&format!("{}: {why}", item.what)));
        }
    }
}

/// All of file `file` is to be fetched again; how often that was so.
fn forget(shared: &Shared, file: usize) -> Result<u32> {
    // In this order: what is noted from now on counts.
    shared.at_place(|place| {
        let forgotten = lock(&place.journal).add(&Record::Forget { file: shared.items[file].number });
        forgotten.map_err(|error| shared.cannot_write(file, &error))
    })?;
    Ok(shared.update(|state| {
        state.spoiled += state.files[file].chunks.here();
        let state = &mut state.files[file];
        state.chunks.forget();
        // What another program keeps here is no fault of the Hub.
        state.faults += u32::from(state.local.take().is_none());
        (state.found, state.checked) = (None, 0);
        state.faults
    }))
}

/// What was written of file `file` may be lost, whatever is read back: `error` is what the disk said.
fn lost(shared: &Shared, file: usize, error: &io::Error) -> Error {
    let told = shared.cannot_write(file, error);
    // The system says it once, and takes the pages for written from then on.
    forget(shared, file).err().unwrap_or(told)
}

/// Makes file `file`, which is right, last.
fn settle(shared: &Shared, file: usize, sha256: String) -> Result<()> {
    let item = &shared.items[file];
    let failed = |error| shared.cannot_write(file, &error);
    let opened = shared.at_place(|place| {
        place.files[file].set_len(item.remote.bytes).map_err(failed)?;
        Ok(place.files[file].clone())
    })?;
    let Some(opened) = opened else { return Ok(()) };
    opened.sync_all().map_err(|error| lost(shared, file, &error))?;
    let stamp = Stamp::of(&opened.metadata().map_err(failed)?);
    let record = Record::Whole { file: item.number, sha256: sha256.clone(), stamp };
    if shared.at_place(|place| lock(&place.journal).add(&record).map_err(failed))?.is_some() {
        shared.update(|state| state.files[file].whole = Some((sha256, stamp)));
    }
    Ok(())
}

/// The SHA-256 of file `file` and whether its sum is the listed one, once all of it is there; `None` if it is over.
fn hash(shared: &Shared, file: usize, buffer: &mut [u8]) -> Result<Option<(String, bool)>> {
    let item = &shared.items[file];
    let (mut sha256, mut git) = (Hasher::default(), GitHasher::new(item.remote.bytes));
    let is_git = matches!(item.remote.sum, Sum::Git(_));
    let count = shared.state().files[file].chunks.count();
    let (mut chunk, mut spoiled) = (0, None);
    while chunk < count {
        let found = shared.wait_for(|state| {
            let chunks = &state.files[file].chunks;
            chunks.crc(chunk).map(|crc| (crc, chunks.range(chunk)))
        });
        let Some((crc, range)) = found else { return Ok(None) };
        let bytes = &mut buffer[..(range.end - range.start) as usize];
        let read = shared.at_place(|place| Ok(place.files[file].read_exact_at(bytes, range.start)))?;
        let Some(read) = read else { return Ok(None) };
        // As after a crash of the machine: noted, but not on the disk yet.
        if read.is_err() || crc32fast::hash(bytes) != crc {
            if spoiled == Some(chunk) {
                let path = item.path.display();
                let why = "gives back other bytes than were written to it: its disk is failing";
                return Err(Error::internal(format!("{path} {why}")));
            }
            spoiled = Some(chunk);
            shared.update(|state| {
                state.spoiled += range.end - range.start;
                state.files[file].chunks.give_back(chunk);
            });
            continue;
        }
        sha256.update(bytes);
        if is_git {
            git.update(bytes);
        }
        shared.update(|state| state.files[file].checked += range.end - range.start);
        chunk += 1;
    }
    let sha256 = sha256.finish();
    let is_listed = match &item.remote.sum {
        Sum::Sha256(sum) => *sum == sha256,
        Sum::Git(sum) => *sum == git.finish(),
    };
    Ok(Some((sha256, is_listed)))
}
