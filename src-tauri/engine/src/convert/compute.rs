//! One unit: bytes of the source in, bytes of the result out.

use super::plan::{Step, Unit};
use crate::checkpoint::{Affine, CHUNK, Element, Encoding, GROUPS, affine};

/// What a unit holds that no weight can be, or none of the type that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFinite {
    /// Whether the source's own weights are finite.
    pub by_rounding: bool,
}

/// Computes rows `unit.first` to `unit.first + unit.rows` of `step`. `input` holds those of them that the source has,
/// for each tensor that is read, one tensor after another; `output` is filled with those of each tensor that is written.
pub fn compute(step: &Step, unit: Unit, input: &[u8], output: &mut [u8]) -> Result<(), NotFinite> {
    let present = unit.present(step) as usize;
    let (rows, columns, read_columns) = (unit.rows as usize, step.target[1] as usize, step.source[1] as usize);
    let is_same = step.affine.is_none() && step.source == step.target && step.encoding == Encoding::Plain(step.element);
    if is_same {
        output.copy_from_slice(input);
        return Ok(());
    }
    let tensors = step.encoding.split(input, present as u64, step.source[1]);
    // Dequantized numbers are computed in the type that is written.
    let is_rounded = match step.encoding {
        Encoding::Plain(element) => element == step.element,
        Encoding::Affine { .. } => true,
    };
    let read_at = |start: usize, numbers: &mut [f32]| {
        if !numbers.is_empty() {
            step.encoding.decode(&tensors, start, step.element, numbers);
        }
    };
    let mut writer = Writer::new(step, output, rows);
    let mut numbers = [0.0; CHUNK];
    // Without padding, rows are one long row: groups never cross from one to the next.
    let (rows, present, columns, read_columns) = if columns == read_columns && rows == present {
        (1, 1, rows * columns, rows * columns)
    } else {
        (rows, present, columns, read_columns)
    };
    for row in 0..rows {
        for start in (0..columns).step_by(CHUNK) {
            let numbers = &mut numbers[..CHUNK.min(columns - start)];
            let there = if row < present { read_columns.saturating_sub(start).min(numbers.len()) } else { 0 };
            let (read, padding) = numbers.split_at_mut(there);
            padding.fill(0.0);
            read_at(row * read_columns + start, read);
            if !is_rounded {
                step.element.round(read);
            }
            if !writer.write(row * columns + start, numbers) {
                read_at(row * read_columns + start, &mut numbers[..there]);
                return Err(NotFinite { by_rounding: numbers[..there].iter().all(|number| number.is_finite()) });
            }
        }
    }
    Ok(())
}

/// Where the numbers go.
struct Writer<'a> {
    /// One slice for each tensor that is written.
    tensors: Vec<&'a mut [u8]>,
    affine: Option<Affine>,
    element: Element,
}

impl<'a> Writer<'a> {
    fn new(step: &Step, output: &'a mut [u8], rows: usize) -> Self {
        let mut rest = output;
        let tensors = step.outputs.iter().map(|output| {
            let (tensor, after) = std::mem::take(&mut rest).split_at_mut(output.row_bytes as usize * rows);
            rest = after;
            tensor
        });
        Self { tensors: tensors.collect(), affine: step.affine, element: step.element }
    }

