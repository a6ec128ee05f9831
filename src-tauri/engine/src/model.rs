//! A local model as a whole: its folder, opened and checked without reading a weight.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::arch::{self, DecoderSpec, KvOptions, WeightPlan};
use crate::checkpoint::{Config, Folder, GenerationConfig, Weights};
use crate::error::{Error, Result};
use crate::manifest::Manifest;
use crate::need::{Files, Need};
use crate::protocol::Sampling;

/// Longest answer in a chat, in tokens, unless somebody asks for more.
const CHAT_TOKENS: u32 = 1024;

/// A model whose files agree with each other.
#[derive(Debug)]
pub struct Model {
    pub folder: Folder,
    pub config: Config,
    pub spec: DecoderSpec,
    pub plan: WeightPlan,
    pub weights: Weights,
    pub generation: GenerationConfig,
}

/// Who keeps a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Ingot itself.
    Library,
    /// The Hub's own tools.
    HubCache,
    LmStudio,
    Omlx,
    Osaurus,
    /// The person.
    Folder,
    /// Ingot comes with it.
    Demo,
}

impl Place {
    /// Where such a model is, for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Library => "in Ingot's folder",
            Self::HubCache => "in the Hugging Face cache",
            Self::LmStudio => "in LM Studio",
            Self::Omlx => "in oMLX",
            Self::Osaurus => "in osaurus",
            Self::Folder => "in your folder",
            Self::Demo => "comes with Ingot",
        }
    }
}

/// What a list of models shows of each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct ModelSummary {
    pub name: String,
    pub path: String,
    pub place: Place,
    /// `model_type`; empty if it cannot be read.
    pub family: String,
    pub supported: bool,
    /// Why it is not supported.
    pub reason: Option<String>,
    /// Of its weights.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub bytes: u64,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub context_length: u64,
    /// Of memory, with the usual room for a conversation; unknown if it is not supported.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub memory_bytes: Option<u64>,
    /// "4-bit, group 64", or "bfloat16" and its like.
    pub quantization: Option<String>,
    /// The recipe with which Ingot converted it, if it did.
    pub recipe: Option<String>,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub parameters: u64,
    /// For a chat.
    pub sampling: Sampling,
}

impl Model {
    /// Opens the model in folder `path`; refuses it if anything about it is unsound or not supported.
    pub fn open(path: &Path) -> Result<Self> {
        let folder = Folder::open(path)?;
        let config = Config::read(&folder)?;
        let arch::Description { spec, plan } = arch::describe(&config)?;
        let weights = Weights::open(&folder)?;
        plan.check(&spec, &config, &weights)?;
        let generation = GenerationConfig::read(&folder)?;
        Ok(Self { folder, config, spec, plan, weights, generation })
    }

    /// What loading it takes of the memory, with room for `context` tokens; as many as usual if absent.
    pub fn need(&self, kv: KvOptions, context: Option<usize>) -> Need {
        let tokenizer = self.folder.path().join("tokenizer.json").metadata().map_or(0, |file| file.len());
        let name = &self.folder.name();
        Need::of(&Files { name, spec: &self.spec, plan: &self.plan, weights: &self.weights, tokenizer }, kv, context)
    }

    pub fn summary(&self) -> ModelSummary {
        ModelSummary {
            name: self.folder.name(),
            path: self.folder.path().display().to_string(),
            place: Place::Folder,
            family: self.config.model_type().unwrap_or_default().to_owned(),
            supported: true,
            reason: None,
            bytes: self.weights.file_bytes(),
            context_length: self.spec.context as u64,
            memory_bytes: Some(self.need(KvOptions::default(), None).total()),
            quantization: Some(self.precision()),
            recipe: Manifest::read(&self.folder).ok().flatten().map(|manifest| manifest.options.recipe),
            parameters: self.spec.parameters(),
            sampling: Sampling::recommended(&self.generation, CHAT_TOKENS),
        }
    }

    fn precision(&self) -> String {
        match &self.config.quantization {
            Some(quantization) if self.weights.tensors().any(|tensor| tensor.name.ends_with(".scales")) => {
                let mixed = quantization.layers.values().flatten().any(|layer| *layer != quantization.default);
                let affine = quantization.default;
                format!("{}-bit{}, group {}", affine.bits, if mixed { " mixed" } else { "" }, affine.group_size)
            }
            _ => {
                let embedding = self.weights.get(&format!("{}.weight", self.spec.embedding));
                embedding.map_or_else(String::new, |tensor| match tensor.dtype.name() {
                    "BF16" => "bfloat16".to_owned(),
                    "F16" => "float16".to_owned(),
                    "F32" => "float32".to_owned(),
                    other => other.to_lowercase(),
                })
            }
        }
    }
}

impl ModelSummary {
    /// The summary of whatever is in folder `path`: of a model that is not supported, with the reason.
    pub fn read(path: &Path) -> Self {
        match Model::open(path) {
            Ok(model) => model.summary(),
            Err(error) => Self::unsupported(path, &error),
        }
    }

    fn unsupported(path: &Path, error: &Error) -> Self {
        let folder = Folder::open(path).ok();
        let config = folder.as_ref().and_then(|folder| Config::read(folder).ok());
        Self {
            name: folder.as_ref().map_or_else(|| path.display().to_string(), Folder::name),
            path: path.display().to_string(),
            place: Place::Folder,
            family: config.and_then(|config| config.model_type().map(str::to_owned).ok()).unwrap_or_default(),
            supported: false,
            reason: Some(error.message.clone()),
            bytes: 0,
            context_length: 0,
            memory_bytes: None,
            quantization: None,
            recipe: None,
            parameters: 0,
            sampling: Sampling::default(),
        }
    }
}
