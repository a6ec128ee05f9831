//! Whether a backend computes what it should: what a worker says about it.

use serde::{Deserialize, Serialize};

/// A small computation whose answer is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kernel {
    MatrixProduct,
    Softmax,
    QuantizedMatrixProduct,
}

/// What a backend makes of a kernel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Computed {
    pub kernel: Kernel,
    /// Row by row; a number that is not finite is absent, for JSON has none. Or the backend's error.
    pub values: Result<Vec<Option<f32>>, String>,
}

/// What a backend reaches here: the best of several runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Throughput {
    /// Of a matrix product in float32, operations a second.
    pub float32_operations_per_second: Option<f64>,
    /// The same in float16; absent where it is only emulated.
    pub float16_operations_per_second: Option<f64>,
    /// Of reading a matrix that no cache holds.
    pub bytes_per_second: Option<f64>,
}

/// The end of a validation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Validated {
    /// `cpu`, `gpu`
    pub device: String,
    /// The framework's own.
    pub version: String,
    pub throughput: Throughput,
}
