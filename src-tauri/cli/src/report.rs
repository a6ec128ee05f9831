//! `ingot report`: the machine, with the source of every value, for people and for programs.

use std::io::{Write, stdout};

use ingot_engine::hardware::Capture;
use ingot_engine::library::{self, Settings};
use ingot_engine::report::{self, Progress, Report, Scope, backend_title};
use ingot_engine::{Error, Result};

use crate::args::{ReportFormat, ReportOptions};
use crate::terminal;

pub fn run(options: &ReportOptions) -> Result<()> {
    let format = format(options)?;
    let capture = match &options.replay {
        Some(folder) => Capture::read(folder)?,
        None => take()?,
    };
    if let Some(folder) = &options.capture {
        capture.write(folder)?;
        terminal::note(&format!("Wrote the capture to {}", folder.display()));
    }
    let report = Report::of(&capture);
    let text = match format {
        ReportFormat::Html => report::html(&report),
        ReportFormat::Markdown => report::markdown(&report),
        ReportFormat::Json => report.json_text(),
    };
    match &options.output {
        None => {
            if let Err(error) = stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush()) {
                return terminal::written(error);
            }
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

fn format(options: &ReportOptions) -> Result<ReportFormat> {
    if options.json {
        return Ok(ReportFormat::Json);
    }
    let ending = options.output.as_ref().and_then(|file| file.extension()).map(|ending| ending.to_ascii_lowercase());
    match (options.format, ending.as_ref().map(|ending| ending.to_string_lossy()).as_deref()) {
        (Some(format), _) => Ok(format),
        (None, Some("html" | "htm")) => Ok(ReportFormat::Html),
        (None, Some("json")) => Ok(ReportFormat::Json),
        (None, None | Some("md" | "markdown" | "txt")) => Ok(ReportFormat::Markdown),
        (None, Some(other)) => Err(Error::bad_request(format!(
            "a report is not written as .{other}; give a name that ends in .html, .md or .json, or --format"
        ))),
    }
}
