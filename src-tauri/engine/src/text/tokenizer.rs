//! A Hub tokenizer with its chat template: prompts to token ids.

use serde_json::{Map, Value};
use tokenizers::Tokenizer;

use super::template::{ChatTemplate, Guard};
use crate::checkpoint::{Folder, GenerationConfig, json, limits};
use crate::confine;
use crate::error::{Error, Result};
use crate::markdown;
use crate::protocol::{Message, Prompt};

const FILE: &str = "tokenizer.json";
const CONFIG_FILE: &str = "tokenizer_config.json";

/// Memory for work on text, in bytes, besides what grows with the input.
const WORK_BYTES: usize = 48 << 20;
/// Memory for `tokenizer_config.json`, in bytes.
const SETTINGS_BYTES: usize = 56 << 20;
/// Memory per byte of `tokenizer.json`: vocabulary and merges, as text and as tables.
const BYTES_PER_FILE_BYTE: usize = 24;
/// Memory per byte of text to encode.
const BYTES_PER_TEXT_BYTE: usize = 256;

/// The end of a prompt that tells whether thinking has begun, in tokens: a mark may be one or several.
const MARK_TOKENS: usize = 8;

/// Everything about a model's text.
pub struct TextModel {
    tokenizer: Tokenizer,
    /// The same, blind to the special tokens in a text.
    plain: Tokenizer,
    template: Option<ChatTemplate>,
    bos: Option<String>,
    /// Contents and ids of the special tokens, longest first.
    special: Vec<(String, u32)>,
    end_tokens: Vec<u32>,
    vocabulary: usize,
}

impl TextModel {
    /// Reads the tokenizer of `folder` for a model whose embedding has `vocabulary` rows. `config_end_tokens` are
    /// those of `config.json`; `generation_config.json` wins over them.
    pub fn read(
        folder: &Folder,
        vocabulary: usize,
        config_end_tokens: Vec<u32>,
        generation: &GenerationConfig,
    ) -> Result<Self> {
        let bytes = folder.read(FILE, limits::TOKENIZER_BYTES)?.ok_or_else(|| {
            folder.error(FILE, "is missing; Ingot needs the model's fast tokenizer, get it from the model's page")
        })?;
        let settings = confine::confined("reading tokenizer_config.json", SETTINGS_BYTES, || {
            json::read_object(folder, CONFIG_FILE, limits::TOKENIZER_CONFIG_BYTES)
        })
        .map_err(|reason| folder.error(CONFIG_FILE, &reason))??
        .unwrap_or_default();
        let tokenizer =
            confine::confined("the tokenizer's loading", WORK_BYTES + BYTES_PER_FILE_BYTE * bytes.len(), || {
                load(&bytes, vocabulary)
            })
            .and_then(|loaded| loaded)
            .map_err(|reason| folder.error(FILE, &reason))?;

        let mut special: Vec<(String, u32)> = tokenizer
            .get_added_tokens_decoder()
            .into_iter()
            .filter(|(_, token)| token.special && !token.content.is_empty())
            .map(|(id, token)| (token.content, id))
            .collect();
        special.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then(a.cmp(b)));

