//! Where a model from the Hub goes: a folder with the repository's name, unless another has it.

use std::path::{Path, PathBuf};

use super::log;
use crate::checkpoint::{Folder, limits};
use crate::error::{Error, Result};
use crate::hub::name::{Commit, Repo};
use crate::job_folder::Work;
use crate::manifest::{self, Download, Record};

/// What people have who name no revision.
pub const USUAL_REVISION: &str = "main";

/// A folder for a model, and what is there now.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub path: PathBuf,
    pub holds: Holds,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Holds {
    /// Nothing; some of it may have been fetched.
    Nothing,
    /// The model, at this or another commit.
    Model(Box<Download>),
    /// The model, but its record is damaged.
    Damaged,
    /// Something else.
    Other,
}

/// The folder in `models` for `repo` at `revision`: where it is, or is being downloaded to, or else will be.
pub fn place(models: &Path, repo: &Repo, revision: &str) -> Result<Place> {
    let names = [repo.name().to_owned(), format!("{}--{}", repo.owner(), repo.name())];
    let paths = names.map(|name| match revision {
        USUAL_REVISION => models.join(name),
        _ => models.join(format!("{name}@{}", short(revision))),
    });
    let places = paths.map(|path| {
        let holds = holds(&path, repo, revision);
        // Nobody else's half of a download is written over.
        let begun = Work::Download.folder(&path).ok().and_then(|folder| log::begun(&folder.join("journal")));
        let is_ours = begun.map(|begun| begun.repo == repo.to_string() && begun.revision == revision);
        (Place { path, holds }, is_ours)
    });
    let is_there = |(place, begun): &&(Place, Option<bool>)| {
        let is_model = matches!(place.holds, Holds::Model(_) | Holds::Damaged);
        is_model || place.holds == Holds::Nothing && *begun == Some(true)
    };
    let is_free = |(place, begun): &&(Place, Option<bool>)| place.holds == Holds::Nothing && begun.is_none();
    let found = places.iter().find(is_there).or_else(|| places.iter().find(is_free));
    found.map(|(place, _)| place.clone()).ok_or_else(|| {
        let [first, second] = places.each_ref().map(|(place, _)| place.path.display());
        Error::bad_request(format!("{first} and {second} both are something else; move one of them away"))
    })
}

/// What is at `path`, as far as `repo` at `revision` is concerned.
pub fn holds(path: &Path, repo: &Repo, revision: &str) -> Holds {
    if path.symlink_metadata().is_err() {
        return Holds::Nothing;
    }
    let Ok(folder) = Folder::open(path) else { return Holds::Other };
    let is_of = |name: Option<&str>, asked: Option<&str>| name == Some(&repo.to_string()) && asked == Some(revision);
    match Record::read(&folder) {
        Ok(Some(Record::Downloaded(download))) if is_of(download.source.repo.as_deref(), Some(&download.revision)) => {
            Holds::Model(Box::new(download))
        }
        Ok(_) => Holds::Other,
        // What it says is enough to know it by.
        Err(_) => {
            let text = folder.read(manifest::FILE, limits::INDEX_BYTES).ok().flatten().unwrap_or_default();
            let told: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
            match is_of(told["source"]["repo"].as_str(), told["revision"].as_str()) {
                true => Holds::Damaged,
                false => Holds::Other,
            }
        }
    }
}

/// A revision as part of a name.
fn short(revision: &str) -> String {
    let length = if Commit::parse(revision).is_some() { 8 } else { 60 };
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    revision.chars().take(length).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::manifest::Source;

    const MAIN: &str = USUAL_REVISION;

    fn put(path: &Path, repo: &str) {
        let source = Source {
            name: repo.into(),
            path: None,
            repo: Some(repo.into()),
            commit: None,
            bytes: 0,
            files: BTreeMap::new(),
        };
        fs::create_dir_all(path).expect("made");
        let text = Download::new(source, MAIN.into(), None).sealed().expect("made");
        fs::write(path.join(manifest::FILE), text).expect("written");
    }

    #[test]
    fn a_model_is_found_where_it_is_and_takes_no_name_that_another_has() {
        let models = tempfile::tempdir().expect("a folder");
        let path = |name: &str| models.path().join(name);
        let at = |repo: &str, revision: &str| {
            let place = place(models.path(), &Repo::parse(repo).expect("a repository"), revision)?;
            Ok::<_, Error>((place.path.strip_prefix(models.path()).expect("inside").to_owned(), place.holds))
        };
        let free = |name: &str| Ok((PathBuf::from(name), Holds::Nothing));
        assert_eq!(at("acme/tiny", MAIN), free("tiny"));
        assert_eq!(at("acme/tiny", "refs/pr/1"), free("tiny@refs-pr-1"));
        assert_eq!(at("acme/tiny", &"0a".repeat(20)), free("tiny@0a0a0a0a"));
        fs::create_dir(path("tiny")).expect("made");
        assert_eq!(at("acme/tiny", MAIN), free("acme--tiny"), "a folder of the person's own");
        put(&path("acme--tiny"), "acme/tiny");
        fs::remove_dir(path("tiny")).expect("removed");
        let (found, holds) = at("acme/tiny", MAIN).expect("found");
        assert!(found == Path::new("acme--tiny") && matches!(holds, Holds::Model(_)), "where it is: {holds:?}");
        put(&path("tiny"), "other/tiny");
        assert_eq!(at("other/tiny", MAIN).expect("found").0, Path::new("tiny"));
        put(&path("acme--tiny"), "third/tiny");
        assert!(at("acme/tiny", MAIN).is_err_and(|error| error.message.contains("move one of them away")));
    }

    #[test]
    fn what_another_has_half_fetched_is_not_touched_and_a_damaged_record_is_known() {
        let models = tempfile::tempdir().expect("a folder");
        let journal = |name: &str, repo: &str| {
            let folder = models.path().join(format!(".{name}.downloading"));
            fs::create_dir_all(&folder).expect("made");
            let begun = log::Begun { repo: repo.into(), revision: MAIN.into() };
            log::open(&folder.join("journal"), &begun, &[]).expect("begun");
        };
        let name = |repo: &str| {
            let place = place(models.path(), &Repo::parse(repo).expect("a repository"), MAIN).expect("a place");
            (place.path.file_name().expect("a name").to_string_lossy().into_owned(), place.holds)
        };
        journal("tiny", "other/tiny");
        assert_eq!(name("acme/tiny").0, "acme--tiny");
        journal("acme--tiny", "acme/tiny");
        fs::remove_dir_all(models.path().join(".tiny.downloading")).expect("removed");
        assert_eq!(name("acme/tiny").0, "acme--tiny", "where it was begun");
        put(&models.path().join("tiny"), "acme/tiny");
        let record = models.path().join("tiny/ingot.json");
        let text = fs::read_to_string(&record).expect("there").replace("\"bytes\": 0", "\"bytes\": 1");
        fs::write(&record, text).expect("damaged");
        assert_eq!(name("acme/tiny"), ("tiny".to_owned(), Holds::Damaged));
    }
}
