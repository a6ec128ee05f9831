//! A conversion's own folder: beside the result, out of sight, and for one process at a time. The result is made inside
//! and appears by being renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, FlockOperation, RenameFlags, flock, renameat_with};
use rustix::io::Errno;

use super::target;
use crate::digest::sync_folder;
use crate::error::{Error, ErrorCode, Result};

/// How long another process that is just ending is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// The folder, locked. The lock goes with the process, however it ends.
#[derive(Debug)]
pub struct JobFolder {
    path: PathBuf,
    output: PathBuf,
    _lock: File,
}

impl JobFolder {
    /// The folder for a conversion to `output`, made if it is not there. Waits a moment for whoever has it.
    pub fn lock(output: &Path) -> Result<Self> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(folder) = Self::try_lock(output)? {
                return Ok(folder);
            }
            if Instant::now() >= deadline {
                let holder = fs::read_to_string(path_for(output)?.join("lock")).unwrap_or_default();
                return Err(Error::new(
                    ErrorCode::Busy,
                    format!(
                        "another conversion to {} is running (process {holder}); wait for it, or give another --output",
                        output.display()
                    ),
                ));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The same; `None` if somebody else has it.
    pub fn try_lock(output: &Path) -> Result<Option<Self>> {
        let path = path_for(output)?;
        fs::create_dir_all(&path).map_err(|error| cannot(&path, "be made", &error))?;
        let file = path.join("lock");
        let mut lock = match OpenOptions::new().create(true).truncate(false).write(true).open(&file) {
            Ok(lock) => lock,
            // Whoever had it has just removed the folder.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(cannot(&file, "be made", &error)),
        };
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(cannot(&file, "be locked", &error.into())),
        }
        // The lock of a file that was removed meanwhile locks nothing.
        let same = |a: fs::Metadata, b: fs::Metadata| (a.dev(), a.ino()) == (b.dev(), b.ino());
        if !fs::metadata(&file).is_ok_and(|there| lock.metadata().is_ok_and(|ours| same(ours, there))) {
            return Ok(None);
        }
        let _ = lock.set_len(0).and_then(|()| write!(lock, "{}", std::process::id()));
        Ok(Some(Self { path, output: output.to_owned(), _lock: lock }))
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
        remove(&model).and_then(|()| fs::create_dir(&model)).map_err(|error| cannot(&model, "be made", &error))
    }

    /// Removes everything in the result that `is_wanted` does not know: files of an earlier run that was cut off.
    pub fn retain(&self, is_wanted: impl Fn(&str) -> bool) -> Result<()> {
        let model = self.model();
        let failed = |error| cannot(&model, "be tidied", &error);
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
            target::check_replaceable(output)?;
        }
        // After an exchange the old model lies here: nobody may go on with that.
        let forgotten = fs::remove_file(self.journal()).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        });
        let synced = forgotten.and_then(|()| sync_folder(&self.path)).and_then(|()| sync_folder(&model));
        let moved = synced.and_then(|()| rename(&model, output, replace));
        moved.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => target::exists(output),
            _ => cannot(output, "be put into place", &error),
        })?;
        let parent = target::parent(output);
        sync_folder(parent).map_err(|error| cannot(parent, "be synced", &error))?;
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

/// How long a conversion that nobody goes on with is kept.
const KEPT: Duration = Duration::from_secs(14 * 24 * 3600);

/// Removes what conversions and removals that were cut off have left in `models`, unless somebody may go on with it.
pub fn sweep(models: &Path) {
    for entry in fs::read_dir(models).into_iter().flatten().filter_map(|entry| entry.ok()) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(hidden) = name.strip_prefix('.') else { continue };
        if hidden.ends_with(".removed") {
            let _ = fs::remove_dir_all(entry.path());
        } else if let Some(output) = hidden.strip_suffix(".converting") {
            let changed = |file: &str| fs::metadata(entry.path().join(file)).and_then(|file| file.modified());
            let last = changed("journal").or_else(|_| changed("lock")).or_else(|_| changed("")).ok();
            if last.is_some_and(|last| last.elapsed().is_ok_and(|age| age > KEPT))
                && let Ok(Some(job)) = JobFolder::try_lock(&models.join(output))
            {
                job.remove();
            }
        }
    }
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

fn path_for(output: &Path) -> Result<PathBuf> {
    let name = output
        .file_name()
        .ok_or_else(|| Error::bad_request(format!("{}: not a name for a model's folder", output.display())))?;
    Ok(output.with_file_name(format!(".{}.converting", name.to_string_lossy())))
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn cannot(path: &Path, what: &str, error: &io::Error) -> Error {
    let disk_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let code = if disk_full { ErrorCode::DiskFull } else { ErrorCode::Internal };
    Error::new(code, format!("{} cannot {what}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_appears_whole_and_replaces_only_when_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("made");
        for (round, replace) in [(1, false), (2, true), (3, true)] {
            let job = JobFolder::lock(&output).expect("free");
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
        let job = JobFolder::lock(&output).expect("free");
        job.clear().expect("made");
        assert!(job.finish(false).is_err());
        assert_eq!(fs::read_to_string(output.join("config.json")).expect("there"), "3");
    }

    #[test]
    fn a_second_conversion_to_the_same_place_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let output = folder.path().join("made");
        let first = JobFolder::lock(&output).expect("free");
        let second = JobFolder::lock(&output).expect_err("taken");
        assert_eq!(second.code, ErrorCode::Busy);
        assert!(second.message.contains(&std::process::id().to_string()), "{second}");
        first.remove();
        JobFolder::lock(&output).expect("free again").remove();
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
        let held = JobFolder::lock(&models.path().join("held")).expect("free");
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
