//! The operations that a decoder needs. Axes count from the end where negative; shapes broadcast as in NumPy.

use std::ffi::{CStr, c_int};

use ingot_engine::checkpoint::Affine;

use super::array::{Array, Dtype, Vector, call};
use super::device::check;
use super::{MlxError, Result};

const AFFINE: &CStr = c"affine";

/// Which keys a query may see.
#[derive(Debug, Clone, Copy)]
pub enum Mask<'a> {
    None,
    /// The last query sees all keys, the one before it all but one, and so on.
    Causal,
    /// True where a key is seen; broadcasts to `[batch, heads, queries, keys]`.
    Bool(&'a Array),
}

fn optional(value: usize) -> mlx_sys::mlx_optional_int {
    mlx_sys::mlx_optional_int { value: value as c_int, has_value: true }
}

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident = $raw:ident;)*) => {
        impl Array {
            $($(#[$doc])* pub fn $name(&self, other: &Array) -> Result<Array> {
                // SAFETY: both handles live during the call, as in every operation below.
                call(|result, stream| unsafe { mlx_sys::$raw(result, self.0, other.0, stream) })
            })*
        }
    };
}

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident = $raw:ident;)*) => {
        impl Array {
            $($(#[$doc])* pub fn $name(&self) -> Result<Array> {
                // SAFETY: the handle lives during the call.
                call(|result, stream| unsafe { mlx_sys::$raw(result, self.0, stream) })
            })*
        }
    };
}

binary! {
    add = mlx_add;
    subtract = mlx_subtract;
    multiply = mlx_multiply;
    divide = mlx_divide;
    matmul = mlx_matmul;
    less = mlx_less;
    less_equal = mlx_less_equal;
    greater_equal = mlx_greater_equal;
    and = mlx_logical_and;
}

unary! {
    sigmoid = mlx_sigmoid;
    /// True where an element is neither infinite nor NaN.
    is_finite = mlx_isfinite;
    exp = mlx_exp;
    negative = mlx_negative;
}

