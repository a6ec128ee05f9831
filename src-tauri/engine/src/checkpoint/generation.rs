//! `generation_config.json`: where an answer ends, and how its authors sample it.

use serde_json::{Map, Value};

use super::config::token_ids;
use super::folder::Folder;
use super::{json, limits};
use crate::error::Result;

const FILE: &str = "generation_config.json";

/// What the file says; a field that is absent there is `None` here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenerationConfig {
    /// Ids of all tokens that end an answer; empty if the file names none.
    pub end_tokens: Vec<u32>,
    /// Whether the file names them in a list.
    pub lists_end_tokens: bool,
    /// 0 where the file says `do_sample: false`.
    pub temperature: Option<f32>,
    pub top_p: Option<f32>,
    pub top_k: Option<u32>,
    pub min_p: Option<f32>,
    pub repetition_penalty: Option<f32>,
}

impl GenerationConfig {
    /// The defaults if there is no such file.
    pub fn read(folder: &Folder) -> Result<Self> {
        match json::read_object(folder, FILE, limits::CONFIG_BYTES)? {
            None => Ok(Self::default()),
            Some(object) => Self::from_object(&object).map_err(|reason| folder.error(FILE, &reason)),
        }
    }

    fn from_object(object: &Map<String, Value>) -> std::result::Result<Self, String> {
        let number = |field: &str, low: f64, high: f64| match object.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_f64().filter(|number| (low..=high).contains(number)) {
                Some(number) => Ok(Some(number as f32)),
                None => Err(format!("has {field} {value}, expected a number from {low} to {high}")),
            },
        };
        let end_tokens = match object.get("eos_token_id") {
            None | Some(Value::Null) => Vec::new(),
            Some(value) => token_ids(value).ok_or_else(|| format!("has eos_token_id {value}, expected token ids"))?,
        };
        let mut config = Self {
            end_tokens,
            lists_end_tokens: object.get("eos_token_id").is_some_and(Value::is_array),
            temperature: number("temperature", 0.0, 100.0)?,
            top_p: number("top_p", 0.0, 1.0)?,
            top_k: number("top_k", 0.0, 1e9)?.map(|k| k as u32),
            min_p: number("min_p", 0.0, 1.0)?,
            repetition_penalty: number("repetition_penalty", 0.01, 100.0)?,
        };
        match object.get("do_sample") {
            Some(Value::Bool(false)) => config.temperature = Some(0.0),
            Some(Value::Bool(true)) if config.temperature.is_none() => config.temperature = Some(1.0),
            _ => {}
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> std::result::Result<GenerationConfig, String> {
        let Value::Object(object) = serde_json::from_str(json).expect("valid JSON") else { panic!("an object") };
        GenerationConfig::from_object(&object)
    }

    #[test]
    fn reads_what_authors_write() {
        let config =
            parse(r#"{"eos_token_id": [1, 2], "do_sample": true, "temperature": 0.6, "top_p": 0.9}"#).expect("sound");
        assert_eq!(config.end_tokens, [1, 2]);
        assert_eq!((config.temperature, config.top_p), (Some(0.6), Some(0.9)));
        assert_eq!(parse(r#"{"do_sample": false, "temperature": 0.6}"#).expect("sound").temperature, Some(0.0));
        assert_eq!(parse(r#"{"do_sample": true}"#).expect("sound").temperature, Some(1.0));
        assert_eq!(parse(r#"{"eos_token_id": null}"#).expect("sound"), GenerationConfig::default());
    }

    #[test]
    fn refuses_nonsense_by_field() {
        assert!(parse(r#"{"temperature": -1}"#).expect_err("negative").contains("temperature"));
        assert!(parse(r#"{"eos_token_id": "x"}"#).expect_err("text").contains("eos_token_id"));
    }
}
