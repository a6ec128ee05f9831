//! How the weights of a matrix lie in a checkpoint, and the numbers that they stand for.

use super::affine;
use super::element::Element;
use super::quantization::Affine;

/// Elements that are decoded together, at most: few enough for the nearest cache, and whole groups.
pub const CHUNK: usize = 2048;
/// Groups in a chunk, at most.
pub const GROUPS: usize = CHUNK / 32;

/// Of a matrix or vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// One tensor of floats.
    Plain(Element),
    /// Three tensors: codes, and for each group of a row a scale and a bias, of type `element`.
    Affine { affine: Affine, element: Element },
}

impl Encoding {
    /// The type that its numbers have.
    pub fn element(self) -> Element {
        match self {
            Self::Plain(element) | Self::Affine { element, .. } => element,
        }
    }

    /// The ends of the names of its tensors, after the module path.
    pub fn parts(self) -> &'static [&'static str] {
        match self {
            Self::Plain(_) => &["weight"],
            Self::Affine { .. } => &["weight", "scales", "biases"],
        }
    }

    /// Bytes of a row of `columns` elements in each of its tensors.
    pub fn row_bytes(self, columns: u64) -> Vec<u64> {
        match self {
            Self::Plain(element) => vec![columns * element.bytes() as u64],
            Self::Affine { affine, element } => {
                let groups = columns / affine.group_size as u64 * element.bytes() as u64;
                vec![columns * affine.bits as u64 / 8, groups, groups]
            }
        }
    }

    /// The numbers from element `start` on, at most [`CHUNK`] of them, of rows that lie in `tensors`. Quantized ones
    /// are computed in `computed`, as mlx-lm does after casting scales and biases to it; plain ones are as they are.
    pub fn decode(self, tensors: &[&[u8]], start: usize, computed: Element, numbers: &mut [f32]) {
        match (self, tensors) {
            (Self::Plain(element), [bytes, ..]) => {
                let width = element.bytes();
                element.decode(&bytes[start * width..(start + numbers.len()) * width], numbers);
            }
            (Self::Affine { affine, element }, [codes, scales, biases]) => {
                let groups = numbers.len() / affine.group_size;
                let (mut scale, mut bias) = ([0.0; GROUPS], [0.0; GROUPS]);
                let width = element.bytes();
                let first = start / affine.group_size * width;
                for (bytes, numbers) in [(scales, &mut scale), (biases, &mut bias)] {
                    let numbers = &mut numbers[..groups];
                    element.decode(&bytes[first..first + groups * width], numbers);
                    computed.round(numbers);
                }
                let codes = &codes[start * affine.bits / 8..];
                affine::dequantize(affine, codes, &scale, &bias, numbers, |numbers| computed.round(numbers));
            }
            _ => unreachable!("an encoding has its own number of tensors"),
        }
    }

    /// Bytes of `rows` rows as one slice for each tensor, which lie one after another in `bytes`.
    pub fn split(self, mut bytes: &[u8], rows: u64, columns: u64) -> Vec<&[u8]> {
        let lengths = self.row_bytes(columns);
        let parts = lengths.iter().map(|length| {
            let (part, rest) = bytes.split_at((length * rows) as usize);
            bytes = rest;
            part
        });
        parts.collect()
    }
}