impl Array {
    pub fn astype(&self, dtype: Dtype) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_astype(result, self.0, dtype.raw(), stream) })
    }

    /// Row by row in memory; itself if it is so already.
    pub fn contiguous(&self) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_contiguous(result, self.0, false, stream) })
    }

    /// One dimension of `shape` may be -1.
    pub fn reshape(&self, shape: &[i32]) -> Result<Array> {
        // SAFETY: the slice is passed with its length.
        call(|result, stream| unsafe { mlx_sys::mlx_reshape(result, self.0, shape.as_ptr(), shape.len(), stream) })
    }

    /// `axes[i]` is the old place of the new dimension i.
    pub fn transpose(&self, axes: &[i32]) -> Result<Array> {
        // SAFETY: the slice is passed with its length.
        call(|result, stream| unsafe { mlx_sys::mlx_transpose_axes(result, self.0, axes.as_ptr(), axes.len(), stream) })
    }

    pub fn expand_dims(&self, axis: i32) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_expand_dims(result, self.0, axis, stream) })
    }

    /// Elements from `start` to `stop` along `axis`, all of the other dimensions.
    pub fn slice(&self, axis: i32, start: i32, stop: i32) -> Result<Array> {
        let (starts, stops) = self.bounds(axis, start, stop);
        let strides = vec![1; starts.len()];
        let n = starts.len();
        // SAFETY: the three slices have `n` numbers, one for each dimension.
        call(|result, stream| unsafe {
            mlx_sys::mlx_slice(result, self.0, starts.as_ptr(), n, stops.as_ptr(), n, strides.as_ptr(), n, stream)
        })
    }

    /// A copy of `self` whose elements from `start` along `axis` are `update`; in place if nobody else holds `self`.
    pub fn slice_update(&self, update: &Array, axis: i32, start: i32) -> Result<Array> {
        let (starts, stops) = self.bounds(axis, start, start + update.dim(axis));
        let strides = vec![1; starts.len()];
        let n = starts.len();
        // SAFETY: the three slices have `n` numbers, one for each dimension.
        call(|result, stream| unsafe {
            mlx_sys::mlx_slice_update(
                result,
                self.0,
                update.0,
                starts.as_ptr(),
                n,
                stops.as_ptr(),
                n,
                strides.as_ptr(),
                n,
                stream,
            )
        })
    }

    fn bounds(&self, axis: i32, start: i32, stop: i32) -> (Vec<i32>, Vec<i32>) {
        let at = if axis < 0 { self.rank() as i32 + axis } else { axis } as usize;
        let mut starts = vec![0; self.rank()];
        let mut stops = self.shape().to_vec();
        (starts[at], stops[at]) = (start, stop);
        (starts, stops)
    }

    /// Rows `indices` along `axis`.
    pub fn take(&self, indices: &Array, axis: i32) -> Result<Array> {
        // SAFETY: both handles live during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_take_axis(result, self.0, indices.0, axis, stream) })
    }

    pub fn take_along(&self, indices: &Array, axis: i32) -> Result<Array> {
        // SAFETY: both handles live during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_take_along_axis(result, self.0, indices.0, axis, stream) })
    }

    pub fn put_along(&self, indices: &Array, values: &Array, axis: i32) -> Result<Array> {
        // SAFETY: the three handles live during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_put_along_axis(result, self.0, indices.0, values.0, axis, stream) })
    }

    /// With `precise`, summed in f32 whatever the type.
    pub fn softmax(&self, axis: i32, precise: bool) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_softmax_axis(result, self.0, axis, precise, stream) })
    }

    pub fn logsumexp(&self, axis: i32) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_logsumexp_axis(result, self.0, axis, true, stream) })
    }

    pub fn argmax(&self, axis: i32) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_argmax_axis(result, self.0, axis, false, stream) })
    }

    /// The largest element along `axis`, whose dimension stays as 1.
    pub fn max(&self, axis: i32) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_max_axis(result, self.0, axis, true, stream) })
    }

    /// The sum along `axis`, whose dimension stays as 1.
    pub fn sum(&self, axis: i32) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_sum_axis(result, self.0, axis, true, stream) })
    }

    /// Ascending.
    pub fn sort(&self, axis: i32) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_sort_axis(result, self.0, axis, stream) })
    }

    /// For each element the sum of those after it along `axis`, itself left out.
    pub fn sum_after(&self, axis: i32) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_cumsum_axis(result, self.0, axis, true, false, none(), stream) })
    }

    /// Indices such that the `kth` stands where sorting would put it, smaller elements before it.
    pub fn argpartition(&self, kth: i32, axis: i32) -> Result<Array> {
        // SAFETY: the handle lives during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_argpartition_axis(result, self.0, kth, axis, stream) })
    }

    /// `self` where the condition holds, else `other`.
    pub fn or_else(&self, condition: &Array, other: &Array) -> Result<Array> {
        // SAFETY: the three handles live during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_where(result, condition.0, self.0, other.0, stream) })
    }

    pub fn rms_norm(&self, weight: &Array, epsilon: f32) -> Result<Array> {
        // SAFETY: both handles live during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_fast_rms_norm(result, self.0, weight.0, epsilon, stream) })
    }

    /// `self · a · b + c`, for a matrix product with a bias: `bias + self @ matrix`.
    pub fn matmul_add(&self, matrix: &Array, bias: &Array) -> Result<Array> {
        // SAFETY: the three handles live during the call.
        call(|result, stream| unsafe { mlx_sys::mlx_addmm(result, bias.0, self.0, matrix.0, 1.0, 1.0, stream) })
    }

    /// `self @ matrix`, or `self @ matrixᵀ` if `transposed`, of a matrix quantized to (codes, scales, biases).
    pub fn quantized_matmul(&self, matrix: [&Array; 3], transposed: bool, affine: Affine) -> Result<Array> {
        let [codes, scales, biases] = matrix;
        // SAFETY: the handles live during the call; the mode is a C string for ever.
        call(|result, stream| unsafe {
            mlx_sys::mlx_quantized_matmul(
                result,
                self.0,
                codes.0,
                scales.0,
                biases.0,
                transposed,
                optional(affine.group_size),
                optional(affine.bits),
                AFFINE.as_ptr(),
                stream,
            )
        })
    }
}

fn none() -> mlx_sys::mlx_optional_dtype {
    mlx_sys::mlx_optional_dtype { value: 0, has_value: false }
}

/// Codes, scales and biases of `array`, quantized along its last axis.
pub fn quantize(array: &Array, affine: Affine) -> Result<[Array; 3]> {
    let mut parts = Vector::empty();
    // SAFETY: the handles live during the call; a null handle means that there is no global scale.
    check(unsafe {
        mlx_sys::mlx_quantize(
            &mut parts.0,
            array.0,
            optional(affine.group_size),
            optional(affine.bits),
            AFFINE.as_ptr(),
            Array::null(),
            super::device::stream(),
        )
    })?;
    parts.to_arrays()?.try_into().map_err(|_| MlxError("quantize gave other than three arrays".into()))
}

