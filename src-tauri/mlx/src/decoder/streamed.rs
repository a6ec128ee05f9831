//! Matrices that stay in their files and pass through memory a few rows at a time, as float32: for computing with a
//! model of any size in little memory, slowly. Generating never uses them; [`crate::verify`] does.

use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use ingot_engine::arch::quantization_of;
use ingot_engine::checkpoint::{CHUNK, Config, Element, Encoding, Weights};

use ingot_engine::{Error, Result as EngineResult};
use ndarray::ArrayView2;

use super::missing;
use crate::mlx::{Array, Device, Dtype, MlxError, Result, concatenate, device, eval};

/// A model's files, and how much of them may be in memory.
pub struct Streamer {
    config: Config,
    weights: Weights,
    /// Numbers that are in memory together, at most, unless a row has more.
    numbers: usize,
    /// Hears how many bytes were read.
    progress: Box<dyn Fn(u64)>,
    /// Used again and again: fresh memory costs more time than what is done in it.
    scratch: RefCell<Scratch>,
}

#[derive(Default)]
struct Scratch {
    bytes: Vec<u8>,
    numbers: Vec<f32>,
}

/// A matrix `[rows, columns]` in its file.
pub struct StreamedMatrix {
    streamer: Rc<Streamer>,
    tensors: Vec<String>,
    encoding: Encoding,
    rows: usize,
    columns: usize,
}

impl Streamer {
    /// Streams `weights`, `numbers` numbers at a time; `progress` hears how many bytes were read.
    pub fn new(config: Config, weights: Weights, numbers: usize, progress: impl Fn(u64) + 'static) -> Self {
        Self { config, weights, numbers, progress: Box::new(progress), scratch: RefCell::default() }
    }

    /// The vector `name`, as float32.
    pub fn vector(&self, name: &str) -> EngineResult<Array> {
        let tensor = self.weights.get(name).ok_or_else(|| missing(name))?;
        let element = Element::of(tensor.dtype).ok_or_else(|| missing(name))?;
        let count = tensor.shape.iter().product::<u64>() as usize;
        let mut bytes = vec![0; count * element.bytes()];
        self.weights.read(name, 0, &mut bytes)?;
        let mut numbers = vec![0.0; count];
        element.decode(&bytes, &mut numbers);
        (self.progress)(bytes.len() as u64);
        Ok(Array::from_f32(&numbers, &[count as i32]))
    }
}

impl StreamedMatrix {
    /// The matrix at module path `path`.
    pub fn open(streamer: &Rc<Streamer>, path: &str, rows: usize, columns: usize) -> EngineResult<Self> {
        let (config, weights) = (&streamer.config, &streamer.weights);
        let affine = quantization_of(path, columns as u64, config, weights);
        let holder = format!("{path}.{}", if affine.is_some() { "scales" } else { "weight" });
        let tensor = weights.get(&holder).ok_or_else(|| missing(&holder))?;
        let element = Element::of(tensor.dtype).ok_or_else(|| missing(&holder))?;
        let encoding = affine.map_or(Encoding::Plain(element), |affine| Encoding::Affine { affine, element });
        let tensors = encoding.parts().iter().map(|part| format!("{path}.{part}")).collect();
        Ok(Self { streamer: Rc::clone(streamer), tensors, encoding, rows, columns })
    }

    /// Rows that are in memory together.
    fn step(&self) -> usize {
        (self.streamer.numbers / self.columns).clamp(1, self.rows)
    }

    /// `x Wᵀ`, computed now.
    pub fn apply(&self, x: &Array) -> Result<Array> {
        let parts = (0..self.rows).step_by(self.step()).map(|first| {
            let part = self.apply_rows(x, first..(first + self.step()).min(self.rows))?;
            eval(&[&part])?;
            Ok(part)
        });
        let parts: Vec<Array> = parts.collect::<Result<_>>()?;
        match parts.as_slice() {
            [one] => Ok(one.clone()),
            parts => concatenate(&parts.iter().collect::<Vec<_>>(), -1),
        }
    }

