//! NVIDIA's GPUs, through the library that comes with their driver.

use nvml_wrapper::Nvml;
use nvml_wrapper::enum_wrappers::device::{Clock, TemperatureSensor};
use nvml_wrapper::error::NvmlError;
use serde_json::{Value, json};

use super::{GpuReading, NO_DRIVER, Sensor, Unbuilt};

pub(super) fn sensor() -> Result<Box<dyn Sensor>, Unbuilt> {
    Ok(Box::new(Nvidia { nvml: open()? }))
}

fn open() -> Result<Nvml, Unbuilt> {
    Nvml::init().map_err(|error| match error {
        NvmlError::LibloadingError(_) | NvmlError::DriverNotLoaded => Unbuilt::Absent(format!("finds {NO_DRIVER}")),
        error => Unbuilt::Failed(format!("cannot be used: {error}")),
    })
}

struct Nvidia {
    nvml: Nvml,
}

impl Sensor for Nvidia {
    fn read(&mut self) -> Result<GpuReading, String> {
        let count = self.nvml.device_count().map_err(|error| error.to_string())?;
        let mut all = GpuReading::default();
        for device in (0..count).filter_map(|index| self.nvml.device_by_index(index).ok()) {
            let utilization = device.utilization_rates().ok().map(|rates| rates.gpu as f32 / 100.0);
            if all.utilization.is_none() || utilization > all.utilization {
                all.utilization = utilization.or(all.utilization);
                all.frequency_mhz = device.clock_info(Clock::SM).ok().map(|mhz| mhz as f32);
            }
            let watts = device.power_usage().ok().map(|milliwatts| milliwatts as f32 / 1000.0);
            all.power_watts = sum(all.power_watts, watts);
            let celsius = device.temperature(TemperatureSensor::Gpu).ok().map(|celsius| celsius as f32);
            all.temperature_celsius = all.temperature_celsius.into_iter().chain(celsius).reduce(f32::max);
            all.memory_in_use_bytes = sum(all.memory_in_use_bytes, device.memory_info().ok().map(|memory| memory.used));
        }
        Ok(all)
    }
}

fn sum<T: std::ops::Add<Output = T>>(a: Option<T>, b: Option<T>) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    }
}

/// What the driver says of each GPU, as a JSON list.
pub fn gpus() -> Result<String, String> {
    let nvml = open().map_err(|(Unbuilt::Absent(reason) | Unbuilt::Failed(reason))| reason)?;
    let count = nvml.device_count().map_err(|error| error.to_string())?;
    let driver = nvml.sys_driver_version().ok();
    let list = (0..count).filter_map(|index| nvml.device_by_index(index).ok()).map(|device| {
        let capability = device.cuda_compute_capability().ok();
        json!({
            "name": device.name().ok(),
            "memory_bytes": device.memory_info().ok().map(|memory| memory.total),
            "cuda_cores": device.num_cores().ok(),
            "clock_mhz": device.max_clock_info(Clock::SM).ok(),
            "memory_clock_mhz": device.max_clock_info(Clock::Memory).ok(),
            "memory_bus_bits": device.memory_bus_width().ok(),
            "compute_capability": capability.map(|version| format!("{}.{}", version.major, version.minor)),
            "driver": driver,
        })
    });
    Ok(Value::Array(list.collect()).to_string())
}
