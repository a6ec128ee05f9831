//! The small kernels by which a backend is validated: inputs that are the same everywhere, and answers of our own,
//! computed here in float64 and in plain Rust.

use half::f16;

use crate::checkpoint::Affine;
use crate::checkpoint::affine::quantize;
pub use crate::protocol::Kernel;

/// What a backend is asked to compute. Matrices are row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum Problem {
    /// `left` [rows, inner] · `right` [inner, columns]
    MatrixProduct { rows: usize, inner: usize, columns: usize, left: Vec<f32>, right: Vec<f32> },
    /// The softmax of each row of `values` [rows, columns].
    Softmax { rows: usize, columns: usize, values: Vec<f32> },
    /// `left` [rows, inner] · wᵀ, where w [columns, inner] is quantized.
    QuantizedMatrixProduct {
        rows: usize,
        inner: usize,
        columns: usize,
        left: Vec<f32>,
        affine: Affine,
        /// [columns, inner · bits / 32]
        codes: Vec<u32>,
        /// [columns, inner / group size], as are the biases.
        scales: Vec<f32>,
        biases: Vec<f32>,
    },
}

impl Kernel {
    pub const ALL: [Self; 3] = [Self::MatrixProduct, Self::Softmax, Self::QuantizedMatrixProduct];

    pub fn title(self) -> &'static str {
        match self {
            Self::MatrixProduct => "matrix product",
            Self::Softmax => "softmax",
            Self::QuantizedMatrixProduct => "4-bit matrix product",
        }
    }

    pub fn problem(self) -> Problem {
        match self {
            Self::MatrixProduct => {
                let (rows, inner, columns) = (67, 96, 80);
                let (left, right) = (numbers(1, rows * inner), numbers(2, inner * columns));
                Problem::MatrixProduct { rows, inner, columns, left, right }
            }
            Self::Softmax => {
                let (rows, columns) = (33, 130);
                let values = numbers(3, rows * columns).iter().map(|number| number * 12.0).collect();
                Problem::Softmax { rows, columns, values }
            }
            Self::QuantizedMatrixProduct => {
                let (rows, inner, columns) = (9, 256, 64);
                let affine = Affine { group_size: 64, bits: 4 };
                let weights = numbers(5, columns * inner);
                let groups = weights.len() / affine.group_size;
                let mut bytes = vec![0; weights.len() * affine.bits / 8];
                let (mut scales, mut biases) = (vec![0.0; groups], vec![0.0; groups]);
                quantize(&weights, affine, &mut bytes, &mut scales, &mut biases);
                // Some kernels take scales of half precision only: these are the same in both.
                let halve = |numbers: &mut Vec<f32>| numbers.iter_mut().for_each(|n| *n = f16::from_f32(*n).to_f32());
                halve(&mut scales);
                halve(&mut biases);
                let codes = bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word)).collect();
                let left = numbers(4, rows * inner);
                Problem::QuantizedMatrixProduct { rows, inner, columns, left, affine, codes, scales, biases }
            }
        }
    }

    /// How far a backend may be off: a part of the answer's largest number. Wider than the rounding of float32 sums,
    /// far narrower than any mistake in reading a matrix.
    pub fn tolerance(self) -> f64 {
        1e-4
    }
}

impl Problem {
    /// The answer, row by row.
    pub fn answer(&self) -> Vec<f64> {
        match self {
            Self::MatrixProduct { rows, inner, columns, left, right } => {
                product(*rows, *inner, *columns, left, |at, column| f64::from(right[at * columns + column]))
            }
            Self::Softmax { columns, values, .. } => values
                .chunks_exact(*columns)
                .flat_map(|row| {
                    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                    let powers: Vec<f64> = row.iter().map(|value| f64::from(value - most).exp()).collect();
                    let sum: f64 = powers.iter().sum();
                    powers.into_iter().map(move |power| power / sum)
                })
                .collect(),
            Self::QuantizedMatrixProduct { rows, inner, columns, left, affine, codes, scales, biases } => {
                let Affine { group_size, bits } = *affine;
                product(*rows, *inner, *columns, left, |at, column| {
                    let index = column * inner + at;
                    let code = codes[index * bits / 32] >> (index * bits % 32) & ((1 << bits) - 1);
                    let group = index / group_size;
                    f64::from(code) * f64::from(scales[group]) + f64::from(biases[group])
                })
            }
        }
    }

