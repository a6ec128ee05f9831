//! Matrices, dense or quantized: a matrix is quantized if its scales are in the file.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use ingot_engine::Result as EngineResult;
use ingot_engine::arch::{self, Activation, quantization_of};
use ingot_engine::checkpoint::{Affine, Config, Weights};

use super::streamed::{StreamedMatrix, Streamer};
use super::{GatedActivation, missing};
use crate::mlx::{Array, Result, dequantize};

/// Hands out the tensors of a model.
pub struct Loader<'a> {
    tensors: Tensors<'a>,
    /// Compiled once, shared by all layers.
    gated: Vec<(Activation, Rc<GatedActivation>)>,
}

/// Where they are.
enum Tensors<'a> {
    /// In memory: what [`super::placing::take_weights`] took.
    Taken { config: &'a Config, weights: &'a Weights, tensors: HashMap<String, Array> },
    /// In their files, where matrices stay.
    Streamed(Rc<Streamer>),
}

impl<'a> Loader<'a> {
    pub fn new(config: &'a Config, weights: &'a Weights, tensors: HashMap<String, Array>) -> Self {
        Self { tensors: Tensors::Taken { config, weights, tensors }, gated: Vec::new() }
    }

    pub fn streaming(streamer: &Rc<Streamer>) -> Self {
        Self { tensors: Tensors::Streamed(Rc::clone(streamer)), gated: Vec::new() }
    }

    pub fn tensor(&mut self, name: &str) -> EngineResult<Array> {
        match &mut self.tensors {
            Tensors::Taken { tensors, .. } => tensors.remove(name).ok_or_else(|| missing(name)),
            Tensors::Streamed(streamer) => streamer.vector(name),
        }
    }

    /// The matrix `[rows, columns]` at module path `path`.
    fn matrix(&mut self, path: &str, rows: usize, columns: usize) -> EngineResult<Matrix> {
        let (config, weights) = match &self.tensors {
            Tensors::Taken { config, weights, .. } => (*config, *weights),
            Tensors::Streamed(streamer) => {
                return StreamedMatrix::open(streamer, path, rows, columns).map(Matrix::Streamed);
            }
        };
        let weight = self.tensor(&format!("{path}.weight"))?;
        match quantization_of(path, columns as u64, config, weights) {
            None => {
                let transposed = weight.transpose(&[1, 0])?;
                Ok(Matrix::Dense { rows: weight, transposed })
            }
            Some(affine) => Ok(Matrix::Quantized {
                codes: weight,
                scales: self.tensor(&format!("{path}.scales"))?,
                biases: self.tensor(&format!("{path}.biases"))?,
                affine,
            }),
        }
    }

    pub fn linear(&mut self, linear: &arch::Linear) -> EngineResult<Linear> {
        let matrix = self.matrix(&linear.path, linear.outputs, linear.inputs)?;
        let bias = if linear.bias { Some(self.tensor(&format!("{}.bias", linear.path))?) } else { None };
        Ok(Linear { matrix, bias })
    }

    pub fn gated(&mut self, activation: Activation) -> EngineResult<Rc<GatedActivation>> {
        if let Some((_, made)) = self.gated.iter().find(|(of, _)| *of == activation) {
            return Ok(Rc::clone(made));
        }
        let made = Rc::new(GatedActivation::new(activation)?);
        self.gated.push((activation, Rc::clone(&made)));
        Ok(made)
    }

    pub fn embedding(&mut self, path: &str, vocabulary: usize, hidden: usize) -> EngineResult<Embedding> {
        Ok(Embedding(self.matrix(path, vocabulary, hidden)?))
    }
}

/// `[outputs, inputs]`
enum Matrix {
    /// With its transpose, a view that every product would otherwise make anew.
    Dense {
        rows: Array,
        transposed: Array,
    },
    Quantized {
        codes: Array,
        scales: Array,
        biases: Array,
        affine: Affine,
    },
    Streamed(StreamedMatrix),
}

impl Matrix {
    /// `x Wᵀ` for some rows of a matrix that is streamed.
    fn apply_rows(&self, x: &Array, rows: Range<usize>) -> Result<Array> {
        match self {
            Self::Streamed(matrix) => matrix.apply_rows(x, rows),
            _ => self.apply(x)?.slice(-1, rows.start as i32, rows.end as i32),
        }
    }

    /// `x Wᵀ`
    fn apply(&self, x: &Array) -> Result<Array> {
        match self {
            Self::Dense { transposed, .. } => x.matmul(transposed),
            Self::Quantized { codes, scales, biases, affine } => {
                x.quantized_matmul([codes, scales, biases], true, *affine)
            }
            Self::Streamed(matrix) => matrix.apply(x),
        }
    }
}

/// `y = x Wᵀ + b`
pub struct Linear {
    matrix: Matrix,
    bias: Option<Array>,
}

impl Linear {
    /// As [`Self::forward`], for some rows of the matrix.
    pub fn forward_rows(&self, x: &Array, rows: Range<usize>) -> Result<Array> {
        let product = self.matrix.apply_rows(x, rows.clone())?;
        match &self.bias {
            None => Ok(product),
            Some(bias) => product.add(&bias.slice(0, rows.start as i32, rows.end as i32)?),
        }
    }

    pub fn forward(&self, x: &Array) -> Result<Array> {
        match (&self.matrix, &self.bias) {
            (matrix, None) => matrix.apply(x),
            (Matrix::Dense { transposed, .. }, Some(bias)) => x.matmul_add(transposed, bias),
            (matrix, Some(bias)) => matrix.apply(x)?.add(bias),
        }
    }
}

/// A table of rows, also usable as an output matrix.
pub struct Embedding(Matrix);

impl Embedding {
    /// `[…, hidden]` for ids `[…]`.
    pub fn rows(&self, ids: &Array) -> Result<Array> {
        match &self.0 {
            Matrix::Dense { rows, .. } => rows.take(ids, 0),
            Matrix::Quantized { codes, scales, biases, affine } => {
                let parts = [codes.take(ids, 0)?, scales.take(ids, 0)?, biases.take(ids, 0)?];
                dequantize([&parts[0], &parts[1], &parts[2]], *affine)
            }
            Matrix::Streamed(matrix) => matrix.take(ids),
        }
    }

    pub fn as_head(&self, x: &Array) -> Result<Array> {
        self.0.apply(x)
    }

    /// As [`Self::as_head`], for some rows.
    pub fn as_head_rows(&self, x: &Array, rows: Range<usize>) -> Result<Array> {
        self.0.apply_rows(x, rows)
    }
}
