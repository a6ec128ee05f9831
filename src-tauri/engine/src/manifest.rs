//! `ingot.json`: where a model came from, converted or downloaded, and by which every byte of it can be checked.

mod download;
mod watched;

pub use download::Download;

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::checkpoint::{Element, Folder, Header, json, limits};
use crate::digest::{self, Remembered, Stamp};
use crate::error::{Error, Result};
use crate::sync::{in_parallel, lock};

pub const FILE: &str = "ingot.json";
/// Of this file's form.
const SCHEMA: u32 = 1;
/// Bytes that it may have: some hundred for each tensor.
const MOST_BYTES: u64 = 64 << 20;

/// A converted model, but for its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub schema: u32,
    pub source: Source,
    #[serde(flatten)]
    pub options: Options,
    /// Of all tensors, per parameter of the model.
    pub bits_per_weight: f64,
    /// Parameters that `options.pad` has added.
    pub padded_parameters: u64,
    pub quality: Option<Quality>,
    pub tools: Tools,
    /// SHA-256 of every file but the weights' and this one.
    pub files: BTreeMap<String, String>,
    /// The files of weights.
    pub shards: BTreeMap<String, ShardSums>,
    /// SHA-256 of each tensor's bytes.
    pub tensors: BTreeMap<String, String>,
    /// SHA-256 of everything above, so that a change of this file shows, too.
    #[serde(default)]
    pub checksum: String,
}

/// What it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    pub name: String,
    /// Its folder; absent if it was none.
    pub path: Option<PathBuf>,
    /// Of the Hub, if it came from there.
    pub repo: Option<String>,
    pub commit: Option<String>,
    pub bytes: u64,
    /// SHA-256 of every file that was read.
    pub files: BTreeMap<String, String>,
}

/// Everything that changes the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Options {
    /// Its name; `none` where nothing was quantized.
    pub recipe: String,
    pub group_size: usize,
    /// The type of what is not quantized, of scales and of biases; as the source says if absent.
    pub dtype: Option<Element>,
    pub pad: bool,
    /// Whether a quantized source was dequantized first.
    pub dequantize: bool,
}

/// The difference between a converted model and its source, on a text that is always the same or the model's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Quality {
    /// Of the source's next-token distribution from the converted model's, in nats, on average.
    pub kl_divergence: f64,
    /// How often both hold the same token for the likeliest, 0 to 1.
    pub top1_agreement: f64,
    pub perplexity_source: f64,
    pub perplexity_converted: f64,
    /// Tokens that were compared.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub tokens: u64,
    /// Whether they are of a text that the model brings along, `verification.txt`.
    #[serde(default)]
    pub own_text: bool,
    /// Tokens that the converted model generated once loaded as usual; 0 if it is larger than the memory allowed.
    pub generated_tokens: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    pub ingot: String,
    /// Of the converter's arithmetic and layout: another number, other bytes.
    pub converter: u32,
}

/// A file of weights.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardSums {
    pub bytes: u64,
    /// SHA-256 of everything before the data.
    pub header: String,
}

/// What `ingot.json` tells of a model.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    Converted(Manifest),
    Downloaded(Download),
}

impl Record {
    /// The record in `folder`; `None` if Ingot has not made it.
    pub fn read(folder: &Folder) -> Result<Option<Self>> {
        /// What tells one from the other.
        #[derive(Deserialize)]
        struct Form {
            schema: u32,
            recipe: Option<String>,
        }

        let Some(bytes) = folder.read(FILE, MOST_BYTES)? else { return Ok(None) };
        json::check_depth(&bytes, limits::JSON_DEPTH).map_err(|reason| folder.error(FILE, &reason))?;
        let again = "convert or download the model again";
        let damaged = |error| folder.error(FILE, &format!("is damaged ({error}); {again}"));
        let form: Form = serde_json::from_slice(&bytes).map_err(damaged)?;
        if form.schema != SCHEMA {
            let reason = format!("has schema {}, this version reads {SCHEMA}; {again}", form.schema);
            return Err(folder.error(FILE, &reason));
        }
        let record = match form.recipe {
            Some(_) => serde_json::from_slice(&bytes).map(Self::Converted),
            None => serde_json::from_slice(&bytes).map(Self::Downloaded),
        };
        let record = record.map_err(damaged)?;
        let told = match &record {
            Self::Converted(manifest) => &manifest.checksum,
            Self::Downloaded(download) => &download.checksum,
        };
        if checksum(&bytes) != *told {
            let again = match record {
                Self::Converted(_) => "convert the model again with --force",
                Self::Downloaded(_) => "download the model again",
            };
            return Err(folder.error(FILE, &format!("was changed or damaged; {again}")));
        }
        Ok(Some(record))
    }

    /// What the model was made of.
    pub fn source(&self) -> &Source {
        match self {
            Self::Converted(manifest) => &manifest.source,
            Self::Downloaded(download) => &download.source,
        }
    }

    /// Bytes that [`Self::check`] reads at most.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Converted(manifest) => manifest.bytes(),
            Self::Downloaded(download) => download.source.bytes,
        }
    }

    /// Checks every byte of the model in `folder`; files that have not changed since they were last checked are not
    /// read. `told` hears how many bytes were read, and stops the work by saying no; the answer is then `None`.
    pub fn check(
        &self,
        folder: &Folder,
        remembered: &mut Remembered,
        told: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<Option<()>> {
        match self {
            Self::Converted(manifest) => manifest.check(folder, remembered, told),
            Self::Downloaded(download) => download.check(folder, remembered, told),
        }
    }
}

