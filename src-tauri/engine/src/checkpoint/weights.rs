//! The tensors of a model: one file or shards with an index, every header checked, and no byte of data
//! read before somebody asks for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use memmap2::{Mmap, UncheckedAdvice};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::folder::Folder;
use super::limits;
use super::safetensors::{Dtype, Header, TensorInfo};
use crate::error::{Error, Result};

const INDEX: &str = "model.safetensors.index.json";

/// The checked headers of a model's files.
#[derive(Debug)]
pub struct Weights {
    shards: Vec<Shard>,
    /// Tensor name → its shard and its place in that shard's header.
    places: HashMap<String, (usize, usize)>,
}

#[derive(Debug)]
struct Shard {
    name: String,
    file: File,
    header: Header,
}

impl Weights {
    /// Opens every weight file of `folder` and checks every header, and the index if there is one.
    pub fn open(folder: &Folder) -> Result<Self> {
        let names = folder.file_names()?;
        let index = read_index(folder)?;
        let shard_names: Vec<String> = match &index {
            Some(index) => index.values().cloned().collect::<BTreeSet<_>>().into_iter().collect(),
            None if names.iter().any(|name| name == "model.safetensors") => vec!["model.safetensors".into()],
            None => names.iter().filter(|name| is_weight_file(name)).cloned().collect(),
        };
        if shard_names.is_empty() {
            return Err(no_weights(folder, &names));
        }

        if shard_names.len() > limits::SHARDS {
            return Err(folder.error("", &format!("holds more than {} weight files", limits::SHARDS)));
        }

        let mut weights = Self { shards: Vec::new(), places: HashMap::new() };
        let mut header_bytes = 0;
        for name in shard_names {
            let file = folder.find(&name)?.ok_or_else(|| folder.error(&name, "is missing; download it again"))?;
            let header = Header::read(&file).map_err(|error| folder.error(&name, &error.to_string()))?;
            header_bytes += header.bytes;
            if header_bytes > limits::ALL_HEADER_BYTES || weights.places.len() + header.tensors.len() > limits::TENSORS
            {
                return Err(folder.error(&name, "brings the model's headers above what any model needs; it is damaged"));
            }
            for (place, tensor) in header.tensors.iter().enumerate() {
                let shard = weights.shards.len();
                if let Some((other, _)) = weights.places.insert(tensor.name.clone(), (shard, place)) {
                    let other = &weights.shards[other].name;
                    return Err(folder.error(&name, &format!("holds tensor {}, which {other} holds too", tensor.name)));
                }
            }
            weights.shards.push(Shard { name, file, header });
        }
        if let Some(index) = index {
            weights.check_index(folder, &index)?;
        }
        Ok(weights)
    }

    fn check_index(&self, folder: &Folder, index: &BTreeMap<String, String>) -> Result<()> {
        for (tensor, shard) in index {
            let found = self.places.get(tensor).map(|&(shard, _)| self.shards[shard].name.as_str());
            if found != Some(shard) {
                let found = found.unwrap_or("no file");
                return Err(folder.error(INDEX, &format!("puts tensor {tensor} in {shard}, but {found} holds it")));
            }
        }
        match self.tensors().find(|tensor| !index.contains_key(&tensor.name)) {
            Some(tensor) => Err(folder.error(INDEX, &format!("does not list tensor {}", tensor.name))),
            None => Ok(()),
        }
    }

    pub fn get(&self, name: &str) -> Option<&TensorInfo> {
        let &(shard, place) = self.places.get(name)?;
        Some(&self.shards[shard].header.tensors[place])
    }

