//! The caps that a model's files must keep to. Far above every published model, and low enough that
//! deciding about a hostile file costs neither time nor memory.

/// Bytes of a safetensors header, and of all headers of a model together.
pub const HEADER_BYTES: u64 = 16 << 20;
pub const ALL_HEADER_BYTES: u64 = 24 << 20;
/// Files that a model's weights lie in.
pub const SHARDS: usize = 2048;
/// A header may be at most half of its file plus this.
pub const HEADER_SLACK_BYTES: u64 = 64 << 10;
/// Tensors in one model.
pub const TENSORS: usize = 200_000;
/// Dimensions of a tensor.
pub const RANK: usize = 8;
/// Elements along one dimension: MLX counts them in 32 bits.
pub const DIMENSION: u64 = i32::MAX as u64;
/// Bytes of a tensor's name.
pub const NAME_BYTES: usize = 512;
/// Bytes of all keys and values of `__metadata__`.
pub const METADATA_BYTES: usize = 1 << 20;
/// Bytes of `model.safetensors.index.json`.
pub const INDEX_BYTES: u64 = 64 << 20;
/// Bytes of `config.json` and of `generation_config.json`.
pub const CONFIG_BYTES: u64 = 1 << 20;
/// Nesting of any JSON file.
pub const JSON_DEPTH: usize = 32;
/// Bytes of `tokenizer_config.json`.
pub const TOKENIZER_CONFIG_BYTES: u64 = 4 << 20;
/// Bytes of `tokenizer.json`.
pub const TOKENIZER_BYTES: u64 = 64 << 20;

pub const LAYERS: u64 = 1024;
pub const WIDTH: u64 = 131_072;
pub const FEED_FORWARD_WIDTH: u64 = 1 << 20;
pub const HEADS: u64 = 1024;
pub const VOCABULARY: u64 = 2_000_000;
pub const CONTEXT: u64 = 16 << 20;
