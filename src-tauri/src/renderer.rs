//! How WebKit paints where there is no GPU.
//!
//! Its usual way hands whole windows through shared GPU buffers, which a processor fills many times slower than it paints:
//! on two cores a streaming answer took 33 ms of processor time for each change, and 3 ms without. Where there is a GPU
//! nothing is changed.

const VARIABLE: &str = "WEBKIT_DISABLE_DMABUF_RENDERER";

/// Call it first: WebKit reads the variable when the first window opens.
pub fn choose() {
    if std::env::var_os(VARIABLE).is_none() && !has_gpu() {
        // SAFETY: no other thread has been started yet.
        unsafe { std::env::set_var(VARIABLE, "1") };
    }
}

/// Whether there is a device that renders, and nobody has asked for software in its place.
fn has_gpu() -> bool {
    let nodes = std::fs::read_dir("/dev/dri").into_iter().flatten().flatten();
    let renders = nodes.into_iter().any(|node| node.file_name().to_string_lossy().starts_with("renderD"));
    renders && std::env::var_os("LIBGL_ALWAYS_SOFTWARE").is_none_or(|value| value != "1")
}
