//! Where the token is kept: in the Keychain on macOS, elsewhere in a file that only its owner may read.

use std::path::{Path, PathBuf};

use super::token::Token;
use crate::error::Result;

/// The place for the Hub's token.
pub struct TokenKeeper {
    /// Where there is no Keychain.
    #[cfg_attr(target_os = "macos", allow(dead_code))]
    file: PathBuf,
}

impl TokenKeeper {
    /// Where it keeps the token, for people.
    pub const PLACE: &str = if cfg!(target_os = "macos") { "the Keychain" } else { "a file of your own" };

    pub fn of(home: &Path) -> Self {
        Self { file: home.join("token") }
    }
}

#[cfg(target_os = "macos")]
impl TokenKeeper {
    /// The token, if one is kept.
    pub fn read(&self) -> Result<Option<Token>> {
        super::keychain::read()
    }

    pub fn keep(&self, token: &Token) -> Result<()> {
        super::keychain::keep(token)
    }

    /// Whether there was one.
    pub fn forget(&self) -> Result<bool> {
        super::keychain::forget()
    }
}

#[cfg(not(target_os = "macos"))]
impl TokenKeeper {
    /// The token, if one is kept. A file that others may read is closed to them.
    pub fn read(&self) -> Result<Option<Token>> {
        use std::os::unix::fs::PermissionsExt;

        let failed = |error| crate::disk::failure(&self.file, "be read", &error);
        match std::fs::read_to_string(&self.file) {
            Ok(text) => {
                let is_open = self.file.metadata().is_ok_and(|file| file.permissions().mode() & 0o077 != 0);
                // It is of use even where that cannot be mended.
                if is_open {
                    let _ = std::fs::set_permissions(&self.file, PermissionsExt::from_mode(0o600));
                }
                Ok(Token::parse(&text))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    pub fn keep(&self, token: &Token) -> Result<()> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;

        let failed = |error| crate::disk::failure(&self.file, "be written", &error);
        let partial = self.file.with_extension("new");
        self.file.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(failed)?;
        let _ = std::fs::remove_file(&partial);
        let mut options = std::fs::OpenOptions::new();
        let written = options.write(true).create_new(true).mode(0o600).open(&partial).and_then(|mut file| {
            file.write_all(token.secret().as_bytes())?;
            file.sync_all()
        });
        written.and_then(|()| std::fs::rename(&partial, &self.file)).map_err(failed)
    }

    /// Whether there was one.
    pub fn forget(&self) -> Result<bool> {
        match std::fs::remove_file(&self.file) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(crate::disk::failure(&self.file, "be removed", &error)),
        }
    }
}

#[cfg(all(test, not(target_os = "macos")))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_kept_token_is_for_its_owner_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let keeper = TokenKeeper::of(&home.path().join("new"));
        assert_eq!(keeper.read(), Ok(None));
        let token = Token::parse("hf_secret").expect("a token");
        keeper.keep(&token).expect("kept");
        let file = home.path().join("new/token");
        let mode = || fs::metadata(&file).expect("there").permissions().mode() & 0o777;
        assert_eq!((keeper.read(), mode()), (Ok(Some(token)), 0o600));
        fs::set_permissions(&file, PermissionsExt::from_mode(0o644)).expect("opened to all");
        keeper.read().expect("read");
        assert_eq!(mode(), 0o600);
        assert_eq!((keeper.forget(), keeper.forget(), keeper.read()), (Ok(true), Ok(false), Ok(None)));
    }
}
