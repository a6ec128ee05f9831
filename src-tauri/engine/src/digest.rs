//! SHA-256 of files, remembered: a file that has not changed is not read again.
//!
//! Whether it has changed is told by its [`Stamp`]. What has changed so recently that a later change could leave the same
//! stamp is not remembered.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::ops::Range;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256};

/// Bytes that are read and hashed at once.
pub const PIECE: usize = 1 << 20;

/// A SHA-256 in the making.
#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The sum, in hexadecimal.
    pub fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }

    /// What [`Self::resume`] needs to go on from here.
    pub fn state(&self) -> String {
        hexadecimal(&self.0.serialize())
    }

    /// A hasher in the state that [`Self::state`] told; `None` if it is none.
    pub fn resume(state: &str) -> Option<Self> {
        let bytes = state.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
        let bytes = bytes.collect::<Option<Vec<u8>>>()?;
        let state = SerializedState::<Sha256>::try_from(bytes.as_slice()).ok()?;
        Sha256::deserialize(&state).ok().map(Self)
    }
}

/// SHA-256 of `bytes`, in hexadecimal.
pub fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The name under which Git keeps `bytes`.
pub fn git_sum(bytes: &[u8]) -> String {
    let mut hasher = GitHasher::new(bytes.len() as u64);
    hasher.update(bytes);
    hasher.finish()
}

/// The name of a file in Git, in the making: SHA-1 over "blob", the number of bytes, and the bytes.
pub struct GitHasher(Sha1);

impl GitHasher {
    /// For a file of so many `bytes`.
    pub fn new(bytes: u64) -> Self {
        Self(Sha1::new_with_prefix(format!("blob {bytes}\0")))
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// In hexadecimal.
    pub fn finish(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

/// SHA-256 of the bytes of `file` in `range`, read into `piece`. `told` hears how many were read, and stops the work by
/// saying no; the answer is then `None`.
pub fn of_range(
    file: &File,
    range: Range<u64>,
    piece: &mut [u8],
    told: &mut dyn FnMut(u64) -> bool,
) -> io::Result<Option<String>> {
    let mut hasher = Hasher::default();
    let whole = read_pieces(file, range, piece, |bytes| {
        hasher.update(bytes);
        told(bytes.len() as u64)
    })?;
    Ok(whole.then(|| hasher.finish()))
}

/// Reads the bytes of `file` in `range` into `piece`, as many as it holds at a time. `each` sees them, and stops by
/// saying no; whether it did not.
pub fn read_pieces(
    file: &File,
    range: Range<u64>,
    piece: &mut [u8],
    mut each: impl FnMut(&[u8]) -> bool,
) -> io::Result<bool> {
    let mut at = range.start;
    while at < range.end {
        let part = (piece.len() as u64).min(range.end - at);
        let piece = &mut piece[..part as usize];
        file.read_exact_at(piece, at)?;
        at += part;
        if !each(piece) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// By what a file's state is recognized without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    pub device: u64,
    pub inode: u64,
    pub size: u64,
    pub modified: (i64, i64),
    /// Of its metadata: a later time cannot be faked by setting the other.
    pub changed: (i64, i64),
}

impl Stamp {
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether a change from now on is sure to show in it: clocks of file systems tick coarsely.
    fn is_settled(&self) -> bool {
        const TICK_SECONDS: i64 = 2;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs() as i64);
        now >= self.changed.0 + TICK_SECONDS
    }

    fn key(&self) -> String {
        let Self { device, inode, size, modified, changed } = self;
        format!("{device}:{inode}:{size}:{}.{:09}:{}.{:09}", modified.0, modified.1, changed.0, changed.1)
    }
}

/// The sums that are known, in a file of their own.
#[derive(Debug)]
pub struct Remembered {
    path: PathBuf,
    sums: BTreeMap<String, String>,
    changed: bool,
}

/// What [`Remembered`] calls the SHA-256 of a whole file.
pub const WHOLE: &str = "file";

/// Sums that are kept; beyond them all are forgotten, and made again as needed.
const MOST_SUMS: usize = 20_000;

impl Remembered {
    /// Those kept under `home`. A file that cannot be read is as good as none.
    pub fn open(home: &Path) -> Self {
        let path = home.join("hashes.json");
        let sums = fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
        Self { path, sums, changed: false }
    }

    /// The sum called `kind` of the file in state `stamp`.
    pub fn get(&self, kind: &str, stamp: &Stamp) -> Option<&str> {
        self.sums.get(&format!("{kind} {}", stamp.key())).map(String::as_str)
    }

    pub fn insert(&mut self, kind: &str, stamp: &Stamp, sum: &str) {
        if !stamp.is_settled() {
            return;
        }
        if self.sums.len() >= MOST_SUMS {
            self.sums.clear();
        }
        self.sums.insert(format!("{kind} {}", stamp.key()), sum.to_owned());
        self.changed = true;
    }

    /// Writes what is new, with what others have written since. A failure costs time later, and nothing else.
    pub fn save(&mut self) {
        if !std::mem::take(&mut self.changed) {
            return;
        }
        let mut sums = self.path.parent().map(Self::open).map_or_else(BTreeMap::new, |others| others.sums);
        if sums.len() + self.sums.len() > MOST_SUMS {
            sums.clear();
        }
        sums.append(&mut self.sums.clone());
        let _ = serde_json::to_vec(&sums).map_err(io::Error::from).and_then(|text| replace(&self.path, &text));
    }
}

/// Replaces the file at `path` by one that holds `bytes`: at once, for good, or not at all.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    fs::create_dir_all(folder)?;
    let partial = folder.join(format!(".{name}.{}", std::process::id()));
    let _ = fs::remove_file(&partial);
    let written = File::create_new(&partial).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&partial, path)).inspect_err(|_| {
        let _ = fs::remove_file(&partial);
    })?;
    sync_folder(folder)
}

