//! Where a result may be. What it may replace is [`crate::job_folder`]'s business.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::Model;

/// `path` from the root on, and as text: names that are no text would be lost on the way between processes.
pub fn absolute(path: &Path) -> Result<PathBuf> {
    let absolute = std::path::absolute(path);
    let absolute = absolute.map_err(|error| Error::bad_request(format!("{}: {error}", path.display())))?;
    match absolute.to_str() {
        Some(_) => Ok(absolute),
        None => Err(Error::bad_request(format!("{}: the name is no valid text (UTF-8); rename it", path.display()))),
    }
}

/// Refuses a result that would lie in its source, or its source in it.
pub fn check_apart(source: &Model, output: &Path) -> Result<()> {
    let source = source.folder.path();
    // What exists of it without links, and the rest as it is.
    let there = output.ancestors().find_map(|ancestor| Some((ancestor, ancestor.canonicalize().ok()?)));
    let real = there.map(|(ancestor, real)| real.join(output.strip_prefix(ancestor).unwrap_or(Path::new(""))));
    let real = real.unwrap_or_else(|| output.to_owned());
    // A disk may have several names for one folder.
    let identity = |path: &Path| fs::metadata(path).ok().map(|there| (there.dev(), there.ino()));
    let holds = |folder: &Path, path: &Path| {
        let inner = identity(folder);
        inner.is_some() && path.ancestors().any(|ancestor| identity(ancestor) == inner)
    };
    if real.starts_with(source) || holds(source, &real) || holds(&real, source) {
        let message = format!("{} and its source lie inside each other; give an --output elsewhere", output.display());
        return Err(Error::bad_request(message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_absolute_text() {
        use std::os::unix::ffi::OsStrExt;

        assert!(absolute(Path::new("made")).expect("text").is_absolute());
        let bytes = std::ffi::OsStr::from_bytes(b"a\xff");
        assert!(absolute(Path::new(bytes)).expect_err("no text").message.contains("UTF-8"));
    }
}
