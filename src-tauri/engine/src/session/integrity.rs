//! Before a model is loaded that Ingot has converted or downloaded: whether its files are still what they were. Files that
//! have not changed since they were last looked at are not read.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use super::Progress;
use crate::checkpoint::Folder;
use crate::digest::Remembered;
use crate::error::{Error, Result};
use crate::manifest::Record;

const SLICE: Duration = Duration::from_millis(20);

/// Checks the model in folder `model` if there is a record of it; sums are remembered under `home`.
pub fn check(
    model: &Path,
    home: &Path,
    is_cancelled: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(Progress),
) -> Result<()> {
    let folder = Folder::open(model)?;
    let Some(record) = Record::read(&folder)? else { return Ok(()) };
    let _span = tracing::trace_span!("check sums").entered();
    let mut remembered = Remembered::open(home);
    let (read, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    let told = |bytes| {
        read.fetch_add(bytes, Ordering::Relaxed);
        !stop.load(Ordering::Relaxed)
    };
    let checked = std::thread::scope(|scope| {
        let checking = scope.spawn(|| record.check(&folder, &mut remembered, &told));
        let mut last = 0;
        // Most often nothing has to be read.
        let mut wait = Duration::from_micros(50);
        while !checking.is_finished() {
            std::thread::sleep(wait);
            wait = (wait * 2).min(SLICE);
            stop.fetch_or(is_cancelled(), Ordering::Relaxed);
            let read = read.load(Ordering::Relaxed);
            if read > last {
                last = read;
                progress(Progress::Checking(read as f32 / record.bytes().max(1) as f32));
            }
        }
        checking.join().unwrap_or_else(|_| Err(Error::internal("checking the model's files failed")))
    })?;
    checked.ok_or_else(|| Error::bad_request("loading was cancelled"))
}
