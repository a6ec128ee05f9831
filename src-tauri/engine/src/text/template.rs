//! Chat templates: messages to the text a model was trained on.
//!
//! Templates are Jinja as transformers runs it (`trim_blocks`, `lstrip_blocks`, Python's string methods). They
//! are bounded: 256 KiB of source, fuel, memory through [`crate::confine`], and an output not far longer than
//! what went in. Nothing outside the template can be included or reached.

use std::collections::HashSet;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::tokenizer::special_text;
use crate::checkpoint::{Folder, json, limits};
use crate::confine;
use crate::error::{Error, Result};
use crate::protocol::Message;

const TEMPLATE_BYTES: usize = 256 << 10;
/// Instructions that one rendering may execute; about 0.1 s.
const FUEL: u64 = 5_000_000;
/// Memory of one rendering, besides its messages.
const WORK_BYTES: usize = 48 << 20;
/// Bytes of rendered text, besides four times the messages.
const OUTPUT_BYTES: usize = 1 << 20;

pub struct ChatTemplate {
    /// Shown in errors.
    file: String,
    source: String,
    /// `bos_token`, `eos_token` and their like.
    tokens: Vec<(&'static str, String)>,
    thinking: bool,
}

impl ChatTemplate {
    /// From `chat_template.jinja`, or from `tokenizer_config.json` (`settings`), where it is a string or a list
    /// of named ones; `None` if there is none.
    pub fn read(folder: &Folder, settings: &Map<String, Json>, thinking: bool) -> Result<Option<Self>> {
        let (file, source) = if let Some(bytes) = folder.read("chat_template.jinja", TEMPLATE_BYTES as u64)? {
            let source =
                String::from_utf8(bytes).map_err(|_| folder.error("chat_template.jinja", "is not UTF-8 text"))?;
            ("chat_template.jinja", source)
        } else if let Some(source) = settings.get("chat_template").and_then(named_default) {
            ("tokenizer_config.json", source)
        } else {
            let object = json::read_object(folder, "chat_template.json", limits::CONFIG_BYTES)?.unwrap_or_default();
            match object.get("chat_template").and_then(named_default) {
                Some(source) => ("chat_template.json", source),
                None => return Ok(None),
            }
        };
        if source.len() > TEMPLATE_BYTES {
            return Err(
                folder.error(file, &format!("has a chat template of {} bytes, more than 256 KiB", source.len()))
            );
        }
        let tokens = ["bos_token", "eos_token", "unk_token", "pad_token"]
            .into_iter()
            .filter_map(|name| Some((name, special_text(settings, name)?)))
            .collect();
        let template =
            Self { file: folder.path().join(file).display().to_string(), source: plain(&source), tokens, thinking };
        template.check()?;
        Ok(Some(template))
    }