        let mut end_tokens =
            if generation.end_tokens.is_empty() { config_end_tokens } else { generation.end_tokens.clone() };
        // As mlx-lm does: the tokenizer's own end counts, too, whatever the configs list.
        let own = special_text(&settings, "eos_token").and_then(|text| tokenizer.token_to_id(&text));
        end_tokens.extend(own.filter(|id| !end_tokens.contains(id)));
        let template = ChatTemplate::read(folder, &settings, has_thinking(&tokenizer))?;
        let mut plain = tokenizer.clone();
        plain.set_encode_special_tokens(true);
        let bos = special_text(&settings, "bos_token");
        Ok(Self { tokenizer, plain, template, bos, special, end_tokens, vocabulary })
    }

    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// Ids of the tokens that end an answer.
    pub fn end_tokens(&self) -> &[u32] {
        &self.end_tokens
    }

    /// The ids of `prompt`: at least one, all of them rows of the embedding.
    pub fn encode(&self, prompt: &Prompt) -> Result<Vec<u32>> {
        let ids = match prompt {
            Prompt::Tokens(ids) => ids.clone(),
            Prompt::Raw(text) => self.encode_raw(text)?,
            Prompt::Chat(messages) => match &self.template {
                Some(template) => self.encode_chat(template, messages)?,
                None => {
                    let texts: Vec<&str> = messages.iter().map(|message| message.content.as_str()).collect();
                    self.encode_raw(&texts.join("\n"))?
                }
            },
        };
        if ids.is_empty() {
            return Err(Error::bad_request("the prompt is empty; type something"));
        }
        match ids.iter().find(|&&id| id as usize >= self.vocabulary) {
            Some(id) => Err(Error::bad_request(format!(
                "the prompt has token {id}, the model knows {} tokens; its tokenizer belongs to another model",
                self.vocabulary
            ))),
            None => Ok(ids),
        }
    }

    /// How many tokens each of `texts` has, special ones not counted.
    pub(super) fn lengths(&self, texts: &[&str]) -> Result<Vec<usize>> {
        let length = |text: &&str| ids(&self.plain, text, false).map(|ids| ids.len());
        self.run(texts.iter().map(|text| text.len()).sum(), || texts.iter().map(length).collect())
    }

    /// The mark with which the prompt `ids` ends in the middle of thinking. The tokens are read as the vocabulary writes
    /// them, for a decoder is a stranger's program.
    pub fn opens_thinking(&self, ids: &[u32]) -> Option<&'static str> {
        let last = &ids[ids.len().saturating_sub(MARK_TOKENS)..];
        let text: String = last.iter().filter_map(|id| self.tokenizer.id_to_token(*id)).collect();
        markdown::left_open(&text.replace(['Ċ', 'Ġ', '▁'], " ").replace("<0x0A>", " "))
    }

    /// Special tokens are added as the tokenizer does, unless the text brings its own beginning.
    fn encode_raw(&self, text: &str) -> Result<Vec<u32>> {
        let has_bos = self.bos.as_ref().is_some_and(|bos| text.starts_with(bos));
        self.run(text.len(), || ids(&self.tokenizer, text, !has_bos))
    }

    fn encode_chat(&self, template: &ChatTemplate, messages: &[Message]) -> Result<Vec<u32>> {
        let guard = Guard::new(messages, self.special.iter().map(|(text, _)| text.as_str()))?;
        let rendered = template.render(guard.messages(messages))?;
        if !guard.is_needed() {
            return self.run(rendered.len(), || ids(&self.tokenizer, &rendered, false));
        }
        // Somebody typed a special token: cut the text at those that the template put there, and encode
        // what lies between them blind to special tokens.
        let (text, protected) = guard.remove(&rendered);
        self.run(text.len(), || {
            let mut all = Vec::new();
            let mut begin = 0;
            let mut at = 0;
            while at < text.len() {
                let rest = &text[at..];
                let found = self.special.iter().find(|(special, _)| rest.starts_with(special.as_str()));
                match found.filter(|_| !protected.contains(&at)) {
                    Some((special, id)) => {
                        all.extend(ids(&self.plain, &text[begin..at], false)?);
                        all.push(*id);
                        at += special.len();
                        begin = at;
                    }
                    None => at += rest.chars().next().map_or(1, char::len_utf8),
                }
            }
            all.extend(ids(&self.plain, &text[begin..], false)?);
            Ok(all)
        })
    }

    fn run<T: Send>(&self, bytes: usize, work: impl FnOnce() -> std::result::Result<T, String> + Send) -> Result<T> {
        confine::confined("the tokenizer", WORK_BYTES + BYTES_PER_TEXT_BYTE * bytes, work)
            .and_then(|result| result)
            .map_err(|reason| Error::bad_request(format!("the tokenizer cannot encode the prompt: {reason}")))
    }
}

fn ids(tokenizer: &Tokenizer, text: &str, add_special: bool) -> std::result::Result<Vec<u32>, String> {
    if text.is_empty() && !add_special {
        return Ok(Vec::new());
    }
    match tokenizer.encode_fast(text, add_special) {
        Ok(encoding) => Ok(encoding.get_ids().to_vec()),
        Err(error) => Err(error.to_string()),
    }
}

/// Builds the tokenizer and refuses what would fail or mislead later.
fn load(bytes: &[u8], vocabulary: usize) -> std::result::Result<Tokenizer, String> {
    json::check_depth(bytes, limits::JSON_DEPTH)?;
    let mut tokenizer =
        Tokenizer::from_bytes(bytes).map_err(|error| format!("is not a tokenizer that can be read: {error}"))?;
    // A file may ask to pad every text to a billion tokens; prompts are neither padded nor cut.
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(|error| error.to_string())?;

    let words = tokenizer.get_vocab(false);
    let mut seen = std::collections::HashSet::with_capacity(words.len());
    if let Some((word, id)) = words.iter().find(|(_, id)| !seen.insert(**id)) {
        return Err(format!("gives id {id} to {word:?} and to another token; download it again"));
    }
    if let Some((word, id)) = tokenizer.get_vocab(true).into_iter().find(|(_, id)| *id as usize >= vocabulary) {
        return Err(format!(
            "gives id {id} to {word:?}, the model knows {vocabulary} tokens; it belongs to another model"
        ));
    }
    Ok(tokenizer)
}

/// The text of a special token in `tokenizer_config.json`: a string, or an object with `content`.
pub(super) fn special_text(settings: &Map<String, Value>, name: &str) -> Option<String> {
    match settings.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Object(token) => token.get("content")?.as_str().map(str::to_owned),
        _ => None,
    }
}

/// Whether the vocabulary has tags around a thinking part, as mlx-lm decides it.
fn has_thinking(tokenizer: &Tokenizer) -> bool {
    [("<think>", "</think>"), ("<longcat_think>", "</longcat_think>")]
        .iter()
        .any(|(open, close)| tokenizer.token_to_id(open).is_some() && tokenizer.token_to_id(close).is_some())
}

#[cfg(test)]
mod tests;
