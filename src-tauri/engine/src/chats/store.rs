//! What is asked of the database.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::Serialize;

use super::messages::messages;
use super::schema;
use super::turn::{Ending, Turn};
use crate::error::{Error, Result};
use crate::protocol::{Message, Role};
use crate::sync::lock;

const FILE: &str = "chats.sqlite3";
/// Conversations that a list shows.
const MOST_LISTED: i64 = 500;
/// Characters of a title, and of what surrounds a word that was found.
const TITLE: usize = 60;
const EXCERPT: usize = 80;
/// Below this a search reads everything; from it on the index knows.
const INDEXED: usize = 3;

/// All conversations under one home.
#[derive(Debug)]
pub struct ChatStore {
    path: PathBuf,
    connection: Mutex<Option<Connection>>,
    /// Whether the file has shown damage, so that it is looked through when it is opened next.
    suspect: AtomicBool,
}

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ChatEntry {
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub id: i64,
    pub title: String,
    /// Milliseconds since 1970.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub updated: i64,
    /// Where a search found its words; null if in the title, or nothing was searched.
    pub excerpt: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Chat {
    pub id: i64,
    pub title: String,
    pub system: String,
    pub turns: Vec<Turn>,
    /// Whether there are turns before these.
    pub has_earlier: bool,
}

/// What is to be answered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ask<'a> {
    /// `None` begins a conversation.
    pub chat: Option<i64>,
    /// A question that was asked before. With another one in `question` that takes its place; without it is answered
    /// again. Whatever followed is forgotten. `None` adds to the end.
    pub turn: Option<i64>,
    /// What is asked, unless a question is answered again.
    pub question: Option<&'a str>,
    pub system: &'a str,
    /// The name of the model that will answer.
    pub model: &'a str,
}

/// A question that is stored, with an answer to be filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub chat: i64,
    pub title: String,
    pub question: i64,
    pub answer: i64,
    pub messages: Vec<Message>,
}

impl ChatStore {
    /// Opened when it is first needed.
    pub fn new(home: &Path) -> Self {
        Self { path: home.join(FILE), connection: Mutex::default(), suspect: AtomicBool::default() }
    }

    /// Conversations whose title or turns contain `search`, the latest first.
    pub fn list(&self, search: &str) -> Result<Vec<ChatEntry>> {
        let search = search.trim();
        self.read(|db| {
            if search.is_empty() {
                let sql = "SELECT id, title, updated, NULL FROM chats ORDER BY updated DESC, id DESC LIMIT ?1";
                return db.prepare_cached(sql)?.query_map([MOST_LISTED], entry)?.collect();
            }
            let (matches, wanted) = if search.chars().count() < INDEXED {
                ("text LIKE ?3 ESCAPE '\\'", like(search))
            } else {
                let phrase = format!("\"{}\"", search.replace('"', "\"\""));
                ("id IN (SELECT rowid FROM words WHERE words MATCH ?3)", phrase)
            };
            let sql = format!(
                "SELECT c.id, c.title, c.updated,
                        (SELECT t.text FROM turns t WHERE t.chat = c.id AND t.{matches} ORDER BY t.id LIMIT 1) AS found
                 FROM chats c WHERE c.title LIKE ?1 ESCAPE '\\' OR found IS NOT NULL
                 ORDER BY c.updated DESC, c.id DESC LIMIT ?2"
            );
            let mut entries: Vec<ChatEntry> = db
                .prepare_cached(&sql)?
                .query_map(params![like(search), MOST_LISTED, wanted], entry)?
                .collect::<rusqlite::Result<_>>()?;
            for entry in &mut entries {
                entry.excerpt = entry.excerpt.take().map(|text| excerpt(&text, search));
            }
            Ok(entries)
        })
    }

