//! `ingot models`: what is in the library, and removing from it.

use ingot_engine::Result;
use ingot_engine::library;
use serde_json::{Value, json};

use crate::args::ModelsOptions;

pub fn run(options: &ModelsOptions) -> Result<()> {
    let home = library::home()?;
    if let Some(name) = &options.rm {
        let removed = library::remove(&home, name)?;
        eprintln!("Removed {}", removed.display());
        return Ok(());
    }
    let models = library::models(&home);
    if options.json {
        let models: Vec<Value> = models
            .iter()
            .map(|model| {
                json!({
                    "name": model.name,
                    "path": model.path,
                    "recipe": model.quantization,
                    "bytes": model.bytes,
                    "family": model.family,
                    "context_length": model.context_length,
                    "fits": Value::Null,
                })
            })
            .collect();
        println!("{}", json!({ "models": models }));
        return Ok(());
    }
    if models.is_empty() {
        println!("No models yet. Put one into {}, as the Hub lays it out.", home.join("models").display());
    }
    for model in &models {
        match &model.reason {
            None => println!(
                "{}  {}  {}  {}  context {}",
                model.name,
                model.family,
                model.quantization.as_deref().unwrap_or("-"),
                size(model.bytes),
                model.context_length
            ),
            Some(reason) => println!("{}  cannot be used: {reason}", model.name),
        }
    }
    Ok(())
}

/// Bytes in the unit people compare downloads in.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{:.0} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}