    #[cfg(test)]
    pub(super) fn from_source(source: &str, tokens: Vec<(&'static str, String)>, thinking: bool) -> Self {
        Self { file: "the template".into(), source: plain(source), tokens, thinking }
    }

    /// Refuses a template that does not parse.
    fn check(&self) -> Result<()> {
        self.confined(0, |environment| environment.template_from_str(&self.source).map(|_| ()))
    }

    /// The prompt for `messages`, the model's turn begun at its end.
    pub fn render(&self, messages: &[Message]) -> Result<String> {
        self.render_with(messages, true)
    }

    pub(super) fn render_with(&self, messages: &[Message], add_generation_prompt: bool) -> Result<String> {
        let bytes: usize = messages.iter().map(|message| message.content.len()).sum();
        self.confined(bytes, |environment| {
            let mut values = vec![
                ("messages".to_owned(), Value::from(Serde(messages))),
                ("add_generation_prompt".to_owned(), Value::from(add_generation_prompt)),
                ("tools".to_owned(), Value::from(())),
                ("documents".to_owned(), Value::from(())),
            ];
            if self.thinking {
                values.push(("enable_thinking".to_owned(), Value::from(true)));
            }
            values.extend(self.tokens.iter().map(|(name, text)| ((*name).to_owned(), Value::from(text.as_str()))));
            let values = Value::from_pairs(values);
            let mut output = Bounded { text: Vec::new(), limit: OUTPUT_BYTES + 4 * bytes };
            let template = environment.template_from_str(&self.source)?;
            template.render_captured_to(values, &mut output)?;
            String::from_utf8(output.text)
                .map_err(|_| minijinja::Error::new(ErrorKind::WriteFailure, "the template cut a character in two"))
        })
    }

    fn confined<T: Send>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Environment<'_>) -> std::result::Result<T, minijinja::Error> + Send,
    ) -> Result<T> {
        confine::confined("the chat template", WORK_BYTES + 16 * bytes, || {
            work(&environment()).map_err(|error| {
                let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
                let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
                format!("{}{cause}{line}", error.detail().map_or_else(|| error.kind().to_string(), str::to_owned))
            })
        })
        .and_then(|result| result)
        .map_err(|reason| Error::invalid_model(format!("{}: the chat template fails: {reason}", self.file)))
    }
}

/// Takes what a template writes, up to a limit.
struct Bounded {
    text: Vec<u8>,
    limit: usize,
}

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.text.len() + bytes.len() > self.limit {
            return Err(std::io::Error::other(format!("it writes more than {} bytes", self.limit)));
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A template, or the one called `default` of a list of them.
fn named_default(value: &Json) -> Option<String> {
    match value {
        Json::String(source) => Some(source.clone()),
        Json::Array(list) => {
            let named = |name: &str| list.iter().find(|entry| entry["name"] == name);
            named("default").or(list.first())?["template"].as_str().map(str::to_owned)
        }
        _ => None,
    }
}

/// The source with transformers' `{% generation %}` marks, which only training needs, made harmless.
fn plain(source: &str) -> String {
    let mut plain = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(begin) = rest.find("{%") {
        let Some(length) = rest[begin..].find("%}") else { break };
        let tag = &rest[begin..begin + length + 2];
        let inner = &tag[2..tag.len() - 2];
        let word = inner.trim_matches('-').trim();
        plain.push_str(&rest[..begin]);
        match word {
            "generation" => plain.push_str(&tag.replace(word, "if true")),
            "endgeneration" => plain.push_str(&tag.replace(word, "endif")),
            _ => plain.push_str(tag),
        }
        rest = &rest[begin + length + 2..];
    }
    plain.push_str(rest);
    plain
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_undefined_behavior(UndefinedBehavior::Lenient);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(200);
    environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
    environment.add_function("raise_exception", |message: String| -> std::result::Result<Value, minijinja::Error> {
        Err(minijinja::Error::new(
            ErrorKind::InvalidOperation,
            format!("the template refuses these messages: {message}"),
        ))
    });
    environment.add_function("strftime_now", |format: String| {
        jiff::fmt::strtime::format(format, &jiff::Zoned::now())
            .map_err(|error| minijinja::Error::new(ErrorKind::InvalidOperation, error.to_string()))
    });
    environment.add_filter("tojson", to_json);
    environment
}

/// Python's `json.dumps(value, ensure_ascii=False, indent=indent)`.
fn to_json(value: Value, kwargs: Kwargs) -> std::result::Result<Value, minijinja::Error> {
    let indent: Option<usize> = kwargs.get("indent")?;
    let failed = |error: serde_json::Error| minijinja::Error::new(ErrorKind::InvalidOperation, error.to_string());
    let mut text = Vec::new();
    match indent {
        Some(width) => {
            let spaces = " ".repeat(width.min(32));
            let formatter = serde_json::ser::PrettyFormatter::with_indent(spaces.as_bytes());
            Serde(value)
                .serialize(&mut serde_json::Serializer::with_formatter(&mut text, formatter))
                .map_err(failed)?;
        }
        None => {
            Serde(value).serialize(&mut serde_json::Serializer::with_formatter(&mut text, Spaced)).map_err(failed)?;
        }
    }
    Ok(Value::from_safe_string(String::from_utf8_lossy(&text).into_owned()))
}

/// Python's separators: `", "` and `": "`.
struct Spaced;

impl serde_json::ser::Formatter for Spaced {
    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, writer: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, writer: &mut W) -> std::io::Result<()> {
        writer.write_all(b": ")
    }
}

/// Marks special tokens that stand in messages, so that they can be told apart from the template's own
/// after rendering: a character that no text contains is put behind their first character.
pub(super) struct Guard {
    mark: char,
    marked: Option<Vec<Message>>,
}

impl Guard {
    pub fn new<'a>(messages: &[Message], special: impl Iterator<Item = &'a str> + Clone) -> Result<Self> {
        // Noncharacters: Unicode promises never to assign them.
        let is_free = |mark: &char| !messages.iter().any(|message| message.content.contains(*mark));
        let Some(mark) = ('\u{fdd0}'..='\u{fdef}').find(is_free) else {
            return Err(Error::bad_request("the messages hold every Unicode noncharacter; remove some"));
        };
        let mark_one = |message: &Message| {
            let mut content = String::with_capacity(message.content.len());
            let mut rest = message.content.as_str();
            while let Some(c) = rest.chars().next() {
                content.push(c);
                if special.clone().any(|special| rest.starts_with(special)) {
                    content.push(mark);
                }
                rest = &rest[c.len_utf8()..];
            }
            Message { role: message.role, content }
        };
        let is_needed = messages.iter().any(|message| special.clone().any(|special| message.content.contains(special)));
        Ok(Self { mark, marked: is_needed.then(|| messages.iter().map(mark_one).collect()) })
    }

    pub fn is_needed(&self) -> bool {
        self.marked.is_some()
    }

    /// What to render.
    pub fn messages<'a>(&'a self, messages: &'a [Message]) -> &'a [Message] {
        self.marked.as_deref().unwrap_or(messages)
    }

    /// The rendered text without marks, and where in it the marked tokens begin.
    pub fn remove(&self, rendered: &str) -> (String, HashSet<usize>) {
        let mut text = String::with_capacity(rendered.len());
        let mut begins = HashSet::new();
        let mut last = 0;
        for c in rendered.chars() {
            if c == self.mark {
                begins.insert(last);
            } else {
                last = text.len();
                text.push(c);
            }
        }
        (text, begins)
    }
}

#[cfg(test)]
mod tests;
