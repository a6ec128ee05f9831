//! How the tensors of a converted model lie in its files: in the order in which they are used, those of one step side by
//! side, so that a mapped file can be used in place.

use serde_json::{Map, Value, json};

use crate::checkpoint::Dtype;

/// Data begins at a multiple of this many bytes: the largest page in use, so that mapped tensors lie as in their file.
pub const ALIGNMENT: u64 = 16384;
/// Most bytes of data in one file; mlx-lm's bound.
pub const SHARD_BYTES: u64 = 5 << 30;

/// A tensor to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tensor {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<u64>,
}

/// Where a tensor will lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub shard: usize,
    /// From the beginning of the file, in bytes.
    pub offset: u64,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    pub name: String,
    /// Everything before the data.
    pub header: Vec<u8>,
    /// Of the whole file.
    pub bytes: u64,
    /// In the order of their data.
    pub tensors: Vec<Tensor>,
}

impl Tensor {
    pub fn bytes(&self) -> u64 {
        self.shape.iter().product::<u64>() * self.dtype.bytes()
    }
}

/// The files for `groups` of tensors; a group is not torn apart unless it is larger than `most` bytes, the bound for a
/// file's data.
pub fn shards(groups: Vec<Vec<Tensor>>, most: u64) -> Vec<Shard> {
    let mut files: Vec<Vec<Tensor>> = vec![Vec::new()];
    let mut filled = 0;
    let bytes = |tensors: &[Tensor]| tensors.iter().map(Tensor::bytes).sum::<u64>();
    let pieces = groups.into_iter().flat_map(|group| {
        if bytes(&group) <= most { vec![group] } else { group.into_iter().map(|tensor| vec![tensor]).collect() }
    });
    for piece in pieces {
        let more = bytes(&piece);
        if filled > 0 && filled + more > most {
            files.push(Vec::new());
            filled = 0;
        }
        filled += more;
        files.last_mut().expect("at least one").extend(piece);
    }
    let count = files.len();
    let named = files.into_iter().enumerate().map(|(index, tensors)| {
        let name = match count {
            1 => "model.safetensors".to_owned(),
            _ => format!("model-{:05}-of-{count:05}.safetensors", index + 1),
        };
        let header = header(&tensors);
        Shard { name, bytes: header.len() as u64 + bytes(&tensors), header, tensors }
    });
    named.collect()
}

/// The length, the JSON, and spaces up to where the data begins.
fn header(tensors: &[Tensor]) -> Vec<u8> {
    let mut object = Map::new();
    object.insert("__metadata__".into(), json!({"format": "mlx"}));
    let mut end = 0;
    for tensor in tensors {
        let begin = end;
        end += tensor.bytes();
        let entry = json!({"dtype": tensor.dtype.name(), "shape": tensor.shape, "data_offsets": [begin, end]});
        object.insert(tensor.name.clone(), entry);
    }
    let mut text = Value::Object(object).to_string().into_bytes();
    let length = (8 + text.len()).next_multiple_of(ALIGNMENT as usize) - 8;
    text.resize(length, b' ');
    [&(length as u64).to_le_bytes(), text.as_slice()].concat()
}

impl Shard {
    /// Names of its tensors, and where each begins in the file.
    pub fn offsets(&self) -> impl Iterator<Item = (&str, u64)> {
        self.tensors.iter().scan(self.header.len() as u64, |offset, tensor| {
            let begin = *offset;
            *offset += tensor.bytes();
            Some((tensor.name.as_str(), begin))
        })
    }
}

/// `model.safetensors.index.json`, as mlx-lm writes it.
pub fn index(shards: &[Shard], parameters: u64) -> Value {
    let mut map: Vec<(&str, &str)> =
        shards.iter().flat_map(|shard| shard.offsets().map(|(name, _)| (name, shard.name.as_str()))).collect();
    map.sort_unstable();
    let map: Map<String, Value> = map.into_iter().map(|(name, shard)| (name.to_owned(), json!(shard))).collect();
    let data: u64 = shards.iter().map(|shard| shard.bytes - shard.header.len() as u64).sum();
    json!({"metadata": {"total_size": data, "total_parameters": parameters}, "weight_map": map})
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::checkpoint::Header;

    fn tensor(name: &str, elements: u64) -> Tensor {
        Tensor { name: name.into(), dtype: Dtype::Bf16, shape: vec![elements] }
    }

    #[test]
    fn data_begins_on_a_page_and_our_own_parser_agrees() {
        let groups = (0..300).map(|index| vec![tensor(&format!("model.layers.{index}.weight"), 100 + index)]).collect();
        let shards = shards(groups, SHARD_BYTES);
        assert_eq!((shards.len(), shards[0].name.as_str()), (1, "model.safetensors"));
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&shards[0].header).expect("written");
        file.set_len(shards[0].bytes).expect("as long as planned");
        let header = Header::read(&file).expect("sound");
        assert_eq!(header.tensors[0].range.start, 2 * ALIGNMENT, "a long header takes a second page");
        let places: Vec<(&str, u64)> = shards[0].offsets().collect();
        let found: Vec<(&str, u64)> =
            header.tensors.iter().map(|tensor| (tensor.name.as_str(), tensor.range.start)).collect();
        assert_eq!(places, found);
        assert_eq!(header.metadata, [("format".to_owned(), "mlx".to_owned())]);
    }

    #[test]
    fn a_group_stays_in_one_file_where_it_fits() {
        let groups = vec![
            vec![tensor("a", 30)],
            vec![tensor("b", 20), tensor("c", 20)],
            vec![tensor("d", 90), tensor("e", 10)],
            vec![tensor("f", 40)],
        ];
        let shards = shards(groups, 100);
        let names: Vec<Vec<&str>> =
            shards.iter().map(|shard| shard.offsets().map(|(name, _)| name).collect()).collect();
        assert_eq!(names, [vec!["a"], vec!["b", "c"], vec!["d"], vec!["e", "f"]]);
        assert_eq!(shards[1].name, "model-00002-of-00004.safetensors");
        let index = index(&shards, 7);
        assert_eq!(index["weight_map"]["d"], "model-00003-of-00004.safetensors");
        assert_eq!(index["metadata"], json!({"total_size": 420, "total_parameters": 7}));
    }
}
