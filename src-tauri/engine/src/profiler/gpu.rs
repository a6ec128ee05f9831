//! How busy the machine's GPUs are, as their drivers tell.

use sysinfo::Gpus;

/// Asks the drivers. Kept, because finding the GPUs takes longer than asking them.
pub struct GpuWatch {
    #[cfg(target_os = "linux")]
    nvidia: Option<nvml_wrapper::Nvml>,
    others: Option<Gpus>,
}

impl GpuWatch {
    pub fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            nvidia: nvml_wrapper::Nvml::init().ok(),
            others: Gpus::new_with_refreshed_list().ok(),
        }
    }

    /// 0 to 1, the busiest GPU's; absent if none tells.
    pub fn utilization(&mut self) -> Option<f32> {
        let others = self.others.as_mut().and_then(|gpus| {
            gpus.refresh(false);
            gpus.iter().filter_map(|gpu| gpu.usage()).reduce(f32::max)
        });
        #[cfg(target_os = "linux")]
        let nvidia = self.nvidia.as_ref().and_then(|nvidia| {
            let percents = (0..nvidia.device_count().ok()?)
                .filter_map(|index| Some(nvidia.device_by_index(index).ok()?.utilization_rates().ok()?.gpu as f32));
            percents.reduce(f32::max)
        });
        #[cfg(not(target_os = "linux"))]
        let nvidia: Option<f32> = None;
        nvidia.into_iter().chain(others).reduce(f32::max).map(|percent| percent / 100.0)
    }
}
