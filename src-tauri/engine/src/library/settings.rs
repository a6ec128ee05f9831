//! What people have set, and what they opened last: one JSON file that is never half written.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::digest;
use crate::error::{Error, Result};
use crate::memory::{Ledger, PoolSize, PressureWatch, Strategy};
use crate::session::{Keeper, KeeperOptions};
use crate::sync::lock;

const FILE: &str = "settings.json";
/// Models opened from elsewhere that are remembered.
const RECENT: usize = 20;

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The latest first.
    pub recent_models: Vec<PathBuf>,
    /// Folders with models that the person has named.
    pub model_folders: Vec<PathBuf>,
    pub memory: MemorySettings,
    pub appearance: Appearance,
    /// The system prompt of new chats.
    pub system_prompt: String,
    /// The recipe that a conversion offers first; the usual one if null.
    pub recipe: Option<String>,
    /// Keys that show the app from anywhere, such as `Alt+Space`; none if null.
    pub shortcut: Option<String>,
    /// Where the window was.
    pub window: Option<WindowPlace>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    #[default]
    System,
    Light,
    Dark,
}

/// In points.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct WindowPlace {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

/// How much memory models may take, and for how long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemorySettings {
    /// Most bytes for all models together; what the machine recommends if absent.
    pub limit_bytes: Option<u64>,
    /// The part of it for caches and conversions.
    pub pool: PoolSize,
    /// Models unused for so long are unloaded; never if null.
    pub idle_unload_seconds: Option<u64>,
    /// How weights are placed: `ZERO_COPY`, `UNIFIED` or `DEDICATED`; as suits the backend if null.
    pub weights: Option<Strategy>,
}

impl Default for MemorySettings {
    fn default() -> Self {
        let idle_unload = KeeperOptions::default().idle_unload;
        Self {
            limit_bytes: None,
            pool: PoolSize::default(),
            idle_unload_seconds: idle_unload.map(|time| time.as_secs()),
            weights: None,
        }
    }
}

impl MemorySettings {
    /// The account of this machine's memory, within these settings.
    pub fn ledger(&self) -> Arc<Ledger> {
        Ledger::of_this_machine(self.limit_bytes, self.pool)
    }

    pub fn keeper(&self) -> Keeper {
        let idle_unload = self.idle_unload_seconds.map(Duration::from_secs);
        Keeper::start(KeeperOptions { idle_unload, ..Default::default() }, PressureWatch::of_this_machine())
    }
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
        // One after the other: two changes at once would lose one.
        static UPDATING: Mutex<()> = Mutex::new(());
        let _held = lock(&UPDATING);
        let mut settings = Self::read(home);
        let before = settings.clone();
        change(&mut settings);
        if settings == before {
            return Ok(());
        }
        let path = home.join(FILE);
        let text = serde_json::to_vec_pretty(&settings).map_err(std::io::Error::from);
        text.and_then(|text| digest::replace(&path, &text))
            .map_err(|error| Error::internal(format!("{} cannot be written: {error}", path.display())))
    }

    /// Has the models in `folder` shown and used in place.
    pub fn add_folder(home: &Path, folder: &Path) -> Result<()> {
        let folder = folder.canonicalize().ok().filter(|folder| folder.is_dir()).ok_or_else(|| {
            Error::bad_request(format!("{}: there is no such folder; check the path", folder.display()))
        })?;
        Self::update(home, |settings| {
            settings.model_folders.retain(|other| *other != folder);
            settings.model_folders.push(folder);
        })
    }

    /// Takes a folder from the list; nothing in it is touched.
    pub fn forget_folder(home: &Path, folder: &Path) -> Result<()> {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        if !Self::read(home).model_folders.contains(&real) {
            let message = format!("{}: no folder that was added; nothing is forgotten", folder.display());
            return Err(Error::bad_request(message));
        }
        Self::update(home, |settings| settings.model_folders.retain(|other| *other != real))
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
