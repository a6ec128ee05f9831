//! The one parser that decides about a safetensors file, before MLX or torch sees a byte of it.
//!
//! Stricter than the format's own library: names are unique and printable, dimensions positive and
//! below 2³¹, products checked, and the tensors cover the data exactly, without a gap or an overlap.
//! Reading the data itself is [`super::weights`]' work.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::limits;

/// Why a file was refused.
#[derive(Debug, thiserror::Error)]
pub enum SafetensorsError {
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("is {length} bytes long, too short for a safetensors file; download it again")]
    TooShort { length: u64 },
    #[error("says that its header is {header} bytes long, more than the {limit} allowed; the file is damaged")]
    HeaderTooLong { header: u64, limit: u64 },
    #[error("ends inside its header; download it again")]
    Truncated,
    #[error("does not begin with a JSON object; it is not a safetensors file")]
    NotAnObject,
    #[error("has a bad header: {0}")]
    Header(String),
    #[error("tensor {name}: its dimensions multiply to more than a file can hold")]
    TooLarge { name: String },
    #[error("tensor {name}: {dtype} with shape {shape:?} takes {expected} bytes, the header gives it {found}")]
    WrongSize { name: String, dtype: Dtype, shape: Vec<u64>, expected: u64, found: u64 },
    #[error(
        "tensor {name} begins at byte {begin} of the data where {expected} was due: \
         the tensors overlap or leave a gap; the file is damaged"
    )]
    NotACover { name: String, begin: u64, expected: u64 },
    #[error("its tensors end at byte {end} of the data, the file at {length}; download it again")]
    WrongLength { end: u64, length: u64 },
}

/// Element types of the format, those that some model in use holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dtype {
    Bool,
    U8,
    I8,
    F8E4M3,
    F8E5M2,
    F8E8M0,
    U16,
    I16,
    F16,
    Bf16,
    U32,
    I32,
    F32,
    U64,
    I64,
    F64,
}

const DTYPES: [(Dtype, &str, u64); 16] = [
    (Dtype::Bool, "BOOL", 1),
    (Dtype::U8, "U8", 1),
    (Dtype::I8, "I8", 1),
    (Dtype::F8E4M3, "F8_E4M3", 1),
    (Dtype::F8E5M2, "F8_E5M2", 1),
    (Dtype::F8E8M0, "F8_E8M0", 1),
    (Dtype::U16, "U16", 2),
    (Dtype::I16, "I16", 2),
    (Dtype::F16, "F16", 2),
    (Dtype::Bf16, "BF16", 2),
    (Dtype::U32, "U32", 4),
    (Dtype::I32, "I32", 4),
    (Dtype::F32, "F32", 4),
    (Dtype::U64, "U64", 8),
    (Dtype::I64, "I64", 8),
    (Dtype::F64, "F64", 8),
];

impl Dtype {
    /// The format's name for it, such as `BF16`.
    pub fn name(self) -> &'static str {
        DTYPES.iter().find(|row| row.0 == self).map_or("?", |row| row.1)
    }

    /// Bytes of one element.
    pub fn bytes(self) -> u64 {
        DTYPES.iter().find(|row| row.0 == self).map_or(0, |row| row.2)
    }

    /// Whether it is one of the eight-bit float types.
    pub fn is_fp8(self) -> bool {
        matches!(self, Self::F8E4M3 | Self::F8E5M2 | Self::F8E8M0)
    }

    /// Whether weights of this type can be computed with as they are.
    pub fn is_float(self) -> bool {
        matches!(self, Self::F16 | Self::Bf16 | Self::F32)
    }
}

impl fmt::Display for Dtype {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One tensor of a file: everything but its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    pub name: String,
    pub dtype: Dtype,
    /// Elements along each dimension, each at least 1; empty for a scalar.
    pub shape: Vec<u64>,
    /// Where its bytes lie in the file.
    pub range: Range<u64>,
}

/// The header of a file whose every rule has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Of the header itself.
    pub bytes: u64,
    /// In the order of their data.
    pub tensors: Vec<TensorInfo>,
    pub metadata: Vec<(String, String)>,
}

impl Header {
    /// Reads and checks the header of `file`, from its beginning. The data is not read.
    pub fn read(file: &File) -> Result<Self, SafetensorsError> {
        let length = file.metadata()?.len();
        let mut prefix = [0; 8];
        if length < 8 {
            return Err(SafetensorsError::TooShort { length });
        }
        file.read_exact_at(&mut prefix, 0)?;
        let header_length = header_length(prefix, length)?;
        let mut json = vec![0; header_length];
        file.read_exact_at(&mut json, 8)?;
        Self::parse(&json, length)
    }

    /// Checks a header (`json`, without the eight bytes before it) against a file of `length` bytes.
    pub fn parse(json: &[u8], length: u64) -> Result<Self, SafetensorsError> {
        if json.first() != Some(&b'{') {
            return Err(SafetensorsError::NotAnObject);
        }
        let mut raw: RawHeader =
            serde_json::from_slice(json).map_err(|error| SafetensorsError::Header(error.to_string()))?;
        let data_start = 8 + json.len() as u64;
        let data_length = length.checked_sub(data_start).ok_or(SafetensorsError::Truncated)?;

        raw.tensors.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        if let Some(pair) = raw.tensors.windows(2).find(|pair| pair[0].name == pair[1].name) {
            return Err(SafetensorsError::Header(format!("tensor {} is named twice", pair[0].name)));
        }
        raw.tensors.sort_by_key(|tensor| tensor.range.start);
        let mut end = 0;
        for tensor in &mut raw.tensors {
            if tensor.range.start != end {
                let name = tensor.name.clone();
                return Err(SafetensorsError::NotACover { name, begin: tensor.range.start, expected: end });
            }
            let expected = size(tensor).ok_or_else(|| SafetensorsError::TooLarge { name: tensor.name.clone() })?;
            let found = tensor.range.end.saturating_sub(tensor.range.start);
            if expected != found {
                let TensorInfo { name, dtype, shape, .. } = tensor.clone();
                return Err(SafetensorsError::WrongSize { name, dtype, shape, expected, found });
            }
            end = tensor.range.end;
            tensor.range = data_start.saturating_add(tensor.range.start)..data_start.saturating_add(tensor.range.end);
        }
        if end != data_length {
            return Err(SafetensorsError::WrongLength { end, length: data_length });
        }
        Ok(Self { bytes: json.len() as u64, tensors: raw.tensors, metadata: raw.metadata })
    }
}

