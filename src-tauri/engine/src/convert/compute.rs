//! One unit: bytes of the source in, bytes of the result out.

use super::plan::{Step, Unit};
use crate::checkpoint::{Affine, CHUNK, Element, Encoding, affine};

/// Groups in a chunk, at most.
const GROUPS: usize = CHUNK / 32;

/// What a unit holds that no weight can be, or none of the type that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotFinite {
    /// Whether the source's own weights are finite.
    pub by_rounding: bool,
}

/// Computes rows `unit.first` to `unit.first + unit.rows` of `step`. `input` holds those of them that the source has,
/// for each tensor that is read, one tensor after another; `output` is filled with those of each tensor that is written.
pub fn compute(step: &Step, unit: Unit, input: &[u8], output: &mut [u8]) -> Result<(), NotFinite> {
    let present = unit.rows.min(step.source[0].saturating_sub(unit.first)) as usize;
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
