//! What fetching a model would take and give, before any of its weights are fetched: whether Ingot runs it, which files,
//! how many bytes, and what it needs of the memory at each recipe.

use serde::Serialize;
use serde_json::Value;

use super::Hub;
use super::listing::{self, Listing};
use super::name::Repo;
use crate::arch;
use crate::checkpoint::Config;
use crate::error::{Error, Result, one_line};
use crate::need::{Need, Processor};
use crate::recipe::RECIPES;
use crate::session::CancelToken;

/// What is known of a model on the Hub before it is fetched.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Preview {
    pub repo: String,
    /// What was looked at, and would be fetched.
    pub commit: String,
    pub family: Option<String>,
    pub supported: bool,
    /// Why not.
    pub reason: Option<String>,
    pub license: Option<String>,
    pub gated: bool,
    pub context_length: Option<usize>,
    pub parameters: Option<u64>,
    /// What would be fetched.
    pub files: Vec<PreviewFile>,
    pub bytes: u64,
    /// What it needs of the memory as it is, with the usual context.
    pub memory_bytes: Option<u64>,
    /// The same after conversion.
    pub recipes: Vec<PreviewRecipe>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewFile {
    pub name: String,
    pub bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PreviewRecipe {
    pub recipe: &'static str,
    /// Of its weights on the disk.
    pub bytes: u64,
    pub memory_bytes: u64,
}

/// Looks at `repo` at `revision`: asks for its list of files, its config and its index, a few kilobytes in all.
pub fn preview(hub: &Hub, repo: &Repo, revision: &str, cancel: &CancelToken) -> Result<Preview> {
    let listing = listing::list(hub, repo, revision, cancel)?;
    let mut preview = Preview {
        repo: repo.to_string(),
        commit: listing.commit.as_str().to_owned(),
        family: None,
        supported: false,
        reason: None,
        license: listing.license.as_deref().map(one_line),
        gated: listing.gated,
        context_length: None,
        parameters: None,
        files: Vec::new(),
        bytes: 0,
        memory_bytes: None,
        recipes: Vec::new(),
    };
    let described = listing.model(hub, cancel).and_then(|files| {
        preview.files =
            files.iter().map(|file| PreviewFile { name: file.name.as_str().into(), bytes: file.bytes }).collect();
        preview.bytes = files.iter().fold(0, |sum: u64, file| sum.saturating_add(file.bytes));
        describe(hub, &listing, cancel, &mut preview)
    });
    match described {
        Ok(()) => preview.supported = true,
        // The network's faults are no fault of the model.
        Err(error) if error.code == crate::ErrorCode::Network => return Err(error),
        Err(error) => preview.reason = Some(error.message),
    }
    Ok(preview)
}

/// Why Ingot does not run the model of `listing`, if it does not.
pub fn unsupported(hub: &Hub, listing: &Listing, cancel: &CancelToken) -> Result<Option<String>> {
    match config(hub, listing, cancel).and_then(|config| arch::describe(&config)) {
        Ok(_) => Ok(None),
        Err(error) if error.code == crate::ErrorCode::Network => Err(error),
        Err(error) => Ok(Some(error.message)),
    }
}

fn config(hub: &Hub, listing: &Listing, cancel: &CancelToken) -> Result<Config> {
    if let Some(lack) = listing.lack() {
        return Err(Error::unsupported(lack));
    }
    let file = listing.file("config.json").ok_or_else(|| Error::unsupported("it has no config.json"))?;
    let Ok(Value::Object(root)) = serde_json::from_str(&listing.text(hub, file, cancel)?) else {
        return Err(Error::invalid_model("its config.json is not a JSON object; choose another model"));
    };
    Config::from_object("config.json".into(), root)
}

fn describe(hub: &Hub, listing: &Listing, cancel: &CancelToken, preview: &mut Preview) -> Result<()> {
    let config = config(hub, listing, cancel)?;
    preview.family = config.model_type().ok().map(one_line);
    let spec = arch::describe(&config)?.spec;
    let tokenizer = listing.file("tokenizer.json").map_or(0, |file| file.bytes);
    let need = |recipe| Need::planned(&preview.repo, &spec, recipe, tokenizer, Processor::EXPECTED);
    preview.context_length = Some(spec.context);
    preview.parameters = Some(spec.parameters());
    // Its weights as they are: quantized ones are smaller than the spec would have them.
    let weights: u64 =
        preview.files.iter().filter(|file| file.name.ends_with(".safetensors")).map(|file| file.bytes).sum();
    let plain = need(None);
    let others = plain.total() - plain.bytes(crate::memory::Owner::Weights);
    preview.memory_bytes = Some(weights.saturating_add(others));
    if config.quantization.is_none() {
        let recipes = RECIPES.iter().map(|recipe| {
            let need = need(Some(recipe));
            PreviewRecipe {
                recipe: recipe.name,
                bytes: need.bytes(crate::memory::Owner::Weights),
                memory_bytes: need.total(),
            }
        });
        preview.recipes = recipes.collect();
    }
    Ok(())
}