    /// How far `values` are from the answer: a part of the answer's largest number. An error if they are too few, too
    /// many, or no numbers.
    pub fn distance(&self, values: &[Option<f32>]) -> Result<f64, String> {
        let answer = self.answer();
        if values.len() != answer.len() {
            return Err(format!("gives {} numbers, expected {}", values.len(), answer.len()));
        }
        let scale = answer.iter().fold(0.0, |most: f64, number| most.max(number.abs()));
        let mut distance: f64 = 0.0;
        for (value, expected) in values.iter().zip(&answer) {
            let value = value.ok_or("gives numbers that are not finite")?;
            distance = distance.max((f64::from(value) - expected).abs());
        }
        Ok(distance / scale)
    }
}

fn product(rows: usize, inner: usize, columns: usize, left: &[f32], right: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let of = |row: usize, column: usize| -> f64 {
        (0..inner).map(|at| f64::from(left[row * inner + at]) * right(at, column)).sum()
    };
    (0..rows)
        .flat_map(|row| (0..columns).map(move |column| (row, column)))
        .map(|(row, column)| of(row, column))
        .collect()
}

/// `count` numbers from -1 to 1 that look random and are the same everywhere.
fn numbers(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut next = || {
        // Xorshift.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_right_by_another_way() {
        let Problem::MatrixProduct { rows, inner, columns, left, right } = Kernel::MatrixProduct.problem() else {
            unreachable!()
        };
        let shaped = |rows, columns, numbers: &[f32]| -> Vec<Vec<f64>> {
            assert_eq!(rows * columns, numbers.len());
            numbers.chunks(columns).map(|row| row.iter().map(|&number| f64::from(number)).collect()).collect()
        };
        let (a, b) = (shaped(rows, inner, &left), shaped(inner, columns, &right));
        let answer = Kernel::MatrixProduct.problem().answer();
        for (row, column) in [(0, 0), (3, 79), (66, 41)] {
            let expected: f64 = a[row].iter().zip(b.iter().map(|line| line[column])).map(|(x, y)| x * y).sum();
            assert!((answer[row * columns + column] - expected).abs() < 1e-12);
        }
        let softmax = Kernel::Softmax.problem().answer();
        assert!(softmax.chunks(130).all(|row| (row.iter().sum::<f64>() - 1.0).abs() < 1e-12));
    }

    #[test]
    fn quantized_weights_are_near_those_they_stand_for() {
        let problem = Kernel::QuantizedMatrixProduct.problem();
        let Problem::QuantizedMatrixProduct { rows, inner, columns, left, .. } = &problem else { unreachable!() };
        let weights = numbers(5, columns * inner);
        let exact = product(*rows, *inner, *columns, left, |at, column| f64::from(weights[column * inner + at]));
        let furthest = problem.answer().iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        // 256 products of numbers below 1, each off by at most half a step of 2/15.
        assert!(furthest > 0.01 && furthest < 4.0, "{furthest}");
    }

    #[test]
    fn wrong_answers_are_noticed() {
        for kernel in Kernel::ALL {
            let problem = kernel.problem();
            let mut values: Vec<Option<f32>> = problem.answer().iter().map(|&number| Some(number as f32)).collect();
            assert!(problem.distance(&values).is_ok_and(|distance| distance < 1e-6), "{kernel:?}");
            let largest = problem.answer().iter().fold(0.0, |most: f64, number| most.max(number.abs()));
            values[5] = values[5].map(|value| value + 0.01 * largest as f32);
            assert!(problem.distance(&values).is_ok_and(|distance| distance > kernel.tolerance()), "{kernel:?}");
            values[5] = None;
            assert!(problem.distance(&values).is_err());
            assert!(problem.distance(&values[1..]).is_err());
        }
    }
}
