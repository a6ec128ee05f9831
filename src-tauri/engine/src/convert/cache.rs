//! Conversions that were done before, so that the same is not done twice: where they are, found by what they were made of.
//!
//! An entry is a small file named after what can be told without reading the source, and after its content.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::digest;
use crate::manifest::Options;

/// The entries under a home.
pub struct Cache {
    folder: PathBuf,
}

/// What is common to all conversions that might be the same: names and lengths of the source's files, and the options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape(String);

impl Shape {
    pub fn of(lengths: &BTreeMap<&str, u64>, options: &Options, converter: u32) -> Self {
        let text = serde_json::to_vec(&(lengths, options, converter)).unwrap_or_default();
        Self(digest::of_bytes(&text)[..16].to_owned())
    }
}

impl Cache {
    pub fn open(home: &Path) -> Self {
        Self { folder: home.join("conversions") }
    }

    /// Folders of models that may be the conversion of a source of this shape.
    pub fn candidates(&self, Shape(shape): &Shape) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let mut found: Vec<PathBuf> = entries
            .filter_map(|entry| entry.ok())
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(shape))
            .filter_map(|entry| Some(PathBuf::from(fs::read_to_string(entry.path()).ok()?)))
            .filter(|model| model.is_dir())
            .collect();
        found.sort();
        found
    }

    /// Remembers that the model in `folder` is the conversion `key`. Forgetting it costs time later, and nothing else.
    pub fn add(&self, Shape(shape): &Shape, key: &str, folder: &Path) {
        let Some(folder) = folder.to_str() else { return };
        let place = &digest::of_bytes(folder.as_bytes())[..8];
        let _ = digest::replace(&self.folder.join(format!("{shape}-{}-{place}", &key[..16])), folder.as_bytes());
    }
}
