//! What the system tells about processes.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Most memory that this process has had resident, in bytes (`getrusage`).
pub fn peak_resident_bytes() -> u64 {
    // SAFETY: all-zero is a valid value of this plain structure, which the call fills.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let peak = u64::try_from(usage.ru_maxrss).unwrap_or(0);
    // Linux counts in KiB, macOS in bytes.
    if cfg!(target_os = "macos") { peak } else { peak * 1024 }
}

/// Memory that process `id` has resident, in bytes, as the system tells; `None` if there is no such process.
pub fn resident_bytes(id: u32) -> Option<u64> {
    let mut system = System::new().ok()?;
    let pid = Pid::from_u32(id);
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[pid]),
        true,
        ProcessRefreshKind::nothing().with_memory(),
    );
    system.process(pid).map(|process| process.memory())
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_process_takes_some_memory() {
        assert!((1 << 20..1 << 40).contains(&super::peak_resident_bytes()));
        let now = super::resident_bytes(std::process::id()).expect("this process is there");
        assert!((1 << 20..=super::peak_resident_bytes() * 2).contains(&now));
        assert_eq!(super::resident_bytes(u32::MAX / 3), None);
    }
}
