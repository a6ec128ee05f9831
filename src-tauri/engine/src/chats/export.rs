//! A conversation as a text to keep or to give away.

use serde_json::{Value, json};

use super::store::Chat;
use crate::protocol::Role;

impl Chat {
    /// As Markdown, the thinking of models included as they wrote it.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n", self.title);
        if !self.system.is_empty() {
            text.push_str(&format!("\n**System prompt**\n\n{}\n", self.system));
        }
        for turn in &self.turns {
            let who = match (turn.role, &turn.model) {
                (Role::Assistant, Some(model)) => model.as_str(),
                (Role::Assistant, None) => "Answer",
                _ => "You",
            };
            text.push_str(&format!("\n**{who}**\n\n{}\n", turn.text.trim()));
        }
        text
    }

    /// As JSON: `title`, `system` and `messages` with `role`, `content`, and of answers `model` and `ending`.
    pub fn json(&self) -> Value {
        let message = |turn: &super::Turn| match turn.role {
            Role::Assistant => {
                json!({"role": turn.role, "content": turn.text, "model": turn.model, "ending": turn.ending})
            }
            role => json!({"role": role, "content": turn.text}),
        };
        let messages: Vec<Value> = self.turns.iter().map(message).collect();
        json!({"title": self.title, "system": self.system, "messages": messages})
    }
}
