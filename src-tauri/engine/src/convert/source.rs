//! The source of a conversion: which of its files count, and what identifies their content.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::checkpoint::{Folder, limits};
use crate::digest::{self, Hasher, Remembered, Stamp};
use crate::error::{Error, Result};
use crate::model::Model;
use crate::sync::lock;

/// Files that are copied into the result, where the source has them.
pub const COPIED: [&str; 11] = [
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
    "generation_config.json",
    "LICENSE",
];

const CHANGED: &str = "was changed while it was converted; convert it again";

/// The files that count, with what they are recognized by.
pub struct SourceFiles {
    folder: Folder,
    files: Vec<SourceFile>,
}

struct SourceFile {
    name: String,
    stamp: Stamp,
    sum: Option<String>,
}

/// How far the files are hashed that were not remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HashState {
    /// Of those that are done, by name.
    pub sums: BTreeMap<String, String>,
    /// The one that is being hashed: its name, the bytes so far, and the hasher's state.
    pub current: Option<(String, u64, String)>,
}

impl SourceFiles {
    /// The files of `model` that a conversion reads, and what is remembered of them.
    pub fn open(model: &Model, remembered: &Remembered) -> Result<Self> {
        let folder = &model.folder;
        let mut names = vec!["config.json".to_owned(), "model.safetensors.index.json".to_owned()];
        names.extend(COPIED.map(str::to_owned));
        names.extend(model.weights.files().map(|(name, _)| name.to_owned()));
        let mut files = Vec::new();
        for name in names {
            let Some(file) = folder.find(&name)? else { continue };
            let stamp = stamp(folder, &name, &file)?;
            // The weights are read through what was opened before.
            let opened = model.weights.files().find(|(opened, _)| *opened == name);
            if opened.is_some_and(|(_, file)| self::stamp(folder, &name, file).ok() != Some(stamp)) {
                return Err(folder.error(&name, CHANGED));
            }
            let sum = remembered.get(digest::WHOLE, &stamp).map(str::to_owned);
            files.push(SourceFile { name, stamp, sum });
        }
        Ok(Self { folder: folder.clone(), files })
    }

    /// Recognizes the same files without reading them.
    pub fn stamps(&self) -> BTreeMap<&str, Stamp> {
        self.files.iter().map(|file| (file.name.as_str(), file.stamp)).collect()
    }

    /// Names and lengths: what can be told of their content without reading them.
    pub fn lengths(&self) -> BTreeMap<&str, u64> {
        self.files.iter().map(|file| (file.name.as_str(), file.stamp.size)).collect()
    }

    /// Bytes that would have to be hashed.
    pub fn unknown_bytes(&self) -> u64 {
        self.files.iter().filter(|file| file.sum.is_none()).map(|file| file.stamp.size).sum()
    }

    /// The sums of all files, if all are known.
    pub fn sums(&self) -> Option<BTreeMap<String, String>> {
        self.files.iter().map(|file| Some((file.name.clone(), file.sum.clone()?))).collect()
    }

    /// Takes over sums that were made of these files.
    pub fn learn(&mut self, sums: &BTreeMap<String, String>, remembered: &mut Remembered) {
        for file in &mut self.files {
            let Some(sum) = sums.get(&file.name) else { continue };
            remembered.insert(digest::WHOLE, &file.stamp, sum);
            file.sum = Some(sum.clone());
        }
        remembered.save();
    }

    /// Refuses a source that has changed since it was opened.
    pub fn check_unchanged(&self) -> Result<()> {
        self.files.iter().try_for_each(|file| self.reopen(file).map(|_| ()))
    }

    /// Opens one of them again, unless it has changed: its name may lead to another file by now.
    fn reopen(&self, file: &SourceFile) -> Result<File> {
        let found = self.folder.find(&file.name)?.map(|found| Ok((stamp(&self.folder, &file.name, &found)?, found)));
        match found.transpose()? {
            Some((now, found)) if now == file.stamp => Ok(found),
            _ => Err(self.folder.error(&file.name, CHANGED)),
        }
    }

    /// Names of the files that are copied.
    pub fn copied(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str()).filter(|name| COPIED.contains(name))
    }

    /// The bytes of a file that is copied: those that `sums` are of, and no others.
    pub fn read(&self, name: &str, sums: &BTreeMap<String, String>) -> Result<Vec<u8>> {
        let bytes = self.folder.read(name, limits::TOKENIZER_BYTES)?.unwrap_or_default();
        match sums.get(name) == Some(&digest::of_bytes(&bytes)) {
            true => Ok(bytes),
            false => Err(self.folder.error(name, CHANGED)),
        }
    }
}

fn stamp(folder: &Folder, name: &str, file: &File) -> Result<Stamp> {
    file.metadata().map(|metadata| Stamp::of(&metadata)).map_err(|error| folder.error(name, &error.to_string()))
}

/// Hashes the files that are not remembered, beside the conversion.
pub struct SourceHasher<'a> {
    files: &'a SourceFiles,
    state: Mutex<HashState>,
}

impl<'a> SourceHasher<'a> {
    /// One that goes on from `state`.
    pub fn new(files: &'a SourceFiles, state: HashState) -> Self {
        Self { files, state: Mutex::new(state) }
    }

    /// How far it is.
    pub fn state(&self) -> HashState {
        lock(&self.state).clone()
    }

    /// Hashes what is left, until `stop`; `told` hears of the bytes.
    pub fn run(&self, stop: &AtomicBool, told: &dyn Fn(u64)) -> Result<()> {
        let mut piece = vec![0; digest::PIECE];
        for source in &self.files.files {
            let SourceFile { name, stamp, sum } = source;
            let mut state = self.state();
            if sum.is_some() || state.sums.contains_key(name) {
                continue;
            }
            let file = self.files.reopen(source)?;
            let resumed = state.current.take().filter(|(current, ..)| current == name);
            let resumed = resumed.and_then(|(_, at, state)| Some((at, Hasher::resume(&state)?)));
            let (mut at, mut hasher) = resumed.unwrap_or_default();
            let read = digest::read_pieces(&file, at..stamp.size, &mut piece, |bytes| {
                hasher.update(bytes);
                at += bytes.len() as u64;
                told(bytes.len() as u64);
                lock(&self.state).current = Some((name.clone(), at, hasher.state()));
                !stop.load(Ordering::Relaxed)
            });
            if !read.map_err(|error| Error::internal(format!("{name} of the source cannot be read: {error}")))? {
                return Ok(());
            }
            let mut state = lock(&self.state);
            state.current = None;
            state.sums.insert(name.clone(), hasher.finish());
        }
        Ok(())
    }

    /// The sums of all files, once [`Self::run`] has come to its end.
    pub fn sums(&self) -> Option<BTreeMap<String, String>> {
        let made = &lock(&self.state).sums;
        let files = self.files.files.iter();
        files
            .map(|file| Some((file.name.clone(), file.sum.clone().or_else(|| made.get(&file.name).cloned())?)))
            .collect()
    }
}
