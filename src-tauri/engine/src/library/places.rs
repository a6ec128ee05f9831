//! Models that other programs keep on this machine, and those in folders that the person has named: found, used where they
//! are, and never written to.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Settings;
use crate::hub;
use crate::model::Place;

/// Levels of folders above a model: `publisher/model`, and one more.
const DEPTH: usize = 3;
/// Folders that are looked into at one place: a person may have named their whole disk.
const MOST_FOLDERS: usize = 5000;

/// A model somewhere else, by the name it has there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    pub name: String,
    pub path: PathBuf,
    pub place: Place,
}

/// The models outside of Ingot's own folder.
pub fn elsewhere(settings: &Settings) -> Vec<Elsewhere> {
    let mut found: Vec<Elsewhere> = Vec::new();
    for folder in &settings.model_folders {
        found.extend(below(folder, Place::Folder));
    }
    if let Some(home) = std::env::var_os("HOME").filter(|home| !home.is_empty()) {
        for (place, folder) in folders(Path::new(&home)) {
            found.extend(below(&folder, place));
        }
    }
    if let Some(cache) = hub::cache_folder() {
        let models = hub::cached(&cache).into_iter().filter(|(_, path)| is_model(path));
        let models = models.map(|(repo, path)| Elsewhere { name: repo.to_string(), path, place: Place::HubCache });
        found.extend(models);
    }
    // One folder may be reached in several ways: the first counts.
    let mut seen: Vec<PathBuf> = Vec::new();
    found.retain(|model| {
        let real = model.path.canonicalize().unwrap_or_else(|_| model.path.clone());
        let is_new = !seen.contains(&real);
        seen.push(real);
        is_new
    });
    found
}

/// Where other programs keep their models, in the person's folder `home`.
fn folders(home: &Path) -> Vec<(Place, PathBuf)> {
    let mut folders = vec![
        (Place::LmStudio, home.join(".lmstudio/models")),
        (Place::LmStudio, home.join(".cache/lm-studio/models")),
        (Place::Omlx, home.join(".omlx/models")),
        (Place::Osaurus, home.join("MLXModels")),
    ];
    // They may have been told to use others.
    let lm_studio = settings(&home.join(".lmstudio/settings.json"));
    let omlx = settings(&home.join(".omlx/settings.json"));
    let named = |value: &Value| value.as_str().map(PathBuf::from).filter(|path| path.is_absolute());
    folders.extend(named(&lm_studio["downloadsFolder"]).map(|path| (Place::LmStudio, path)));
    let several = omlx["model"]["model_dirs"].as_array().into_iter().flatten();
    let all = several.chain([&omlx["model"]["model_dir"]]).filter_map(named);
    folders.extend(all.map(|path| (Place::Omlx, path)));
    folders
}

/// What another program's settings say; nothing if they cannot be read.
fn settings(path: &Path) -> Value {
    const MOST_BYTES: u64 = 1 << 20;
    let is_small = path.metadata().is_ok_and(|file| file.is_file() && file.len() <= MOST_BYTES);
    let text = is_small.then(|| fs::read(path).ok()).flatten().unwrap_or_default();
    serde_json::from_slice(&text).unwrap_or_default()
}

/// The models below `folder`, or it itself, named by the way there.
fn below(folder: &Path, place: Place) -> Vec<Elsewhere> {
    let (mut found, mut left) = (Vec::new(), MOST_FOLDERS);
    if is_model(folder) {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        return vec![Elsewhere { name, path: folder.to_owned(), place }];
    }
    walk(folder, "", DEPTH, &mut left, &mut |name, path| {
        found.push(Elsewhere { name: name.to_owned(), path: path.to_owned(), place });
    });
    found
}

fn walk(folder: &Path, name: &str, depth: usize, left: &mut usize, found: &mut dyn FnMut(&str, &Path)) {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok()).collect();
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let own = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        if own.starts_with('.') || *left == 0 || !path.is_dir() {
            continue;
        }
        *left -= 1;
        let name = if name.is_empty() { own } else { format!("{name}/{own}") };
        if is_model(&path) {
            found(&name, &path);
        } else if depth > 1 {
            walk(&path, &name, depth - 1, left, found);
        }
    }
}

/// Whether `folder` looks like a model that Ingot might read.
fn is_model(folder: &Path) -> bool {
    let weights = |entry: fs::DirEntry| entry.file_name().to_string_lossy().ends_with(".safetensors");
    folder.join("config.json").is_file()
        && fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok()).any(weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(path: &Path) {
        fs::create_dir_all(path).expect("made");
        fs::write(path.join("config.json"), "{}").expect("written");
        fs::write(path.join("model.safetensors"), "").expect("written");
    }

    #[test]
    fn models_of_other_programs_are_found_where_they_are() {
        let home = tempfile::tempdir().expect("a folder");
        let at = |path: &str| home.path().join(path);
        for path in [".lmstudio/models/acme/tiny", ".lmstudio/models/acme/.hidden", "MLXModels/a/b", "MLXModels/a/b/c"]
        {
            model(&at(path));
        }
        model(&at("elsewhere/x"));
        fs::create_dir_all(at("MLXModels/empty")).expect("made");
        fs::create_dir_all(at(".omlx")).expect("made");
        let dirs = serde_json::json!({ "model": { "model_dirs": [at("elsewhere"), 7, "relative"] } });
        fs::write(at(".omlx/settings.json"), dirs.to_string()).expect("written");
        fs::write(at(".lmstudio/settings.json"), "{ half").expect("written");
        let found: Vec<(Place, String)> = folders(home.path())
            .into_iter()
            .flat_map(|(place, folder)| below(&folder, place))
            .map(|model| (model.place, model.name))
            .collect();
        assert_eq!(
            found,
            [
                (Place::LmStudio, "acme/tiny".to_owned()),
                (Place::Osaurus, "a/b".to_owned()),
                (Place::Omlx, "x".to_owned()),
            ]
        );
    }

    #[test]
    fn a_large_disk_is_not_searched_to_its_end() {
        let home = tempfile::tempdir().expect("a folder");
        model(&home.path().join("1/2/3/4/too deep"));
        model(&home.path().join("1/2/model"));
        // A loop.
        std::os::unix::fs::symlink(home.path(), home.path().join("1/loop")).expect("linked");
        let names: Vec<String> = below(home.path(), Place::Folder).into_iter().map(|model| model.name).collect();
        assert!(
            names.contains(&"1/2/model".to_owned()) && !names.iter().any(|name| name.contains("deep")),
            "{names:?}"
        );
    }
}
