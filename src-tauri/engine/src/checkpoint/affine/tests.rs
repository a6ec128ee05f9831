use super::*;

/// Codes as hexadecimal words, scales and biases of `weights`.
fn quantized(weights: &[f32], group_size: usize, bits: usize) -> (String, Vec<f32>, Vec<f32>) {
    let groups = weights.len() / group_size;
    let (mut codes, mut scales, mut biases) = (vec![0; weights.len() * bits / 8], vec![0.0; groups], vec![0.0; groups]);
    assert!(quantize(weights, Affine { group_size, bits }, &mut codes, &mut scales, &mut biases));
    let words = codes.as_chunks().0.iter().map(|word| format!("{:08x}", u32::from_le_bytes(*word)));
    (words.collect::<Vec<_>>().join(" "), scales, biases)
}

/// What MLX 0.32.2 answers on its CPU; the values have ties.
#[test]
fn the_codes_are_mlx_s() {
    let weights: Vec<f32> = (0..64).map(|i| (((i * 37) % 64) as f32 - 31.0) / 32.0).collect();
    let eighth = 1.0 / 8.0;
    let cases = [
        (64, 2, vec![-0.5], "789de37b 37b8de27 ee3789de 9de2778d"),
        (64, 3, vec![-0.25], "b3f0d5df b14e5e0a 1567e1cb 97829cfc f86acfc3 872f0559"),
        (64, 4, vec![-eighth], "f82b4d6f 5e81a3c6 b4e7092c 1a4d6f82 70a3c5e8 d6f92b4e 3c6f81a4 92c5e70a"),
        (
            64,
            5,
            vec![-eighth / 2.0],
            "076469bf 2a1b2cf4 48b8571e 24b236e0 150fa67a 266c2bb0 22593c70 0aa8d33f 343617e8 912eae38",
        ),
        (
            64,
            6,
            vec![-eighth / 4.0],
            "ab4356bf dc97f211 539783a0 9b0252af d887b11d 1293b363 8bc15e9f d4b77019 d19fa322 bb805a8f d0a73315 909b93e1",
        ),
        (
            64,
            8,
            vec![-1.0 / 130.0],
            "41d76aff f48618af a235cb5d 51e87a0c 009629bf b345db6e 62f88a1c 10a739cf c355ec7e 72049a2d 20b749df d366fc8e \
             8214ab3d 31c759f0 e476089e 9225bb4d",
        ),
        (
            32,
            4,
            vec![-eighth, -31.0 / 256.0],
            "f82b4d6f 5e81a3c6 b4e7092c 1a4d6f82 70a3c5f8 d6f92b4e 3c5f81b4 92c5e70a",
        ),
        (32, 3, vec![-0.25, -31.0 / 128.0], "b3f0d5df b14e5e0a 1567e1cb 97629cfc f86aefc3 a72f0539"),
        (
            32,
            6,
            vec![-eighth / 4.0, -31.0 / 1024.0],
            "ab4356bf dc97f211 539783a0 9b0252af d887b11d 1293b363 8ac55edf d4b87009 d59fe31e bc804a8e d0672f25 908b93e5",
        ),
    ];
    for (group_size, bits, scales, words) in cases {
        let (found, found_scales, biases) = quantized(&weights, group_size, bits);
        assert_eq!(found, words, "group {group_size}, {bits} bits");
        assert_eq!(found_scales, scales, "group {group_size}, {bits} bits");
        let expected = if group_size == 64 { vec![1.0] } else { vec![1.0, 31.0 / 32.0] };
        assert_eq!(biases, expected);
    }
}

#[test]
fn a_group_of_zeros_stays_zero() {
    let (codes, scales, biases) = quantized(&[0.0; 32], 32, 4);
    assert_eq!((codes.as_str(), scales, biases), ("00000000 00000000 00000000 00000000", vec![-1e-7], vec![0.0]));
}

#[test]
fn what_is_no_number_is_told() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut weights = [0.5; 64];
        weights[37] = bad;
        let affine = Affine { group_size: 64, bits: 4 };
        assert!(!quantize(&weights, affine, &mut [0; 32], &mut [0.0], &mut [0.0]), "{bad}");
    }
}

/// Every width comes back within half a step, and the edge and zero exactly.
#[test]
fn dequantizing_gives_the_weights_back_to_half_a_step() {
    let weights: Vec<f32> =
        (0..1024_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 8) as f32 / (1 << 24) as f32 - 0.3).collect();
    for group_size in [32, 64, 128] {
        for bits in [2, 3, 4, 5, 6, 8] {
            let affine = Affine { group_size, bits };
            let groups = weights.len() / group_size;
            let mut codes = vec![0; weights.len() * bits / 8];
            let (mut scales, mut biases, mut back) = (vec![0.0; groups], vec![0.0; groups], vec![0.0; weights.len()]);
            assert!(quantize(&weights, affine, &mut codes, &mut scales, &mut biases));
            dequantize(affine, &codes, &scales, &biases, &mut back, |_| {});
            for (index, (weight, back)) in weights.iter().zip(&back).enumerate() {
                let step = scales[index / group_size].abs();
                // The step is stretched so that zero is exact, so the far edge may lie up to a step away.
                assert!((weight - back).abs() <= step * 1.01, "{affine:?} {index}: {weight} {back}");
            }
        }
    }
}
