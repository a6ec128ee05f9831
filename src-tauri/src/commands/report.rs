//! The hardware report: made, shown, and saved where a person wants it.

use std::sync::TryLockError;

use ingot_engine::chart::{self, Look, Theme};
use ingot_engine::report::{self, Progress, Report, Scope, backend_title};
use ingot_engine::sync::lock;
use ingot_engine::{Error, ErrorCode, Result};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;

use super::{CHART_HEIGHT, blocking};
use crate::state::AppState;
use crate::wire::{HardwareReport, ReportCharts, ReportEvent};

#[tauri::command]
pub async fn make_report(app: AppHandle, on_event: Channel<ReportEvent>) -> Result<HardwareReport> {
    blocking("make_report", move || {
        let state = app.state::<AppState>();
        let _one = match state.making_report.try_lock() {
            Ok(one) => one,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return Err(Error::new(ErrorCode::Busy, "a report is being made already; wait for it"));
            }
        };
        let scope = Scope { home: state.home(), ledger: state.ledger(), monitor: Some(&state.monitor) };
        let capture = report::take(&scope, &mut |step| {
            let step = match step {
                Progress::AskingTheMachine => "Asking the machine".to_owned(),
                Progress::Validating(name) => format!("Checking {}", backend_title(name)),
            };
            let _ = on_event.send(ReportEvent::Step { step });
        });
        let made = Report::of(&capture);
        let shown = HardwareReport { view: made.view(), markdown: report::markdown(&made) };
        *lock(&state.report) = Some(made);
        Ok(shown)
    })
    .await
}

/// The charts of the report that was made last.
#[tauri::command]
pub async fn report_charts(app: AppHandle, theme: Theme, width: u32) -> Result<ReportCharts> {
    blocking("report_charts", move || {
        with_report(&app, |report| {
            let look = Look::new(theme, width, CHART_HEIGHT);
            let samples = &report.live.samples;
            Ok(ReportCharts { utilization: chart::utilization(samples, look), memory: chart::memory(samples, look) })
        })
    })
    .await
}

/// Asks where to, and writes the report there: as HTML, Markdown or JSON, by the ending of the name. Null if nothing was
/// chosen.
#[tauri::command]
pub async fn save_report(app: AppHandle) -> Result<Option<String>> {
    blocking("save_report", move || {
        let dialog = app.dialog().file().set_title("Save the hardware report").set_file_name("Hardware report.html");
        let dialog = dialog.add_filter("Page", &["html"]).add_filter("Markdown", &["md"]).add_filter("JSON", &["json"]);
        let Some(path) = dialog.blocking_save_file().and_then(|path| path.into_path().ok()) else { return Ok(None) };
        with_report(&app, |report| {
            let text = match path.extension().and_then(|ending| ending.to_str()) {
                Some("md") => report::markdown(report),
                Some("json") => report.json_text(),
                _ => report::html(report),
            };
            report::write(&path, &text)
        })?;
        Ok(Some(path.display().to_string()))
    })
    .await
}

fn with_report<T>(app: &AppHandle, work: impl FnOnce(&Report) -> Result<T>) -> Result<T> {
    let state = app.state::<AppState>();
    let report = lock(&state.report);
    work(report.as_ref().ok_or_else(|| Error::bad_request("there is no report yet; make one first"))?)
}