    /// The last `most` turns of a conversation, of those before `before`.
    pub fn open(&self, chat: i64, before: Option<i64>, most: usize) -> Result<Chat> {
        let found = self.read(|db| {
            let sql = "SELECT title, system FROM chats WHERE id = ?1";
            let Some((title, system)) = db.query_row(sql, [chat], |row| Ok((row.get(0)?, row.get(1)?))).optional()?
            else {
                return Ok(None);
            };
            let sql =
                "SELECT id, role, text, model, ending FROM turns WHERE chat = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
            let before = before.unwrap_or(i64::MAX);
            let most_and_one = i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX);
            let mut turns: Vec<Turn> = db
                .prepare_cached(sql)?
                .query_map(params![chat, before, most_and_one], turn)?
                .collect::<rusqlite::Result<_>>()?;
            let has_earlier = turns.len() > most;
            turns.truncate(most);
            turns.reverse();
            Ok(Some(Chat { id: chat, title, system, turns, has_earlier }))
        })?;
        found.ok_or_else(gone)
    }

    /// Stores a question and an empty answer, and forgets what they replace. All of it or nothing.
    pub fn ask(&self, ask: &Ask<'_>) -> Result<Asked> {
        self.change(|db| {
            let now = now();
            let chat = match ask.chat {
                Some(chat) => {
                    let sql = "UPDATE chats SET updated = ?2, system = ?3 WHERE id = ?1";
                    if db.execute(sql, params![chat, now, ask.system])? == 0 {
                        return Err(rusqlite::Error::QueryReturnedNoRows);
                    }
                    chat
                }
                None => {
                    let title = title_of(ask.question.unwrap_or_default());
                    let sql = "INSERT INTO chats (title, system, updated) VALUES (?1, ?2, ?3)";
                    db.execute(sql, params![title, ask.system, now])?;
                    db.last_insert_rowid()
                }
            };
            if let Some(turn) = ask.turn {
                // Another window may have replaced it; then nothing is forgotten for it.
                let sql = "SELECT text FROM turns WHERE id = ?1 AND chat = ?2 AND role = 'user'";
                let old: String = db.query_row(sql, [turn, chat], |row| row.get(0))?;
                let sql = "SELECT COUNT(*) FROM turns WHERE chat = ?1 AND id < ?2";
                let is_first = db.query_row(sql, [chat, turn], |row| row.get::<_, i64>(0))? == 0;
                if let (true, Some(question)) = (is_first, ask.question) {
                    // A name that was made of the old question follows the new one.
                    let sql = "UPDATE chats SET title = ?2 WHERE id = ?1 AND title = ?3";
                    db.execute(sql, params![chat, title_of(question), title_of(&old)])?;
                }
                let first = if ask.question.is_some() { turn } else { turn + 1 };
                db.execute("DELETE FROM turns WHERE chat = ?1 AND id >= ?2", [chat, first])?;
            }
            let sql = "INSERT INTO turns (chat, role, text, model, ending, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let question = match (ask.question, ask.turn) {
                (Some(text), _) => {
                    db.execute(sql, params![chat, "user", text, None::<&str>, None::<&str>, now])?;
                    db.last_insert_rowid()
                }
                (None, Some(turn)) => turn,
                (None, None) => return Err(rusqlite::Error::QueryReturnedNoRows),
            };
            let turns = db
                .prepare_cached("SELECT id, role, text, model, ending FROM turns WHERE chat = ?1 ORDER BY id")?
                .query_map([chat], turn)?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            db.execute(sql, params![chat, "assistant", "", ask.model, json(&Ending::Open), now])?;
            let answer = db.last_insert_rowid();
            let title = db.query_row("SELECT title FROM chats WHERE id = ?1", [chat], |row| row.get(0))?;
            Ok(Asked { chat, title, question, answer, messages: messages(ask.system, &turns) })
        })
    }

    /// What an answer has become so far, or in the end.
    pub fn keep(&self, answer: i64, text: &str, ending: &Ending) -> Result<()> {
        self.change(|db| {
            let sql = "UPDATE turns SET text = ?2, ending = ?3 WHERE id = ?1";
            match db.execute(sql, params![answer, text, json(ending)])? {
                // It was removed or replaced meanwhile, from another window perhaps.
                0 => Err(rusqlite::Error::QueryReturnedNoRows),
                _ => Ok(()),
            }
        })
    }

    /// The text of one turn, as it was written.
    pub fn text(&self, turn: i64) -> Result<String> {
        self.read(|db| db.query_row("SELECT text FROM turns WHERE id = ?1", [turn], |row| row.get(0)))
    }

    pub fn rename(&self, chat: i64, title: &str) -> Result<()> {
        let title = one_title(title);
        if title.is_empty() {
            return Err(Error::bad_request("a chat needs a name; type one"));
        }
        self.change(|db| db.execute("UPDATE chats SET title = ?2 WHERE id = ?1", params![chat, title]).map(drop))
    }

    /// Removes a conversation with all its turns.
    pub fn delete(&self, chat: i64) -> Result<()> {
        self.change(|db| db.execute("DELETE FROM chats WHERE id = ?1", [chat]).map(drop))
    }

    /// What is not there is told as gone.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let mut slot = lock(&self.connection);
        let connection = match slot.take() {
            Some(connection) => connection,
            None => schema::open(&self.path, self.suspect.load(Ordering::Relaxed))?,
        };
        match work(slot.insert(connection)) {
            Ok(result) => Ok(result),
            Err(rusqlite::Error::QueryReturnedNoRows) => Err(gone()),
            Err(error) => {
                // The next call finds out what has become of the file.
                *slot = None;
                self.suspect.store(schema::is_damage(&error), Ordering::Relaxed);
                Err(schema::told(&self.path, &error))
            }
        }
    }

    fn change<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        self.read(|connection| {
            let change = connection.unchecked_transaction()?;
            let result = work(&change)?;
            change.commit()?;
            Ok(result)
        })
    }
}

