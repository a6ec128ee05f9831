//! Models in the making, whether converted or downloaded: a folder beside the result, out of sight, and for one process
//! at a time. The result is made inside and appears by being renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

use crate::digest::sync_folder;
use crate::disk;
use crate::error::{Error, ErrorCode, Result};
use crate::manifest;

/// How long another process that is just ending is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is done in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    Conversion,
    Download,
}

impl Work {
    const ALL: [Self; 2] = [Self::Conversion, Self::Download];

    /// At the end of the folder's name.
    fn suffix(self) -> &'static str {
        match self {
            Self::Conversion => ".converting",
            Self::Download => ".downloading",
        }
    }

    /// The name of the result whose folder is called `folder`, if it is one of these.
    pub fn output_name(self, folder: &str) -> Option<&str> {
        folder.strip_prefix('.')?.strip_suffix(self.suffix())
    }

    /// The folder for the result at `output`.
    pub fn folder(self, output: &Path) -> Result<PathBuf> {
        let name = output
            .file_name()
            .ok_or_else(|| Error::bad_request(format!("{}: not a name for a model's folder", output.display())))?;
        Ok(output.with_file_name(format!(".{}{}", name.to_string_lossy(), self.suffix())))
    }

    /// The error for a result that somebody else is making.
    fn busy(self, output: &Path, holder: &str) -> Error {
        let shown = output.display();
        let message = match self {
            Self::Conversion => format!(
                "another conversion to {shown} is running (process {holder}); wait for it, or give another --output"
            ),
            Self::Download => format!("{shown} is being downloaded already (process {holder}); wait for it"),
        };
        Error::new(ErrorCode::Busy, message)
    }

    /// The error for a result whose place is taken.
    pub fn exists(self, output: &Path) -> Error {
        let shown = output.display();
        Error::bad_request(match self {
            Self::Conversion => format!(
                "{shown} exists already, made of other files or with other options; give another --output, or --force to \
                 replace it"
            ),
            Self::Download => format!("{shown} exists already and was not downloaded from there; move it away first"),
        })
    }
}

/// The folder, locked. The lock goes with the process, however it ends.
#[derive(Debug)]
pub struct JobFolder {
    work: Work,
    path: PathBuf,
    output: PathBuf,
    _lock: File,
}