/// The inverse of [`quantize`], up to its loss.
pub fn dequantize(parts: [&Array; 3], affine: Affine) -> Result<Array> {
    let [codes, scales, biases] = parts;
    // SAFETY: the handles live during the call; a null handle means that there is no global scale.
    call(|result, stream| unsafe {
        mlx_sys::mlx_dequantize(
            result,
            codes.0,
            scales.0,
            biases.0,
            optional(affine.group_size),
            optional(affine.bits),
            AFFINE.as_ptr(),
            Array::null(),
            none(),
            stream,
        )
    })
}

pub fn concatenate(arrays: &[&Array], axis: i32) -> Result<Array> {
    let list = Vector::of(arrays);
    // SAFETY: the list lives during the call.
    call(|result, stream| unsafe { mlx_sys::mlx_concatenate_axis(result, list.0, axis, stream) })
}

pub fn zeros(shape: &[i32], dtype: Dtype) -> Result<Array> {
    // SAFETY: the slice is passed with its length.
    call(|result, stream| unsafe { mlx_sys::mlx_zeros(result, shape.as_ptr(), shape.len(), dtype.raw(), stream) })
}

/// `start, start + 1, …, stop - 1`, of type `I32`.
pub fn arange(start: i32, stop: i32) -> Result<Array> {
    // SAFETY: has no handles.
    call(|result, stream| unsafe {
        mlx_sys::mlx_arange(result, f64::from(start), f64::from(stop), 1.0, Dtype::I32.raw(), stream)
    })
}

/// The angles of a rotary embedding.
#[derive(Debug, Clone, Copy)]
pub enum Angles<'a> {
    Base(f32),
    /// One period for each pair.
    Periods(&'a Array),
}

/// Rotates the first `dims` elements of the last axis of `x`, `[batch, heads, tokens, width]`, whose first token is
/// at position `offset`.
pub fn rope(x: &Array, dims: usize, interleaved: bool, angles: Angles<'_>, scale: f32, offset: i32) -> Result<Array> {
    let (base, periods) = match angles {
        Angles::Base(base) => (mlx_sys::mlx_optional_float { value: base, has_value: true }, Array::null()),
        Angles::Periods(periods) => (mlx_sys::mlx_optional_float { value: 0.0, has_value: false }, periods.0),
    };
    // SAFETY: the handles live during the call; a null handle means that there are no periods.
    call(|result, stream| unsafe {
        mlx_sys::mlx_fast_rope(result, x.0, dims as c_int, interleaved, base, scale, offset, periods, stream)
    })
}

/// `softmax(scale × q kᵀ, masked) v` by MLX's fused kernel; heads of q may be a multiple of those of k and v.
/// All are `[batch, heads, tokens, width]`.
pub fn fused_attention(q: &Array, k: &Array, v: &Array, scale: f32, mask: Mask<'_>) -> Result<Array> {
    let (mode, mask) = match mask {
        Mask::None => (c"", Array::null()),
        Mask::Causal => (c"causal", Array::null()),
        Mask::Bool(mask) => (c"", mask.0),
    };
    // SAFETY: the handles live during the call; null handles mean no mask and no sinks.
    call(|result, stream| unsafe {
        mlx_sys::mlx_fast_scaled_dot_product_attention(
            result,
            q.0,
            k.0,
            v.0,
            scale,
            mode.as_ptr(),
            mask,
            Array::null(),
            false,
            stream,
        )
    })
}

/// A key for drawing random numbers.
pub fn random_key(seed: u64) -> Result<Array> {
    // SAFETY: has no handles.
    call(|result, _| unsafe { mlx_sys::mlx_random_key(result, seed) })
}

/// Two keys of one.
pub fn split_key(key: &Array) -> Result<(Array, Array)> {
    let (mut first, mut second) = (Array::null(), Array::null());
    // SAFETY: the handle lives during the call, which makes the other two.
    let code = unsafe { mlx_sys::mlx_random_split(&mut first, &mut second, key.0, super::device::stream()) };
    let keys = (Array(first), Array(second));
    check(code)?;
    Ok(keys)
}

/// An index along the last axis, drawn with probability `softmax(logits)`.
pub fn categorical(logits: &Array, key: &Array) -> Result<Array> {
    // SAFETY: both handles live during the call.
    call(|result, stream| unsafe { mlx_sys::mlx_random_categorical(result, logits.0, -1, key.0, stream) })
}
