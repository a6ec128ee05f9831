//! Names on the Hub: once one of these exists, it is safe in an address and as a file's name on any disk.

use std::fmt;

use crate::error::{Error, Result};

/// `owner/name`
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Repo {
    owner: String,
    name: String,
}

impl Repo {
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::bad_request(format!("{text:?} is no model on the Hub; give owner/name"));
        let (owner, name) = text.split_once('/').ok_or_else(wrong)?;
        if !is_part(owner) || !is_part(name) {
            return Err(wrong());
        }
        Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
    }

    /// `owner/name`, or `owner/name@revision`; the revision is `None` where none is named.
    pub fn with_revision(text: &str) -> Result<(Self, Option<String>)> {
        let Some((repo, revision)) = text.split_once('@') else { return Ok((Self::parse(text)?, None)) };
        let is_plain = !revision.is_empty()
            && revision.len() <= 200
            && !revision.contains("..")
            && revision.chars().all(|c| c.is_ascii_graphic());
        if !is_plain {
            return Err(Error::bad_request(format!("{revision:?} is no revision; give a branch, a tag or a commit")));
        }
        Ok((Self::parse(repo)?, Some(revision.to_owned())))
    }

    pub fn owner(&self) -> &str {
        &self.owner
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Repo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Letters that the Hub allows.
fn is_part(part: &str) -> bool {
    !part.is_empty()
        && part.len() <= 96
        && !part.starts_with(['.', '-'])
        && !part.contains("..")
        && part.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
}

/// A revision that never changes: the SHA-1 of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Commit(String);

impl Commit {
    pub fn parse(text: &str) -> Option<Self> {
        let is_sum = text.len() == 40 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_sum.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A file's name at the top of a repository.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName(String);

impl FileName {
    /// `None` for anything else than a plain name.
    pub fn parse(text: &str) -> Option<Self> {
        let is_plain = !text.is_empty()
            && text.len() <= 200
            && !text.starts_with(['.', '-'])
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c));
        is_plain.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether `path`, as a repository lists it, would lead out of a folder.
pub fn leads_out(path: &str) -> bool {
    path.starts_with('/')
        || path.contains(['\\', '\0'])
        || path.split('/').any(|part| part == ".." || part == "." || part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_two_plain_names() {
        let repo = Repo::parse("Qwen/Qwen3-0.6B").expect("a repository");
        assert_eq!((repo.owner(), repo.name(), repo.to_string().as_str()), ("Qwen", "Qwen3-0.6B", "Qwen/Qwen3-0.6B"));
        for wrong in ["", "x", "../y", "a/b/c", "a/..", "a/.b", "a b/c", "a/\u{202e}b", "-a/b", "a/", "/b", "a/b\n"] {
            assert!(Repo::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_revision_may_follow() {
        let read = |text: &str| Repo::with_revision(text).map(|(repo, revision)| (repo.to_string(), revision));
        assert_eq!(read("a/b"), Ok(("a/b".into(), None)));
        assert_eq!(read("a/b@refs/pr/1"), Ok(("a/b".into(), Some("refs/pr/1".into()))));
        for wrong in ["a/b@", "a/b@..", "a/b@x y", "a@b", "@", "a/b@\u{202e}"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn commits_and_files_are_what_they_seem() {
        assert!(Commit::parse(&"0a".repeat(20)).is_some());
        for wrong in ["", "main", &"0A".repeat(20), &"0a".repeat(21), "../../etc"] {
            assert_eq!(Commit::parse(wrong), None, "{wrong}");
        }
        assert!(FileName::parse("model-00001-of-00002.safetensors").is_some());
        for wrong in ["", ".git", "a/b", "..", "a\\b", "a b", "ü", "a\0", &"x".repeat(300), "-rf"] {
            assert_eq!(FileName::parse(wrong), None, "{wrong:?}");
        }
        for out in ["../x", "a/../x", "/etc/passwd", "a\\..\\x", "a//b", "./x", "a\0"] {
            assert!(leads_out(out), "{out:?}");
        }
        assert!(!leads_out("onnx/model.onnx"));
    }
}
