//! Where the programs under test are: beside the test itself, where `make test` has built them.

use std::path::PathBuf;

/// The program `name` of the same build.
///
/// # Panics
/// If it has not been built.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("this program's own path");
    let folder = test.ancestors().nth(2).expect("target/debug/deps/test has a folder two levels up");
    let path = folder.join(name);
    assert!(path.is_file(), "{} is not built; run 'make test', or 'cargo build --workspace'", path.display());
    path
}

/// The folder of committed fixtures.
pub fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}
