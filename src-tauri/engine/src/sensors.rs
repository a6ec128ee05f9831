//! What the GPU does at this moment: how busy, how fast, how warm, how full.
//!
//! Drivers and their libraries hang, fail and panic, and some may only be used on the thread that made them. So each
//! [`Sensor`] lives on a thread of its own behind a [`Guarded`]: it is asked, waited for a moment, and started anew after
//! a failure. What a machine cannot tell is absent, never zero.

mod figures;
mod guarded;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(target_os = "linux")]
mod nvidia;
mod others;

#[cfg(target_os = "macos")]
pub use macos::accelerator_figures;
#[cfg(target_os = "linux")]
pub use nvidia::gpus as nvidia_gpus;

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use guarded::Guarded;

/// What is told of the GPU at one moment, or where each part of that comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gpu<Share, Number, Bytes> {
    /// 0 to 1.
    pub utilization: Option<Share>,
    pub frequency_mhz: Option<Number>,
    pub power_watts: Option<Number>,
    pub temperature_celsius: Option<Number>,
    pub memory_in_use_bytes: Option<Bytes>,
}

/// One look at the GPU. Of several NVIDIA GPUs: the busiest one's utilization and clock, all of their power and memory,
/// the highest temperature.
pub type GpuReading = Gpu<f32, f32, u64>;

/// The sensor that told each part of a reading.
pub type GpuSources = Gpu<&'static str, &'static str, &'static str>;

impl GpuSources {
    /// The same, to be kept.
    pub fn to_owned(self) -> Gpu<String, String, String> {
        let owned = |name: Option<&str>| name.map(str::to_owned);
        Gpu {
            utilization: owned(self.utilization),
            frequency_mhz: owned(self.frequency_mhz),
            power_watts: owned(self.power_watts),
            temperature_celsius: owned(self.temperature_celsius),
            memory_in_use_bytes: owned(self.memory_in_use_bytes),
        }
    }
}

/// Takes from `reading` by `name` what is absent in `all`.
fn merge(all: &mut GpuReading, sources: &mut GpuSources, reading: GpuReading, name: &'static str) {
    macro_rules! take {
        ($($field:ident),*) => {$(
            if all.$field.is_none() && reading.$field.is_some() {
                (all.$field, sources.$field) = (reading.$field, Some(name));
            }
        )*};
    }
    take!(utilization, frequency_mhz, power_watts, temperature_celsius, memory_in_use_bytes);
}

/// One source of readings. It is made, used and dropped on one thread.
trait Sensor {
    fn read(&mut self) -> Result<GpuReading, String>;
}

/// Why there is no sensor.
enum Unbuilt {
    /// There is nothing on this machine that it could watch.
    Absent(String),
    Failed(String),
}

impl From<String> for Unbuilt {
    fn from(reason: String) -> Self {
        Self::Failed(reason)
    }
}

/// All sensors of this machine.
pub struct Sensors {
    /// The better ones first.
    guarded: Vec<Guarded>,
    sources: GpuSources,
}

/// Part of what is said where NVIDIA's driver is not installed.
pub const NO_DRIVER: &str = "no NVIDIA driver";

/// How long the first answer of a sensor is waited for: it may have to find its GPUs.
const FIRST: Duration = Duration::from_secs(2);
const LATER: Duration = Duration::from_millis(400);

impl Sensors {
    pub fn of_this_machine() -> Self {
        let guarded = vec![
            #[cfg(target_os = "macos")]
            Guarded::new("macmon", macos::macmon, [FIRST, LATER]),
            #[cfg(target_os = "macos")]
            Guarded::new("IORegistry", macos::registry, [FIRST, LATER]),
            #[cfg(target_os = "linux")]
            Guarded::new("NVML", nvidia::sensor, [FIRST, LATER]),
            #[cfg(target_os = "linux")]
            Guarded::new("sysfs", others::sensor, [FIRST, LATER]),
        ];
        Self { guarded, sources: GpuSources::default() }
    }

    /// Asks every sensor. All of them together are waited for no longer than the slowest may take.
    pub fn read(&mut self) -> GpuReading {
        self.guarded.iter_mut().for_each(Guarded::ask);
        let begin = Instant::now();
        let (mut all, mut sources) = (GpuReading::default(), GpuSources::default());
        for sensor in &mut self.guarded {
            if let Some(reading) = sensor.answer(begin) {
                merge(&mut all, &mut sources, reading, sensor.name());
            }
        }
        self.sources = sources;
        all
    }

    /// The sensors that told the parts of the latest reading.
    pub fn sources(&self) -> GpuSources {
        self.sources
    }

    /// The sensors that say nothing, with the reason; those that have nothing to watch are no `problem`.
    pub fn silent(&self) -> Vec<Silent> {
        let silent = self.guarded.iter().filter_map(|sensor| {
            Some(Silent { name: sensor.name().to_owned(), reason: sensor.problem()?, is_problem: !sensor.is_absent() })
        });
        silent.collect()
    }
}

/// A sensor that says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silent {
    pub name: String,
    pub reason: String,
    /// Whether it should say something.
    pub is_problem: bool,
}

impl std::fmt::Display for Silent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.reason)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_sensor_goes_first_and_each_part_names_its_own() {
        let (mut all, mut sources) = (GpuReading::default(), GpuSources::default());
        let chip = GpuReading { power_watts: Some(3.0), ..GpuReading::default() };
        let driver = GpuReading { power_watts: Some(9.0), utilization: Some(0.5), ..GpuReading::default() };
        merge(&mut all, &mut sources, chip, "chip");
        merge(&mut all, &mut sources, driver, "driver");
        assert_eq!(all, GpuReading { power_watts: Some(3.0), utilization: Some(0.5), ..GpuReading::default() });
        let expected = GpuSources { power_watts: Some("chip"), utilization: Some("driver"), ..GpuSources::default() };
        assert_eq!(sources, expected);
    }
}
