//! Room on disks, and what their failures mean.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{Error, ErrorCode};

/// Bytes that may be written to the disk that `path`, or what there is of it, lies on; `None` if the system does not tell.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|ancestor| ancestor.exists())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Whether `error` says that there is no room left.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// Removes what is at `path` unless it is a file that has no other name, so that nothing is written through a link.
pub fn clear_for_file(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(there) if there.is_dir() => fs::remove_dir_all(path),
        Ok(there) if !there.is_file() || there.nlink() > 1 => fs::remove_file(path),
        _ => Ok(()),
    }
}

/// Removes what is at `path` unless it is a folder itself.
pub fn clear_for_folder(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(there) if !there.is_dir() => fs::remove_file(path),
        _ => Ok(()),
    }
}

/// The error for `path`, which cannot `what`: "be made", "be written".
pub fn failure(path: &Path, what: &str, error: &io::Error) -> Error {
    let advice = match error.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "; see to its permissions, or set INGOT_HOME to a folder that can be written"
        }
        _ if is_full(error) => "; free some space",
        _ => "",
    };
    let code = if is_full(error) { ErrorCode::DiskFull } else { ErrorCode::Internal };
    Error::new(code, format!("{} cannot {what}: {error}{advice}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_of_what_will_be_there_is_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(free_bytes(&folder.path().join("not/yet")).is_some_and(|free| free > 0));
        assert!(is_full(&io::Error::from_raw_os_error(libc::ENOSPC)));
        let error = failure(folder.path(), "be written", &io::Error::from_raw_os_error(libc::EROFS));
        assert!(error.code == ErrorCode::Internal && error.message.contains("INGOT_HOME"), "{error}");
        assert!(!is_full(&io::Error::from_raw_os_error(libc::EIO)));
    }
}
