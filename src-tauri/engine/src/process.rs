//! What the system tells about processes.

use rustix::process::{Resource, Rlimit};
#[cfg(not(target_os = "macos"))]
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

/// Most memory that this process has had resident, in bytes; on macOS its footprint, as Activity Monitor shows it.
pub fn peak_resident_bytes() -> u64 {
    #[cfg(target_os = "macos")]
    if let Some(peak) = peak_footprint() {
        return peak;
    }
    // What getrusage tells on Linux begins with what the parent had at the fork.
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.map_or_else(peak_by_getrusage, |kibibytes| kibibytes * 1024)
}

#[cfg(target_os = "macos")]
fn peak_footprint() -> Option<u64> {
    let usage = usage(libc::pid_t::try_from(std::process::id()).ok()?)?;
    Some(usage.ri_lifetime_max_phys_footprint).filter(|peak| *peak > 0)
}

#[cfg(target_os = "macos")]
fn usage(id: libc::pid_t) -> Option<libc::rusage_info_v4> {
    // SAFETY: all-zero is a valid value of this plain structure, which the call fills: it is the one of that version.
    unsafe {
        let mut usage: libc::rusage_info_v4 = std::mem::zeroed();
        let buffer = std::ptr::from_mut(&mut usage).cast::<libc::rusage_info_t>();
        (libc::proc_pid_rusage(id, libc::RUSAGE_INFO_V4, buffer) == 0).then_some(usage)
    }
}

fn peak_by_getrusage() -> u64 {
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

/// Raises this process's bound on open files as far as the system allows: a large model lies in hundreds.
pub fn allow_many_files() {
    let limits = rustix::process::getrlimit(Resource::Nofile);
    // More than any model has; macOS refuses to be asked for everything.
    let wanted = limits.maximum.unwrap_or(u64::MAX).min(10_240);
    if limits.current.is_some_and(|current| current < wanted) {
        let _ = rustix::process::setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limits });
    }
}

/// Memory that process `id` has resident, in bytes, as the system tells; on macOS its footprint, which has what only the
/// GPU touches. `None` if there is no such process.
pub fn resident_bytes(id: u32) -> Option<u64> {
    #[cfg(target_os = "macos")]
    return usage(libc::pid_t::try_from(id).ok()?).map(|usage| usage.ri_phys_footprint);
    #[cfg(not(target_os = "macos"))]
    resident_by_sysinfo(id)
}

#[cfg(not(target_os = "macos"))]
fn resident_by_sysinfo(id: u32) -> Option<u64> {
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
        assert!((1 << 20..1 << 40).contains(&super::peak_by_getrusage()));
        let now = super::resident_bytes(std::process::id()).expect("this process is there");
        assert!((1 << 20..=super::peak_resident_bytes() * 2).contains(&now));
        assert_eq!(super::resident_bytes(u32::MAX / 3), None);
    }
}
