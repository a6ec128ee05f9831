//! Which device computes, and the one stream on which it does.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};

use super::{MlxError, Result};

thread_local! {
    static STREAM: Cell<mlx_sys::mlx_stream> = const { Cell::new(mlx_sys::mlx_stream { ctx: std::ptr::null_mut() }) };
    static LAST_ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    Cpu,
    Gpu,
}

impl Device {
    pub fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Gpu => "gpu",
        }
    }
}

/// Prepares MLX on this thread, the only one that may use it, and tells which device computes: the GPU if there
/// is one.
pub fn init() -> Result<Device> {
    // SAFETY: the handler is a plain function that lives as long as the program; no data goes with it.
    unsafe { mlx_sys::mlx_set_error_handler(Some(remember), std::ptr::null_mut(), None) };
    #[cfg(target_os = "macos")]
    use_bundled_kernels()?;
    let device = device()?;
    // SAFETY: both calls return a new handle to a stream of the default device; it is kept for ever.
    let stream = unsafe {
        match device {
            Device::Cpu => mlx_sys::mlx_default_cpu_stream_new(),
            Device::Gpu => mlx_sys::mlx_default_gpu_stream_new(),
        }
    };
    if stream.ctx.is_null() {
        return Err(MlxError("it is made for a GPU and cannot use one here; look at the driver".into()));
    }
    STREAM.set(stream);
    Ok(device)
}

/// Has MLX take its kernels from the app's bundle, if this worker lies in one; else MLX finds those of the build.
#[cfg(target_os = "macos")]
fn use_bundled_kernels() -> Result<()> {
    use std::os::unix::ffi::OsStrExt;

    let program = std::env::current_exe().unwrap_or_default();
    let Some(kernels) = bundled_kernels(&program).filter(|kernels| kernels.is_file()) else { return Ok(()) };
    let path = std::ffi::CString::new(kernels.as_os_str().as_bytes())
        .map_err(|_| MlxError(format!("the path {} cannot be used", kernels.display())))?;
    // SAFETY: MLX copies the path.
    check(unsafe { mlx_sys::mlx_metal_set_metallib_path(path.as_ptr()) })
}

/// `Contents/Resources/mlx.metallib` for a `program` in `Contents/MacOS`.
#[cfg_attr(not(target_os = "macos"), allow(dead_code))]
fn bundled_kernels(program: &Path) -> Option<PathBuf> {
    let programs = program.parent()?;
    let contents = programs.parent()?;
    (programs.ends_with("MacOS") && contents.ends_with("Contents")).then(|| contents.join("Resources/mlx.metallib"))
}

/// MLX's default device.
pub fn device() -> Result<Device> {
    let mut kind = mlx_sys::mlx_device_type__MLX_CPU;
    // SAFETY: the handle is made, filled, read and freed here.
    let code = unsafe {
        let mut device = mlx_sys::mlx_device_new();
        let code = mlx_sys::mlx_get_default_device(&mut device) | mlx_sys::mlx_device_get_type(&mut kind, device);
        mlx_sys::mlx_device_free(device);
        code
    };
    check(code)?;
    Ok(if kind == mlx_sys::mlx_device_type__MLX_GPU { Device::Gpu } else { Device::Cpu })
}

/// MLX's version, such as `0.32.2`.
pub fn version() -> String {
    // SAFETY: the string is made, filled, copied and freed here.
    unsafe {
        let mut text = mlx_sys::mlx_string_new();
        mlx_sys::mlx_version(&mut text);
        let data = mlx_sys::mlx_string_data(text);
        let version = if data.is_null() { String::new() } else { CStr::from_ptr(data).to_string_lossy().into_owned() };
        mlx_sys::mlx_string_free(text);
        version
    }
}

/// Gives freed buffers back to the system.
pub fn clear_cache() {
    // SAFETY: has no arguments and touches only what no array uses.
    unsafe { mlx_sys::mlx_clear_cache() };
    #[cfg(target_os = "linux")]
    purge();
}

/// On the CPU, freed buffers are the allocator's, which would keep them for some seconds.
#[cfg(target_os = "linux")]
fn purge() {
    /// `MALLCTL_ARENAS_ALL` of jemalloc 5.
    const ALL_ARENAS: &CStr = c"arena.4096.purge";
    let nothing = std::ptr::null_mut();
    // SAFETY: the name is a C string; this control reads and writes nothing.
    unsafe { tikv_jemalloc_sys::mallctl(ALL_ARENAS.as_ptr(), nothing, nothing.cast(), nothing, 0) };
}

pub(super) fn stream() -> mlx_sys::mlx_stream {
    STREAM.get()
}

/// Turns mlx-c's return code into a result with what MLX said.
pub(super) fn check(code: c_int) -> Result<()> {
    if code == 0 { Ok(()) } else { Err(last_error()) }
}

/// What MLX said last on this thread.
pub(super) fn last_error() -> MlxError {
    MlxError(LAST_ERROR.take())
}

/// mlx-c calls it on the thread that made the failing call. Its own handler would end the process.
extern "C" fn remember(message: *const c_char, _data: *mut c_void) {
    // SAFETY: mlx-c hands over a C string that lives during the call.
    let text = if message.is_null() { "".into() } else { unsafe { CStr::from_ptr(message) }.to_string_lossy() };
    // mlx-c appends the place in its own sources.
    let text = text.split(" at /").next().unwrap_or_default().trim().to_owned();
    let _ = LAST_ERROR.try_with(|last| *last.borrow_mut() = text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_in_the_bundle_that_the_worker_is_in() {
        let found = |program: &str| bundled_kernels(Path::new(program));
        let bundle = Path::new("/Applications/Ingot.app/Contents");
        assert_eq!(
            found("/Applications/Ingot.app/Contents/MacOS/ingot-mlx"),
            Some(bundle.join("Resources/mlx.metallib"))
        );
        assert_eq!(found("/work/target/release/ingot-mlx"), None);
        assert_eq!(found("/opt/MacOS/ingot-mlx"), None);
    }
}
