//! The cache of the Hub's own tools: models that other programs have downloaded. It is read and never written to.

use std::fs;
use std::path::{Path, PathBuf};

use super::listing::{RemoteFile, Sum};
use super::name::Repo;

/// Where it is: `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else in the person's own cache folder.
pub fn folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("HF_HUB_CACHE")
        .or_else(|| Some(variable("HF_HOME")?.join("hub")))
        .or_else(|| Some(variable("XDG_CACHE_HOME")?.join("huggingface/hub")))
        .or_else(|| Some(variable("HOME")?.join(".cache/huggingface/hub")))
}

/// The models in the cache at `folder`, with their folders: of each the snapshot that its main branch names, else the
/// newest.
pub fn models(folder: &Path) -> Vec<(Repo, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(|entry| entry.ok());
    let mut found: Vec<(Repo, PathBuf)> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            // A name may hold two dashes, an owner may not.
            let repo = Repo::parse(&name.strip_prefix("models--")?.replacen("--", "/", 1)).ok()?;
            Some((repo, snapshot(&entry.path())?))
        })
        .collect();
    found.sort_by_key(|(repo, _)| repo.to_string());
    found
}

fn snapshot(model: &Path) -> Option<PathBuf> {
    let snapshots = model.join("snapshots");
    let main = fs::read_to_string(model.join("refs/main")).ok().map(|commit| commit.trim().to_owned());
    let main = main.filter(|commit| !commit.is_empty() && commit.chars().all(|c| c.is_ascii_alphanumeric()));
    let named = main.map(|commit| snapshots.join(commit)).filter(|path| path.is_dir());
    named.or_else(|| {
        let entries = fs::read_dir(&snapshots).ok()?.filter_map(|entry| entry.ok());
        entries.max_by_key(|entry| entry.metadata().and_then(|entry| entry.modified()).ok()).map(|entry| entry.path())
    })
}

/// Where the bytes of `file` of `repo` are in the cache at `folder`, if it has them: they are kept under their sum.
pub fn find(folder: &Path, repo: &Repo, file: &RemoteFile) -> Option<PathBuf> {
    let (Sum::Sha256(sum) | Sum::Git(sum)) = &file.sum;
    let model = format!("models--{}--{}", repo.owner(), repo.name());
    let path = folder.join(model).join("blobs").join(sum);
    let there = path.symlink_metadata().ok()?;
    (there.is_file() && there.len() == file.bytes).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::name::FileName;

    #[test]
    fn models_are_found_by_their_main_branch_and_bytes_by_their_sum() {
        let cache = tempfile::tempdir().expect("a folder");
        let model = cache.path().join("models--acme--tiny--v2");
        for commit in ["aaa", "bbb"] {
            fs::create_dir_all(model.join("snapshots").join(commit)).expect("made");
        }
        fs::create_dir_all(cache.path().join("datasets--acme--text/snapshots/a")).expect("made");
        fs::create_dir_all(cache.path().join("models--odd")).expect("made");
        fs::create_dir_all(model.join("refs")).expect("made");
        fs::write(model.join("refs/main"), "aaa\n").expect("written");
        let found = models(cache.path());
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0.to_string().as_str(), &found[0].1), ("acme/tiny--v2", &model.join("snapshots/aaa")));
        fs::write(model.join("refs/main"), "../../../etc").expect("written");
        assert!(models(cache.path())[0].1.starts_with(model.join("snapshots")));

        fs::create_dir_all(model.join("blobs")).expect("made");
        fs::write(model.join("blobs/abc"), "1234").expect("written");
        let file = |bytes: u64| RemoteFile {
            name: FileName::parse("w.safetensors").expect("a name"),
            bytes,
            sum: Sum::Sha256("abc".into()),
        };
        assert!(find(cache.path(), &found[0].0, &file(4)).is_some());
        assert!(find(cache.path(), &found[0].0, &file(5)).is_none());
    }
}