    /// `x Wᵀ` for some rows of W.
    pub fn apply_rows(&self, x: &Array, rows: Range<usize>) -> Result<Array> {
        let (width, columns) = (rows.len(), self.columns);
        if device()? == Device::Gpu {
            let numbers =
                self.read(rows, |_, _| (), |numbers, _| Array::from_f32(numbers, &[width as i32, columns as i32]))?;
            return x.astype(Dtype::F32)?.matmul(&numbers.transpose(&[1, 0])?);
        }
        // MLX's products of matrices on the CPU may be those of a reference BLAS, some fifty times slower.
        let failed = |error: ndarray::ShapeError| MlxError(error.to_string());
        let inputs = x.to_f32()?;
        let tokens = inputs.len() / columns;
        let inputs = ArrayView2::from_shape((tokens, columns), &inputs).map_err(failed)?;
        let multiply = |count, numbers: &[f32]| {
            ArrayView2::from_shape((count, columns), numbers).map(|part| inputs.dot(&part.t()))
        };
        let parts = self.read(rows, multiply, |_, parts| parts)?;
        let parts: Vec<_> = parts.into_iter().collect::<std::result::Result<_, _>>().map_err(failed)?;
        let product: Vec<f32> =
            (0..tokens).flat_map(|token| parts.iter().flat_map(move |part| part.row(token).to_vec())).collect();
        let shape: Vec<i32> = x.shape()[..x.rank() - 1].iter().copied().chain([width as i32]).collect();
        Ok(Array::from_f32(&product, &shape))
    }

    /// The rows `ids`, `[…, columns]`.
    pub fn take(&self, ids: &Array) -> Result<Array> {
        let mut numbers = Vec::with_capacity(ids.shape().iter().product::<i32>() as usize * self.columns);
        for id in ids.to_f32()? {
            let row = id as usize..id as usize + 1;
            self.read(row, |_, _| (), |row, _| numbers.extend_from_slice(row))?;
        }
        let shape: Vec<i32> = ids.shape().iter().copied().chain([self.columns as i32]).collect();
        Ok(Array::from_f32(&numbers, &shape))
    }

    /// Reads `rows`. `each` sees the numbers of one processor's share of them, told how many rows they are; `all` sees
    /// the numbers of all rows, and what `each` answered, in order.
    fn read<T: Send, R>(
        &self,
        rows: Range<usize>,
        each: impl Fn(usize, &[f32]) -> T + Sync,
        all: impl FnOnce(&[f32], Vec<T>) -> R,
    ) -> Result<R> {
        let (encoding, columns, tensors) = (self.encoding, self.columns, &self.tensors);
        let (weights, row_bytes) = (&self.streamer.weights, encoding.row_bytes(columns as u64));
        let row_length = row_bytes.iter().sum::<u64>() as usize;
        let decode = |rows: Range<usize>, bytes: &mut [u8], numbers: &mut [f32]| {
            let count = rows.len() as u64;
            weights.read_rows(tensors, &row_bytes, rows.start as u64..rows.end as u64, bytes)?;
            let parts = encoding.split(bytes, count, columns as u64);
            for (chunk, numbers) in numbers.chunks_mut(CHUNK).enumerate() {
                encoding.decode(&parts, chunk * CHUNK, Element::Float32, numbers);
            }
            EngineResult::Ok(each(rows.len(), numbers))
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = rows.len().div_ceil(threads).max(1);
        let mut scratch = self.streamer.scratch.borrow_mut();
        let Scratch { bytes, numbers } = &mut *scratch;
        bytes.resize(row_length * rows.len(), 0);
        numbers.resize(columns * rows.len(), 0.0);
        let made: Vec<EngineResult<T>> = std::thread::scope(|scope| {
            let shares = rows.clone().step_by(share).zip(bytes.chunks_mut(row_length * share));
            let threads: Vec<_> = shares
                .zip(numbers.chunks_mut(columns * share))
                .map(|((first, bytes), numbers)| {
                    let (decode, rows) = (&decode, first..(first + share).min(rows.end));
                    scope.spawn(move || decode(rows, bytes, numbers))
                })
                .collect();
            let failed = || Err(Error::internal("reading a matrix failed"));
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| failed())).collect()
        });
        (self.streamer.progress)((row_length * rows.len()) as u64);
        let made = made.into_iter().collect::<EngineResult<_>>().map_err(|error| MlxError(error.message))?;
        Ok(all(numbers, made))
    }
}
