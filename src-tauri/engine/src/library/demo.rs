//! The demo model that comes with Ingot: where it lies. How it is made is in the repository's `demo/`.

use std::path::{Path, PathBuf};

/// The name by which it is listed, and its folder's.
pub const DEMO: &str = "ingot-demo";
/// Where the demo model is, if it is not beside the program; empty: there is none.
const VARIABLE: &str = "INGOT_DEMO";

/// The demo model's folder, if there is one.
pub fn demo() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return PathBuf::from(named).canonicalize().ok().filter(|folder| is_there(folder));
    }
    let program = std::env::current_exe().and_then(std::fs::canonicalize).ok()?;
    beside(program.parent()?)
}

/// The demo model of programs in `folder`: in a build's folder, in a macOS application, or installed on Linux.
fn beside(folder: &Path) -> Option<PathBuf> {
    let places = [folder.join(DEMO), folder.join("../Resources").join(DEMO), folder.join("../lib/ingot").join(DEMO)];
    places.into_iter().find(|place| is_there(place))?.canonicalize().ok()
}

fn is_there(folder: &Path) -> bool {
    folder.join("config.json").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_is_found_where_each_kind_of_installation_has_it() {
        for place in ["bin/ingot-demo", "Resources/ingot-demo", "lib/ingot/ingot-demo"] {
            let root = tempfile::tempdir().expect("a folder");
            std::fs::create_dir_all(root.path().join("bin")).expect("made");
            assert_eq!(beside(&root.path().join("bin")), None);
            let folder = root.path().join(place);
            std::fs::create_dir_all(&folder).expect("made");
            std::fs::write(folder.join("config.json"), "{}").expect("written");
            assert_eq!(beside(&root.path().join("bin")), folder.canonicalize().ok(), "{place}");
        }
    }
}
