//! [`Array`]: a handle to a lazy MLX array.

use std::ffi::{c_int, c_void};

use ingot_engine::checkpoint::{self, TensorView};

use super::device::{check, stream};
use super::{MlxError, Result};

/// A handle; cloning it is cheap and shares the data. An update is in place only while there is no second handle.
pub struct Array(pub(super) mlx_sys::mlx_array);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dtype {
    Bool,
    U8,
    U32,
    I32,
    F16,
    Bf16,
    F32,
}

impl Dtype {
    pub(super) fn raw(self) -> mlx_sys::mlx_dtype {
        match self {
            Self::Bool => mlx_sys::mlx_dtype__MLX_BOOL,
            Self::U8 => mlx_sys::mlx_dtype__MLX_UINT8,
            Self::U32 => mlx_sys::mlx_dtype__MLX_UINT32,
            Self::I32 => mlx_sys::mlx_dtype__MLX_INT32,
            Self::F16 => mlx_sys::mlx_dtype__MLX_FLOAT16,
            Self::Bf16 => mlx_sys::mlx_dtype__MLX_BFLOAT16,
            Self::F32 => mlx_sys::mlx_dtype__MLX_FLOAT32,
        }
    }

    /// Bytes of one element.
    pub fn bytes(self) -> usize {
        match self {
            Self::Bool | Self::U8 => 1,
            Self::F16 | Self::Bf16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
        }
    }

    /// The shape and the type of a checkpoint's tensor.
    pub(super) fn of_tensor(tensor: TensorView<'_>) -> Result<(Vec<i32>, Self)> {
        let dtype = Self::of_checkpoint(tensor.dtype)
            .ok_or_else(|| MlxError(format!("{} is not a type that MLX computes with here", tensor.dtype)))?;
        Ok((tensor.shape.iter().map(|&dimension| dimension as i32).collect(), dtype))
    }

    fn of_checkpoint(dtype: checkpoint::Dtype) -> Option<Self> {
        match dtype {
            checkpoint::Dtype::U32 => Some(Self::U32),
            checkpoint::Dtype::I32 => Some(Self::I32),
            checkpoint::Dtype::F16 => Some(Self::F16),
            checkpoint::Dtype::Bf16 => Some(Self::Bf16),
            checkpoint::Dtype::F32 => Some(Self::F32),
            _ => None,
        }
    }
}

impl Array {
    pub(super) const fn null() -> mlx_sys::mlx_array {
        mlx_sys::mlx_array { ctx: std::ptr::null_mut() }
    }

    /// # Panics
    /// If the bytes are not as many as shape and type ask for, or not aligned to the type.
    fn from_bytes(bytes: &[u8], shape: &[i32], dtype: Dtype) -> Self {
        let elements: usize = shape.iter().map(|&dimension| dimension as usize).product();
        assert_eq!(elements * dtype.bytes(), bytes.len(), "{shape:?} {dtype:?}");
        assert!((bytes.as_ptr() as usize).is_multiple_of(dtype.bytes()));
        let data = bytes.as_ptr().cast::<c_void>();
        // SAFETY: `data` points to that many elements, aligned, and is copied before the call returns.
        Self(unsafe { mlx_sys::mlx_array_new_data(data, shape.as_ptr(), shape.len() as c_int, dtype.raw()) })
    }

    pub fn from_f32(values: &[f32], shape: &[i32]) -> Self {
        Self::from_bytes(bytes_of(values), shape, Dtype::F32)
    }

    pub fn from_u32(values: &[u32], shape: &[i32]) -> Self {
        Self::from_bytes(bytes_of(values), shape, Dtype::U32)
    }

    /// A scalar.
    pub fn from_i32(value: i32) -> Self {
        // SAFETY: makes a new array.
        Self(unsafe { mlx_sys::mlx_array_new_int(value) })
    }

    /// A scalar of type `dtype`.
    pub fn scalar(value: f32, dtype: Dtype) -> Result<Self> {
        // SAFETY: makes a new array.
        let scalar = Self(unsafe { mlx_sys::mlx_array_new_float32(value) });
        if dtype == Dtype::F32 { Ok(scalar) } else { scalar.astype(dtype) }
    }

    /// Elements along each dimension.
    pub fn shape(&self) -> &[i32] {
        let rank = self.rank();
        if rank == 0 {
            return &[];
        }
        // SAFETY: the array owns that many numbers as long as it lives.
        unsafe { std::slice::from_raw_parts(mlx_sys::mlx_array_shape(self.0), rank) }
    }

    pub fn rank(&self) -> usize {
        // SAFETY: reads a field.
        unsafe { mlx_sys::mlx_array_ndim(self.0) }
    }

    /// Elements along dimension `axis`, counted from the end if negative.
    pub fn dim(&self, axis: i32) -> i32 {
        let at = if axis < 0 { self.rank() as i32 + axis } else { axis };
        self.shape()[at as usize]
    }

    /// Bytes of its elements.
    pub fn bytes(&self) -> usize {
        // SAFETY: reads a field.
        unsafe { mlx_sys::mlx_array_nbytes(self.0) }
    }

