//! The tables, and how an older file becomes one of today.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode as Sqlite};

use crate::error::{Error, Result};

/// Each entry leads from the version before it to its own; the file's version is the number of those done.
const STEPS: &[&str] = &["
    CREATE TABLE chats (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        title TEXT NOT NULL,
        system TEXT NOT NULL,
        updated INTEGER NOT NULL -- milliseconds since 1970
    ) STRICT;
    CREATE INDEX chats_by_time ON chats (updated);
    CREATE TABLE turns (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        chat INTEGER NOT NULL REFERENCES chats ON DELETE CASCADE,
        role TEXT NOT NULL, -- 'user' or 'assistant'
        text TEXT NOT NULL,
        model TEXT,
        ending TEXT, -- JSON, of answers
        created INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX turns_of_chat ON turns (chat, id);
    CREATE VIRTUAL TABLE words USING fts5(text, content='turns', content_rowid='id', tokenize='trigram');
    CREATE TRIGGER turn_comes AFTER INSERT ON turns BEGIN
        INSERT INTO words(rowid, text) VALUES (new.id, new.text);
    END;
    CREATE TRIGGER turn_goes AFTER DELETE ON turns BEGIN
        INSERT INTO words(words, rowid, text) VALUES ('delete', old.id, old.text);
    END;
    CREATE TRIGGER turn_changes AFTER UPDATE OF text ON turns BEGIN
        INSERT INTO words(words, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO words(rowid, text) VALUES (new.id, new.text);
    END;
"];

/// How long another process may hold the file.
const PATIENCE: Duration = Duration::from_secs(5);

/// The database at `path`, made or brought up to date. One that is damaged is mended or kept aside under another name;
/// `is_suspect` has all of it looked through.
pub fn open(path: &Path, is_suspect: bool) -> Result<Connection> {
    if let Some(folder) = path.parent() {
        // Whether that was possible shows in a moment.
        let _ = std::fs::create_dir_all(folder);
    }
    match try_open(path).and_then(|opened| if is_suspect { mended(opened) } else { Ok(opened) }) {
        Err(error) if is_damage(&error) => {
            set_aside(path)?;
            try_open(path).map_err(|error| told(path, &error))
        }
        result => result.map_err(|error| told(path, &error)),
    }
    .and_then(|(connection, version)| {
        if version > STEPS.len() {
            let path = path.display();
            return Err(Error::bad_request(format!(
                "{path} was written by a newer Ingot; update Ingot to read its chats"
            )));
        }
        Ok(connection)
    })
}

pub fn told(path: &Path, error: &rusqlite::Error) -> Error {
    let path = path.display();
    match error.sqlite_error_code() {
        Some(Sqlite::DiskFull) => Error::new(
            crate::ErrorCode::DiskFull,
            format!("{path}: the disk is full; chats are kept once there is room"),
        ),
        _ => Error::internal(format!("{path}: chats cannot be kept: {error}")),
    }
}

/// The same after a look at every page. An index that is wrong is made anew from what it is of.
fn mended((connection, version): (Connection, usize)) -> rusqlite::Result<(Connection, usize)> {
    connection.execute("INSERT INTO words(words) VALUES ('rebuild')", [])?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        let corrupt = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT);
        return Err(rusqlite::Error::SqliteFailure(corrupt, Some(verdict)));
    }
    Ok((connection, version))
}

pub fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(Sqlite::NotADatabase | Sqlite::DatabaseCorrupt))
}

fn try_open(path: &Path) -> rusqlite::Result<(Connection, usize)> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What is committed is on the disk, also through the disk's own cache where that is another matter (macOS).
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let change = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = change.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let version = usize::try_from(version).unwrap_or(0);
    for step in STEPS.iter().skip(version) {
        change.execute_batch(step)?;
    }
    if version < STEPS.len() {
        change.pragma_update(None, "user_version", STEPS.len() as i64)?;
    }
    change.commit()?;
    Ok((connection, version))
}

fn set_aside(path: &Path) -> Result<()> {
    let free = (1..).map(|number| format!("damaged-{number}")).find(|mark| !marked(path, mark, "").exists());
    let mark = free.unwrap_or_default();
    for part in ["", "-wal", "-shm"] {
        let from = path.with_file_name(format!("{}{part}", name(path)));
        if from.exists() {
            std::fs::rename(&from, marked(path, &mark, part)).map_err(|error| {
                Error::internal(format!("{} is damaged and cannot be set aside: {error}", from.display()))
            })?;
        }
    }
    Ok(())
}

fn marked(path: &Path, mark: &str, part: &str) -> std::path::PathBuf {
    path.with_file_name(format!("{}.{mark}{part}", name(path)))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
