//! Where a model from the Hub goes: a folder with the repository's name, unless another has it.

use std::path::{Path, PathBuf};

use super::log;
use crate::checkpoint::Folder;
use crate::hub::name::{Commit, Repo};
use crate::job_folder::Work;
use crate::manifest::{Download, Record};

/// What people have who name no revision.
pub const USUAL_REVISION: &str = "main";

/// The folder in `models` for `repo` at `revision`: where it is, or is being downloaded to, or will be.
pub fn place(models: &Path, repo: &Repo, revision: &str) -> PathBuf {
    let names = [repo.name().to_owned(), format!("{}--{}", repo.owner(), repo.name())];
    let names = names.map(|name| match revision {
        USUAL_REVISION => name,
        _ => format!("{name}@{}", short(revision)),
    });
    let [first, second] = names.map(|name| models.join(name));
    if is_free(&first, repo, revision) { first } else { second }
}

/// Whether nothing is at `path`, nor on its way there, but this.
fn is_free(path: &Path, repo: &Repo, revision: &str) -> bool {
    let is_there = match path.symlink_metadata() {
        Err(_) => true,
        Ok(_) => downloaded(path).is_some_and(|download| is_of(&download, repo, revision)),
    };
    let begun = Work::Download.folder(path).ok().and_then(|folder| log::begun(&folder.join("journal")));
    is_there && begun.is_none_or(|begun| begun.repo == repo.to_string() && begun.revision == revision)
}

/// Whether `download` is of `repo` at `revision`.
pub fn is_of(download: &Download, repo: &Repo, revision: &str) -> bool {
    download.source.repo.as_deref() == Some(&repo.to_string()) && download.revision == revision
}

/// The record of the model at `path`, if it was downloaded.
pub fn downloaded(path: &Path) -> Option<Download> {
    match Record::read(&Folder::open(path).ok()?).ok()?? {
        Record::Downloaded(download) => Some(download),
        Record::Converted(_) => None,
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
    use std::fs;

    use super::*;

    #[test]
    fn a_name_that_another_has_is_not_taken() {
        let models = tempfile::tempdir().expect("a folder");
        let at = |repo: &str, revision: &str| {
            let path = place(models.path(), &Repo::parse(repo).expect("a repository"), revision);
            path.file_name().expect("a name").to_string_lossy().into_owned()
        };
        assert_eq!(at("acme/tiny", "main"), "tiny");
        assert_eq!(at("acme/tiny", "refs/pr/1"), "tiny@refs-pr-1");
        assert_eq!(at("acme/tiny", &"0a".repeat(20)), "tiny@0a0a0a0a");
        fs::create_dir(models.path().join("tiny")).expect("made");
        assert_eq!(at("acme/tiny", "main"), "acme--tiny", "a folder of the person's own");
    }
}
