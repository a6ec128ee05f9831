//! A model's folder, and the only way in which its files are opened.
//!
//! A file is regular and lies in the folder; a symbolic link may also lead into the `blobs` of the same
//! `models--*` folder of a Hub cache, which is how the Hub's own tools lay models out. Nothing else is opened.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};

use crate::error::{Error, ErrorCode, Result};

#[derive(Debug, Clone)]
pub struct Folder {
    /// Absolute, without links.
    path: PathBuf,
}

impl Folder {
    pub fn open(path: &Path) -> Result<Self> {
        let shown = path.display();
        let real = fs::canonicalize(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::invalid_model(format!("{shown}: there is no such folder; check the path")),
            _ => Error::invalid_model(format!("{shown}: {error}")),
        })?;
        if real.extension().is_some_and(|extension| extension == "gguf") {
            return Err(Error::unsupported(format!(
                "{shown} is a GGUF file, which Ingot does not read; get the safetensors version of the model"
            )));
        }
        if !real.is_dir() {
            return Err(Error::invalid_model(format!(
                "{shown} is not a folder; give the folder that holds config.json"
            )));
        }
        Ok(Self { path: real })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder's own name, or that of the Hub repository it is a snapshot of.
    pub fn name(&self) -> String {
        match self.hub() {
            Some((repo, _)) => repo,
            None => self.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        }
    }

    /// Repository and commit of the Hub, if the folder is a snapshot in its cache.
    pub fn hub(&self) -> Option<(String, String)> {
        let repo = self.hub_model()?.file_name()?.to_str()?.strip_prefix("models--")?.replacen("--", "/", 1);
        Some((repo, self.path.file_name()?.to_str()?.to_owned()))
    }

    /// `models--ORGANISATION--NAME` of a Hub cache, if the folder is one of its snapshots.
    fn hub_model(&self) -> Option<&Path> {
        let snapshots = self.path.parent()?;
        let model = snapshots.parent()?;
        let is_model = model.file_name()?.to_str()?.starts_with("models--");
        (snapshots.file_name()? == "snapshots" && is_model).then_some(model)
    }

    /// Names of the files at the top of the folder, sorted.
    pub fn file_names(&self) -> Result<Vec<String>> {
        let mut names: Vec<String> = fs::read_dir(&self.path)
            .map_err(|error| self.error("", &error.to_string()))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort();
        Ok(names)
    }

    /// Opens the file `name`, or tells that there is none.
    pub fn find(&self, name: &str) -> Result<Option<File>> {
        if name.contains('/') {
            return Err(self.error(name, "is not a plain file name"));
        }
        let path = self.path.join(name);
        let real = match fs::canonicalize(&path) {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return match fs::symlink_metadata(&path) {
                    Ok(_) => Err(self.error(name, "is a link to a file that does not exist; download it again")),
                    Err(_) => Ok(None),
                };
            }
            Err(error) => return Err(self.error(name, &error.to_string())),
        };
        let in_folder = real.parent() == Some(&self.path);
        let in_blobs = self.hub_model().is_some_and(|model| real.parent() == Some(&model.join("blobs")));
        if !in_folder && !in_blobs {
            return Err(self.error(name, "is a link that leads out of the model's folder; copy the file itself there"));
        }
        // NOFOLLOW: the path was resolved above. NONBLOCK: opening a pipe must not wait for its writer.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = File::from(
            rustix::fs::open(&real, flags, Mode::empty()).map_err(|error| self.error(name, &error.to_string()))?,
        );
        let is_file = file.metadata().map_err(|error| self.error(name, &error.to_string()))?.is_file();
        if is_file { Ok(Some(file)) } else { Err(self.error(name, "is not a regular file")) }
    }

    /// The bytes of the file `name`, at most `limit`; `None` if there is no such file.
    pub fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        let Some(file) = self.find(name)? else { return Ok(None) };
        let length = file.metadata().map_err(|error| self.error(name, &error.to_string()))?.len();
        if length > limit {
            return Err(self.error(name, &format!("is {length} bytes long, more than the {limit} allowed")));
        }
        let mut bytes = Vec::with_capacity(length as usize);
        file.take(limit).read_to_end(&mut bytes).map_err(|error| self.error(name, &error.to_string()))?;
        Ok(Some(bytes))
    }

    /// An error about the file `name` of this folder.
    pub fn error(&self, name: &str, reason: &str) -> Error {
        Error::new(ErrorCode::InvalidModel, format!("{} {reason}", self.path.join(name).display()))
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("a parent")).expect("created");
        fs::write(path, text).expect("written");
    }

    #[test]
    fn a_snapshot_of_the_hubs_cache_reads_its_own_blobs_and_no_others() {
        let cache = tempfile::tempdir().expect("a folder");
        let model = cache.path().join("models--meta--Llama");
        let snapshot = model.join("snapshots/abc");
        fs::create_dir_all(&snapshot).expect("created");
        write(&model.join("blobs/1"), "{}");
        write(&cache.path().join("models--other--Model/blobs/2"), "secret");
        write(&cache.path().join("blobs/3"), "secret");
        symlink("../../blobs/1", snapshot.join("config.json")).expect("linked");
        symlink("../../../models--other--Model/blobs/2", snapshot.join("other.json")).expect("linked");
        symlink("../../../blobs/3", snapshot.join("outside.json")).expect("linked");

        let folder = Folder::open(&snapshot).expect("opened");
        assert_eq!(folder.name(), "meta/Llama");
        assert_eq!(folder.read("config.json", 10).expect("read").as_deref(), Some(&b"{}"[..]));
        for name in ["other.json", "outside.json", "../../blobs/1", "/etc/passwd"] {
            assert!(folder.find(name).is_err() || folder.find(name).is_ok_and(|file| file.is_none()), "{name}");
        }
        assert!(folder.find("other.json").expect_err("refused").message.contains("leads out"));
    }

    #[test]
    fn an_ordinary_folder_has_no_blobs() {
        let folder = tempfile::tempdir().expect("a folder");
        write(&folder.path().join("blobs/1"), "{}");
        write(&folder.path().join("model/real.json"), "{}");
        symlink("../blobs/1", folder.path().join("model/config.json")).expect("linked");
        symlink("real.json", folder.path().join("model/alias.json")).expect("linked");
        let model = Folder::open(&folder.path().join("model")).expect("opened");
        assert!(model.find("config.json").is_err());
        assert!(model.find("alias.json").expect("within the folder").is_some());
        assert!(model.find("absent.json").expect("absent").is_none());
        assert!(model.read("real.json", 1).expect_err("too long").message.contains("2 bytes"));
    }
}