impl JobFolder {
    /// The folder for `work` on what will be at `output`, made if it is not there. Waits a moment for whoever has it.
    pub fn lock(work: Work, output: &Path) -> Result<Self> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(folder) = Self::try_lock(work, output)? {
                return Ok(folder);
            }
            if Instant::now() >= deadline {
                let holder = fs::read_to_string(work.folder(output)?.join("lock")).unwrap_or_default();
                return Err(work.busy(output, &holder));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The same; `None` if somebody else has it.
    pub fn try_lock(work: Work, output: &Path) -> Result<Option<Self>> {
        let path = work.folder(output)?;
        let made = disk::clear_for_folder(&path).and_then(|()| fs::create_dir_all(&path));
        made.map_err(|error| disk::failure(&path, "be made", &error))?;
        let file = path.join("lock");
        disk::clear_for_file(&file).map_err(|error| disk::failure(&file, "be made", &error))?;
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).write(true).custom_flags(libc::O_NOFOLLOW);
        let mut lock = match options.open(&file) {
            Ok(lock) => lock,
            // Whoever had it has just removed the folder.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(disk::failure(&file, "be made", &error)),
        };
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(disk::failure(&file, "be locked", &error.into())),
        }
        // The lock of a file that was removed meanwhile locks nothing.
        let same = |a: fs::Metadata, b: fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
        if !fs::metadata(&file).is_ok_and(|there| lock.metadata().is_ok_and(|ours| same(ours, there))) {
            return Ok(None);
        }
        let _ = lock.set_len(0).and_then(|()| write!(lock, "{}", std::process::id()));
        Ok(Some(Self { work, path, output: output.to_owned(), _lock: lock }))
    }

    /// Where the result is made.
    pub fn model(&self) -> PathBuf {
        self.path.join("model")
    }

    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// Begins the result anew.
    pub fn clear(&self) -> Result<()> {
        let model = self.model();
        remove(&model).and_then(|()| fs::create_dir(&model)).map_err(|error| disk::failure(&model, "be made", &error))
    }

    /// Removes everything in the result that `is_wanted` does not know: files of an earlier run that was cut off.
    pub fn retain(&self, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
        let model = self.model();
        let failed = |error| disk::failure(&model, "be tidied", &error);
        for entry in fs::read_dir(&model).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_str().is_some_and(&is_wanted) {
                continue;
            }
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let path = entry.path();
            if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) }.map_err(failed)?;
        }
        Ok(())
    }

    /// Lets the result appear, in place of what is there if `replace`. The folder goes.
    pub fn finish(self, replace: bool) -> Result<()> {
        let (model, output) = (self.model(), &self.output);
        if replace {
            check_replaceable(output)?;
        }
        // After an exchange the old model lies here. A conversion could go on with that; a download finds it out, and
        // keeps what it has fetched until the last moment.
        let forgotten = match self.work {
            Work::Conversion => fs::remove_file(self.journal()).or_else(|error| match error.kind() {
                io::ErrorKind::NotFound => Ok(()),
                _ => Err(error),
            }),
            Work::Download => Ok(()),
        };
        let synced = forgotten.and_then(|()| sync_folder(&self.path)).and_then(|()| sync_folder(&model));
        let moved = synced.and_then(|()| rename(&model, output, replace));
        moved.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => self.work.exists(output),
            _ => disk::failure(output, "be put into place", &error),
        })?;
        let parent = parent(output);
        sync_folder(parent).map_err(|error| disk::failure(parent, "be synced", &error))?;
        self.remove();
        Ok(())
    }

    /// Removes the folder and all that is in it.
    pub fn remove(self) {
        let _ = fs::remove_file(self.journal());
        let _ = remove(&self.model());
        let _ = remove(&self.path.join("replaced"));
        let _ = fs::remove_file(self.path.join("lock"));
        let _ = fs::remove_dir(&self.path);
    }
}

/// How long work that nobody goes on with is kept.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

/// Removes what work and removals that were cut off have left in `models`, unless somebody may go on with it.
pub fn sweep(models: &Path) {
    for entry in fs::read_dir(models).into_iter().flatten().filter_map(|entry| entry.ok()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(hidden) = name.strip_prefix('.') else { continue };
        if hidden.ends_with(".removed") {
            let _ = fs::remove_dir_all(entry.path());
        }
        for work in Work::ALL {
            let Some(output) = work.output_name(&name) else { continue };
            let changed = |file: &str| fs::metadata(entry.path().join(file)).and_then(|file| file.modified());
            let last = changed("journal").or_else(|_| changed("lock")).or_else(|_| changed("")).ok();
            if last.is_some_and(|last| last.elapsed().is_ok_and(|age| age > KEPT))
                && let Ok(Some(job)) = JobFolder::try_lock(work, &models.join(output))
            {
                job.remove();
            }
        }
    }
}

/// The folder in which the absolute `path` lies.
pub fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

/// Moves `from` to `to` in one step; what was there is then at `from`.
fn rename(from: &Path, to: &Path, replace: bool) -> io::Result<()> {
    let flags = match replace && to.exists() {
        true => RenameFlags::EXCHANGE,
        false => RenameFlags::NOREPLACE,
    };
    match renameat_with(CWD, from, CWD, to, flags) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
        result => return Ok(result?),
    }
    // The file system knows no such flags. Between the two steps there is nothing at `to`; then the next run finishes.
    if to.exists() && replace {
        let aside = from.with_file_name("replaced");
        remove(&aside)?;
        fs::rename(to, &aside)?;
        fs::rename(from, to).inspect_err(|_| {
            let _ = fs::rename(&aside, to);
        })?;
        return fs::remove_dir_all(aside);
    }
    if to.exists() { Err(io::ErrorKind::AlreadyExists.into()) } else { fs::rename(from, to) }
}

