//! `ingot models`: what is in the library, and removing from it.

use ingot_engine::Result;
use ingot_engine::bytes::{Bytes, Memory};
use ingot_engine::hub::{Unfinished, discard, starter, unfinished};
use ingot_engine::library::{self, DEMO, Settings};
use ingot_engine::model::Place;
use ingot_engine::need::Fit;
use serde_json::{Value, json};

use crate::args::ModelsOptions;

pub fn run(options: &ModelsOptions) -> Result<()> {
    let home = library::home()?;
    if let Some(folder) = &options.add {
        return Settings::add_folder(&home, folder);
    }
    if let Some(folder) = &options.forget {
        return Settings::forget_folder(&home, folder);
    }
    if let Some(name) = &options.rm {
        // Something that is not there yet can be given up, too.
        let begun = unfinished(&home.join("models")).iter().any(|(begun, _)| begun == name);
        if begun && !home.join("models").join(name).exists() {
            discard(&home.join("models"), name)?;
            eprintln!("Removed what was downloaded of {name}");
            return Ok(());
        }
        let removed = library::remove(&home, name)?;
        eprintln!("Removed {}", removed.display());
        return Ok(());
    }
    let models = library::models(&home);
    let downloads = unfinished(&home.join("models"));
    let limit = Settings::read(&home).memory.ledger().limit();
    if options.json {
        let models: Vec<Value> = models
            .iter()
            .map(|model| {
                json!({
                    "name": model.name,
                    "path": model.path,
                    "place": model.place,
                    "recipe": model.recipe.as_ref().or(model.quantization.as_ref()),
                    "bytes": model.bytes,
                    "family": model.family,
                    "context_length": model.context_length,
                    "fits": model.memory_bytes.map(|bytes| Fit::of(bytes, limit) != Fit::TooLarge),
                })
            })
            .collect();
        let downloads: Vec<Value> = downloads.iter().map(json_of).collect();
        println!("{}", json!({ "models": models, "downloads": downloads }));
        return Ok(());
    }
    if models.iter().all(|model| model.name.starts_with(DEMO)) && downloads.is_empty() {
        let starter = starter(limit);
        println!("{}", if models.is_empty() { "No models yet." } else { "No models but the demo yet." });
        println!("'ingot pull' gets {} ({}, {});", starter.repo, starter.license, Bytes(starter.bytes));
        println!("'ingot search TEXT' finds others, 'ingot models --add DIR' uses those in a folder.");
        if !models.is_empty() {
            println!(
                "'ingot demo' needs no network: it converts the tiny demo model that comes with Ingot, and opens a chat."
            );
        }
    }
    for model in &models {
        match &model.reason {
            None => println!(
                "{}  {}  {}  {}  context {}{}{}",
                model.name,
                model.family,
                model.recipe.as_deref().or(model.quantization.as_deref()).unwrap_or("-"),
                Bytes(model.bytes),
                model.context_length,
                shortage(model.memory_bytes, limit),
                if model.place == Place::Library { String::new() } else { format!("  {}", model.place.words()) }
            ),
            Some(reason) => println!("{}  cannot be used: {reason}", model.name),
        }
    }
    for (name, download) in &downloads {
        let (here, all) = (Bytes(download.bytes), Bytes(download.total_bytes));
        println!("{name}  {here} of {all} downloaded; 'ingot pull {}' goes on", download.begun);
    }
    Ok(())
}

fn json_of((name, download): &(String, Unfinished)) -> Value {
    json!({
        "name": name,
        "repo": download.begun.repo,
        "revision": download.begun.revision,
        "bytes": download.bytes,
        "total_bytes": download.total_bytes,
    })
}

/// What to say about a model that needs more memory than models may take, or nearly as much.
fn shortage(needed: Option<u64>, limit: u64) -> String {
    let Some(needed) = needed else { return String::new() };
    match Fit::of(needed, limit) {
        Fit::Fits => String::new(),
        Fit::Tight => format!("  tight: needs {} of {}", Memory(needed), Memory(limit)),
        Fit::TooLarge => format!("  too large: needs {}, models may take {}", Memory(needed), Memory(limit)),
    }
}
