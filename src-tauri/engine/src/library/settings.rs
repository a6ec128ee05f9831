//! What people have set, and what they opened last: one JSON file that is never half written.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

const FILE: &str = "settings.json";
/// Models opened from elsewhere that are remembered.
const RECENT: usize = 20;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The latest first.
    pub recent_models: Vec<PathBuf>,
}

impl Settings {
    /// The settings under `home`; the defaults if there are none. A file that cannot be read is kept aside.
    pub fn read(home: &Path) -> Self {
        let path = home.join(FILE);
        let Ok(text) = fs::read_to_string(&path) else { return Self::default() };
        serde_json::from_str(&text).unwrap_or_else(|_| {
            let _ = fs::rename(&path, home.join("settings.damaged.json"));
            Self::default()
        })
    }

    /// Changes the settings under `home`: the new file replaces the old one at once or not at all.
    pub fn update(home: &Path, change: impl FnOnce(&mut Self)) -> Result<()> {
        let mut settings = Self::read(home);
        let before = settings.clone();
        change(&mut settings);
        if settings == before {
            return Ok(());
        }
        let path = home.join(FILE);
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(home)?;
            let partial = home.join(format!(".{FILE}.{}", std::process::id()));
            let mut file = fs::File::create(&partial)?;
            file.write_all(serde_json::to_string_pretty(&settings)?.as_bytes())?;
            file.sync_all()?;
            fs::rename(&partial, &path)
        };
        write().map_err(|error| Error::internal(format!("{} cannot be written: {error}", path.display())))
    }

    /// The model at `path` was opened.
    pub fn opened(&mut self, path: &Path) {
        self.recent_models.retain(|other| other != path);
        self.recent_models.insert(0, path.to_owned());
        self.recent_models.truncate(RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_and_damage_loses_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(Settings::read(home.path()), Settings::default());
        for model in ["/a", "/b", "/a"] {
            Settings::update(home.path(), |settings| settings.opened(Path::new(model))).expect("written");
        }
        assert_eq!(Settings::read(home.path()).recent_models, [Path::new("/a"), Path::new("/b")]);
        fs::write(home.path().join(FILE), "{ half").expect("written");
        assert_eq!(Settings::read(home.path()), Settings::default());
        assert_eq!(fs::read_to_string(home.path().join("settings.damaged.json")).expect("kept"), "{ half");
    }
}
