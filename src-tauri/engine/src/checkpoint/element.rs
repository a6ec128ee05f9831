//! Float types as bytes: from a checkpoint's to numbers, and from numbers to the type that is written.

use half::f16;
use half::slice::{HalfBitsSliceExt, HalfFloatSliceExt};
use multiversion::multiversion;
use serde::{Deserialize, Serialize};

use super::safetensors::Dtype;

/// The float types that weights are computed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Element {
    Float16,
    Bfloat16,
    Float32,
}

impl Element {
    /// Those that can be asked for, by the names that configs use.
    pub const ALL: [Self; 3] = [Self::Float16, Self::Bfloat16, Self::Float32];

    pub fn name(self) -> &'static str {
        match self {
            Self::Float16 => "float16",
            Self::Bfloat16 => "bfloat16",
            Self::Float32 => "float32",
        }
    }

    /// The type that a config calls `name`; none for types that weights are not computed with.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|element| element.name() == name)
    }

    pub fn of(dtype: Dtype) -> Option<Self> {
        Self::ALL.into_iter().find(|element| element.dtype() == dtype)
    }

    pub fn dtype(self) -> Dtype {
        match self {
            Self::Float16 => Dtype::F16,
            Self::Bfloat16 => Dtype::Bf16,
            Self::Float32 => Dtype::F32,
        }
    }

    pub fn bytes(self) -> usize {
        self.dtype().bytes() as usize
    }

    /// The numbers that `bytes`, as many elements as `numbers` has, stand for. Exact.
    pub fn decode(self, bytes: &[u8], numbers: &mut [f32]) {
        match self {
            Self::Float16 => {
                // In pieces, for the bytes may lie at any address.
                for (bytes, numbers) in bytes.chunks(2 * PIECE).zip(numbers.chunks_mut(PIECE)) {
                    let mut bits = [0_u16; PIECE];
                    let bits = &mut bits[..numbers.len()];
                    bits.iter_mut()
                        .zip(bytes.as_chunks().0)
                        .for_each(|(bits, bytes)| *bits = u16::from_le_bytes(*bytes));
                    bits.reinterpret_cast::<f16>().convert_to_f32_slice(numbers);
                }
            }
            Self::Bfloat16 => widen(bytes, numbers),
            Self::Float32 => {
                let elements = numbers.iter_mut().zip(bytes.as_chunks().0);
                elements.for_each(|(number, bytes)| *number = f32::from_le_bytes(*bytes));
            }
        }
    }

    /// `numbers` as bytes of this type, rounded to the nearest, half to even.
    pub fn encode(self, numbers: &[f32], bytes: &mut [u8]) {
        match self {
            Self::Float16 => {
                for (numbers, bytes) in numbers.chunks(PIECE).zip(bytes.chunks_mut(2 * PIECE)) {
                    let mut bits = [0_u16; PIECE];
                    let bits = &mut bits[..numbers.len()];
                    bits.reinterpret_cast_mut::<f16>().convert_from_f32_slice(numbers);
                    bits.iter().zip(bytes.as_chunks_mut().0).for_each(|(bits, bytes)| *bytes = bits.to_le_bytes());
                }
            }
            Self::Bfloat16 => narrow(numbers, bytes),
            Self::Float32 => {
                let elements = numbers.iter().zip(bytes.as_chunks_mut().0);
                elements.for_each(|(number, bytes)| *bytes = number.to_le_bytes());
            }
        }
    }

    /// Rounds `numbers` to what this type can hold.
    pub fn round(self, numbers: &mut [f32]) {
        if self == Self::Float32 {
            return;
        }
        let mut bytes = [0_u8; 2 * PIECE];
        for numbers in numbers.chunks_mut(PIECE) {
            let bytes = &mut bytes[..2 * numbers.len()];
            self.encode(numbers, bytes);
            self.decode(bytes, numbers);
        }
    }
}

/// Elements that are converted together.
const PIECE: usize = 256;

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn widen(bytes: &[u8], numbers: &mut [f32]) {
    for (number, bytes) in numbers.iter_mut().zip(bytes.as_chunks().0) {
        *number = f32::from_bits(u32::from(u16::from_le_bytes(*bytes)) << 16);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn narrow(numbers: &[f32], bytes: &mut [u8]) {
    for (number, bytes) in numbers.iter().zip(bytes.as_chunks_mut().0) {
        let bits = number.to_bits();
        let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
        // Rounding could carry a NaN's bits over into another number.
        let top = if number.is_nan() { 0x7fc0 } else { rounded };
        *bytes = (top as u16).to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(element: Element, numbers: &[f32]) -> Vec<f32> {
        let mut rounded = numbers.to_vec();
        element.round(&mut rounded);
        rounded
    }

    #[test]
    fn every_half_is_decoded_and_encoded_as_the_half_crate_does_one_by_one() {
        let all: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
        let mut numbers = vec![0.0; 1 << 16];
        let mut back = vec![0; 2 << 16];
        for element in [Element::Float16, Element::Bfloat16] {
            element.decode(&all, &mut numbers);
            element.encode(&numbers, &mut back);
            for bits in 0..=u16::MAX {
                let number = numbers[usize::from(bits)];
                let one = match element {
                    Element::Float16 => f16::from_bits(bits).to_f32(),
                    _ => half::bf16::from_bits(bits).to_f32(),
                };
                assert!(number.to_bits() == one.to_bits() || number.is_nan() && one.is_nan(), "{bits:04x}");
                let again = u16::from_le_bytes([back[2 * usize::from(bits)], back[2 * usize::from(bits) + 1]]);
                assert!(again == bits || number.is_nan(), "{bits:04x} {again:04x}");
            }
        }
    }

    #[test]
    fn rounding_is_to_the_nearest_and_half_to_even() {
        let pairs = [
            (1.0, 1.0),
            (1.0 + 1.0 / 256.0, 1.0),
            (1.0 + 3.0 / 256.0, 1.0 + 4.0 / 256.0),
            (-1e-45, -0.0),
            (f32::MAX, f32::INFINITY),
        ];
        for (number, expected) in pairs {
            assert_eq!(through(Element::Bfloat16, &[number])[0].to_bits(), f32::to_bits(expected), "{number}");
        }
        // MLX's smallest scale, as float16 holds it.
        assert_eq!(through(Element::Float16, &[-1e-7, 1e5, 65519.0]), [-1.192_092_9e-7, f32::INFINITY, 65504.0]);
        assert!(through(Element::Bfloat16, &[f32::NAN])[0].is_nan());
        for seed in 0..10_000_u32 {
            let number = f32::from_bits(seed.wrapping_mul(0x9e37_79b9) >> 1);
            if number.is_nan() {
                continue;
            }
            assert_eq!(
                through(Element::Bfloat16, &[number])[0].to_bits(),
                half::bf16::from_f32(number).to_f32().to_bits()
            );
            assert_eq!(through(Element::Float16, &[number])[0].to_bits(), f16::from_f32(number).to_f32().to_bits());
        }
    }
}
