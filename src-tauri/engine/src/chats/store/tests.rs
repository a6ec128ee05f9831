//! Conversations through their life, and files that are not what they should be.

use tempfile::TempDir;

use super::*;
use crate::protocol::{FinishReason, Usage};

fn store() -> (TempDir, ChatStore) {
    let home = tempfile::tempdir().expect("a folder");
    let store = ChatStore::new(home.path());
    (home, store)
}

fn ask<'a>(chat: Option<i64>, question: &'a str) -> Ask<'a> {
    Ask { chat, turn: None, question: Some(question), system: "", model: "tiny" }
}

fn finished() -> Ending {
    let usage = Usage { prompt_tokens: 7, ..Usage::default() };
    Ending::Finished { reason: FinishReason::Stop, usage }
}

/// A conversation of one question and its answer.
fn talk(store: &ChatStore, chat: Option<i64>, question: &str, answer: &str) -> Asked {
    let asked = store.ask(&ask(chat, question)).expect("asked");
    store.keep(asked.answer, answer, &finished()).expect("kept");
    asked
}

#[test]
fn a_conversation_is_there_again_after_a_restart() {
    let (home, store) = store();
    let first = talk(&store, None, "  What is\n an ingot? ", "A bar of metal.");
    assert_eq!(first.title, "What is");
    let second = store.ask(&Ask { system: "Be brief.", ..ask(Some(first.chat), "Of which?") }).expect("asked");
    assert_eq!(second.messages.len(), 4, "system, question, answer, question");
    store.keep(second.answer, "Any", &Ending::Open).expect("kept");
    // As after a crash: nobody has said goodbye.
    let again = ChatStore::new(home.path());
    let chat = again.open(first.chat, None, 100).expect("opened");
    let texts: Vec<&str> = chat.turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!(texts, ["  What is\n an ingot? ", "A bar of metal.", "Of which?", "Any"]);
    assert_eq!(chat.turns[1].ending, Some(finished()));
    assert_eq!(chat.turns[3].ending, Some(Ending::Open));
    assert_eq!((chat.system.as_str(), chat.has_earlier), ("Be brief.", false));
    assert_eq!(chat.turns[1].model.as_deref(), Some("tiny"));
    assert!(chat.markdown().contains("**tiny**\n\nA bar of metal."));
    assert_eq!(chat.json()["messages"][3]["content"], "Any");
}

#[test]
fn turns_are_replaced_by_asking_again() {
    let (_home, store) = store();
    let first = talk(&store, None, "One", "1");
    let second = talk(&store, Some(first.chat), "Two", "2");
    let again = Ask { turn: Some(second.question), question: None, ..ask(Some(first.chat), "") };
    let again = store.ask(&again).expect("asked");
    assert_eq!(again.question, second.question);
    assert_eq!(again.messages.last().map(|message| message.content.as_str()), Some("Two"));
    assert_eq!(store.open(first.chat, None, 100).expect("opened").turns.len(), 4);
    // Another first question: nothing is left of the rest.
    store.ask(&Ask { turn: Some(first.question), ..ask(Some(first.chat), "Three") }).expect("asked");
    let chat = store.open(first.chat, None, 100).expect("opened");
    let texts: Vec<&str> = chat.turns.iter().map(|turn| turn.text.as_str()).collect();
    assert_eq!((texts.as_slice(), chat.title.as_str()), (&["Three", ""][..], "Three"));
    store.rename(first.chat, "Numbers").expect("renamed");
    let named = store.ask(&Ask { turn: Some(chat.turns[0].id), ..ask(Some(first.chat), "Four") }).expect("asked");
    assert_eq!(named.title, "Numbers", "a name that was given stays");
    // Another window still shows what was replaced: nothing is forgotten for it.
    for stale in [first.question, second.answer, i64::MAX] {
        for question in [None, Some("Five")] {
            store.ask(&Ask { turn: Some(stale), question, ..ask(Some(first.chat), "") }).expect_err("replaced");
        }
    }
    assert_eq!(store.open(first.chat, None, 100).expect("opened").turns.len(), 2);
    store.keep(second.answer, "late", &finished()).expect_err("replaced");
    assert!(store.list("Two").expect("found").is_empty(), "what is gone is not found");
}

