//! Lets the worker find MLX's libraries where they were built, with no environment variable.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Set on Linux by scripts/mlx-linux.sh; on macOS MLX is linked statically.
    if let Ok(folders) = std::env::var("DEP_MLX_LIBRARY_FOLDERS") {
        for folder in folders.split(':') {
            println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
        }
    }
}
