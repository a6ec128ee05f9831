//! `config.json` in every dialect in use, read field by field with bounds.
//!
//! Here are the questions that any family asks: a number within its range, the rope's parameters, the
//! quantization. What a family makes of the answers is [`crate::arch`]'s business.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::element::Element;
use super::folder::Folder;
use super::quantization::Quantization;
use super::{json, limits};
use crate::error::{Error, Result};

const FILE: &str = "config.json";

#[derive(Debug, Clone)]
pub struct Config {
    /// Shown in errors.
    file: String,
    root: Map<String, Value>,
    /// Models that also see or hear keep their language model's fields here.
    text: Map<String, Value>,
    pub quantization: Option<Quantization>,
}

/// Position encoding as `rope_theta` and `rope_scaling`, or as transformers v5's `rope_parameters`.
#[derive(Debug, Clone, Default)]
pub struct RopeConfig {
    pub theta: Option<f64>,
    /// `default`, `linear`, `llama3`, …
    pub kind: String,
    pub parameters: Map<String, Value>,
}

impl Config {
    pub fn read(folder: &Folder) -> Result<Self> {
        let root = json::read_object(folder, FILE, limits::CONFIG_BYTES)?
            .ok_or_else(|| folder.error(FILE, "is missing; give the folder of a model as the Hub lays it out"))?;
        Self::from_object(folder.path().join(FILE).display().to_string(), root)
    }

    /// `file` is what errors call it.
    pub fn from_object(file: String, root: Map<String, Value>) -> Result<Self> {
        let text = match root.get("text_config") {
            Some(Value::Object(text)) => text.clone(),
            _ => Map::new(),
        };
        let mut config = Self { file, root, text, quantization: None };
        config.quantization = Quantization::from_config(&config)?;
        Ok(config)
    }

    pub fn error(&self, reason: impl std::fmt::Display) -> Error {
        Error::invalid_model(format!("{}: {reason}", self.file))
    }

    /// The value of `field`, null counted as absent.
    pub fn get(&self, field: &str) -> Option<&Value> {
        self.text.get(field).or_else(|| self.root.get(field)).filter(|value| !value.is_null())
    }

    pub fn model_type(&self) -> Result<&str> {
        self.root
            .get("model_type")
            .and_then(Value::as_str)
            .ok_or_else(|| self.error("model_type is missing or not a string"))
    }

    /// A whole number within `range`, if `field` is there.
    pub fn find_count(&self, field: &str, range: RangeInclusive<u64>) -> Result<Option<usize>> {
        let Some(value) = self.get(field) else { return Ok(None) };
        match value.as_u64().filter(|number| range.contains(number)) {
            Some(number) => Ok(Some(number as usize)),
            None => Err(self.error(format_args!(
                "{field} is {value}, expected a whole number from {} to {}",
                range.start(),
                range.end()
            ))),
        }
    }

    /// A whole number within `range`; its absence is an error.
    pub fn count(&self, field: &str, range: RangeInclusive<u64>) -> Result<usize> {
        self.find_count(field, range)?.ok_or_else(|| self.error(format_args!("{field} is missing")))
    }

    /// A positive finite number, if `field` is there.
    pub fn find_positive(&self, field: &str) -> Result<Option<f64>> {
        let Some(value) = self.get(field) else { return Ok(None) };
        positive(value)
            .map(Some)
            .ok_or_else(|| self.error(format_args!("{field} is {value}, expected a number above zero")))
    }

    pub fn positive(&self, field: &str) -> Result<f64> {
        self.find_positive(field)?.ok_or_else(|| self.error(format_args!("{field} is missing")))
    }

    pub fn switch(&self, field: &str, default: bool) -> Result<bool> {
        match self.get(field) {
            None => Ok(default),
            Some(Value::Bool(value)) => Ok(*value),
            Some(value) => Err(self.error(format_args!("{field} is {value}, expected true or false"))),
        }
    }

    pub fn text(&self, field: &str) -> Result<Option<&str>> {
        match self.get(field) {
            None => Ok(None),
            Some(Value::String(value)) => Ok(Some(value)),
            Some(value) => Err(self.error(format_args!("{field} is {value}, expected a string"))),
        }
    }

