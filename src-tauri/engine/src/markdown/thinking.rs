//! What a model thinks before it answers, apart from the answer.

/// The marks that model families put around it.
const MARKS: &[(&str, &str)] = &[
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<seed:think>", "</seed:think>"),
    ("[THINK]", "[/THINK]"),
];

/// The mark with which a prompt ends in the middle of thinking, so that the model writes only the rest of it.
pub fn left_open(prompt: &str) -> Option<&'static str> {
    MARKS.iter().map(|(open, _)| *open).find(|open| prompt.trim_end().ends_with(open))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    /// `None` if there is none, or nothing in it.
    pub thinking: Option<&'a str>,
    pub answer: &'a str,
    /// Whether the answer is still to come.
    pub is_thinking: bool,
}

/// Splits what has been written so far. A mark that may be incomplete belongs to neither part.
pub fn split(text: &str) -> Parts<'_> {
    let start = text.trim_start();
    for (open, close) in MARKS {
        if let Some(inside) = start.strip_prefix(open) {
            return match inside.split_once(close) {
                Some((thinking, answer)) => parts(thinking, answer, false),
                None => parts(without_beginning_of(close, inside), "", true),
            };
        }
    }
    let may_become_a_mark = !start.is_empty() && MARKS.iter().any(|(open, _)| open.starts_with(start));
    parts("", if may_become_a_mark { "" } else { text }, false)
}

fn parts<'a>(thinking: &'a str, answer: &'a str, is_thinking: bool) -> Parts<'a> {
    Parts { thinking: Some(thinking.trim()).filter(|text| !text.is_empty()), answer, is_thinking }
}

/// `text` without what may be the first part of `mark` at its end.
fn without_beginning_of<'a>(mark: &str, text: &'a str) -> &'a str {
    let held = (1..mark.len()).rev().find(|&length| text.ends_with(&mark[..length])).unwrap_or(0);
    &text[..text.len() - held]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> (Option<&str>, &str, bool) {
        let Parts { thinking, answer, is_thinking } = split(text);
        (thinking, answer, is_thinking)
    }

    #[test]
    fn thinking_is_told_apart_at_every_moment() {
        assert_eq!(of("Hello"), (None, "Hello", false));
        assert_eq!(of("\n<thi"), (None, "", false));
        assert_eq!(of("<table>"), (None, "<table>", false));
        assert_eq!(of("<think>\nWell"), (Some("Well"), "", true));
        assert_eq!(of("<think>Well</thin"), (Some("Well"), "", true));
        assert_eq!(of("<think>Well</think>Yes"), (Some("Well"), "Yes", false));
        assert_eq!(of("<think>\n\n</think>\n\nYes"), (None, "\n\nYes", false));
        assert_eq!(of("[THINK]a[/THINK]b"), (Some("a"), "b", false));
        assert_eq!(of("It ends with </think>, then"), (None, "It ends with </think>, then", false));
        assert_eq!(of("The tag <think> means"), (None, "The tag <think> means", false));
        assert_eq!(of("<think>a</think>b</think>c"), (Some("a"), "b</think>c", false));
    }

    #[test]
    fn templates_may_open_the_thinking() {
        assert_eq!(left_open("<|assistant|>\n<think>\n"), Some("<think>"));
        assert_eq!(left_open("[/INST][THINK]"), Some("[THINK]"));
        assert_eq!(left_open("<|assistant|>\n").or(left_open("<think>\n\n</think>\n\n")), None);
    }

    #[test]
    fn every_prefix_can_be_split() {
        let text = "<think>Ünsure…</think>\nDone: é";
        for end in (0..=text.len()).filter(|&end| text.is_char_boundary(end)) {
            split(&text[..end]);
        }
    }
}
