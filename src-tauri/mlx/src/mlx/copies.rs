//! Copies of a checkpoint's tensors. Most of the time goes into memory that is touched for the first time, so several
//! threads share the work.

use std::ffi::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;

use ingot_engine::checkpoint::TensorView;

use super::array::{Array, Dtype, call};
use super::device::last_error;
use super::{MlxError, Result};

const MOST_THREADS: usize = 4;

/// An array made of data on another thread.
struct Fresh(Array);

// SAFETY: an array made of data belongs to no stream and no graph, and this is its only handle, which is handed over.
unsafe impl Send for Fresh {}

/// Copies `tensors`, in their order but for what threads make of it; `each` gets the place and the copy.
pub fn copy_tensors(tensors: &[TensorView<'_>], mut each: impl FnMut(usize, Array)) -> Result<()> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, |count| count.get().min(MOST_THREADS));
    std::thread::scope(|scope| {
        // Short, so that copies do not run ahead of whoever lets the originals go.
        let (sender, copies) = sync_channel(threads);
        for _ in 0..threads {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(tensor) = tensors.get(place) else { return };
                    let copy = copy_bytes(*tensor);
                    let failed = copy.is_err();
                    if sender.send((place, copy)).is_err() || failed {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut copied = 0;
        for (place, copy) in &copies {
            let (_, dtype) = Dtype::of_tensor(tensors[place])?;
            let bytes = copy?.0;
            // SAFETY: the handle lives during the call.
            let copy = call(|result, stream| unsafe { mlx_sys::mlx_view(result, bytes.0, dtype.raw(), stream) })?;
            each(place, copy);
            copied += 1;
        }
        if copied == tensors.len() { Ok(()) } else { Err(MlxError("not all tensors were copied".into())) }
    })
}

/// A copy of a tensor's bytes, as bytes: mlx-c reads through a pointer of the array's type, which has to be aligned,
/// and files promise nothing.
fn copy_bytes(tensor: TensorView<'_>) -> Result<Fresh> {
    let (mut shape, dtype) = Dtype::of_tensor(tensor)?;
    match shape.last_mut() {
        Some(last) => *last *= dtype.bytes() as i32,
        None => return Err(MlxError("a tensor without dimensions".into())),
    }
    let count: usize = shape.iter().map(|&dimension| dimension as usize).product();
    assert_eq!(count, tensor.bytes.len(), "{shape:?}");
    // SAFETY: the shape says how many bytes there are, which are copied before the call returns.
    let copy = Array(unsafe {
        mlx_sys::mlx_array_new_data(tensor.bytes.as_ptr().cast(), shape.as_ptr(), shape.len() as c_int, Dtype::U8.raw())
    });
    if copy.0.ctx.is_null() { Err(last_error()) } else { Ok(Fresh(copy)) }
}
