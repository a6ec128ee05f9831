//! `ingot bench --profile`: where the time went, how much computing that was, and a trace for Perfetto.

use std::path::PathBuf;

use ingot_engine::bytes::Memory;
use ingot_engine::profiler::{Counter, Profile, Recorder, Row, Sample, Sampler, Work};
use ingot_engine::protocol::Measured;
use ingot_engine::session::InferenceSession;
use ingot_engine::{Error, Result};
use serde_json::{Value, json};

/// Spans of this process that are taken at once.
const PIECE: usize = 1 << 20;

/// What is recorded while the benchmark runs.
pub struct Profiling {
    recorder: Option<Recorder>,
    sampler: Sampler,
    profile: Profile,
}

/// What came of it.
pub struct Profiled {
    profile: Profile,
    samples: Vec<Sample>,
    trace: PathBuf,
    prefill: Rate,
    decode: Rate,
    measured: Measured,
}

/// A kind of work, and how many tokens of it were done in a second.
struct Rate {
    /// For one token.
    work: Work,
    tokens_per_second: f64,
}

/// Starts recording this process; before the session is opened.
pub fn record() -> Option<Recorder> {
    Recorder::install("ingot")
}

impl Profiling {
    pub fn start(recorder: Option<Recorder>, session: &InferenceSession) -> Self {
        Self { recorder, sampler: Sampler::start(session.worker_id()), profile: Profile::default() }
    }

    /// Takes what the worker has sent; after each run, for what waits is bounded.
    pub fn collect(&mut self, session: &InferenceSession) {
        self.profile.add(session.take_spans());
    }

    /// Puts together what was recorded, and writes the trace into the folder at hand. Speeds are in tokens a second.
    pub fn finish(
        self,
        session: &InferenceSession,
        tokens: (usize, usize),
        prefill_speed: f64,
        decode_speed: f64,
    ) -> Result<Profiled> {
        let samples = self.sampler.finish();
        let mut profile = self.profile;
        profile.add(session.take_spans());
        profile.add(self.recorder.iter().flat_map(|recorder| recorder.take(PIECE)));
        let values = |of: fn(&Sample) -> Option<f64>| -> Vec<(u64, f64)> {
            samples.iter().filter_map(|sample| Some((sample.time, of(sample)?))).collect()
        };
        let memory = values(|sample| sample.resident_bytes.map(|bytes| bytes as f64));
        profile.count(Counter { name: "worker memory, bytes".into(), values: memory });
        let gpu = values(|sample| sample.gpu_utilization.map(f64::from));
        profile.count(Counter { name: "GPU utilization".into(), values: gpu });

        let trace = PathBuf::from(format!("{}.perfetto-trace", session.summary().name));
        profile.write_trace(&trace).map_err(|error| {
            Error::bad_request(format!("{} cannot be written: {error}; run this in a folder of yours", trace.display()))
        })?;
        let (prompt, generated) = tokens;
        let of_each = |work: Work, tokens: usize| Work {
            operations: work.operations / tokens.max(1) as u64,
            bytes: work.bytes / tokens.max(1) as u64,
        };
        let middle = prompt + generated / 2;
        let rate = |work, tokens_per_second| Rate { work, tokens_per_second };
        Ok(Profiled {
            profile,
            samples,
            trace,
            prefill: rate(of_each(session.need().work(0, prompt), prompt), prefill_speed),
            decode: rate(session.need().work(middle, middle + 1), decode_speed),
            measured: session.measure_machine()?,
        })
    }
}

impl Rate {
    fn operations_per_second(&self) -> f64 {
        self.work.operations as f64 * self.tokens_per_second
    }

    fn bytes_per_second(&self) -> f64 {
        self.work.bytes as f64 * self.tokens_per_second
    }

    fn json(&self) -> Value {
        json!({
            "operations_per_token": self.work.operations,
            "operations_per_second": self.operations_per_second(),
            "bytes_per_token": self.work.bytes,
            "bytes_per_second": self.bytes_per_second(),
        })
    }
}

impl Profiled {
    pub fn json(&self) -> Value {
        json!({
            "operations": self.profile.rows(),
            "dropped": self.profile.dropped(),
            "trace": self.trace,
            "prefill": self.prefill.json(),
            "decode": self.decode.json(),
            "machine": self.measured,
            "gpu_utilization": self.gpu(),
            "worker_memory_bytes": self.memory(),
        })
    }

    /// Mean and most of the GPU's utilization, 0 to 1.
    fn gpu(&self) -> Option<(f64, f64)> {
        let values: Vec<f64> = self.samples.iter().filter_map(|sample| sample.gpu_utilization.map(f64::from)).collect();
        let most = values.iter().copied().reduce(f64::max)?;
        Some((values.iter().sum::<f64>() / values.len() as f64, most))
    }

    /// Most bytes that the worker had resident at a sample.
    fn memory(&self) -> Option<u64> {
        self.samples.iter().filter_map(|sample| sample.resident_bytes).max()
    }

    /// The table for people.
    pub fn print(&self) {
        println!();
        println!("Where the time went, loading and the first run included:");
        println!(
            "{:<11}{:<18}{:>8}{:>12}{:>12}{:>12}{:>12}",
            "process", "operation", "count", "total", "median", "p95", "p99"
        );
        for Row { process, operation, count, total_seconds, median_seconds, p95_seconds, p99_seconds } in
            self.profile.rows()
        {
            println!(
                "{process:<11}{operation:<18}{count:>8}{:>12}{:>12}{:>12}{:>12}",
                time(total_seconds),
                time(median_seconds),
                time(p95_seconds),
                time(p99_seconds)
            );
        }
        if self.profile.dropped() > 0 {
            println!("{} more spans did not fit and are not counted.", self.profile.dropped());
        }
        println!();
        let Measured { operations_per_second, bytes_per_second } = self.measured;
        for (name, rate) in [("prefill", &self.prefill), ("decode", &self.decode)] {
            println!(
                "{name:<11}{:>10.1} Mop a token,{:>10.1} GFLOP/s, {:>5.1} % of a matrix product's {:.0}",
                rate.work.operations as f64 / 1e6,
                rate.operations_per_second() / 1e9,
                100.0 * rate.operations_per_second() / operations_per_second,
                operations_per_second / 1e9
            );
        }
        println!(
            "{:<11}{:>10.1} MB a token, {:>10.1} GB/s,    {:>5.1} % of reading a matrix, {:.1}",
            "decode",
            self.decode.work.bytes as f64 / 1e6,
            self.decode.bytes_per_second() / 1e9,
            100.0 * self.decode.bytes_per_second() / bytes_per_second,
            bytes_per_second / 1e9
        );
        match self.gpu() {
            Some((mean, most)) => {
                println!("GPU         {:.0} % busy on average, {:.0} % at most", mean * 100.0, most * 100.0)
            }
            None => println!("GPU         none that tells how busy it is"),
        }
        if let Some(bytes) = self.memory() {
            println!("memory      {} at most in the worker, as sampled", Memory(bytes));
        }
        println!("trace       {}, for https://ui.perfetto.dev", self.trace.display());
    }
}

/// Seconds in the unit in which they read well.
fn time(seconds: f64) -> String {
    match seconds {
        1.0.. => format!("{seconds:.2} s"),
        1e-3..1.0 => format!("{:.2} ms", seconds * 1e3),
        _ => format!("{:.1} µs", seconds * 1e6),
    }
}