    /// # Panics
    /// For a type that this crate never makes.
    pub fn dtype(&self) -> Dtype {
        // SAFETY: reads a field.
        let raw = unsafe { mlx_sys::mlx_array_dtype(self.0) };
        let all = [Dtype::Bool, Dtype::U8, Dtype::U32, Dtype::I32, Dtype::F16, Dtype::Bf16, Dtype::F32];
        match all.into_iter().find(|dtype| dtype.raw() == raw) {
            Some(dtype) => dtype,
            None => panic!("an array of MLX's type {raw}"),
        }
    }

    /// The value of a scalar of type `U32`, computed if need be.
    pub fn item_u32(&self) -> Result<u32> {
        let mut value = 0;
        // SAFETY: writes one number; mlx-c checks the array's size and evaluates it.
        check(unsafe { mlx_sys::mlx_array_item_uint32(&mut value, self.0) })?;
        Ok(value)
    }

    /// The value of a scalar of type `Bool`, computed if need be.
    pub fn item_bool(&self) -> Result<bool> {
        let mut value = false;
        // SAFETY: writes one value; mlx-c checks the array's size and evaluates it.
        check(unsafe { mlx_sys::mlx_array_item_bool(&mut value, self.0) })?;
        Ok(value)
    }

    /// All elements as `f32`, row by row.
    pub fn to_f32(&self) -> Result<Vec<f32>> {
        let plain = self.astype(Dtype::F32)?.contiguous()?;
        eval(&[&plain])?;
        let count = plain.shape().iter().map(|&dimension| dimension as usize).product();
        // SAFETY: the array is evaluated, contiguous, of this type, and lives until the copy is made.
        let values = unsafe { std::slice::from_raw_parts(mlx_sys::mlx_array_data_float32(plain.0), count) };
        Ok(values.to_vec())
    }

    /// Where its data lies; null before it is computed. For telling whether an update was in place.
    pub fn data_pointer(&self) -> *const u8 {
        // SAFETY: reads a field; the pointer is compared and not followed.
        unsafe { mlx_sys::mlx_array_data_uint8(self.0) }
    }
}

/// The bytes of numbers of four bytes each.
fn bytes_of<T: Copy>(values: &[T]) -> &[u8] {
    const { assert!(size_of::<T>() == 4) };
    // SAFETY: numbers have no padding, and any byte is a valid u8.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

impl Clone for Array {
    fn clone(&self) -> Self {
        let mut handle = Self::null();
        // SAFETY: makes `handle` a second handle to the same array.
        unsafe { mlx_sys::mlx_array_set(&mut handle, self.0) };
        Self(handle)
    }
}

impl Drop for Array {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and not used again.
        unsafe { mlx_sys::mlx_array_free(self.0) };
    }
}

impl std::fmt::Debug for Array {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Array{:?}", self.shape())
    }
}

/// A list of arrays on its way into or out of mlx-c.
pub(super) struct Vector(pub mlx_sys::mlx_vector_array);

impl Vector {
    pub fn of(arrays: &[&Array]) -> Self {
        let raw: Vec<mlx_sys::mlx_array> = arrays.iter().map(|array| array.0).collect();
        // SAFETY: copies that many handles.
        Self(unsafe { mlx_sys::mlx_vector_array_new_data(raw.as_ptr(), raw.len()) })
    }

    pub fn empty() -> Self {
        // SAFETY: makes a new list.
        Self(unsafe { mlx_sys::mlx_vector_array_new() })
    }

    pub fn to_arrays(&self) -> Result<Vec<Array>> {
        // SAFETY: reads a field.
        let count = unsafe { mlx_sys::mlx_vector_array_size(self.0) };
        (0..count)
            .map(|index| {
                let mut handle = Array::null();
                // SAFETY: the index is within the list; `handle` becomes a new handle.
                check(unsafe { mlx_sys::mlx_vector_array_get(&mut handle, self.0, index) })?;
                Ok(Array(handle))
            })
            .collect()
    }
}

impl Drop for Vector {
    fn drop(&mut self) {
        // SAFETY: the list is ours and not used again.
        unsafe { mlx_sys::mlx_vector_array_free(self.0) };
    }
}

/// Computes `arrays` and waits for them.
pub fn eval(arrays: &[&Array]) -> Result<()> {
    // SAFETY: the list lives during the call.
    check(unsafe { mlx_sys::mlx_eval(Vector::of(arrays).0) })
}

/// Starts computing `arrays` and does not wait.
pub fn async_eval(arrays: &[&Array]) -> Result<()> {
    // SAFETY: the list lives during the call.
    check(unsafe { mlx_sys::mlx_async_eval(Vector::of(arrays).0) })
}

/// An operation with one result.
pub(super) fn call(operation: impl FnOnce(*mut mlx_sys::mlx_array, mlx_sys::mlx_stream) -> c_int) -> Result<Array> {
    let mut result = Array::null();
    let code = operation(&mut result, stream());
    let result = Array(result);
    check(code)?;
    Ok(result)
}
