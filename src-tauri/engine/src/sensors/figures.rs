//! What the figures of Apple's sensors mean: plain arithmetic, so that it is tested where there are none.

use super::GpuReading;

/// What macmon tells at one moment. It says 0 for what it does not know.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(not(target_os = "macos"), allow(dead_code))]
pub struct Figures {
    /// Whether the chip's clocks are known: without them, utilization and frequency mean nothing.
    pub has_clocks: bool,
    /// 0 to 1.
    pub active: f32,
    pub frequency_mhz: f32,
    pub cpu_watts: f32,
    pub gpu_watts: f32,
    pub neural_engine_watts: f32,
    pub temperature_celsius: Option<f32>,
}

#[cfg_attr(not(target_os = "macos"), allow(dead_code))]
impl Figures {
    pub fn reading(self) -> GpuReading {
        let finite = |value: f32| Some(value).filter(|value| value.is_finite());
        // A processor that runs takes some power: all zeros mean that the counters are not to be had.
        // A GPU that is there has a clock, even when it is idle.
        let is_seen = self.has_clocks && (self.active > 0.0 || self.frequency_mhz > 0.0);
        let counts = self.cpu_watts + self.gpu_watts + self.neural_engine_watts > 0.0;
        GpuReading {
            utilization: finite(self.active).filter(|_| is_seen).map(|active| active.clamp(0.0, 1.0)),
            frequency_mhz: finite(self.frequency_mhz).filter(|mhz| is_seen && *mhz > 0.0),
            power_watts: finite(self.gpu_watts).filter(|_| counts),
            temperature_celsius: self.temperature_celsius.and_then(finite).filter(|celsius| *celsius > 0.0),
            memory_in_use_bytes: None,
        }
    }
}

/// The driver's own figures, by the names of `PerformanceStatistics`.
#[cfg_attr(not(target_os = "macos"), allow(dead_code))]
pub fn of_driver(figure: impl Fn(&str) -> Option<i64>) -> GpuReading {
    let percent = figure("Device Utilization %").filter(|percent| (0..=100).contains(percent));
    GpuReading {
        utilization: percent.map(|percent| percent as f32 / 100.0),
        memory_in_use_bytes: figure("In use system memory").and_then(|bytes| u64::try_from(bytes).ok()),
        ..GpuReading::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_that_mean_nothing_are_absent() {
        let idle = Figures {
            has_clocks: true,
            active: 0.0,
            frequency_mhz: 338.0,
            cpu_watts: 0.4,
            gpu_watts: 0.0,
            neural_engine_watts: 0.0,
            temperature_celsius: Some(41.5),
        };
        let reading = idle.reading();
        assert_eq!((reading.utilization, reading.power_watts), (Some(0.0), Some(0.0)), "an idle GPU is one");
        let blind = Figures { has_clocks: false, cpu_watts: 0.0, temperature_celsius: Some(0.0), ..idle }.reading();
        assert_eq!(blind, GpuReading::default());
        let unseen = Figures { frequency_mhz: 0.0, ..idle }.reading();
        assert_eq!((unseen.utilization, unseen.frequency_mhz), (None, None), "the driver's figure stands in");
        let odd = Figures { active: f32::NAN, temperature_celsius: None, ..idle }.reading();
        assert_eq!((odd.utilization, odd.temperature_celsius), (None, None));
    }

    #[test]
    fn the_drivers_figures() {
        let reading = of_driver(|name| match name {
            "Device Utilization %" => Some(37),
            "In use system memory" => Some(1 << 30),
            _ => None,
        });
        assert_eq!((reading.utilization, reading.memory_in_use_bytes), (Some(0.37), Some(1 << 30)));
        assert_eq!(of_driver(|_| None), GpuReading::default());
        assert_eq!(of_driver(|_| Some(-1)), GpuReading::default());
    }
}
