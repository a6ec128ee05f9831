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

use std::time::Duration;

use serde::{Deserialize, Serialize};

use guarded::Guarded;

/// One look at the GPU. Of several GPUs: the busiest one's utilization and clock, all of their power and memory, the
/// highest temperature.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GpuReading {
    /// 0 to 1.
    pub utilization: Option<f32>,
    pub frequency_mhz: Option<f32>,
    pub power_watts: Option<f32>,
    pub temperature_celsius: Option<f32>,
    pub memory_in_use_bytes: Option<u64>,
}

impl GpuReading {
    /// This, and from `other` what is absent here.
    fn or(self, other: Self) -> Self {
        Self {
            utilization: self.utilization.or(other.utilization),
            frequency_mhz: self.frequency_mhz.or(other.frequency_mhz),
            power_watts: self.power_watts.or(other.power_watts),
            temperature_celsius: self.temperature_celsius.or(other.temperature_celsius),
            memory_in_use_bytes: self.memory_in_use_bytes.or(other.memory_in_use_bytes),
        }
    }
}

/// One source of readings. It is made, used and dropped on one thread.
trait Sensor {
    fn read(&mut self) -> Result<GpuReading, String>;
}

/// All sensors of this machine.
pub struct Sensors {
    /// The better ones first.
    guarded: Vec<Guarded>,
}

/// Part of what is said where NVIDIA's driver is not installed.
pub const NO_DRIVER: &str = "no NVIDIA driver";

/// The first answer of a sensor: it may have to find its GPUs.
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
        Self { guarded }
    }

    /// Asks every sensor.
    pub fn read(&mut self) -> GpuReading {
        // All are asked before the first is waited for.
        self.guarded.iter_mut().for_each(Guarded::ask);
        self.guarded
            .iter_mut()
            .fold(GpuReading::default(), |reading, sensor| reading.or(sensor.answer().unwrap_or_default()))
    }

    /// The sensors that told something at the latest reading.
    pub fn sources(&self) -> Vec<&'static str> {
        self.guarded.iter().filter(|sensor| sensor.is_well()).map(Guarded::name).collect()
    }

    /// The sensors that say nothing, with the reason.
    pub fn problems(&self) -> Vec<(&'static str, String)> {
        self.guarded.iter().filter_map(|sensor| Some((sensor.name(), sensor.problem()?))).collect()
    }
}
