//! `ingot search`: models on the Hub, and whether they are for this machine.

use ingot_engine::Result;
use ingot_engine::bytes::Bytes;
use ingot_engine::hub::{Found, Hub, Query, search};
use ingot_engine::library::{self, Settings};
use ingot_engine::need::Fit;
use serde_json::{Value, json};

use crate::answering::cancelled_by_ctrl_c;
use crate::args::SearchOptions;
use crate::terminal;

pub fn run(options: &SearchOptions) -> Result<()> {
    let limit = Settings::read(&library::home()?).memory.ledger().limit();
    let hub = Hub::from_environment()?;
    let query = Query {
        text: options.text.clone(),
        limit: options.limit as usize,
        family: options.family.clone(),
        license: options.license.clone(),
        supported: !options.all,
        memory_limit: options.fits.then_some(limit),
    };
    terminal::show("Asking the Hub");
    let found = search(&hub, &query, &cancelled_by_ctrl_c()?);
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

fn json_of(found: &Found, fit: Option<Fit>) -> Value {
    let mut value = json!(found);
    value["fits"] = json!(fit.map(|fit| fit != Fit::TooLarge));
    value
}
