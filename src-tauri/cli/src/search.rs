//! `ingot search`: models on the Hub, and whether they are for this machine.

use std::path::Path;

use ingot_engine::bytes::{Bytes, Memory};
use ingot_engine::hub::{Found, Hub, Query, Repo, preview, search};
use ingot_engine::library::{self, Settings};
use ingot_engine::need::Fit;
use ingot_engine::session::CancelToken;
use ingot_engine::{Result, disk};
use serde_json::{Value, json};

use crate::answering::cancelled_by_ctrl_c;
use crate::args::SearchOptions;
use crate::terminal;

pub fn run(options: &SearchOptions) -> Result<()> {
    let home = library::home()?;
    let limit = Settings::read(&home).memory.ledger().limit();
    let hub = Hub::from_environment(&home)?;
    let cancel = cancelled_by_ctrl_c()?;
    if options.details {
        return details(&hub, options, &home, limit, &cancel);
    }
    let query = Query {
        text: options.text.clone(),
        limit: options.limit as usize,
        family: options.family.clone(),
        license: options.license.clone(),
        supported: !options.all,
        memory_limit: options.fits.then_some(limit),
    };
    terminal::show("Asking the Hub");
    let found = search(&hub, &query, &cancel);
    terminal::clear_line();
    let found = found?;
    let fit = |found: &Found| found.memory_bytes.map(|bytes| Fit::of(bytes, limit));
    if options.json {
        let results: Vec<Value> = found.iter().map(|found| json_of(found, fit(found))).collect();
        println!("{}", json!({ "results": results }));
        return Ok(());
    }
    if found.is_empty() {
        println!("Nothing found. Other words may help, or --all for models that Ingot does not run.");
    }
    let width = found.iter().map(|found| found.repo.len()).max().unwrap_or(0);
    for found in &found {
        let size = found.bytes.map_or_else(|| "-".to_owned(), |bytes| Bytes(bytes).to_string());
        let verdict = match (&found.reason, fit(found)) {
            (Some(reason), _) => format!("cannot be used: {reason}"),
            (None, Some(Fit::Fits)) => "fits".into(),
            (None, Some(Fit::Tight)) => "tight".into(),
            (None, Some(Fit::TooLarge)) => "too large".into(),
            (None, None) => "size unknown".into(),
        };
        let family = found.family.as_deref().unwrap_or("-");
        let license = found.license.as_deref().unwrap_or("no licence named");
        let gate = if found.gated { ", asks for consent" } else { "" };
        println!("{:width$}  {family:8}  {size:>9}  {verdict}  {license}{gate}", found.repo);
    }
    Ok(())
}

/// What one model would take and give.
fn details(hub: &Hub, options: &SearchOptions, home: &Path, limit: u64, cancel: &CancelToken) -> Result<()> {
    let repo = Repo::parse(&options.text)?;
    terminal::show(&format!("Looking at {repo}"));
    let preview = preview(hub, &repo, &options.revision, cancel);
    terminal::clear_line();
    let preview = preview?;
    let free = disk::free_bytes(&home.join("models"));
    let fits = |bytes: u64| Fit::of(bytes, limit) != Fit::TooLarge;
    if options.json {
        let mut value = json!(preview);
        value["fits"] = json!(preview.memory_bytes.map(fits));
        value["free_disk_bytes"] = json!(free);
        for (recipe, entry) in preview.recipes.iter().zip(value["recipes"].as_array_mut().into_iter().flatten()) {
            entry["fits"] = json!(fits(recipe.memory_bytes));
        }
        println!("{value}");
        return Ok(());
    }
    println!("{} at {}", preview.repo, preview.commit);
    println!("licence   {}", preview.license.as_deref().unwrap_or("none named"));
    if preview.gated {
        println!("          asks for consent on its page before it can be fetched");
    }
    let family = preview.family.as_deref().unwrap_or("unknown");
    match &preview.reason {
        Some(reason) => println!("family    {family}, cannot be used: {reason}"),
        None => println!("family    {family}, runs here"),
    }
    if let (Some(parameters), Some(context)) = (preview.parameters, preview.context_length) {
        let parameters = match parameters as f64 {
            few @ 0.0..1e8 => format!("{:.2} million", few / 1e6),
            many => format!("{:.2} billion", many / 1e9),
        };
        println!("size      {parameters} parameters, context {context}");
    }
    let room = match free {
        Some(free) if free < preview.bytes => format!(", too large for the disk: {} free", Bytes(free)),
        Some(free) => format!(", {} free on the disk", Bytes(free)),
        None => String::new(),
    };
    println!("download  {} in {} files{room}", Bytes(preview.bytes), preview.files.len());
    let verdict = |memory: u64| {
        let fit = match Fit::of(memory, limit) {
            Fit::Fits => "fits",
            Fit::Tight => "tight",
            Fit::TooLarge => "too large",
        };
        format!("needs {} of {}, {fit}", Memory(memory), Memory(limit))
    };
    if let Some(memory) = preview.memory_bytes {
        println!("as it is  {}", verdict(memory));
    }
    for recipe in &preview.recipes {
        println!(
            "{:16}  {:>9} on the disk, {}",
            recipe.recipe,
            Bytes(recipe.bytes).to_string(),
            verdict(recipe.memory_bytes)
        );
    }
    Ok(())
}

fn json_of(found: &Found, fit: Option<Fit>) -> Value {
    let mut value = json!(found);
    value["fits"] = json!(fit.map(|fit| fit != Fit::TooLarge));
    value
}
