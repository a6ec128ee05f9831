//! From turns to what a model is asked.

use super::turn::{Ending, Turn};
use crate::protocol::{Message, Role};

/// The messages for the last question of `turns`. Many chat templates insist that roles alternate, so a question that
/// failed without a word is left out, and one that was stopped without a word joins the next question.
pub fn messages(system: &str, turns: &[Turn]) -> Vec<Message> {
    let mut messages = Vec::new();
    if !system.trim().is_empty() {
        messages.push(Message { role: Role::System, content: system.trim().to_owned() });
    }
    for turn in turns {
        let asks = |message: &Message| message.role == Role::User;
        match (turn.role, messages.last_mut()) {
            (Role::Assistant, _) if !turn.text.is_empty() => {
                messages.push(Message { role: Role::Assistant, content: turn.text.clone() });
            }
            (Role::Assistant, Some(last)) if asks(last) && matches!(turn.ending, Some(Ending::Failed { .. })) => {
                messages.pop();
            }
            (Role::Assistant, _) => {}
            (_, Some(last)) if asks(last) => {
                last.content.push_str("\n\n");
                last.content.push_str(&turn.text);
            }
            _ => messages.push(Message { role: Role::User, content: turn.text.clone() }),
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::protocol::{FinishReason, Usage};

    fn question(text: &str) -> Turn {
        Turn { id: 0, role: Role::User, text: text.into(), model: None, ending: None }
    }

    fn answer(text: &str, ending: Ending) -> Turn {
        Turn { id: 0, role: Role::Assistant, text: text.into(), model: None, ending: Some(ending) }
    }

    fn told(system: &str, turns: &[Turn]) -> String {
        let line = |message: &Message| format!("{:?}: {}", message.role, message.content);
        messages(system, turns).iter().map(line).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn roles_alternate_whatever_became_of_the_answers() {
        let done = || Ending::Finished { reason: FinishReason::Stop, usage: Usage::default() };
        let stopped = || Ending::Finished { reason: FinishReason::Cancelled, usage: Usage::default() };
        let failed = || Ending::Failed { error: Error::internal("x") };
        let usual = [question("a"), answer("b", done()), question("c")];
        assert_eq!(told(" Be brief. ", &usual), "System: Be brief. | User: a | Assistant: b | User: c");
        assert_eq!(told("", &[question("a"), answer("", failed()), question("b")]), "User: b");
        assert_eq!(told("", &[question("a"), answer("", stopped()), question("b")]), "User: a\n\nb");
        assert_eq!(told("", &[question("a"), answer("", Ending::Open), question("b")]), "User: a\n\nb");
        assert_eq!(
            told("", &[question("a"), answer("half", failed()), question("b")]),
            "User: a | Assistant: half | User: b"
        );
        assert_eq!(told("  ", &[question("a")]), "User: a");
    }
}
