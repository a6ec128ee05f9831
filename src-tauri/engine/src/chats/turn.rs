//! One message of a conversation.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::protocol::{FinishReason, Role, Usage};

#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Rises with time, within all conversations.
    pub id: i64,
    /// `User` or `Assistant`.
    pub role: Role,
    pub text: String,
    /// Of an answer, the name of the model that gave it.
    pub model: Option<String>,
    /// Of an answer; `None` for questions.
    pub ending: Option<Ending>,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Ending {
    Finished {
        reason: FinishReason,
        usage: Usage,
    },
    Failed {
        error: Error,
    },
    /// It did not: the app ended first, or it is still being written.
    Open,
}
