//! A function that MLX traces once, fuses into one kernel where it can, and then replays for any shape.

use std::ffi::{c_int, c_void};

use super::array::{Array, Vector};
use super::device::check;
use super::{MlxError, Result};

type Traced = Box<dyn Fn(&[Array]) -> Result<Vec<Array>>>;

/// A compiled function. Arrays that the function captures are constants of the trace and stay alive with it.
pub struct Compiled(mlx_sys::mlx_closure);

impl Compiled {
    /// `function` works element by element, so that one trace serves every shape.
    pub fn elementwise(function: impl Fn(&[Array]) -> Result<Vec<Array>> + 'static) -> Result<Self> {
        let payload = Box::into_raw(Box::new(Box::new(function) as Traced));
        let mut compiled = mlx_sys::mlx_closure { ctx: std::ptr::null_mut() };
        // SAFETY: the payload is a `Box<Traced>` that `release` frees when the last closure made of it goes;
        // the plain closure may go at once, the compiled one holds what it needs.
        let code = unsafe {
            let plain = mlx_sys::mlx_closure_new_func_payload(Some(trace), payload.cast(), Some(release));
            let code = mlx_sys::mlx_compile(&mut compiled, plain, true);
            mlx_sys::mlx_closure_free(plain);
            code
        };
        check(code)?;
        Ok(Self(compiled))
    }

    /// Builds the graph for `inputs`. Their handles are given up, so that MLX may reuse their memory.
    pub fn call(&self, inputs: Vec<Array>) -> Result<Vec<Array>> {
        let list = Vector::of(&inputs.iter().collect::<Vec<_>>());
        drop(inputs);
        let mut outputs = Vector::empty();
        // SAFETY: both lists live during the call.
        check(unsafe { mlx_sys::mlx_closure_apply(&mut outputs.0, self.0, list.0) })?;
        drop(list);
        outputs.to_arrays()
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // SAFETY: the closure is ours and not used again.
        unsafe { mlx_sys::mlx_closure_free(self.0) };
    }
}

extern "C" fn trace(
    outputs: *mut mlx_sys::mlx_vector_array,
    inputs: mlx_sys::mlx_vector_array,
    payload: *mut c_void,
) -> c_int {
    // SAFETY: the payload is the `Box<Traced>` that `Compiled::elementwise` handed over.
    let function = unsafe { &*payload.cast::<Traced>() };
    let run = || {
        let list = std::mem::ManuallyDrop::new(Vector(inputs));
        let results = function(&list.to_arrays()?)?;
        let results = Vector::of(&results.iter().collect::<Vec<_>>());
        // SAFETY: `outputs` points to a list that mlx-c wants filled; it copies the handles.
        check(unsafe { mlx_sys::mlx_vector_array_set(outputs, results.0) })
    };
    // A panic must not cross into C++.
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(Ok(())) => 0,
        Ok(Err(MlxError(reason))) => {
            eprintln!("tracing failed: {reason}");
            1
        }
        Err(_) => 1,
    }
}

extern "C" fn release(payload: *mut c_void) {
    // SAFETY: called once, with the pointer that `Compiled::elementwise` made of a box.
    drop(unsafe { Box::from_raw(payload.cast::<Traced>()) });
}
