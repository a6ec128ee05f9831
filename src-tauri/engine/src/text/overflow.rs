//! Where a conversation that outgrows the context is cut: its oldest exchanges are left out, the system prompt stays.

use super::TextModel;
use crate::error::Result;
use crate::markdown;
use crate::protocol::{Message, Prompt, Role};

/// What is left out grows by one such part of the context at a time: in between the prompt begins as before, so that the
/// cache keeps what it has computed.
const PARTS: usize = 4;
/// At most such a part of the context is kept free for the answer.
const FREE_PARTS: usize = 8;

/// A prompt as a model reads it.
#[derive(Debug, PartialEq, Eq)]
pub struct Encoded {
    pub ids: Vec<u32>,
    /// How many of the oldest messages are not in it, the system prompt not counted.
    pub left_out: usize,
}

impl TextModel {
    /// The ids of `prompt`, as [`encode`](Self::encode) makes them; of a conversation that does not leave room in `context`
    /// for an answer of `answer` tokens (or an eighth of the context, if that is less) the newest part. The last question
    /// is never left out, so that the result may still be too long.
    pub fn encode_within(&self, prompt: &Prompt, context: usize, answer: usize) -> Result<Encoded> {
        let mut shortest = Encoded { ids: self.encode(prompt)?, left_out: 0 };
        let room = context - answer.min(context / FREE_PARTS);
        let Prompt::Chat(messages) = prompt else { return Ok(shortest) };
        if shortest.ids.len() <= room {
            return Ok(shortest);
        }
        let begin = messages.iter().take_while(|message| message.role == Role::System).count();
        let (system, spoken) = messages.split_at(begin);
        let cuts = cuts(&self.lengths_in_chat(spoken)?, context / PARTS);
        // Halving finds the first that is enough. What a template makes of the rest is known only when it is encoded: many
        // leave out what was thought before earlier answers.
        let mut enough = None;
        let (mut low, mut high) = (0, cuts.len());
        while low < high {
            let middle = (low + high) / 2;
            let kept = [system, &spoken[cuts[middle]..]].concat();
            let tried = Encoded { ids: self.encode(&Prompt::Chat(kept))?, left_out: cuts[middle] };
            if tried.ids.len() <= room {
                high = middle;
                enough = Some(tried);
            } else {
                low = middle + 1;
                shortest = tried;
            }
        }
        Ok(enough.unwrap_or(shortest))
    }

    /// Whether each message is a question, and its tokens in a conversation that has gone on.
    fn lengths_in_chat(&self, messages: &[Message]) -> Result<Vec<(bool, usize)>> {
        let say = |role| Message { role, content: "a".to_owned() };
        let count = |messages: Vec<Message>| self.encode(&Prompt::Chat(messages)).map_or(0, |ids| ids.len());
        let (one, three) = (vec![say(Role::User)], vec![say(Role::User), say(Role::Assistant), say(Role::User)]);
        // What the template puts around a message, and the letter.
        let added = count(three).saturating_sub(count(one)) / 2;
        let texts: Vec<&str> =
            messages.iter().map(|message| markdown::split_thinking(&message.content).answer).collect();
        let lengths = self.lengths(&texts)?;
        let is_question = messages.iter().map(|message| message.role == Role::User);
        Ok(is_question.zip(lengths.into_iter().map(|length| length + added)).collect())
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
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::checkpoint::{Folder, GenerationConfig};

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

    /// A model whose template leaves out what was thought before earlier answers, as Qwen3's does.
    fn thinker() -> TextModel {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/tokenizers/byte-level");
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["tokenizer.json", "tokenizer_config.json"] {
            fs::copy(fixture.join(name), folder.path().join(name)).expect("copied");
        }
        let template = "{% for message in messages %}<|im_start|>{{ message.role }}\n\
                        {{ message.content.split('</think>')[-1] }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n";
        fs::write(folder.path().join("chat_template.jinja"), template).expect("written");
        let folder = Folder::open(folder.path()).expect("opened");
        TextModel::read(&folder, 5000, Vec::new(), &GenerationConfig::default()).expect("read")
    }

    fn message(role: Role, content: &str) -> Message {
        Message { role, content: content.to_owned() }
    }

    #[test]
    fn no_more_is_left_out_than_has_to_be_and_the_beginning_lasts() {
        let (model, context) = (thinker(), 512);
        let thought = format!("<think>{}</think>Yes, I think so.", "and then again ".repeat(40));
        let mut messages = vec![message(Role::System, "Be brief.")];
        let (mut lengths, mut beginnings) = (Vec::new(), vec![0]);
        for turn in 0..60 {
            messages.push(message(Role::User, &format!("Is {turn} a number?")));
            let prompt = Prompt::Chat(messages.clone());
            let encoded = model.encode_within(&prompt, context, 1000).expect("encoded");
            let text = model.tokenizer().decode(&encoded.ids, false).expect("decoded");
            assert!(text.contains("Be brief.") && text.contains(&format!("Is {turn} a number?")), "{text}");
            assert!(!text.contains("again"), "{text}");
            assert_eq!(encoded.left_out % 2, 0);
            if encoded.left_out > 0 {
                lengths.push(encoded.ids.len());
            }
            if beginnings.last() != Some(&encoded.left_out) {
                beginnings.push(encoded.left_out);
            }
            messages.push(message(Role::Assistant, &thought));
        }
        let room = context - context / FREE_PARTS;
        assert!(lengths.len() > 20 && lengths.iter().all(|length| (room / 2..=room).contains(length)), "{lengths:?}");
        assert!((3..=60 / 3).contains(&beginnings.len()) && beginnings.is_sorted(), "{beginnings:?}");
    }

    #[test]
    fn what_is_asked_last_is_never_left_out() {
        let model = thinker();
        let long = message(Role::User, &"word ".repeat(300));
        let alone = model.encode_within(&Prompt::Chat(vec![long.clone()]), 128, 16).expect("encoded");
        assert!(alone.left_out == 0 && alone.ids.len() > 128);
        let spoken = vec![message(Role::User, "Hello"), message(Role::Assistant, "Hello"), long];
        let cut = model.encode_within(&Prompt::Chat(spoken), 128, 16).expect("encoded");
        assert_eq!((cut.left_out, cut.ids), (2, alone.ids));
        // A context of next to nothing, and text without messages.
        assert_eq!(
            model.encode_within(&Prompt::Chat(vec![message(Role::System, "Be brief.")]), 1, 9).expect("ids").left_out,
            0
        );
        assert_eq!(model.encode_within(&Prompt::Raw("word ".repeat(300)), 128, 16).expect("ids").left_out, 0);
    }

    #[test]
    fn what_was_never_answered_can_be_left_out_and_a_lone_question_cannot() {
        assert_eq!(cuts(&[(true, 10)], 100), Vec::<usize>::new());
        assert_eq!(cuts(&[], 100), Vec::<usize>::new());
        assert_eq!(cuts(&[(true, 10), (true, 10)], 0), [1]);
        assert_eq!(cuts(&[(false, 500), (true, 10), (false, 5)], 100), [1]);
    }
}
