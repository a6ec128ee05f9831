//! A model as it was fetched from the Hub: which files, at which commit.

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use super::{SCHEMA, Source, sealed};
use crate::checkpoint::Folder;
use crate::digest::{self, Remembered, Stamp};
use crate::error::Result;
use crate::sync::{in_parallel, lock};

/// Where a downloaded model came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Download {
    pub schema: u32,
    /// Its sums are of all files but this one, its bytes are theirs.
    pub source: Source,
    /// What was asked for: a branch, a tag or a commit.
    pub revision: String,
    /// As the Hub writes it.
    pub license: Option<String>,
    /// The version that fetched it.
    pub ingot: String,
    /// SHA-256 of everything above.
    #[serde(default)]
    pub(super) checksum: String,
}

impl Download {
    pub fn new(source: Source, revision: String, license: Option<String>) -> Self {
        let ingot = env!("CARGO_PKG_VERSION").into();
        Self { schema: SCHEMA, source, revision, license, ingot, checksum: String::new() }
    }

    /// The file's bytes, its checksum made anew.
    pub fn sealed(mut self) -> Result<Vec<u8>> {
        sealed(&mut self, |download| &mut download.checksum)
    }

    /// Refuses the file `name` of `folder` if it was downloaded with another SHA-256 than `sum`.
    pub fn check_sum(&self, folder: &Folder, name: &str, sum: &str) -> Result<()> {
        match self.source.files.get(name) {
            Some(expected) if expected != sum => Err(folder.error(
                name,
                "is not what was downloaded: it was changed or damaged; download the model again, or remove ingot.json if \
                 the change was meant",
            )),
            _ => Ok(()),
        }
    }

    /// See [`super::Record::check`].
    pub(super) fn check(
        &self,
        folder: &Folder,
        remembered: &mut Remembered,
        told: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<Option<()>> {
        let mut unknown = Vec::new();
        for (name, sum) in &self.source.files {
            let file = folder.find(name)?.ok_or_else(|| folder.error(name, "is missing; download the model again"))?;
            let stamp = file.metadata().map_err(|error| folder.error(name, &error.to_string()))?;
            let stamp = Stamp::of(&stamp);
            if remembered.get(digest::WHOLE, &stamp) != Some(sum) {
                unknown.push((name, file, stamp));
            }
        }
        let (stopped, sums) = (AtomicBool::new(false), Mutex::new(BTreeMap::new()));
        let hashed: io::Result<()> = in_parallel(&unknown, digest::PIECE, |(name, file, stamp), piece| {
            let hashed = digest::of_range(file, 0..stamp.size, piece, &mut |bytes| told(bytes));
            match hashed.map_err(|error| io::Error::other(format!("{name} cannot be read: {error}")))? {
                Some(sum) => drop(lock(&sums).insert(name.as_str(), sum)),
                None => stopped.store(true, Ordering::Relaxed),
            }
            Ok(!stopped.load(Ordering::Relaxed))
        });
        hashed.map_err(|error| folder.error("", &error.to_string()))?;
        if stopped.into_inner() {
            return Ok(None);
        }
        let sums = std::mem::take(&mut *lock(&sums));
        for (name, _, stamp) in &unknown {
            let Some(sum) = sums.get(name.as_str()) else { continue };
            self.check_sum(folder, name, sum)?;
            remembered.insert(digest::WHOLE, stamp, sum);
        }
        remembered.save();
        Ok(Some(()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::manifest::{FILE, Record};

    #[test]
    fn a_changed_file_or_record_is_noticed() {
        let home = tempfile::tempdir().expect("a folder");
        let model = home.path().join("model");
        fs::create_dir(&model).expect("made");
        fs::write(model.join("config.json"), "{}").expect("written");
        let source = Source {
            name: "acme/tiny".into(),
            path: None,
            repo: Some("acme/tiny".into()),
            commit: Some("c".into()),
            bytes: 2,
            files: BTreeMap::from([("config.json".into(), digest::of_bytes(b"{}"))]),
        };
        let download = Download::new(source, "main".into(), Some("mit".into()));
        let text = download.clone().sealed().expect("made");
        fs::write(model.join(FILE), &text).expect("written");
        let folder = Folder::open(&model).expect("a folder");
        let check = || {
            let record = Record::read(&folder)?.expect("a record");
            record.check(&folder, &mut Remembered::open(home.path()), &|_| true)
        };
        assert_eq!(check(), Ok(Some(())));
        fs::write(model.join("config.json"), "[]").expect("written");
        assert!(check().is_err_and(|error| error.message.contains("not what was downloaded")));
        fs::write(model.join("config.json"), "{}").expect("written");
        fs::write(model.join(FILE), String::from_utf8(text).expect("text").replace("mit", "gpl")).expect("written");
        assert!(check().is_err_and(|error| error.message.contains("changed or damaged")));
    }
}