impl Manifest {
    pub fn new(source: Source, options: Options, converter: u32) -> Self {
        Self {
            schema: SCHEMA,
            source,
            options,
            bits_per_weight: 0.0,
            padded_parameters: 0,
            quality: None,
            tools: Tools { ingot: env!("CARGO_PKG_VERSION").into(), converter },
            files: BTreeMap::new(),
            shards: BTreeMap::new(),
            tensors: BTreeMap::new(),
            checksum: String::new(),
        }
    }

    /// The manifest in `folder`; `None` if it was not converted by Ingot.
    pub fn read(folder: &Folder) -> Result<Option<Self>> {
        Ok(match Record::read(folder)? {
            Some(Record::Converted(manifest)) => Some(manifest),
            Some(Record::Downloaded(_)) | None => None,
        })
    }

    /// The file's bytes, its checksum made anew.
    pub fn sealed(mut self) -> Result<Vec<u8>> {
        sealed(&mut self, |manifest| &mut manifest.checksum)
    }

    /// What identifies the conversion: the same from the same source's content and the same options.
    pub fn key(&self) -> String {
        let text = serde_json::to_vec(&(&self.source.files, &self.options, self.tools.converter));
        digest::of_bytes(&text.unwrap_or_default())
    }

    /// Bytes of the weights.
    pub fn bytes(&self) -> u64 {
        self.shards.values().fold(0, |sum, shard| sum.saturating_add(shard.bytes))
    }

    /// See [`Record::check`].
    pub fn check(
        &self,
        folder: &Folder,
        remembered: &mut Remembered,
        told: &(dyn Fn(u64) -> bool + Sync),
    ) -> Result<Option<()>> {
        for (name, sum) in &self.files {
            let bytes = folder.read(name, limits::INDEX_BYTES)?.ok_or_else(|| folder.error(name, "is missing"))?;
            if digest::of_bytes(&bytes) != *sum {
                return Err(damaged(folder, name));
            }
        }
        for (name, expected) in &self.shards {
            let failed = |error: &dyn std::fmt::Display| folder.error(name, &error.to_string());
            let file = folder.find(name)?.ok_or_else(|| folder.error(name, "is missing; convert the model again"))?;
            let stamp = Stamp::of(&file.metadata().map_err(|error| failed(&error))?);
            let sum = self.shard_sum(expected)?;
            if remembered.get(KIND, &stamp) == Some(&sum) {
                continue;
            }
            let header = Header::read(&file).map_err(|error| failed(&error))?;
            if ShardSums::of(&file, &header).map_err(|error| failed(&error))? != *expected {
                return Err(damaged(folder, name));
            }
            let Some(tensors) = tensor_sums(&file, &header, told).map_err(|error| failed(&error))? else {
                return Ok(None);
            };
            if tensors.iter().any(|(tensor, sum)| self.tensors.get(tensor) != Some(sum)) {
                return Err(damaged(folder, name));
            }
            remembered.insert(KIND, &stamp, &sum);
        }
        remembered.save();
        Ok(Some(()))
    }

    /// One sum over all that is known of a shard.
    fn shard_sum(&self, shard: &ShardSums) -> Result<String> {
        let text = serde_json::to_vec(&(shard, &self.tensors));
        text.map(|text| digest::of_bytes(&text)).map_err(|error| Error::internal(error.to_string()))
    }
}

/// The bytes of a record, its checksum made anew.
fn sealed<R: Serialize>(record: &mut R, field: fn(&mut R) -> &mut String) -> Result<Vec<u8>> {
    let text = |record: &R| {
        serde_json::to_vec_pretty(record).map_err(|error| Error::internal(format!("{FILE} cannot be made: {error}")))
    };
    field(record).clear();
    *field(record) = checksum(&text(record)?);
    text(record)
}

/// SHA-256 of the file's bytes without the checksum, its last field.
fn checksum(bytes: &[u8]) -> String {
    const FIELD: &[u8] = b"\"checksum\": \"";
    let field = bytes.windows(FIELD.len()).rposition(|window| window == FIELD);
    let start = field.map_or(bytes.len(), |field| field + FIELD.len());
    let length = bytes[start..].iter().position(|&byte| byte == b'"').unwrap_or(0);
    digest::of_bytes(&[&bytes[..start], &bytes[start + length..]].concat())
}

/// What [`Remembered`] calls the sum over a shard's sums.
const KIND: &str = "shard";

fn damaged(folder: &Folder, name: &str) -> Error {
    folder.error(
        name,
        "is not what its conversion wrote: it was changed or damaged; convert the model again with --force, or remove \
         ingot.json if the change was meant",
    )
}

impl ShardSums {
    /// Of `file`, whose header is `header`.
    fn of(file: &File, header: &Header) -> io::Result<Self> {
        let start = header.tensors.iter().map(|tensor| tensor.range.start).min().unwrap_or(0);
        let mut first = vec![0; start as usize];
        file.read_exact_at(&mut first, 0)?;
        Ok(Self { bytes: file.metadata()?.len(), header: digest::of_bytes(&first) })
    }
}

/// SHA-256 of each tensor of `file`, by all processors. For `told` see [`Manifest::check`].
fn tensor_sums(
    file: &File,
    header: &Header,
    told: &(dyn Fn(u64) -> bool + Sync),
) -> io::Result<Option<BTreeMap<String, String>>> {
    let stopped = AtomicBool::new(false);
    let sums = Mutex::new(BTreeMap::new());
    in_parallel(&header.tensors, digest::PIECE, |tensor, piece| {
        match digest::of_range(file, tensor.range.clone(), piece, &mut |bytes| told(bytes))? {
            Some(sum) => drop(lock(&sums).insert(tensor.name.clone(), sum)),
            None => stopped.store(true, Ordering::Relaxed),
        }
        Ok(!stopped.load(Ordering::Relaxed))
    })?;
    let sums = std::mem::take(&mut *lock(&sums));
    Ok((!stopped.into_inner()).then_some(sums))
}
