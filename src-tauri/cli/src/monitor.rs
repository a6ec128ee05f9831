//! `ingot monitor`: the machine as it is now, a sample a line.

use std::io::{IsTerminal, Write, stdout};
use std::time::Duration;

use ingot_engine::bytes::{Memory, quantity};
use ingot_engine::library::{self, Settings};
use ingot_engine::memory::Pressure;
use ingot_engine::monitor::{Monitor, Sample};
use ingot_engine::{Error, Result};

use crate::args::MonitorOptions;
use crate::terminal;

/// How long a sample may be overdue.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn run(options: &MonitorOptions) -> Result<()> {
    let interval = Duration::from_secs_f64(options.interval);
    let ledger = Settings::read(&library::home()?).memory.ledger();
    let monitor = Monitor::start(interval, ledger);
    let samples = monitor.listen();
    if !options.json {
        let names = ["time", "GPU", "clock", "power", "temp.", "CPU", "GPU mem.", "available", "pressure"];
        let _ = writeln!(stdout(), "{}", columns(names.map(str::to_owned)));
    }
    let mut seen = 0;
    while options.count.is_none_or(|count| seen < count) {
        let sample = samples
            .recv_timeout(interval + PATIENCE)
            .map_err(|_| Error::internal("the machine's sensors do not answer; start this anew"))?;
        let line = if options.json { serde_json::to_string(&sample).unwrap_or_default() } else { line(&sample) };
        if let Err(error) = writeln!(stdout(), "{line}").and_then(|()| stdout().flush()) {
            return terminal::written(error);
        }
        seen += 1;
        if seen == 1 && !options.json && stdout().is_terminal() {
            for silent in monitor.sensors().silent {
                terminal::note(&silent.to_string());
            }
        }
    }
    Ok(())
}

fn line(sample: &Sample) -> String {
    let with =
        |value: Option<f32>, unit: &str| value.map_or_else(|| "-".to_owned(), |value| quantity(f64::from(value), unit));
    let percent = |value: Option<f32>| with(value.map(|share| share * 100.0), "%");
    let bytes = |bytes: Option<u64>| bytes.map_or_else(|| "-".to_owned(), |bytes| format!("{:#}", Memory(bytes)));
    let pressure = sample.memory.pressure.map_or("-", Pressure::name);
    columns([
        sample.local_time(),
        percent(sample.gpu.utilization),
        with(sample.gpu.frequency_mhz, "MHz"),
        with(sample.gpu.power_watts, "W"),
        with(sample.gpu.temperature_celsius, "°C"),
        percent(sample.cpu.utilization),
        bytes(sample.gpu.memory_in_use_bytes),
        bytes(sample.memory.available_bytes),
        pressure.to_owned(),
    ])
}

fn columns(cells: [String; 9]) -> String {
    const WIDTHS: [usize; 9] = [8, 5, 8, 7, 7, 5, 9, 9, 8];
    let cells = cells.iter().zip(WIDTHS).map(|(cell, width)| format!("{cell:>width$}"));
    cells.collect::<Vec<_>>().join("  ")
}