#[test]
fn conversations_are_found_by_any_part_of_a_word() {
    let (_home, store) = store();
    let cats = talk(&store, None, "Tell me about cats", "They purr 100% of the time. Größe: mittel. 猫は可愛い。");
    let dogs = talk(&store, None, "And \"dogs\"?", "They bark_loudly.");
    let ids = |search: &str| store.list(search).expect("listed").iter().map(|entry| entry.id).collect::<Vec<_>>();
    assert_eq!(ids(""), [dogs.chat, cats.chat], "the latest first");
    for search in ["cats", "URR", "100%", "0%", "größe", "可愛い", "猫", "t c"] {
        assert_eq!(ids(search), [cats.chat], "{search}");
    }
    assert_eq!(ids("\"dogs\""), [dogs.chat]);
    assert_eq!(ids("k_l"), [dogs.chat]);
    for nothing in ["%%%%", "__", "' OR 1=1 --", "text:cats", "\"", "NEAR(cats)"] {
        assert!(ids(nothing).is_empty() || nothing == "\"", "{nothing}");
    }
    assert_eq!(
        store.list("purr").expect("listed")[0].excerpt.as_deref(),
        Some("They purr 100% of the time. Größe: mittel. 猫は可愛い。")
    );
    store.rename(cats.chat, "  Felines\nand more ").expect("renamed");
    assert_eq!(store.list("felines and").expect("listed")[0].title, "Felines and more");
    store.rename(cats.chat, " ").expect_err("no name");
    store.delete(cats.chat).expect("deleted");
    assert_eq!(ids(""), [dogs.chat]);
    assert!(ids("purr").is_empty());
    store.open(cats.chat, None, 10).expect_err("gone");
    store.ask(&ask(Some(cats.chat), "Still there?")).expect_err("gone");
}

#[test]
fn long_conversations_come_in_pages() {
    let (_home, store) = store();
    let first = talk(&store, None, "0", "0");
    for number in 1..500 {
        talk(&store, Some(first.chat), &number.to_string(), "an answer");
    }
    let mut page = store.open(first.chat, None, 60).expect("opened");
    let mut turns = page.turns.len();
    while page.has_earlier {
        page = store.open(first.chat, Some(page.turns[0].id), 60).expect("opened");
        turns += page.turns.len();
    }
    assert_eq!((turns, page.turns[0].text.as_str()), (1000, "0"));
}

#[test]
fn damaged_files_are_set_aside_and_newer_ones_left_alone() {
    let (home, store) = store();
    let path = home.path().join(FILE);
    std::fs::write(&path, "not a database, but long enough to be looked at as one".repeat(100)).expect("written");
    let chat = talk(&store, None, "Hello", "Hi").chat;
    assert!(home.path().join("chats.sqlite3.damaged-1").exists());
    assert_eq!(store.open(chat, None, 10).expect("opened").turns.len(), 2);

    drop(store);
    let newer = Connection::open(&path).expect("opened");
    newer.pragma_update(None, "user_version", 99).expect("set");
    let error = ChatStore::new(home.path()).list("").expect_err("newer");
    assert!(error.message.contains("newer Ingot"), "{error}");
    assert!(!home.path().join("chats.sqlite3.damaged-2").exists());
}

#[test]
fn a_folder_that_takes_nothing_is_an_error_and_not_the_end() {
    let (home, store) = store();
    std::fs::create_dir(home.path().join(FILE)).expect("made");
    let error = store.ask(&ask(None, "Hello")).expect_err("no file");
    assert!(error.message.contains("chats cannot be kept"), "{error}");
    std::fs::remove_dir(home.path().join(FILE)).expect("removed");
    talk(&store, None, "Hello", "Hi");
}

#[test]
fn damage_that_shows_later_is_mended_or_set_aside() {
    let (home, store) = store();
    let chat = talk(&store, None, "Hello", "Hi").chat;
    for number in 0..200 {
        talk(&store, Some(chat), &format!("{number} {}", "words ".repeat(100)), "an answer");
    }
    drop(store);
    let path = home.path().join(FILE);
    let connection = Connection::open(&path).expect("opened");
    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE").expect("written");
    drop(connection);
    let mut bytes = std::fs::read(&path).expect("read");
    let begin = bytes.len() / 4;
    let end = bytes.len() - 8192;
    bytes[begin..end].fill(0x5a);
    std::fs::write(&path, bytes).expect("written");
    let _ = std::fs::remove_file(home.path().join("chats.sqlite3-wal"));

    let store = ChatStore::new(home.path());
    let begin = (0..20).find(|_| store.ask(&ask(None, "And now?")).is_ok());
    assert!(begin.is_some(), "nobody can chat any more");
    assert!(home.path().join("chats.sqlite3.damaged-1").exists());
}