/// Refuses to replace what is not a model.
pub fn check_replaceable(output: &Path) -> Result<()> {
    let holds_weights = || {
        let names = fs::read_dir(output).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.file_name()));
        names.into_iter().any(|name| name.to_string_lossy().ends_with(".safetensors"))
    };
    let has = |name: &str| output.join(name).is_file();
    match fs::symlink_metadata(output) {
        Err(_) => Ok(()),
        Ok(there) if there.is_dir() && (has(manifest::FILE) || has("config.json") && holds_weights()) => Ok(()),
        Ok(_) => Err(Error::bad_request(format!(
            "{} exists and is not a model's folder, so it is not replaced; choose another place",
            output.display()
        ))),
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_appears_whole_and_replaces_only_when_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("made");
        for (round, replace) in [(1, false), (2, true), (3, true)] {
            let job = JobFolder::lock(Work::Conversion, &output).expect("free");
            job.clear().expect("made");
            fs::write(job.model().join("config.json"), round.to_string()).expect("written");
            fs::write(job.model().join("model.safetensors"), "").expect("written");
            fs::write(job.model().join("left behind"), "").expect("written");
            job.retain(|name| name != "left behind").expect("tidied");
            job.finish(replace).expect("in place");
            assert_eq!(fs::read_to_string(output.join("config.json")).expect("there"), round.to_string());
            assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1, "nothing else stays");
            assert!(!output.join("left behind").exists());
        }
        let job = JobFolder::lock(Work::Conversion, &output).expect("free");
        job.clear().expect("made");
        assert!(job.finish(false).is_err());
        assert_eq!(fs::read_to_string(output.join("config.json")).expect("there"), "3");
    }

    #[test]
    fn only_models_are_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(check_replaceable(&folder.path().join("absent")).is_ok());
        assert!(check_replaceable(folder.path()).is_err());
        fs::write(folder.path().join("config.json"), "{}").expect("written");
        assert!(check_replaceable(folder.path()).is_err(), "many programs have a config.json");
        fs::write(folder.path().join("model.safetensors"), "").expect("written");
        assert!(check_replaceable(folder.path()).is_ok());
        assert!(check_replaceable(&folder.path().join("config.json")).is_err());
    }

    #[test]
    fn a_second_conversion_to_the_same_place_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("made");
        let first = JobFolder::lock(Work::Conversion, &output).expect("free");
        let second = JobFolder::lock(Work::Conversion, &output).expect_err("taken");
        assert_eq!(second.code, ErrorCode::Busy);
        assert!(second.message.contains(&std::process::id().to_string()), "{second}");
        first.remove();
        JobFolder::lock(Work::Conversion, &output).expect("free again").remove();
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 0);
    }

    #[test]
    fn what_was_left_behind_long_ago_is_swept() {
        let models = tempfile::tempdir().expect("a folder");
        for name in [".a.removed", ".fresh.converting", ".old.converting", ".held.converting", "model", ".other"] {
            fs::create_dir(models.path().join(name)).expect("made");
        }
        let age = |name: &str, file: &str| {
            let file = File::create(models.path().join(name).join(file)).expect("made");
            file.set_modified(std::time::SystemTime::now() - 2 * KEPT).expect("set");
        };
        let held = JobFolder::lock(Work::Conversion, &models.path().join("held")).expect("free");
        age(".old.converting", "journal");
        age(".held.converting", "journal");
        sweep(models.path());
        let mut left: Vec<_> =
            fs::read_dir(models.path()).expect("listed").map(|entry| entry.expect("one").file_name()).collect();
        left.sort();
        assert_eq!(left, [".fresh.converting", ".held.converting", ".other", "model"]);
        drop(held);
    }
}
