//! Apple's sensors: macmon for what the chip reports, the IORegistry for what the driver does. Neither needs special
//! rights. Type-checked only where there is no Mac.

use std::collections::BTreeMap;

use objc2_core_foundation::{CFDictionary, CFNumber, CFRetained, CFString, CFType};
use objc2_io_kit::{
    IOIteratorNext, IOObjectRelease, IORegistryEntryCreateCFProperties, IOServiceGetMatchingServices,
    IOServiceMatching, kIOMainPortDefault,
};

use super::figures::{Figures, of_driver};
use super::{GpuReading, Sensor, Unbuilt};

/// The first reading covers this much time, later ones what has passed since the one before.
const FIRST_MILLISECONDS: u32 = 200;
const LEAST_MILLISECONDS: u32 = 40;

pub(super) fn macmon() -> Result<Box<dyn Sensor>, Unbuilt> {
    if cfg!(not(target_arch = "aarch64")) {
        return Err(Unbuilt::Absent("works on Apple's chips only".into()));
    }
    let sampler = macmon::Sampler::new().map_err(|error| error.to_string())?;
    let info = sampler.get_soc_info();
    let has_clocks = !info.vm && info.gpu_freqs.len() > 1;
    Ok(Box::new(Macmon { sampler, has_clocks, next: FIRST_MILLISECONDS }))
}

struct Macmon {
    sampler: macmon::Sampler,
    has_clocks: bool,
    next: u32,
}

impl Sensor for Macmon {
    fn read(&mut self) -> Result<GpuReading, String> {
        let metrics = self.sampler.get_metrics(self.next).map_err(|error| error.to_string())?;
        self.next = LEAST_MILLISECONDS;
        let figures = Figures {
            has_clocks: self.has_clocks,
            active: metrics.gpu_active_ratio,
            frequency_mhz: metrics.gpu_freq_mhz as f32,
            cpu_watts: metrics.cpu_power,
            gpu_watts: metrics.gpu_power,
            neural_engine_watts: metrics.ane_power,
            temperature_celsius: metrics.temp.gpu_temp_avg,
        };
        Ok(figures.reading())
    }
}

pub(super) fn registry() -> Result<Box<dyn Sensor>, Unbuilt> {
    Ok(Box::new(Registry))
}

struct Registry;

impl Sensor for Registry {
    fn read(&mut self) -> Result<GpuReading, String> {
        let figures = accelerator_figures().ok_or("names no GPU")?;
        Ok(of_driver(|name| figures.get(name).copied()))
    }
}

/// What the driver of the first GPU that tells anything says: its `PerformanceStatistics`, and `gpu-core-count`.
pub fn accelerator_figures() -> Option<BTreeMap<String, i64>> {
    let mut services = 0;
    // SAFETY: the name is a C string; the call takes over the dictionary, and fills the iterator if it returns 0.
    let code = unsafe {
        let matching = IOServiceMatching(c"IOAccelerator".as_ptr())?;
        let matching = CFRetained::cast_unchecked::<CFDictionary>(matching);
        IOServiceGetMatchingServices(kIOMainPortDefault, Some(matching), &mut services)
    };
    if code != 0 {
        return None;
    }
    let mut figures: Option<BTreeMap<String, i64>> = None;
    loop {
        let service = IOIteratorNext(services);
        if service == 0 {
            break;
        }
        let found = || properties(service).map(|properties| numbers(&properties)).filter(|found| !found.is_empty());
        figures = figures.or_else(found);
        IOObjectRelease(service);
    }
    IOObjectRelease(services);
    figures
}

type Properties = CFRetained<CFDictionary<CFString, CFType>>;

fn properties(service: objc2_io_kit::io_registry_entry_t) -> Option<Properties> {
    let mut properties = std::ptr::null_mut();
    // SAFETY: the entry is alive; the call returns a new dictionary, whose keys are strings, or none.
    unsafe {
        let code = IORegistryEntryCreateCFProperties(service, &mut properties, None, 0);
        let properties = std::ptr::NonNull::new(properties).filter(|_| code == 0)?;
        Some(CFRetained::from_raw(properties.cast()))
    }
}

fn numbers(properties: &CFDictionary<CFString, CFType>) -> BTreeMap<String, i64> {
    let mut figures = BTreeMap::new();
    let number = |value: &CFType| value.downcast_ref::<CFNumber>().and_then(CFNumber::as_i64);
    if let Some(cores) = properties.get(&CFString::from_static_str("gpu-core-count")).and_then(|value| number(&value)) {
        figures.insert("gpu-core-count".to_owned(), cores);
    }
    let statistics = properties.get(&CFString::from_static_str("PerformanceStatistics"));
    let statistics = statistics.and_then(|value| value.downcast::<CFDictionary>().ok());
    let Some(statistics) = statistics else { return figures };
    // SAFETY: the driver's statistics are keyed by strings.
    let statistics = unsafe { CFRetained::cast_unchecked::<CFDictionary<CFString, CFType>>(statistics) };
    for name in ["Device Utilization %", "In use system memory", "Alloc system memory"] {
        if let Some(value) = statistics.get(&CFString::from_str(name)).and_then(|value| number(&value)) {
            figures.insert(name.to_owned(), value);
        }
    }
    figures
}
