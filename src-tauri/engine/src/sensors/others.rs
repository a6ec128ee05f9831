//! GPUs of AMD and Intel on Linux, as far as the kernel tells.

#![cfg_attr(not(target_os = "linux"), allow(dead_code))]

use sysinfo::Gpus;

use super::{GpuReading, Sensor, Unbuilt};

pub(super) fn sensor() -> Result<Box<dyn Sensor>, Unbuilt> {
    let gpus = Gpus::new_with_refreshed_list().map_err(|error| error.to_string())?;
    if gpus.iter().all(|gpu| gpu.usage().is_none()) {
        return Err(Unbuilt::Absent("names no other GPU".into()));
    }
    Ok(Box::new(Others { gpus }))
}

struct Others {
    gpus: Gpus,
}

impl Sensor for Others {
    fn read(&mut self) -> Result<GpuReading, String> {
        self.gpus.refresh(false);
        let busiest = self.gpus.iter().filter_map(|gpu| gpu.usage()).reduce(f32::max);
        let used = self.gpus.iter().filter_map(|gpu| gpu.used_memory()).reduce(|a, b| a + b);
        Ok(GpuReading {
            utilization: busiest.map(|percent| percent / 100.0),
            memory_in_use_bytes: used,
            ..GpuReading::default()
        })
    }
}
