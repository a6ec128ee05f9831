//! The families, one file each. To add one: write its file, add its row here and a case to the fixtures.

mod llama;
mod qwen2;
mod qwen3;

use super::plan::{self, WeightPlan};
use super::spec::DecoderSpec;
use crate::checkpoint::Config;
use crate::error::{Error, Result};

/// A family's two answers to a `config.json`.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    pub spec: DecoderSpec,
    pub plan: WeightPlan,
}

type Describe = fn(&Config) -> Result<Description>;

/// `model_type` → family. Mistral is Llama under another name.
const FAMILIES: [(&str, Describe); 4] =
    [("llama", llama::describe), ("mistral", llama::describe), ("qwen2", qwen2::describe), ("qwen3", qwen3::describe)];

/// The values of `model_type` that Ingot runs.
pub fn supported() -> Vec<&'static str> {
    FAMILIES.iter().map(|row| row.0).collect()
}

/// What `config` describes. Reads no weights.
pub fn describe(config: &Config) -> Result<Description> {
    let model_type = config.model_type()?;
    if config.get("model_file").is_some() {
        return Err(Error::unsupported(
            config.error("the model brings its own Python code (model_file), which is never run").message,
        ));
    }
    match FAMILIES.iter().find(|row| row.0 == model_type) {
        Some((_, describe)) => describe(config),
        None => Err(plan::unknown_family(config, model_type, &supported())),
    }
}

#[cfg(test)]
mod tests;
