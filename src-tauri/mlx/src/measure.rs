//! What MLX reaches on this machine: the measure that a profile's figures are held against.

use std::time::{Duration, Instant};

use ingot_engine::protocol::Measured;

use crate::mlx::{Array, Device, Dtype, Result, eval, zeros};

/// How long each of the two measurements goes on.
const TIME: Duration = Duration::from_millis(400);

/// The best of several matrix products in `dtype`, and of several reads of a matrix that no cache of the processor
/// holds.
pub fn measure(dtype: Dtype, device: Device) -> Result<Measured> {
    let read_bytes = match device {
        Device::Cpu => 128 << 20,
        Device::Gpu => 256 << 20,
    };
    let operations_per_second = measure_product(dtype, device)?;
    let columns = 4096;
    let rows = (read_bytes / dtype.bytes() as i32) / columns;
    let (row, table) = (zeros(&[1, rows], dtype)?, zeros(&[rows, columns], dtype)?);
    let read = best(|| row.matmul(&table))?;
    Ok(Measured { operations_per_second, bytes_per_second: table.bytes() as f64 / read })
}

/// Operations a second of a matrix product in `dtype`.
pub fn measure_product(dtype: Dtype, device: Device) -> Result<f64> {
    let side = match device {
        Device::Cpu => 1024,
        Device::Gpu => 4096,
    };
    let square = zeros(&[side, side], dtype)?;
    let seconds = best(|| square.matmul(&square))?;
    Ok(2.0 * f64::from(side).powi(3) / seconds)
}

/// Seconds of the fastest run, the first not counted.
fn best(operation: impl Fn() -> Result<Array>) -> Result<f64> {
    eval(&[&operation()?])?;
    let begin = Instant::now();
    let mut best = f64::INFINITY;
    while begin.elapsed() < TIME {
        let start = Instant::now();
        eval(&[&operation()?])?;
        best = best.min(start.elapsed().as_secs_f64());
    }
    Ok(best)
}
