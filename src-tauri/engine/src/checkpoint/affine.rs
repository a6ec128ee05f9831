//! The arithmetic of affine quantization: MLX's rule for its CPU, bit for bit, so that every machine writes the same.
//!
//! A group of consecutive weights shares a scale and a bias: `weight ≈ code × scale + bias`. The edge of the group that
//! lies farther from zero is exact and has code 0; zero is exact wherever the scale allows. Codes are a stream of bits,
//! the first in the lowest bits, cut into little-endian words. Source: MLX 0.32, `mlx/backend/cpu/quantized.cpp`.
//!
//! Plain safe loops over fixed widths that compilers vectorize, compiled for several generations of processors.

use multiversion::multiversion;

use super::quantization::Affine;

/// Quantizes `weights`, whole groups of them. Every slice fits: `weights.len() × bits / 8` bytes of `codes`, and a
/// scale and a bias for each group. False if a weight is not a finite number; what is written then means nothing.
pub fn quantize(weights: &[f32], affine: Affine, codes: &mut [u8], scales: &mut [f32], biases: &mut [f32]) -> bool {
    debug_assert_eq!(weights.len() * affine.bits / 8, codes.len());
    macro_rules! by_bits {
        ($group:literal: $($bits:literal),*) => {
            match affine.bits {
                $($bits => groups::<$group, $bits>(weights, codes, scales, biases),)*
                bits => unreachable!("{bits} bits"),
            }
        };
    }
    match affine.group_size {
        32 => by_bits!(32: 2, 3, 4, 5, 6, 8),
        64 => by_bits!(64: 2, 3, 4, 5, 6, 8),
        128 => by_bits!(128: 2, 3, 4, 5, 6, 8),
        size => unreachable!("groups of {size}"),
    }
}

/// The weights that `codes`, `scales` and `biases` stand for: `weights.len()` of them. `round` rounds to the type in
/// which they are computed, as after each of MLX's operations.
pub fn dequantize(
    affine: Affine,
    codes: &[u8],
    scales: &[f32],
    biases: &[f32],
    weights: &mut [f32],
    round: impl Fn(&mut [f32]),
) {
    let Affine { group_size, bits } = affine;
    let mask = (1_u32 << bits) - 1;
    for (group, weights) in weights.chunks_exact_mut(group_size).enumerate() {
        let codes = &codes[group * group_size * bits / 8..];
        for (index, weight) in weights.iter_mut().enumerate() {
            let bit = index * bits;
            let pair = [codes[bit / 8], codes.get(bit / 8 + 1).copied().unwrap_or(0)];
            let code = u32::from(u16::from_le_bytes(pair)) >> (bit % 8) & mask;
            *weight = code as f32 * scales[group];
        }
        round(weights);
        weights.iter_mut().for_each(|weight| *weight += biases[group]);
        round(weights);
    }
}

/// Smallest scale.
const EPSILON: f32 = 1e-7;
/// Adding it to a number from 0 to 2²² rounds to the nearest whole number, half to even, and leaves that in the lowest
/// bits.
const ROUND: f32 = 12_582_912.0;
/// As many as the widest registers in use hold.
const LANES: usize = 16;

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
fn groups<const GROUP: usize, const BITS: usize>(
    weights: &[f32],
    codes: &mut [u8],
    scales: &mut [f32],
    biases: &mut [f32],
) -> bool {
    let most = ((1_u32 << BITS) - 1) as f32;
    let mut poison = [0.0_f32; LANES];
    let groups = weights.as_chunks::<GROUP>().0.iter().zip(codes.chunks_exact_mut(GROUP * BITS / 8));
    for ((weights, codes), (scale, bias)) in groups.zip(scales.iter_mut().zip(biases)) {
        let (mut low, mut high) = ([f32::INFINITY; LANES], [f32::NEG_INFINITY; LANES]);
        for lanes in weights.as_chunks::<LANES>().0 {
            for lane in 0..LANES {
                let weight = lanes[lane];
                low[lane] = if weight < low[lane] { weight } else { low[lane] };
                high[lane] = if weight > high[lane] { weight } else { high[lane] };
                // Not a number as soon as a weight is none, or infinite.
                poison[lane] += weight * 0.0;
            }
        }
        let low = low.iter().fold(f32::INFINITY, |low, &lane| if lane < low { lane } else { low });
        let high = high.iter().fold(f32::NEG_INFINITY, |high, &lane| if lane > high { lane } else { high });

        let range = (high - low) / most;
        let step = if range > EPSILON { range } else { EPSILON };
        let (edge, step) = if low.abs() > high.abs() { (low, step) } else { (high, -step) };
        let zero = (edge / step).round_ties_even();
        (*scale, *bias) = if zero == 0.0 { (step, 0.0) } else { (edge / zero, edge) };

        let mut bytes = [0_u8; GROUP];
        for (byte, weight) in bytes.iter_mut().zip(weights) {
            let code = (weight - *bias) / *scale;
            let code = if code > 0.0 { code } else { 0.0 };
            let code = if code < most { code } else { most };
            *byte = (code + ROUND).to_bits() as u8;
        }
        pack::<GROUP, BITS>(&bytes, codes);
    }
    poison.iter().all(|lane| lane.is_finite())
}

/// Moves codes, a byte each, together: eight at a time, in three steps of twice the width.
#[inline(always)]
fn pack<const GROUP: usize, const BITS: usize>(bytes: &[u8; GROUP], codes: &mut [u8]) {
    if BITS == 8 {
        codes.copy_from_slice(bytes);
        return;
    }
    for (eight, packed) in bytes.as_chunks::<8>().0.iter().zip(codes.chunks_exact_mut(BITS)) {
        let wide = u64::from_le_bytes(*eight);
        let pairs = wide & 0x00ff_00ff_00ff_00ff | (wide & 0xff00_ff00_ff00_ff00) >> (8 - BITS);
        let fours = pairs & 0x0000_ffff_0000_ffff | (pairs & 0xffff_0000_ffff_0000) >> (16 - 2 * BITS);
        let all = fours & 0x0000_0000_ffff_ffff | (fours & 0xffff_ffff_0000_0000) >> (32 - 4 * BITS);
        packed.copy_from_slice(&all.to_le_bytes()[..BITS]);
    }
}

#[cfg(test)]
mod tests;
