//! The folder that a result becomes: where it may be, and what it may replace.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::manifest;
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

/// The folder in which the absolute `path` lies.
pub fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
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

/// Refuses to replace what is not a model.
pub fn check_replaceable(output: &Path) -> Result<()> {
    let holds_weights = || {
        let names = fs::read_dir(output).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.file_name()));
        names.into_iter().any(|name| name.to_string_lossy().ends_with(".safetensors"))
    };
    let has = |name: &str| output.join(name).is_file();
    match fs::symlink_metadata(output) {
        Err(_) => Ok(()),
        Ok(there) if there.is_dir() && (has(manifest::FILE) || has("config.json") && holds_weights()) => Ok(()),
        Ok(_) => Err(Error::bad_request(format!(
            "{} exists and is not a model's folder, so it is not replaced; give another --output",
            output.display()
        ))),
    }
}

/// The error for an output that is taken.
pub fn exists(output: &Path) -> Error {
    Error::bad_request(format!(
        "{} exists already, made of other files or with other options; give another --output, or --force to replace it",
        output.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_models_are_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(check_replaceable(&folder.path().join("absent")).is_ok());
        assert!(check_replaceable(folder.path()).is_err());
        fs::write(folder.path().join("config.json"), "{}").expect("written");
        assert!(check_replaceable(folder.path()).is_err(), "many programs have a config.json");
        fs::write(folder.path().join("model.safetensors"), "").expect("written");
        assert!(check_replaceable(folder.path()).is_ok());
        assert!(check_replaceable(&folder.path().join("config.json")).is_err());
    }

    #[test]
    fn paths_are_absolute_text() {
        use std::os::unix::ffi::OsStrExt;

        assert!(absolute(Path::new("made")).expect("text").is_absolute());
        let bytes = std::ffi::OsStr::from_bytes(b"a\xff");
        assert!(absolute(Path::new(bytes)).expect_err("no text").message.contains("UTF-8"));
    }
}
