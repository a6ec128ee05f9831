//! Matrices that stay in their files and pass through memory a few rows at a time, as float32: for computing with a
//! model of any size in little memory, slowly. Generating never uses them; [`crate::verify`] does.

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
    pub config: Config,
    pub weights: Weights,
    /// Numbers that are in memory together, at most, unless a row has more.
    pub numbers: usize,
    /// Hears how many bytes were read.
    pub progress: Box<dyn Fn(u64)>,
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
        let width = rows.len();
        if device()? == Device::Gpu {
            let numbers = self.shares(rows, |_, numbers| numbers)?.concat();
            let numbers = Array::from_f32(&numbers, &[width as i32, self.columns as i32]);
            return x.astype(Dtype::F32)?.matmul(&numbers.transpose(&[1, 0])?);
        }
        // MLX's products of matrices on the CPU may be those of a reference BLAS, some fifty times slower.
        let inputs = x.to_f32()?;
        let tokens = inputs.len() / self.columns;
        let view = |numbers| ArrayView2::from_shape((tokens, self.columns), numbers);
        let inputs = view(&inputs).map_err(|error| MlxError(error.to_string()))?;
        let columns = self.columns;
        let parts = self.shares(rows, |count, numbers| {
            ArrayView2::from_shape((count, columns), &numbers).map(|part| inputs.dot(&part.t()))
        })?;
        let parts: Vec<_> =
            parts.into_iter().collect::<std::result::Result<_, _>>().map_err(|error| MlxError(error.to_string()))?;
        let product: Vec<f32> =
            (0..tokens).flat_map(|token| parts.iter().flat_map(move |part| part.row(token).to_vec())).collect();
        let shape: Vec<i32> = x.shape()[..x.rank() - 1].iter().copied().chain([width as i32]).collect();
        Ok(Array::from_f32(&product, &shape))
    }

    /// The rows `ids`, `[…, columns]`.
    pub fn take(&self, ids: &Array) -> Result<Array> {
        let mut numbers = Vec::with_capacity(ids.shape().iter().product::<i32>() as usize * self.columns);
        for id in ids.to_f32()? {
            let row = self.shares(id as usize..id as usize + 1, |_, numbers| numbers)?;
            numbers.extend(row.concat());
        }
        let shape: Vec<i32> = ids.shape().iter().copied().chain([self.columns as i32]).collect();
        Ok(Array::from_f32(&numbers, &shape))
    }

    /// The result of `each` for the numbers of a share of `rows`, told how many rows they are; a share for each
    /// processor, in order.
    fn shares<T: Send>(&self, rows: Range<usize>, each: impl Fn(usize, Vec<f32>) -> T + Sync) -> Result<Vec<T>> {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let share = rows.len().div_ceil(threads);
        let (encoding, columns) = (self.encoding, self.columns);
        let row_bytes = encoding.row_bytes(columns as u64);
        let weights = &self.streamer.weights;
        let tensors = &self.tensors;
        let make = |rows: Range<usize>| {
            let count = rows.len() as u64;
            let mut bytes = vec![0; (row_bytes.iter().sum::<u64>() * count) as usize];
            let mut rest = bytes.as_mut_slice();
            for (name, row_bytes) in tensors.iter().zip(&row_bytes) {
                let (part, after) = rest.split_at_mut((row_bytes * count) as usize);
                weights.read(name, row_bytes * rows.start as u64, part)?;
                rest = after;
            }
            let parts = encoding.split(&bytes, count, columns as u64);
            let mut numbers = vec![0.0; rows.len() * columns];
            for (chunk, numbers) in numbers.chunks_mut(CHUNK).enumerate() {
                encoding.decode(&parts, chunk * CHUNK, Element::Float32, numbers);
            }
            EngineResult::Ok(each(rows.len(), numbers))
        };
        let made: Vec<EngineResult<T>> = std::thread::scope(|scope| {
            let starts = rows.clone().step_by(share.max(1));
            let threads: Vec<_> = starts
                .map(|first| {
                    let (make, rows) = (&make, first..(first + share).min(rows.end));
                    scope.spawn(move || make(rows))
                })
                .collect();
            let failed = || Err(Error::internal("reading a matrix failed"));
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| failed())).collect()
        });
        (self.streamer.progress)(row_bytes.iter().sum::<u64>() * rows.len() as u64);
        made.into_iter().collect::<EngineResult<_>>().map_err(|error| MlxError(error.message))
    }
}
