//! The `ingot` command on the PATH: a link in the person's own `~/.local/bin`, so that nobody has to be an administrator.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use ingot_engine::{Error, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLink {
    /// The app's own `ingot`.
    program: PathBuf,
    link: PathBuf,
}

impl CommandLink {
    /// That of the app that runs.
    pub fn of_this_app() -> Result<Self> {
        let app = std::env::current_exe()
            .map_err(|error| Error::internal(format!("the app's own path is not known: {error}")))?;
        let user = std::env::var_os("HOME").filter(|home| !home.is_empty());
        let user = user.ok_or_else(|| Error::internal("HOME is not set, so there is no place for the command"))?;
        Ok(Self::new(&app.with_file_name("ingot"), Path::new(&user)))
    }

    fn new(program: &Path, user: &Path) -> Self {
        Self { program: program.to_owned(), link: user.join(".local/bin/ingot") }
    }

    /// Where the link is, or would be.
    pub fn path(&self) -> &Path {
        &self.link
    }

    pub fn is_there(&self) -> bool {
        fs::read_link(&self.link).is_ok_and(|target| target == self.program)
    }

    /// Makes the link; what somebody else put there stays.
    pub fn make(&self) -> Result<()> {
        let link = self.link.display();
        if self.is_there() {
            return Ok(());
        }
        if is_passing(&self.program) {
            return Err(Error::bad_request(
                "Ingot runs from a disk image or a place that macOS made up; move it to Applications and open it there",
            ));
        }
        if !self.program.is_file() {
            return Err(Error::internal(format!("{} is missing; install Ingot again", self.program.display())));
        }
        match fs::symlink_metadata(&self.link) {
            Ok(there) if !there.is_symlink() || self.link.exists() && !self.is_an_ingots() => {
                return Err(Error::bad_request(format!("{link} is there already and not Ingot's; move it away first")));
            }
            Ok(_) => fs::remove_file(&self.link).map_err(|error| cannot(&self.link, &error))?,
            Err(_) => {}
        }
        let folder = self.link.parent().unwrap_or(Path::new("/"));
        fs::create_dir_all(folder)
            .and_then(|()| symlink(&self.program, &self.link))
            .map_err(|error| cannot(&self.link, &error))
    }

    /// Removes the link, if it is this app's.
    pub fn remove(&self) -> Result<()> {
        if !self.is_there() {
            return Ok(());
        }
        fs::remove_file(&self.link).map_err(|error| cannot(&self.link, &error))
    }

    /// Whether the link leads to the command of another copy of the app.
    fn is_an_ingots(&self) -> bool {
        fs::read_link(&self.link)
            .is_ok_and(|target| target.ends_with("ingot") && target.with_file_name("ingot-app").exists())
    }
}

/// Whether a program is somewhere that is gone tomorrow.
fn is_passing(program: &Path) -> bool {
    program.starts_with("/Volumes") || program.components().any(|part| part.as_os_str() == "AppTranslocation")
}

fn cannot(link: &Path, error: &std::io::Error) -> Error {
    Error::internal(format!("{} cannot be changed: {error}; check the folder's permissions", link.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(folder: &Path) -> PathBuf {
        fs::create_dir_all(folder).expect("a folder");
        fs::write(folder.join("ingot-app"), "").expect("written");
        fs::write(folder.join("ingot"), "").expect("written");
        folder.join("ingot")
    }

    #[test]
    fn the_command_is_put_there_and_taken_away() {
        let home = tempfile::tempdir().expect("a folder");
        let link = CommandLink::new(&app(&home.path().join("app")), home.path());
        assert!(!link.is_there());
        link.make().expect("made");
        link.make().expect("it is there already");
        assert!(link.is_there() && link.path().exists());
        // A newer copy of the app elsewhere takes it over; one that is gone leaves nothing in the way.
        let newer = CommandLink::new(&app(&home.path().join("newer")), home.path());
        assert!(!newer.is_there());
        newer.make().expect("taken over");
        link.remove().expect("not this one's");
        assert!(newer.is_there());
        fs::remove_dir_all(home.path().join("newer")).expect("removed");
        link.make().expect("made");
        link.remove().expect("removed");
        assert!(!link.path().exists());
    }

    #[test]
    fn what_is_not_ingots_stays() {
        let home = tempfile::tempdir().expect("a folder");
        let link = CommandLink::new(&app(&home.path().join("app")), home.path());
        fs::create_dir_all(home.path().join(".local/bin")).expect("a folder");
        fs::write(link.path(), "my own").expect("written");
        let error = link.make().expect_err("somebody else's");
        assert!(error.message.contains("not Ingot's"), "{error}");
        assert_eq!(fs::read_to_string(link.path()).expect("kept"), "my own");
        let absent = CommandLink::new(&home.path().join("nowhere/ingot"), home.path());
        fs::remove_file(absent.path()).expect("removed");
        absent.make().expect_err("no program");
        let image = CommandLink::new(Path::new("/Volumes/Ingot/Ingot.app/Contents/MacOS/ingot"), home.path());
        assert!(image.make().expect_err("passing").message.contains("Applications"));
    }
}
