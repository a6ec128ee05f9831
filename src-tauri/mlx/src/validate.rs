//! Small kernels whose answers the app knows, computed as models compute them, and what the machine reaches.

use ingot_engine::hardware::{Kernel, Problem};
use ingot_engine::protocol::{Computed, Event, Throughput, Validated};
use ingot_engine::worker::Connection;

use crate::measure::{measure, measure_product};
use crate::mlx::{self, Array, Device, Dtype, Result};

/// Computes every kernel and measures, telling `connection` of each step.
pub fn validate(device: Device, connection: &Connection) -> Result<Validated> {
    for kernel in Kernel::ALL {
        let values = compute(&kernel.problem()).map_err(|error| error.to_string());
        let finite = |values: Vec<f32>| values.into_iter().map(|value| Some(value).filter(|v| v.is_finite())).collect();
        connection.advance();
        connection.send(&Event::Computed(Computed { kernel, values: values.map(finite) }));
    }
    let single = measure(Dtype::F32, device)?;
    connection.advance();
    let float16_operations_per_second = match device {
        Device::Gpu => Some(measure_product(Dtype::F16, device)?),
        // It would take minutes: each number is converted on its way.
        Device::Cpu => None,
    };
    Ok(Validated {
        device: device.name().into(),
        version: mlx::version(),
        throughput: Throughput {
            float32_operations_per_second: Some(single.operations_per_second),
            float16_operations_per_second,
            bytes_per_second: Some(single.bytes_per_second),
        },
    })
}

fn compute(problem: &Problem) -> Result<Vec<f32>> {
    let matrix =
        |numbers: &[f32], rows: usize, columns: usize| Array::from_f32(numbers, &[rows as i32, columns as i32]);
    match problem {
        Problem::MatrixProduct { rows, inner, columns, left, right } => {
            matrix(left, *rows, *inner).matmul(&matrix(right, *inner, *columns))?.to_f32()
        }
        Problem::Softmax { rows, columns, values } => matrix(values, *rows, *columns).softmax(-1, true)?.to_f32(),
        Problem::QuantizedMatrixProduct { rows, inner, columns, left, affine, codes, scales, biases } => {
            let words = (codes.len() / columns) as i32;
            let codes = Array::from_u32(codes, &[*columns as i32, words]);
            let groups = inner / affine.group_size;
            let (scales, biases) = (matrix(scales, *columns, groups), matrix(biases, *columns, groups));
            matrix(left, *rows, *inner).quantized_matmul([&codes, &scales, &biases], true, *affine)?.to_f32()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mlx_computes_what_is_expected_of_it() {
        mlx::init().expect("MLX");
        for kernel in Kernel::ALL {
            let problem = kernel.problem();
            let values: Vec<Option<f32>> = compute(&problem).expect("computed").into_iter().map(Some).collect();
            let distance = problem.distance(&values).expect("numbers");
            assert!(distance < kernel.tolerance() / 10.0, "{kernel:?} {distance}");
        }
    }
}