/// The header's length from the file's first eight bytes, refused before anything is allocated for it.
fn header_length(prefix: [u8; 8], file_length: u64) -> Result<usize, SafetensorsError> {
    let header = u64::from_le_bytes(prefix);
    let limit = limits::HEADER_BYTES.min(file_length / 2 + limits::HEADER_SLACK_BYTES);
    if header > limit {
        return Err(SafetensorsError::HeaderTooLong { header, limit });
    }
    if header > file_length - 8 {
        return Err(SafetensorsError::Truncated);
    }
    usize::try_from(header).map_err(|_| SafetensorsError::HeaderTooLong { header, limit })
}

/// Bytes that the shape and type of `tensor` ask for.
fn size(tensor: &TensorInfo) -> Option<u64> {
    tensor.shape.iter().try_fold(tensor.dtype.bytes(), |bytes, &dimension| bytes.checked_mul(dimension))
}

struct RawHeader {
    tensors: Vec<TensorInfo>,
    metadata: Vec<(String, String)>,
}

impl<'de> Deserialize<'de> for RawHeader {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeaderVisitor;
        impl<'de> Visitor<'de> for HeaderVisitor {
            type Value = RawHeader;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawHeader, A::Error> {
                let mut header = RawHeader { tensors: Vec::new(), metadata: Vec::new() };
                while let Some(name) = map.next_key::<String>()? {
                    if !is_sound_name(&name) {
                        return Err(de::Error::custom(format_args!("{} is no tensor name", shown(&name))));
                    }
                    if header.tensors.len() == limits::TENSORS {
                        return Err(de::Error::custom(format_args!("more than {} tensors", limits::TENSORS)));
                    }
                    if name == "__metadata__" {
                        header.metadata = map.next_value::<Metadata>()?.0;
                    } else {
                        header.tensors.push(map.next_value_seed(TensorSeed(name))?);
                    }
                }
                Ok(header)
            }
        }
        deserializer.deserialize_map(HeaderVisitor)
    }
}

/// Names are ASCII without spaces and path separators: all that any published checkpoint uses.
fn is_sound_name(name: &str) -> bool {
    (1..=limits::NAME_BYTES).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'/' | b'\\' | b'"'))
        && !name.contains("..")
}

/// A hostile name made printable.
fn shown(name: &str) -> String {
    let head: String = name.chars().take(60).flat_map(char::escape_default).collect();
    if name.chars().count() > 60 { format!("\"{head}…\" ({} bytes)", name.len()) } else { format!("\"{head}\"") }
}

struct TensorSeed(String);

impl<'de> DeserializeSeed<'de> for TensorSeed {
    type Value = TensorInfo;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<TensorInfo, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            dtype: DtypeName,
            shape: Shape,
            data_offsets: (u64, u64),
        }
        let name = self.0;
        let raw = Raw::deserialize(deserializer)
            .map_err(|error| de::Error::custom(format_args!("tensor {name}: {error}")))?;
        Ok(TensorInfo { name, dtype: raw.dtype.0, shape: raw.shape.0, range: raw.data_offsets.0..raw.data_offsets.1 })
    }
}

struct DtypeName(Dtype);

impl<'de> Deserialize<'de> for DtypeName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        DTYPES
            .iter()
            .find(|row| row.1 == name)
            .map(|row| Self(row.0))
            .ok_or_else(|| de::Error::custom(format_args!("unknown dtype {}", shown(&name))))
    }
}

/// A shape whose rank and dimensions are within their caps while it is read, not after.
struct Shape(Vec<u64>);

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ShapeVisitor;
        impl<'de> Visitor<'de> for ShapeVisitor {
            type Value = Shape;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of whole numbers")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Shape, A::Error> {
                let mut shape = Vec::new();
                while let Some(dimension) = seq.next_element::<u64>()? {
                    if shape.len() == limits::RANK {
                        return Err(de::Error::custom(format_args!("more than {} dimensions", limits::RANK)));
                    }
                    if !(1..=limits::DIMENSION).contains(&dimension) {
                        return Err(de::Error::custom(format_args!("a dimension of {dimension} elements")));
                    }
                    shape.push(dimension);
                }
                Ok(Shape(shape))
            }
        }
        deserializer.deserialize_seq(ShapeVisitor)
    }
}

struct Metadata(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MetadataVisitor;
        impl<'de> Visitor<'de> for MetadataVisitor {
            type Value = Metadata;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of strings")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
                let mut metadata = Vec::new();
                let mut bytes = 0;
                while let Some((key, value)) = map.next_entry::<String, String>()? {
                    bytes += key.len() + value.len();
                    if bytes > limits::METADATA_BYTES {
                        return Err(de::Error::custom("__metadata__ is longer than 1 MiB"));
                    }
                    metadata.push((key, value));
                }
                Ok(Metadata(metadata))
            }
        }
        deserializer.deserialize_map(MetadataVisitor)
    }
}

#[cfg(test)]
mod tests;
