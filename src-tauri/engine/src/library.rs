//! The models on this machine: those in Ingot's own folder, the demo model that comes with it, those that other programs
//! keep, and where Ingot's state lives.

mod demo;
mod places;
mod settings;

pub use demo::{DEMO, demo};
pub use settings::{Appearance, MemorySettings, Settings, WindowPlace};

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::hub::{self, Repo, USUAL_REVISION};
use crate::model::{ModelSummary, Place};

/// The folder of all state: `INGOT_HOME`, else the system's place for it.
pub fn home() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(home) = variable("INGOT_HOME") {
        return Ok(home);
    }
    let user = variable("HOME").ok_or_else(|| Error::internal("neither INGOT_HOME nor HOME is set; set INGOT_HOME"))?;
    Ok(if cfg!(target_os = "macos") {
        user.join("Library/Application Support/Ingot")
    } else {
        variable("XDG_DATA_HOME").unwrap_or_else(|| user.join(".local/share")).join("ingot")
    })
}

/// The models under `home`, by name, after them those elsewhere that Ingot runs, and last its demo model.
pub fn models(home: &Path) -> Vec<ModelSummary> {
    let entries = fs::read_dir(home.join("models")).into_iter().flatten().filter_map(|entry| entry.ok());
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| is_visible(path) && path.join("config.json").exists())
        .collect();
    folders.sort();
    let own = folders.iter().map(|path| ModelSummary { place: Place::Library, ..ModelSummary::read(path) });
    let elsewhere = places::elsewhere(&Settings::read(home)).into_iter().map(|model| {
        let summary = ModelSummary::read(&model.path);
        ModelSummary { name: model.name, place: model.place, ..summary }
    });
    let demo = demo();
    // What others keep and Ingot does not run is not its business. The demo is listed once, even if somebody has named a
    // folder above it.
    let is_demo = |model: &ModelSummary| demo.as_deref() == Some(Path::new(&model.path));
    let elsewhere = elsewhere.filter(|model| model.supported && !is_demo(model));
    let of_demo = |path: &PathBuf| ModelSummary { name: DEMO.into(), place: Place::Demo, ..ModelSummary::read(path) };
    own.chain(elsewhere).chain(demo.as_ref().map(of_demo)).collect()
}

/// The folder that `model` names: a model under `home`, a path, a repository of the Hub that was downloaded, a model that
/// another program keeps, by its name there, or the demo model.
pub fn resolve(home: &Path, model: &str) -> Result<PathBuf> {
    if let Some(folder) = named(home, model).filter(|folder| folder.is_dir()) {
        return Ok(folder);
    }
    let path = PathBuf::from(model);
    if path.exists() {
        return Ok(path);
    }
    if let Ok((repo, revision)) = Repo::with_revision(model)
        && let Some(found) = hub::find(&home.join("models"), &repo, revision.as_deref().unwrap_or(USUAL_REVISION))
    {
        return Ok(found);
    }
    let elsewhere = places::elsewhere(&Settings::read(home)).into_iter().find(|found| found.name == model);
    if let Some(found) = elsewhere {
        return Ok(found.path);
    }
    if model == DEMO
        && let Some(demo) = demo()
    {
        return Ok(demo);
    }
    Err(Error::bad_request(format!("{model}: neither a folder nor the name of a model; {}", hint(home, model))))
}

/// What to do about a name that is none.
fn hint(home: &Path, name: &str) -> String {
    if Repo::with_revision(name).is_ok() {
        return format!("'ingot pull {name}' gets it from the Hub, if it is there");
    }
    nearest_or(home, name, "'ingot models' lists those there are, 'ingot search' finds others")
}

/// Asks for the model that somebody may have meant who typed `name`; `otherwise` if there is none.
fn nearest_or(home: &Path, name: &str, otherwise: &str) -> String {
    const ALIKE: f64 = 0.75;
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(&known.to_lowercase(), &name.to_lowercase());
    let known = models(home).into_iter().map(|model| (likeness(&model.name), model.name));
    known
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map_or_else(|| otherwise.to_owned(), |(_, known)| format!("did you mean {known}?"))
}

/// Removes the model `name` under `home`, and returns its folder's former path.
pub fn remove(home: &Path, name: &str) -> Result<PathBuf> {
    let folder = named(home, name).filter(|folder| folder.is_dir()).ok_or_else(|| {
        let is_elsewhere = models(home).iter().any(|model| model.name == name);
        Error::bad_request(match (name, is_elsewhere) {
            (DEMO, true) => format!("{name} comes with Ingot and stays; what was made of it can be removed"),
            (_, true) => format!("{name} is not Ingot's own, and is only used where it is; remove it there"),
            (_, false) => {
                format!("{name}: no such model; {}", nearest_or(home, name, "'ingot models' lists those there are"))
            }
        })
    })?;
    // Out of sight first: a removal that is cut off leaves no half model behind.
    let hidden = folder.with_file_name(format!(".{name}.removed"));
    fs::rename(&folder, &hidden)
        .and_then(|()| fs::remove_dir_all(&hidden))
        .map_err(|error| Error::internal(format!("{} cannot be removed: {error}", folder.display())))?;
    Ok(folder)
}

/// Where the model `name` would be, if that is a name and not a path.
fn named(home: &Path, name: &str) -> Option<PathBuf> {
    let is_name = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
    is_name.then(|| home.join("models").join(name))
}

/// Work in progress lies beside models under names that begin with a dot.
fn is_visible(path: &Path) -> bool {
    path.file_name().is_some_and(|name| !name.to_string_lossy().starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_resolved_and_never_lead_out_of_the_library() {
        let home = tempfile::tempdir().expect("a folder");
        let model = home.path().join("models/tiny");
        fs::create_dir_all(&model).expect("created");
        fs::write(model.join("config.json"), "{}").expect("written");
        fs::create_dir_all(home.path().join("models/.half")).expect("created");
        assert_eq!(resolve(home.path(), "tiny").expect("found"), model);
        let told = |name: &str| resolve(home.path(), name).expect_err("no such model").message;
        assert!(told("absent").contains("'ingot models' lists"), "{}", told("absent"));
        assert!(told("tniy").contains("did you mean tiny?"), "{}", told("tniy"));
        assert!(told("acme/tiny@v1").contains("'ingot pull acme/tiny@v1'"), "{}", told("acme/tiny@v1"));
        let listed = models(home.path());
        assert_eq!((listed.len(), listed[0].name.as_str(), listed[0].supported), (1, "tiny", false));
        for name in ["../models/tiny", "", ".", "..", "absent", ".half"] {
            assert!(remove(home.path(), name).is_err(), "{name}");
        }
        let told = |name: &str| remove(home.path(), name).expect_err("no such model").message;
        assert!(told("tinyy").ends_with("did you mean tiny?"), "{}", told("tinyy"));
        assert!(!told("acme/tiny").contains("pull"), "{}", told("acme/tiny"));
        remove(home.path(), "tiny").expect("removed");
        assert!(!model.exists() && models(home.path()).is_empty());
    }
}
