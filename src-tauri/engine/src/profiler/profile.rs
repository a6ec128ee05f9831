//! The spans of several processes, put together.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::Serialize;

use super::recorder::Spans;
use super::trace;

/// Spans of all processes, and what was sampled beside them.
#[derive(Debug, Default)]
pub struct Profile {
    pub(super) batches: Vec<Spans>,
    pub(super) counters: Vec<Counter>,
}

/// A value over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Counter {
    pub name: String,
    /// Time as in [`super::Span`], and the value then.
    pub values: Vec<(u64, f64)>,
}

/// The timings of one operation in one process. Percentiles are of the nearest rank: times that did occur.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub process: String,
    pub operation: String,
    pub count: u64,
    pub total_seconds: f64,
    pub median_seconds: f64,
    pub p95_seconds: f64,
    pub p99_seconds: f64,
}

impl Profile {
    pub fn add(&mut self, spans: impl IntoIterator<Item = Spans>) {
        self.batches.extend(spans);
    }

    pub fn count(&mut self, counter: Counter) {
        if !counter.values.is_empty() {
            self.counters.push(counter);
        }
    }

    /// Spans that there was no room for.
    pub fn dropped(&self) -> u64 {
        self.batches.iter().map(|batch| batch.dropped).sum()
    }

    /// A row for each operation of each process, the longest total first.
    pub fn rows(&self) -> Vec<Row> {
        let mut times: BTreeMap<(&str, &str), Vec<u64>> = BTreeMap::new();
        for batch in &self.batches {
            for span in &batch.spans {
                let operation = batch.operations.get(span.operation as usize).map_or("unknown", String::as_str);
                times.entry((&batch.process, operation)).or_default().push(span.end - span.start);
            }
        }
        let row = |((process, operation), mut times): ((&str, &str), Vec<u64>)| {
            times.sort_unstable();
            let rank = |percent: usize| seconds(times[(times.len() * percent).div_ceil(100).max(1) - 1]);
            Row {
                process: process.to_owned(),
                operation: operation.to_owned(),
                count: times.len() as u64,
                total_seconds: seconds(times.iter().sum()),
                median_seconds: rank(50),
                p95_seconds: rank(95),
                p99_seconds: rank(99),
            }
        };
        let mut rows: Vec<Row> = times.into_iter().map(row).collect();
        rows.sort_by(|a, b| b.total_seconds.total_cmp(&a.total_seconds));
        rows
    }

    /// Writes a trace that <https://ui.perfetto.dev> opens.
    pub fn write_trace(&self, path: &Path) -> io::Result<()> {
        std::fs::write(path, trace::encode(self))
    }
}

fn seconds(nanoseconds: u64) -> f64 {
    nanoseconds as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use super::super::recorder::Span;
    use super::*;

    #[test]
    fn rows_hold_counts_totals_and_times_that_occurred() {
        let span = |operation: u32, duration: u64| Span { operation, thread: 0, start: 5, end: 5 + duration };
        let batch = |process: &str, spans: Vec<Span>| Spans {
            process: process.into(),
            operations: vec!["step".into(), "wait".into()],
            threads: vec!["main".into()],
            spans,
            ..Spans::default()
        };
        let mut profile = Profile::default();
        profile.add([batch("a", (1..=100).map(|time| span(0, time * 1000)).collect()), batch("b", vec![span(1, 7)])]);
        profile.add([batch("a", vec![span(1, 40)])]);
        let rows = profile.rows();
        assert_eq!(rows.len(), 3);
        assert_eq!((rows[0].process.as_str(), rows[0].operation.as_str(), rows[0].count), ("a", "step", 100));
        assert_eq!(
            (rows[0].total_seconds, rows[0].median_seconds, rows[0].p95_seconds, rows[0].p99_seconds),
            (5050e-6, 50e-6, 95e-6, 99e-6)
        );
        assert_eq!((rows[2].process.as_str(), rows[2].p99_seconds), ("b", 7e-9));
    }
}
