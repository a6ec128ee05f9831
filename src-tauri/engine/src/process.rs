//! What the system tells about this process.

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

#[cfg(test)]
mod tests {
    #[test]
    fn a_process_takes_some_memory() {
        assert!((1 << 20..1 << 40).contains(&super::peak_resident_bytes()));
    }
}