    pub fn contains(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// Every tensor, shard by shard, in the order of their data.
    pub fn tensors(&self) -> impl Iterator<Item = &TensorInfo> {
        self.shards.iter().flat_map(|shard| &shard.header.tensors)
    }

    /// The files, and their names in the model's folder.
    pub fn files(&self) -> impl Iterator<Item = (&str, &File)> {
        self.shards.iter().map(|shard| (shard.name.as_str(), &shard.file))
    }

    /// Reads bytes of tensor `name` into `bytes`, from its byte `offset` on.
    pub fn read(&self, name: &str, offset: u64, bytes: &mut [u8]) -> Result<()> {
        let &(shard, place) =
            self.places.get(name).ok_or_else(|| Error::invalid_model(format!("tensor {name} is missing")))?;
        let (shard, tensor) = (&self.shards[shard], &self.shards[shard].header.tensors[place]);
        let result = shard.file.read_exact_at(bytes, tensor.range.start + offset);
        result.map_err(|error| Error::internal(format!("{}: {name} cannot be read: {error}", shard.name)))
    }

    /// Reads the same `rows` of each of `tensors` into `into`, one tensor's after another's; `row_bytes` are the bytes of
    /// a row in each.
    pub fn read_rows(
        &self,
        tensors: &[String],
        row_bytes: &[u64],
        rows: Range<u64>,
        mut into: &mut [u8],
    ) -> Result<()> {
        for (name, row_bytes) in tensors.iter().zip(row_bytes) {
            let (part, rest) = into.split_at_mut((row_bytes * (rows.end - rows.start)) as usize);
            self.read(name, row_bytes * rows.start, part)?;
            into = rest;
        }
        Ok(())
    }

    /// Bytes of all tensors.
    pub fn bytes(&self) -> u64 {
        self.tensors().map(|tensor| tensor.range.end - tensor.range.start).sum()
    }

    /// Bytes of the files they are in.
    pub fn file_bytes(&self) -> u64 {
        self.shards.iter().filter_map(|shard| shard.file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// Maps the files, so that tensors can be read.
    pub fn map(self) -> Result<MappedWeights> {
        let mut maps = Vec::with_capacity(self.shards.len());
        for shard in &self.shards {
            // SAFETY: the mapping is only read. If another program cuts the file short meanwhile, reading
            // past its end raises SIGBUS; only workers map weights, and a worker's death is reported.
            let map = unsafe { Mmap::map(&shard.file) }
                .map_err(|error| Error::invalid_model(format!("{} cannot be mapped: {error}", shard.name)))?;
            let end = shard.header.tensors.last().map_or(0, |tensor| tensor.range.end);
            if (map.len() as u64) < end {
                return Err(Error::invalid_model(format!("{} became shorter while it was opened", shard.name)));
            }
            maps.push(Arc::new(map));
        }
        Ok(MappedWeights { weights: self, maps })
    }
}

/// A model's tensors with their bytes.
#[derive(Debug)]
pub struct MappedWeights {
    weights: Weights,
    maps: Vec<Arc<Mmap>>,
}

/// One tensor as it lies in its file: little-endian, row-major, aligned to nothing.
#[derive(Debug, Clone, Copy)]
pub struct TensorView<'a> {
    pub dtype: Dtype,
    pub shape: &'a [u64],
    pub bytes: &'a [u8],
}

impl MappedWeights {
    pub fn get(&self, name: &str) -> Option<TensorView<'_>> {
        let &(shard, place) = self.weights.places.get(name)?;
        let tensor = &self.weights.shards[shard].header.tensors[place];
        let bytes = self.maps[shard].get(tensor.range.start as usize..tensor.range.end as usize)?;
        Some(TensorView { dtype: tensor.dtype, shape: &tensor.shape, bytes })
    }

    /// The mapping in which a tensor lies, and which bytes of it.
    pub fn locate(&self, name: &str) -> Option<(&Arc<Mmap>, Range<usize>)> {
        let &(shard, place) = self.weights.places.get(name)?;
        let tensor = &self.weights.shards[shard].header.tensors[place];
        Some((&self.maps[shard], tensor.range.start as usize..tensor.range.end as usize))
    }

    /// Lets the system have the pages of a tensor that was copied: they count as this process's memory otherwise.
    /// Reading it again reads the file again.
    pub fn release(&self, name: &str) {
        let Some((map, range)) = self.locate(name) else { return };
        let page = rustix::param::page_size();
        let (start, end) = (range.start.next_multiple_of(page), range.end / page * page);
        if start < end {
            // SAFETY: the mapping is read-only and of a file, so its pages come back as they were when they are
            // read again. That the system may refuse is no harm.
            let _ = unsafe { map.unchecked_advise_range(UncheckedAdvice::DontNeed, start, end - start) };
        }
    }

    /// Names, types and shapes.
    pub fn headers(&self) -> &Weights {
        &self.weights
    }

    /// Bytes of all tensors.
    pub fn bytes(&self) -> u64 {
        self.weights.bytes()
    }
}

/// `model.safetensors.index.json` as tensor → shard, its names checked; no file is opened yet.
fn read_index(folder: &Folder) -> Result<Option<BTreeMap<String, String>>> {
    let Some(bytes) = folder.read(INDEX, limits::INDEX_BYTES)? else { return Ok(None) };
    super::json::check_depth(&bytes, limits::JSON_DEPTH).map_err(|reason| folder.error(INDEX, &reason))?;

    #[derive(Deserialize)]
    struct Index {
        weight_map: UniqueMap,
    }
    let index: Index = serde_json::from_slice(&bytes)
        .map_err(|error| folder.error(INDEX, &format!("is not a valid index ({error}); download it again")))?;
    for shard in index.weight_map.0.values() {
        if !is_shard_name(shard) {
            return Err(
                folder.error(INDEX, &format!("names the file {shard:?}, which is no plain safetensors file name"))
            );
        }
    }
    Ok(Some(index.weight_map.0))
}

/// A JSON object of strings in which a key stands only once.
struct UniqueMap(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for UniqueMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct UniqueMapVisitor;
        impl<'de> Visitor<'de> for UniqueMapVisitor {
            type Value = UniqueMap;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object of file names")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<UniqueMap, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    if entries.len() == limits::TENSORS {
                        return Err(serde::de::Error::custom(format_args!("more than {} tensors", limits::TENSORS)));
                    }
                    if entries.insert(key.clone(), value).is_some() {
                        return Err(serde::de::Error::custom(format_args!("tensor {key} is listed twice")));
                    }
                }
                Ok(UniqueMap(entries))
            }
        }
        deserializer.deserialize_map(UniqueMapVisitor)
    }
}

fn is_shard_name(name: &str) -> bool {
    name.ends_with(".safetensors")
        && name.len() <= 255
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
}

/// What mlx-lm looks for, too.
fn is_weight_file(name: &str) -> bool {
    name.starts_with("model") && is_shard_name(name)
}

fn no_weights(folder: &Folder, names: &[String]) -> Error {
    let other = names.iter().find(|name| {
        let extension = name.rsplit('.').next().unwrap_or_default();
        ["bin", "pt", "pth", "ckpt", "pkl", "msgpack", "h5", "gguf"].contains(&extension)
    });
    let reason = match other {
        Some(name) if name.ends_with(".gguf") => {
            format!("holds {name} but no safetensors weights; get the safetensors version of the model")
        }
        Some(name) => format!(
            "holds {name} but no safetensors weights; such files can run code and are not opened; \
             get the safetensors version of the model"
        ),
        None => "holds no weights (model.safetensors, or shards with an index); download the model again".into(),
    };
    Error::invalid_model(format!("{} {reason}", folder.path().display()))
}
