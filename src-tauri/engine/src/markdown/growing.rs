//! A document while it is written: what changes with each piece of text, and no more.

use serde::Serialize;

use super::document::{Block, Document};
use super::parse::parse_placed;
use super::thinking;

/// A block that has two behind it cannot change any more, whatever comes.
const UNSETTLED: usize = 2;

/// The part of a document that a [`Patch`] is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Thinking,
    Answer,
}

/// The first `keep` blocks stay; `blocks` follow in place of the others.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Patch {
    pub part: Part,
    pub keep: u32,
    pub blocks: Vec<Block>,
}

impl Patch {
    pub fn apply(&self, document: &mut Document) {
        let blocks = match self.part {
            Part::Thinking => &mut document.thinking,
            Part::Answer => &mut document.answer,
        };
        blocks.truncate(self.keep as usize);
        blocks.extend_from_slice(&self.blocks);
    }
}

/// A document that grows: each piece costs what its last blocks cost, not what the whole does.
#[derive(Debug, Default)]
pub struct Growing {
    text: String,
    thinking: Side,
    answer: Side,
}

impl Growing {
    /// The text so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Bytes that the next patch reads and may send again.
    pub fn unsettled_bytes(&self) -> usize {
        let sides = [&self.thinking, &self.answer];
        self.text.len().saturating_sub(sides.iter().map(|side| side.settled.0).sum())
    }

    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// What has changed since the last call.
    pub fn patches(&mut self) -> Vec<Patch> {
        let parts = thinking::split(&self.text);
        let thinking = self.thinking.update(Part::Thinking, parts.thinking.unwrap_or_default());
        let answer = self.answer.update(Part::Answer, parts.answer);
        thinking.into_iter().chain(answer).collect()
    }

    /// The last changes: as if the whole had been read at once. References between blocks are known only then.
    pub fn finish(mut self) -> Vec<Patch> {
        self.thinking.settled = (0, 0);
        self.answer.settled = (0, 0);
        self.patches()
    }
}

#[derive(Debug, Default)]
struct Side {
    /// What the blocks were made of.
    text: String,
    blocks: Vec<Block>,
    /// Bytes and blocks that do not change any more.
    settled: (usize, usize),
}

impl Side {
    fn update(&mut self, part: Part, text: &str) -> Option<Patch> {
        if !text.starts_with(&self.text) {
            self.settled = (0, 0);
        }
        self.text.truncate(self.settled.0);
        self.text.push_str(&text[self.settled.0..]);
        let (begin, kept) = self.settled;
        let (places, new): (Vec<usize>, Vec<Block>) = parse_placed(&text[begin..]).into_iter().unzip();
        let same = self.blocks[kept..].iter().zip(&new).take_while(|(old, new)| old == new).count();
        if let Some(unsettled) = new.len().checked_sub(UNSETTLED).filter(|&count| count > 0) {
            self.settled = (begin + places[unsettled], kept + unsettled);
        }
        if same == new.len() && kept + same == self.blocks.len() {
            return None;
        }
        self.blocks.truncate(kept + same);
        self.blocks.extend_from_slice(&new[same..]);
        Some(Patch { part, keep: (kept + same) as u32, blocks: new[same..].to_vec() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markdown::render;

    const SAMPLE: &str = "<think>\nFirst, *look*.\n\n1. a\n\n2</think>\n\n# A list\n\n- one\n- two\n\n  still two\n\n1. a\n\n2. b\n\nTitle\n===\n\n```rust\nfn main() {}\n\n// more\n```\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n> quote\n> more\n\n    indented\n\n  - far\n\n    - farther\n\n      text\n\n***\nEnd [link](https://example.com) and `code`.\n";

    fn stream(text: &str, cuts: impl Iterator<Item = usize>) -> (Document, Vec<Patch>) {
        let (mut growing, mut document, mut all) = (Growing::default(), Document::default(), Vec::new());
        let mut begin = 0;
        for cut in cuts.filter(|&cut| text.is_char_boundary(cut)) {
            growing.push(&text[begin..cut]);
            begin = cut;
            for patch in growing.patches() {
                patch.apply(&mut document);
                all.push(patch);
            }
        }
        growing.push(&text[begin..]);
        for patch in growing.patches() {
            patch.apply(&mut document);
        }
        assert_eq!(document, render(text), "before the last reading");
        let last = growing.finish();
        assert!(last.is_empty(), "{last:?}");
        (document, all)
    }

    #[test]
    fn pieces_add_up_to_the_whole_wherever_they_are_cut() {
        for step in 1..40 {
            stream(SAMPLE, (step..SAMPLE.len()).step_by(step));
        }
        for cut in 0..SAMPLE.len() {
            stream(SAMPLE, std::iter::once(cut));
        }
    }

    #[test]
    fn a_long_answer_is_not_sent_again_and_again() {
        let text = "A paragraph of some words.\n\n".repeat(500);
        let (_, patches) = stream(&text, (10..text.len()).step_by(10));
        let most = patches.iter().map(|patch| patch.blocks.len()).max();
        assert!(most <= Some(UNSETTLED + 1), "{most:?}");
    }

    #[test]
    fn every_kind_of_line_end_settles() {
        let text = "a\r\rb\r\rc\r\rd\r\re\r\rf\r\n\r\ng\n\nh";
        for cut in 0..text.len() {
            stream(text, std::iter::once(cut));
        }
        stream(text, 1..text.len());
    }

    #[test]
    fn references_are_resolved_at_the_end() {
        let text = format!("See [here][1].\n\n{}[1]: https://example.com\n", "Words.\n\n".repeat(5));
        let (mut growing, mut document) = (Growing::default(), Document::default());
        for c in text.chars() {
            growing.push(&c.to_string());
            growing.patches().iter().for_each(|patch| patch.apply(&mut document));
        }
        assert_ne!(document, render(&text));
        growing.finish().iter().for_each(|patch| patch.apply(&mut document));
        assert_eq!(document, render(&text));
    }
}
