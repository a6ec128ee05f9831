//! Before a model is loaded that Ingot has converted or downloaded: whether its files are still what they were. Files that
//! have not changed since they were last looked at are not read.

use std::path::Path;

use super::Progress;
use crate::checkpoint::Folder;
use crate::digest::Remembered;
use crate::error::{Error, Result};
use crate::manifest::Record;

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
    let bytes = record.bytes().max(1) as f32;
    let checked = record.check_watched(&folder, &mut remembered, is_cancelled, &mut |read| {
        progress(Progress::Checking(read as f32 / bytes));
    })?;
    checked.ok_or_else(|| Error::bad_request("loading was cancelled"))
}