/// Makes what was created, renamed or removed in `folder` last.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_names_what_it_keeps() {
        // As `git hash-object` says.
        assert_eq!(git_sum(b""), "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
        assert_eq!(git_sum(b"hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }

    #[test]
    fn sums_are_sha_256_and_survive_an_interruption() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(of_bytes(b""), empty);
        let text =
            b"a text of which the first part is hashed before and the rest after an interruption, in blocks of 64";
        for cut in 0..=text.len() {
            let mut hasher = Hasher::default();
            hasher.update(&text[..cut]);
            let mut hasher = Hasher::resume(&hasher.state()).expect("a state");
            hasher.update(&text[cut..]);
            assert_eq!(hasher.finish(), of_bytes(text), "{cut}");
        }
        for damaged in ["", "00", "zz", &"f".repeat(400)] {
            assert!(Hasher::resume(damaged).is_none(), "{damaged}");
        }
    }

    #[test]
    fn a_sum_is_remembered_until_the_file_changes() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("file");
        fs::write(&path, "one").expect("written");
        let fresh = Stamp::of(&fs::metadata(&path).expect("there"));
        let mut remembered = Remembered::open(home.path());
        remembered.insert("sha256", &fresh, "sum");
        assert_eq!(remembered.get("sha256", &fresh), None, "it may still change within a tick");
        let settled = Stamp { changed: (fresh.changed.0 - 10, 0), ..fresh };
        remembered.insert("sha256", &settled, "sum");
        remembered.save();
        let remembered = Remembered::open(home.path());
        assert_eq!(remembered.get("sha256", &settled), Some("sum"));
        assert_eq!(remembered.get("other", &settled), None);
        assert_eq!(remembered.get("sha256", &Stamp { size: 4, ..settled }), None);
    }

    #[test]
    fn files_are_replaced_whole() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("new/file");
        replace(&path, b"one").expect("written");
        replace(&path, b"two").expect("written");
        assert_eq!(fs::read(&path).expect("there"), b"two");
        assert_eq!(fs::read_dir(path.parent().expect("a parent")).expect("listed").count(), 1);
    }
}