    /// Writes `numbers` as the elements from `start` on; false if one of them is not finite.
    fn write(&mut self, start: usize, numbers: &[f32]) -> bool {
        let width = self.element.bytes();
        match (self.affine, self.tensors.as_mut_slice()) {
            (Some(affine), [codes, scales, biases]) => {
                let Affine { group_size, bits } = affine;
                let (mut scale, mut bias) = ([0.0; GROUPS], [0.0; GROUPS]);
                let groups = numbers.len() / group_size;
                let codes = &mut codes[start * bits / 8..(start + numbers.len()) * bits / 8];
                let (scale, bias) = (&mut scale[..groups], &mut bias[..groups]);
                let is_finite = affine::quantize(numbers, affine, codes, scale, bias);
                let bytes = start / group_size * width..(start / group_size + groups) * width;
                self.element.encode(scale, &mut scales[bytes.clone()]);
                self.element.encode(bias, &mut biases[bytes]);
                is_finite
            }
            (_, [plain, ..]) => {
                self.element.encode(numbers, &mut plain[start * width..(start + numbers.len()) * width]);
                numbers.iter().all(|number| number.is_finite())
            }
            (_, []) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::layout::Place;
    use crate::convert::plan::Output;

    fn step(source: [u64; 2], target: [u64; 2], encoding: Encoding, affine: Option<Affine>) -> Step {
        let element = Element::Float32;
        let lengths = match affine {
            None => vec![target[1] * 4],
            Some(affine) => Encoding::Affine { affine, element }.row_bytes(target[1]),
        };
        let place = Place { shard: 0, offset: 0 };
        let outputs = lengths.into_iter().map(|row_bytes| Output { name: String::new(), place, row_bytes }).collect();
        let inputs = Vec::new();
        Step { name: "m".into(), inputs, encoding, source, target, element, affine, outputs, unit_rows: 1 }
    }

    fn bytes(numbers: &[f32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn numbers(bytes: &[u8]) -> Vec<f32> {
        bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()
    }

    #[test]
    fn padding_adds_zeros_at_the_ends_and_moves_nothing() {
        let step = step([3, 2], [4, 3], Encoding::Plain(Element::Float32), None);
        let mut output = vec![1; 4 * 3 * 4];
        let unit = Unit { step: 0, first: 0, rows: 4 };
        compute(&step, unit, &bytes(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), &mut output).expect("finite");
        assert_eq!(numbers(&output), [1.0, 2.0, 0.0, 3.0, 4.0, 0.0, 5.0, 6.0, 0.0, 0.0, 0.0, 0.0]);
        // A unit that lies in the padding altogether reads nothing.
        let mut rest = vec![1; 3 * 4];
        compute(&step, Unit { step: 0, first: 3, rows: 1 }, &[], &mut rest).expect("finite");
        assert_eq!(numbers(&rest), [0.0; 3]);
    }

    #[test]
    fn units_of_any_size_write_the_same() {
        let affine = Affine { group_size: 32, bits: 5 };
        let weights: Vec<f32> = (0..6 * 4160).map(|i| ((i * 7919) % 1009) as f32 / 500.0 - 1.0).collect();
        let whole = step([6, 4160], [6, 4160], Encoding::Plain(Element::Float32), Some(affine));
        let [_, length] = whole.staging(6);
        let mut all = vec![0; length];
        compute(&whole, Unit { step: 0, first: 0, rows: 6 }, &bytes(&weights), &mut all).expect("finite");
        for row in 0..6 {
            let mut one = vec![0; length / 6];
            let input = bytes(&weights[row * 4160..(row + 1) * 4160]);
            compute(&whole, Unit { step: 0, first: row as u64, rows: 1 }, &input, &mut one).expect("finite");
            let mut begin = 0;
            for output in &whole.outputs {
                let width = output.row_bytes as usize;
                let in_all = 6 * begin + row * width;
                assert_eq!(one[begin..begin + width], all[in_all..in_all + width], "row {row}");
                begin += width;
            }
        }
    }

    #[test]
    fn quantized_sources_come_back_as_what_they_stand_for() {
        let affine = Affine { group_size: 32, bits: 4 };
        let codes: Vec<u8> = (0..32).collect();
        let input = [codes, bytes(&[0.5, 2.0]), bytes(&[-1.0, 10.0])].concat();
        let encoding = Encoding::Affine { affine, element: Element::Float32 };
        let step = step([1, 64], [1, 64], encoding, None);
        let mut output = vec![0; 64 * 4];
        compute(&step, Unit { step: 0, first: 0, rows: 1 }, &input, &mut output).expect("finite");
        let found = numbers(&output);
        // Byte 17 holds codes 1 and 1: the first two of the last fifteen bytes of group one.
        assert_eq!((found[0], found[1], found[2], found[3]), (-1.0, -1.0, -0.5, -1.0));
        assert_eq!((found[34], found[35]), (12.0, 12.0));
    }

    #[test]
    fn overflow_by_a_smaller_type_is_told_from_a_damaged_source() {
        let mut narrow = step([1, 32], [1, 32], Encoding::Plain(Element::Float32), None);
        narrow.element = Element::Float16;
        narrow.outputs[0].row_bytes = 64;
        let unit = Unit { step: 0, first: 0, rows: 1 };
        let mut weights = [1.0; 32];
        weights[5] = 1e6;
        let too_large = compute(&narrow, unit, &bytes(&weights), &mut [0; 64]).expect_err("too large");
        assert!(too_large.by_rounding);
        weights[5] = f32::NAN;
        let damaged = compute(&narrow, unit, &bytes(&weights), &mut [0; 64]).expect_err("no number");
        assert!(!damaged.by_rounding);
    }
}
