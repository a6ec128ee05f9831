//! `ingot report`: the machine, with the source of every value, for people and for programs.

use std::io::{Write, stdout};

use ingot_engine::Result;
use ingot_engine::hardware::Capture;
use ingot_engine::library::{self, Settings};
use ingot_engine::report::{self, Progress, Report, Scope, backend_title};

use crate::args::{ReportFormat, ReportOptions};
use crate::terminal;

pub fn run(options: &ReportOptions) -> Result<()> {
    let capture = match &options.replay {
        Some(folder) => Capture::read(folder)?,
        None => take()?,
    };
    if let Some(folder) = &options.capture {
        capture.write(folder)?;
        terminal::note(&format!("Wrote the capture to {}", folder.display()));
    }
    let report = Report::of(&capture);
    let text = match format(options) {
        ReportFormat::Html => report::html(&report),
        ReportFormat::Markdown => report::markdown(&report),
        ReportFormat::Json => report.json_text(),
    };
    match &options.output {
        None => {
            // Whoever read this has seen enough.
            let _ = stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush());
        }
        Some(file) => {
            report::write(file, &text)?;
            terminal::note(&format!("Wrote {}", file.display()));
        }
    }
    Ok(())
}

fn take() -> Result<Capture> {
    let home = library::home()?;
    let ledger = Settings::read(&home).memory.ledger();
    let capture = report::take(&Scope { home: &home, ledger: &ledger, monitor: None }, &mut |step| match step {
        Progress::AskingTheMachine => terminal::show("Asking the machine"),
        Progress::Validating(name) => terminal::show(&format!("Checking {}", backend_title(name))),
    });
    terminal::clear_line();
    Ok(capture)
}

fn format(options: &ReportOptions) -> ReportFormat {
    let ending = options.output.as_ref().and_then(|file| file.extension()).map(|ending| ending.to_ascii_lowercase());
    let by_ending = match ending.as_ref().and_then(|ending| ending.to_str()) {
        Some("html" | "htm") => ReportFormat::Html,
        Some("json") => ReportFormat::Json,
        _ => ReportFormat::Markdown,
    };
    if options.json { ReportFormat::Json } else { options.format.unwrap_or(by_ending) }
}
