//! Where a conversation that outgrows the context is cut: its oldest exchanges are left out, the system prompt stays.

use super::TextModel;
use crate::error::Result;
use crate::protocol::{Message, Prompt, Role};

/// The context is divided into so many parts. One is kept free for the answer, and what is left out grows by one at a
/// time: in between the prompt begins as before, so that the cache keeps what it has computed.
const PARTS: usize = 4;

/// A prompt as a model reads it.
#[derive(Debug, PartialEq, Eq)]
pub struct Encoded {
    pub ids: Vec<u32>,
    /// How many of the oldest messages are not in it, the system prompt not counted.
    pub left_out: usize,
}

impl TextModel {
    /// The ids of `prompt`, as [`encode`](Self::encode) makes them; of a conversation that does not leave room in `context`
    /// for an answer of `answer` tokens (or a quarter of the context, if that is less) the newest part. The last message
    /// is never left out, so that the result may still be too long.
    pub fn encode_within(&self, prompt: &Prompt, context: usize, answer: usize) -> Result<Encoded> {
        let ids = self.encode(prompt)?;
        let part = context / PARTS;
        let room = context - answer.min(part);
        let whole = Encoded { ids, left_out: 0 };
        let Prompt::Chat(messages) = prompt else { return Ok(whole) };
        if whole.ids.len() <= room {
            return Ok(whole);
        }
        let begin = messages.iter().take_while(|message| message.role == Role::System).count();
        let (system, spoken) = messages.split_at(begin);
        let mut lengths = Vec::with_capacity(spoken.len());
        for message in spoken {
            lengths.push((message.role == Role::User, self.length(message)?));
        }
        let cuts = cuts(&lengths, part);
        // The template only adds to what the messages have.
        let may_fit = |cut: &usize| lengths[*cut..].iter().map(|(_, tokens)| tokens).sum::<usize>() <= room;
        let first = cuts.iter().position(may_fit).unwrap_or(cuts.len().saturating_sub(1));
        let mut shortest = whole;
        for &cut in &cuts[first..] {
            let kept = [system, &spoken[cut..]].concat();
            shortest = Encoded { ids: self.encode(&Prompt::Chat(kept))?, left_out: cut };
            if shortest.ids.len() <= room {
                break;
            }
        }
        Ok(shortest)
    }

    /// Tokens of a message, without those of the template.
    fn length(&self, message: &Message) -> Result<usize> {
        match message.content.is_empty() {
            true => Ok(0),
            false => self.encode(&Prompt::Raw(message.content.clone())).map(|ids| ids.len()),
        }
    }
}

/// Where a conversation may begin instead, from the least that is left out to the most: at the first question behind one
/// `part` of tokens, behind two, and so on, and in the end at the last question. `messages` are whether each is a question,
/// and its tokens.
fn cuts(messages: &[(bool, usize)], part: usize) -> Vec<usize> {
    let (mut cuts, mut before, mut least) = (Vec::new(), 0, part);
    for (at, (is_question, tokens)) in messages.iter().enumerate() {
        if *is_question && at > 0 && before >= least {
            cuts.push(at);
            least = before + part - before % part.max(1);
        }
        before += tokens;
    }
    let last = messages.iter().rposition(|(is_question, _)| *is_question).filter(|last| *last > 0);
    cuts.extend(last.filter(|last| cuts.last() != Some(last)));
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Questions of 10 tokens and answers of `answer`.
    fn exchanges(count: usize, answer: usize) -> Vec<(bool, usize)> {
        (0..count).flat_map(|_| [(true, 10), (false, answer)]).chain([(true, 10)]).collect()
    }

    #[test]
    fn a_conversation_is_cut_at_questions_a_part_at_a_time() {
        // Of 50 tokens each: behind 100, 200, 300 and 400, and at the last.
        assert_eq!(cuts(&exchanges(9, 40), 100), [4, 8, 12, 16, 18]);
        // Of 80: the first question behind 100 is that behind 160, and so on.
        assert_eq!(cuts(&exchanges(5, 70), 100), [4, 6, 8, 10]);
        // One exchange may be longer than a part.
        assert_eq!(cuts(&exchanges(3, 990), 100), [2, 4, 6]);
    }

    #[test]
    fn a_cut_stays_while_the_conversation_grows() {
        for count in 5..40 {
            let (before, after) = (cuts(&exchanges(count, 37), 128), cuts(&exchanges(count + 1, 37), 128));
            let lasting = before.len() - 1;
            assert_eq!(before[..lasting], after[..lasting], "{count}");
        }
    }

    #[test]
    fn what_was_never_answered_can_be_left_out_and_a_lone_question_cannot() {
        assert_eq!(cuts(&[(true, 10)], 100), Vec::<usize>::new());
        assert_eq!(cuts(&[], 100), Vec::<usize>::new());
        assert_eq!(cuts(&[(true, 10), (true, 10)], 0), [1]);
        assert_eq!(cuts(&[(false, 500), (true, 10), (false, 5)], 100), [1]);
    }
}
