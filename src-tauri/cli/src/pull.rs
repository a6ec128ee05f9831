//! `ingot pull`: a model from the Hub, verified, and resumed where an earlier run was stopped.

use std::path::Path;
use std::sync::Arc;

use ingot_engine::bytes::Bytes;
use ingot_engine::hub::{Hub, PullPhase, PullProgress, PullRequest, Pulled, Repo, USUAL_REVISION, pull, starter};
use ingot_engine::library::{self, Settings};
use ingot_engine::model::Model;
use ingot_engine::session::CancelToken;
use ingot_engine::{Error, Result};
use serde_json::json;

use crate::answering::cancelled_by_ctrl_c;
use crate::args::PullOptions;
use crate::terminal;

pub fn run(options: &PullOptions) -> Result<()> {
    let home = library::home()?;
    let limit = Settings::read(&home).memory.ledger().limit();
    let (repo, revision) = match &options.repo {
        Some(repo) => Repo::with_revision(repo)?,
        None => (Repo::parse(starter(limit).repo)?, None),
    };
    let pulled = fetch(&home, repo, revision, options.json, &cancelled_by_ctrl_c()?)?;
    if options.json {
        println!("{}", report(&pulled));
        return Ok(());
    }
    show(&pulled);
    Ok(())
}

/// Fetches `repo`, telling how far it is.
pub fn fetch(home: &Path, repo: Repo, revision: Option<String>, as_json: bool, cancel: &CancelToken) -> Result<Pulled> {
    let hub = Arc::new(Hub::from_environment(home)?);
    let revision = revision.unwrap_or_else(|| USUAL_REVISION.to_owned());
    if !as_json {
        terminal::show(&format!("Asking for {repo}"));
    }
    let request = PullRequest { repo, revision, home: home.to_owned() };
    let mut is_told = false;
    let pulled = pull(&hub, &request, cancel, &mut |progress| {
        if as_json {
            return terminal::json_line(&json!(progress));
        }
        if let Some(reason) = progress.unsupported.as_ref().filter(|_| !std::mem::replace(&mut is_told, true)) {
            terminal::clear_line();
            terminal::note(&format!("Ingot cannot run it: {reason}; Ctrl-C stops"));
        }
        terminal::show(&line(&progress));
    })?;
    terminal::clear_line();
    pulled.ok_or_else(|| Error::bad_request("stopped; what came is kept, run the same command to go on"))
}

fn report(pulled: &Pulled) -> serde_json::Value {
    json!({
        "path": pulled.path,
        "commit": pulled.commit,
        "bytes": pulled.bytes,
        "files": pulled.files,
        "resumed_bytes": pulled.resumed_bytes,
    })
}

fn show(pulled: &Pulled) {
    let how = match (pulled.was_there, pulled.resumed_bytes) {
        (true, _) => ", there already, checked".to_owned(),
        (false, 0) => String::new(),
        (false, bytes) => format!(", {} of them from an earlier run", Bytes(bytes)),
    };
    println!("{}\n{} in {} files{how}", pulled.path.display(), Bytes(pulled.bytes), pulled.files);
    // It is whole, whatever Ingot makes of it.
    if let Err(error) = Model::open(&pulled.path) {
        terminal::note(&format!("Ingot cannot run it: {error}"));
    }
}

/// A line of progress: how far, how fast, how long still, or why nothing comes.
fn line(progress: &PullProgress) -> String {
    let what = match progress.phase {
        PullPhase::Fetching => "Downloading",
        PullPhase::Checking => "Checking",
    };
    let bar = terminal::bar(what, progress.done_bytes, progress.total_bytes);
    if let Some(trouble) = &progress.trouble {
        return format!("{bar}; trying again: {trouble}");
    }
    format!("{bar}{}", terminal::pace(progress.bytes_per_second, progress.seconds_left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_progress_says_how_far_or_why_not() {
        let progress = PullProgress {
            phase: PullPhase::Fetching,
            done_bytes: 500_000_000,
            total_bytes: 2_000_000_000,
            done_files: 3,
            total_files: 5,
            bytes_per_second: 2e7,
            seconds_left: Some(75.0),
            trouble: None,
            unsupported: None,
        };
        let told = line(&progress);
        assert_eq!(told, "Downloading ━━━━━━────────────────── 500.0 MB of 2.0 GB, 20.0 MB/s, 2 min left");
        let told = line(&PullProgress { trouble: Some("no network".into()), ..progress });
        assert!(told.ends_with("500.0 MB of 2.0 GB; trying again: no network"), "{told}");
    }
}
