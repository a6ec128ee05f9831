//! What the machine has: read from the system each time, never guessed.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Memory of the machine, as this process may use it; in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineMemory {
    /// All there is for this process.
    pub total: u64,
    /// What can be taken now without pushing others out.
    pub available: u64,
    /// What models may take: Metal's recommended working set, or three quarters where there is no Metal.
    pub working_set: u64,
}

impl MachineMemory {
    /// The machine as it is now. A limit on this process (a control group's) counts where it is lower. Zeros if the
    /// system does not tell.
    pub fn read() -> Self {
        let Ok(mut system) = System::new() else { return Self { total: 0, available: 0, working_set: 0 } };
        system.refresh_memory();
        let mut total = system.total_memory();
        // On macOS what counts as available there includes what other programs use; the rest of "Memory Used" does not.
        let mut available = match cfg!(target_os = "macos") {
            true => total.saturating_sub(system.used_memory()),
            false => system.available_memory(),
        };
        if let Some((limit, free)) = group_limit(&mut system) {
            (total, available) = (total.min(limit), available.min(free));
        }
        Self { total, available, working_set: working_set().unwrap_or(total / 4 * 3) }
    }
}

/// The limit of this process's control group, and what is left of it.
fn group_limit(system: &mut System) -> Option<(u64, u64)> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let pid = Pid::from_u32(std::process::id());
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, ProcessRefreshKind::nothing());
    let limits = system.process(pid)?.cgroup_limits()?;
    // What the group has read of files counts as used there, and goes when it is needed.
    let available = limits.free_memory.max(limits.total_memory.saturating_sub(limits.rss));
    (limits.total_memory > 0).then_some((limits.total_memory, available))
}

/// Metal's recommended working set. It shrinks while memory is short, so the largest value seen counts.
#[cfg(target_os = "macos")]
fn working_set() -> Option<u64> {
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use objc2::rc::Retained;
    use objc2::runtime::ProtocolObject;
    use objc2_metal::{MTLCopyAllDevices, MTLDevice};

    type Devices = Vec<Retained<ProtocolObject<dyn MTLDevice>>>;
    // Looking for them takes longer than asking them, and this is asked every second. Looking wakes no second GPU.
    static DEVICES: OnceLock<Devices> = OnceLock::new();
    static LARGEST: AtomicU64 = AtomicU64::new(0);
    let devices = DEVICES.get_or_init(|| MTLCopyAllDevices().to_vec());
    let now = devices.iter().map(|device| device.recommendedMaxWorkingSetSize()).max().unwrap_or(0);
    let largest = LARGEST.fetch_max(now, Ordering::Relaxed).max(now);
    (largest > 0).then_some(largest)
}

#[cfg(not(target_os = "macos"))]
fn working_set() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "asks the real system")]
    fn the_machine_has_memory() {
        let machine = MachineMemory::read();
        assert!(machine.total >= 1 << 28, "{machine:?}");
        assert!(machine.available > 0 && machine.available <= machine.total, "{machine:?}");
        assert!(machine.working_set > 0 && machine.working_set <= machine.total, "{machine:?}");
    }
}