fn gone() -> Error {
    Error::bad_request("this chat does not exist any more; begin a new one")
}

fn entry(row: &Row<'_>) -> rusqlite::Result<ChatEntry> {
    Ok(ChatEntry { id: row.get(0)?, title: row.get(1)?, updated: row.get(2)?, excerpt: row.get(3)? })
}

fn turn(row: &Row<'_>) -> rusqlite::Result<Turn> {
    let role: String = row.get(1)?;
    let ending: Option<String> = row.get(4)?;
    Ok(Turn {
        id: row.get(0)?,
        role: if role == "user" { Role::User } else { Role::Assistant },
        text: row.get(2)?,
        model: row.get(3)?,
        ending: ending.map(|text| serde_json::from_str(&text).unwrap_or(Ending::Open)),
    })
}

fn json(ending: &Ending) -> String {
    serde_json::to_string(ending).unwrap_or_default()
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A pattern for `LIKE` that is found wherever `text` is.
fn like(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// The first line of a question, cut at a word.
fn title_of(question: &str) -> String {
    let line = one_title(question.trim().lines().next().unwrap_or_default());
    if line.is_empty() { "New chat".into() } else { line }
}

fn one_title(text: &str) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= TITLE {
        return text;
    }
    let cut: String = text.chars().take(TITLE).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(words, _)| words);
    format!("{cut}…")
}

/// What surrounds the first `search` in `text`.
fn excerpt(text: &str, search: &str) -> String {
    let letters: Vec<char> = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().collect();
    let wanted: Vec<char> = search.to_lowercase().chars().collect();
    let same = |a: &char, b: &char| a.to_lowercase().eq(b.to_lowercase());
    let place = letters.windows(wanted.len().max(1)).position(|part| part.iter().zip(&wanted).all(|(a, b)| same(a, b)));
    let begin = place.unwrap_or(0).saturating_sub(EXCERPT / 4);
    let end = (begin + EXCERPT).min(letters.len());
    let before = if begin > 0 { "…" } else { "" };
    let after = if end < letters.len() { "…" } else { "" };
    format!("{before}{}{after}", letters[begin..end].iter().collect::<String>())
}

#[cfg(test)]
mod tests;
