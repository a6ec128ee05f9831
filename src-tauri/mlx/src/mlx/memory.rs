//! What MLX's allocator holds, and arrays over memory that is not its own.

use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::sync::Arc;

use ingot_engine::checkpoint::{Mmap, TensorView};
use ingot_engine::protocol::CopyReason;

use super::array::{Array, Dtype, call, eval};
use super::{MlxError, Result};

/// Bytes in arrays now.
pub fn active_bytes() -> u64 {
    read(mlx_sys::mlx_get_active_memory)
}

/// Most bytes that were in arrays at once.
pub fn peak_bytes() -> u64 {
    read(mlx_sys::mlx_get_peak_memory)
}

/// Bytes of freed arrays, kept for the next ones.
pub fn cached_bytes() -> u64 {
    read(mlx_sys::mlx_get_cache_memory)
}

fn read(counter: unsafe extern "C" fn(*mut usize) -> c_int) -> u64 {
    let mut bytes = 0;
    // SAFETY: writes one number.
    unsafe { counter(&mut bytes) };
    bytes as u64
}

/// A tensor over mapped pages.
pub struct Mapped {
    pub tensor: Array,
    /// The pages as MLX holds them. While this handle lives, MLX does not use the memory for another array, which
    /// would write to a mapping that cannot be written.
    pub pages: Array,
    /// Whether MLX took the pages as they are, and did not copy them.
    pub in_place: bool,
}

impl Array {
    /// `tensor`, which is bytes `range` of `map`, without a copy if MLX's device can use the pages as they are.
    pub fn from_mapping(
        map: &Arc<Mmap>,
        range: Range<usize>,
        tensor: TensorView<'_>,
    ) -> Result<std::result::Result<Mapped, CopyReason>> {
        let (shape, dtype) = Dtype::of_tensor(tensor)?;
        let page = rustix::param::page_size();
        let size = dtype.bytes();
        let first = range.start / page * page;
        let pages = range.end.div_ceil(page) - first / page;
        if !(range.start - first).is_multiple_of(size) {
            return Ok(Err(CopyReason::Misaligned));
        }
        if pages * page / size > i32::MAX as usize {
            return Ok(Err(CopyReason::TooLong));
        }
        assert!(range.end <= map.len(), "{range:?} of {}", map.len());
        let rows = [pages as c_int, (page / size) as c_int];
        let payload = Box::into_raw(Box::new(Arc::clone(map)));
        // SAFETY: the system maps whole pages, so the rounded range is mapped, too, and lives as long as the payload,
        // which MLX hands to `let_go` once and only when no array uses the memory. MLX reads only: it writes to
        // memory of an array only if no handle to it is left, and `Mapped::pages` is one.
        let pages = Self(unsafe {
            let data = map.as_ptr().add(first).cast_mut().cast::<c_void>();
            mlx_sys::mlx_array_new_data_managed_payload(
                data,
                rows.as_ptr(),
                2,
                dtype.raw(),
                payload.cast(),
                Some(let_go),
            )
        });
        let mut strides = vec![1_i64; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis] * i64::from(shape[axis]);
        }
        let offset = (range.start - first) / size;
        // SAFETY: shape and strides have as many numbers as they say.
        let tensor = call(|result, stream| unsafe {
            mlx_sys::mlx_as_strided(
                result,
                pages.0,
                shape.as_ptr(),
                shape.len(),
                strides.as_ptr(),
                strides.len(),
                offset,
                stream,
            )
        })?;
        eval(&[&tensor])?;
        let pointer = tensor.data_pointer();
        if pointer.is_null() {
            return Err(MlxError("a mapped tensor has no memory".into()));
        }
        let in_place = pointer == map[range].as_ptr();
        Ok(Ok(Mapped { tensor, pages, in_place }))
    }
}

/// MLX does not use the memory any more. It may say so on any thread.
extern "C" fn let_go(payload: *mut c_void) {
    // SAFETY: it is the box made in `from_mapping`, handed back once.
    drop(unsafe { Box::from_raw(payload.cast::<Arc<Mmap>>()) });
}
