//! The tree that is shown.

use serde::Serialize;

/// An answer: what the model thought before it, if it told, and what it said.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Document {
    pub thinking: Vec<Block>,
    pub answer: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Block {
    Paragraph {
        spans: Vec<Span>,
    },
    Heading {
        /// 1 to 6.
        level: u8,
        spans: Vec<Span>,
    },
    Code {
        /// As the model named it; may be empty.
        language: String,
        text: String,
    },
    Quote {
        blocks: Vec<Block>,
    },
    List {
        /// The first number; null for bullets.
        #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
        start: Option<u64>,
        items: Vec<Item>,
    },
    Table {
        /// One per column.
        aligns: Vec<Align>,
        /// Each cell is a list of spans.
        head: Vec<Vec<Span>>,
        rows: Vec<Vec<Vec<Span>>>,
    },
    Rule,
}

/// One entry of a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Item {
    /// Of a task; null for ordinary entries.
    pub checked: Option<bool>,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Align {
    Start,
    Center,
    End,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Span {
    Text {
        text: String,
    },
    Code {
        text: String,
    },
    Emphasis {
        spans: Vec<Span>,
    },
    Strong {
        spans: Vec<Span>,
    },
    Struck {
        spans: Vec<Span>,
    },
    /// Opened outside, after a person has seen the host.
    Link {
        href: String,
        /// The host of a web address, the address of a mail.
        host: String,
        spans: Vec<Span>,
    },
    Break,
}
