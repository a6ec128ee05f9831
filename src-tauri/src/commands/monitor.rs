//! The live charts: drawn and pushed while the window shows them, and not otherwise.

use std::time::Duration;

use ingot_engine::Result;
use ingot_engine::bytes::{Memory, quantity};
use ingot_engine::chart::{self, Look, Theme};
use ingot_engine::memory::Pressure;
use ingot_engine::monitor::Sample;
use tauri::ipc::Channel;
use tauri::{Manager, WebviewWindow};

use super::{CHART_HEIGHT, blocking};
use crate::state::AppState;
use crate::wire::{Figure, LoadedModel, MonitorEvent};

/// How often a watcher looks whether it is still wanted.
const PATIENCE: Duration = Duration::from_secs(2);

/// Pushes charts of `width` CSS pixels, at once and with each sample, until a later turn begins or this one is ended by
/// [`unwatch_monitor`]. Turns are numbered by who asks, for commands may overtake each other.
#[tauri::command]
pub async fn watch_monitor(
    window: WebviewWindow,
    turn: u64,
    theme: Theme,
    width: u32,
    on_event: Channel<MonitorEvent>,
) -> Result<()> {
    let watch = window.state::<AppState>().monitor_watches.of(window.label());
    watch.begin(turn);
    blocking("watch_monitor", move || {
        let state = window.state::<AppState>();
        let samples = state.monitor.listen();
        let mut is_first = true;
        while watch.is_current(turn) {
            let has_news = is_first || samples.recv_timeout(PATIENCE).is_ok();
            // What came while the last one was drawn is in the history, too.
            while samples.try_recv().is_ok() {}
            if has_news && is_shown(&window) && watch.is_current(turn) {
                let history = state.monitor.history();
                if on_event.send(event(&history, Look::new(theme, width, CHART_HEIGHT).over_all(&history))).is_err() {
                    break;
                }
            }
            is_first = false;
        }
        Ok(())
    })
    .await
}

#[tauri::command]
pub async fn unwatch_monitor(window: WebviewWindow, turn: u64) -> Result<()> {
    window.state::<AppState>().monitor_watches.of(window.label()).end(turn);
    Ok(())
}

/// Whether anybody could see the window.
fn is_shown(window: &WebviewWindow) -> bool {
    window.is_visible().unwrap_or(true) && !window.is_minimized().unwrap_or(false)
}

fn event(history: &[Sample], look: Look) -> MonitorEvent {
    let last = history.last().cloned().unwrap_or_default();
    let models = last.workers.iter().map(|worker| LoadedModel {
        name: worker.model.clone(),
        memory: worker.resident_bytes.map(|bytes| Memory(bytes).to_string()),
    });
    MonitorEvent {
        utilization: chart::utilization(history, look),
        memory: chart::memory(history, look),
        figures: figures(&last),
        models: models.collect(),
    }
}

/// What is known now, in words and units. What the machine does not tell is left out.
fn figures(sample: &Sample) -> Vec<Figure> {
    let with = |value: Option<f32>, unit: &str| value.map(|value| quantity(f64::from(value), unit));
    let percent = |share: Option<f32>| with(share.map(|share| share * 100.0), "%");
    let memory = |bytes: Option<u64>| bytes.map(|bytes| format!("{:#}", Memory(bytes)));
    let pressure = sample.memory.pressure.map(|pressure| match pressure {
        Pressure::Normal => "normal".to_owned(),
        Pressure::Warning => "getting short".to_owned(),
        Pressure::Critical => "very short".to_owned(),
    });
    let rows = [
        ("GPU", percent(sample.gpu.utilization)),
        ("GPU clock", with(sample.gpu.frequency_mhz, "MHz")),
        ("GPU power", with(sample.gpu.power_watts, "W")),
        ("GPU temperature", with(sample.gpu.temperature_celsius, "°C")),
        ("GPU memory", memory(sample.gpu.memory_in_use_bytes)),
        ("Processor", percent(sample.cpu.utilization)),
        ("Memory available", memory(sample.memory.available_bytes)),
        ("Memory", pressure),
        ("Answering", sample.tokens_per_second.map(|speed| format!("{speed:.1} tok/s"))),
    ];
    let known = rows.into_iter().filter_map(|(label, value)| Some(Figure { label: label.into(), value: value? }));
    known.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_known_is_shown() {
        let mut sample = Sample::default();
        assert_eq!(figures(&sample), []);
        sample.gpu.utilization = Some(0.456);
        sample.memory.available_bytes = Some(3 << 30);
        let shown: Vec<(String, String)> =
            figures(&sample).into_iter().map(|figure| (figure.label, figure.value)).collect();
        let expected = [("GPU", "46 %"), ("Memory available", "3.0 GB")];
        assert_eq!(shown, expected.map(|(label, value)| (label.to_owned(), value.to_owned())));
        let event = event(&[], Look::new(Theme::Dark, 300, CHART_HEIGHT));
        assert!(event.utilization.starts_with("<svg") && event.memory.starts_with("<svg") && event.models.is_empty());
    }
}
