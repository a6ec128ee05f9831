//! What MLX reaches on this machine: the measure that a profile's figures are held against.

use std::time::{Duration, Instant};

use ingot_engine::protocol::Measured;

use crate::mlx::{Array, Device, Dtype, Result, eval, zeros};

/// How long each of the two measurements goes on.
const TIME: Duration = Duration::from_millis(400);

/// Reading takes at least so long, or starting it would count for too much.
const LEAST_READ: f64 = 2.5e-4;

/// The best of several matrix products in `dtype`, and of several reads of a matrix that no cache of the processor
/// holds.
pub fn measure(dtype: Dtype, device: Device) -> Result<Measured> {
    let operations_per_second = measure_product(dtype, device)?;
    let (bytes, seconds) = match device {
        Device::Cpu => read(dtype, 128 << 20)?,
        Device::Gpu => match read(dtype, 256 << 20)? {
            // Only on GPUs with a lot of memory.
            (_, seconds) if seconds < LEAST_READ => read(dtype, 1 << 30)?,
            slow => slow,
        },
    };
    Ok(Measured { operations_per_second, bytes_per_second: bytes / seconds })
}

/// The bytes of a matrix of about `bytes`, and seconds that reading it takes: the product of a row with it.
fn read(dtype: Dtype, bytes: usize) -> Result<(f64, f64)> {
    const COLUMNS: i32 = 4096;
    let rows = (bytes / dtype.bytes()) as i32 / COLUMNS;
    let (row, table) = (zeros(&[1, rows], dtype)?, zeros(&[rows, COLUMNS], dtype)?);
    Ok((table.bytes() as f64, best(|| row.matmul(&table))?))
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