    /// A list of strings, if `field` is there.
    pub fn texts(&self, field: &str) -> Result<Option<Vec<&str>>> {
        let Some(value) = self.get(field) else { return Ok(None) };
        let items = value.as_array().and_then(|items| items.iter().map(Value::as_str).collect::<Option<Vec<_>>>());
        items.map(Some).ok_or_else(|| self.error(format_args!("{field} is not a list of strings")))
    }

    /// The type that a conversion casts to where none is asked for: mlx-lm's rule, which knows `torch_dtype` at the top
    /// and `dtype` of a `text_config`. None for a type that weights are not computed with.
    pub fn conversion_dtype(&self) -> Option<Element> {
        let named = self.root.get("torch_dtype").filter(|value| !value.is_null());
        named.or_else(|| self.text.get("dtype")).and_then(Value::as_str).and_then(Element::named)
    }

    /// The file's own fields.
    pub fn root(&self) -> &Map<String, Value> {
        &self.root
    }

    /// Ids of the tokens that end an answer: a number or a list, in either form.
    pub fn end_tokens(&self) -> Result<Vec<u32>> {
        self.get("eos_token_id").map_or(Ok(Vec::new()), |value| {
            token_ids(value).ok_or_else(|| self.error(format_args!("eos_token_id is {value}, expected token ids")))
        })
    }

    /// The rope of the layers of kind `layer` (such as `full_attention`), where kinds differ; of all layers elsewhere.
    pub fn rope(&self, layer: &str) -> Result<RopeConfig> {
        let object = |field: &str| match self.get(field) {
            None => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(value) => Err(self.error(format_args!("{field} is {value}, expected an object"))),
        };
        let mut parameters = object("rope_scaling")?.cloned().unwrap_or_default();
        if let Some(newer) = object("rope_parameters")? {
            let newer = match newer.get(layer) {
                Some(Value::Object(own)) => own,
                _ => newer,
            };
            parameters.extend(newer.clone());
        }
        let theta = match (self.find_positive("rope_theta")?, parameters.get("rope_theta")) {
            (Some(theta), _) => Some(theta),
            (None, None | Some(Value::Null)) => None,
            (None, Some(value)) => Some(positive(value).ok_or_else(|| {
                self.error(format_args!("rope_parameters.rope_theta is {value}, expected a number above zero"))
            })?),
        };
        let kind = match ["type", "rope_type"]
            .iter()
            .filter_map(|field| parameters.get(*field))
            .find(|value| !value.is_null())
        {
            None | Some(Value::Null) => "default".to_owned(),
            Some(Value::String(kind)) => kind.clone(),
            Some(value) => return Err(self.error(format_args!("the rope's type is {value}, expected a string"))),
        };
        Ok(RopeConfig { theta, kind, parameters })
    }

    /// A positive number of the rope's parameters, if it is there.
    pub fn find_rope(&self, rope: &RopeConfig, field: &str) -> Result<Option<f64>> {
        match rope.parameters.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => positive(value)
                .map(Some)
                .ok_or_else(|| self.error(format_args!("the rope's {field} is {value}, expected a number above zero"))),
        }
    }

    pub fn rope_number(&self, rope: &RopeConfig, field: &str) -> Result<f64> {
        self.find_rope(rope, field)?
            .ok_or_else(|| self.error(format_args!("the rope of type {} lacks {field}", rope.kind)))
    }

    /// A list of `length` positive numbers of the rope's parameters.
    pub fn rope_numbers(&self, rope: &RopeConfig, field: &str, length: usize) -> Result<Vec<f64>> {
        rope.parameters
            .get(field)
            .and_then(Value::as_array)
            .and_then(|values| values.iter().map(positive).collect::<Option<Vec<_>>>())
            .filter(|values| values.len() == length)
            .ok_or_else(|| self.error(format_args!("the rope's {field} is not a list of {length} numbers above zero")))
    }

    pub(super) fn file(&self) -> &str {
        &self.file
    }
}

fn positive(value: &Value) -> Option<f64> {
    value.as_f64().filter(|number| number.is_finite() && *number > 0.0)
}

/// A token id, or a list of them.
pub(super) fn token_ids(value: &Value) -> Option<Vec<u32>> {
    let id = |value: &Value| value.as_u64().and_then(|id| u32::try_from(id).ok());
    match value {
        Value::Array(values) if values.len() <= 1024 => values.iter().map(id).collect(),
        value => id(value).map(|id| vec![id]),
    }
}

#[cfg(test)]
mod tests;
