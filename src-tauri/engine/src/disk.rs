//! Room on disks, and what their failures mean.

use std::io::{Error, ErrorKind};
use std::path::Path;

/// Bytes that may be written to the disk that `path`, or what there is of it, lies on; `None` if the system does not tell.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let there = path.ancestors().find(|ancestor| ancestor.exists())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Whether `error` says that there is no room left.
pub fn is_full(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_of_what_will_be_there_is_asked() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(free_bytes(&folder.path().join("not/yet")).is_some_and(|free| free > 0));
        assert!(is_full(&Error::from_raw_os_error(libc::ENOSPC)));
        assert!(!is_full(&Error::from_raw_os_error(libc::EIO)));
    }
}
