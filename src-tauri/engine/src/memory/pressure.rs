//! How short of memory the whole machine is.
//!
//! macOS tells when that changes; its level is read besides, for a notification can be missed. Elsewhere it is
//! worked out from what is available and from how long programs wait for memory.

use serde::{Deserialize, Serialize};

use super::MachineMemory;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pressure {
    #[default]
    Normal,
    Warning,
    Critical,
}

impl Pressure {
    pub const ALL: [Self; 3] = [Self::Normal, Self::Warning, Self::Critical];

    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The pressure now, for showing it: takes no notification away from whoever acts on them. `None` if the system
    /// does not tell.
    pub fn read() -> Option<Self> {
        #[cfg(target_os = "macos")]
        return Some(macos::level()).filter(|level| *level > 0).map(of_level);
        #[cfg(not(target_os = "macos"))]
        {
            let stalls = std::fs::read_to_string("/proc/pressure/memory").unwrap_or_default();
            Some(MachineMemory::read()).filter(|machine| machine.total > 0).map(|machine| judge(machine, &stalls))
        }
    }
}

/// Asks for the pressure now.
pub struct PressureWatch {
    read: Box<dyn FnMut() -> Pressure + Send>,
}

impl PressureWatch {
    /// The machine's own.
    pub fn of_this_machine() -> Self {
        #[cfg(target_os = "macos")]
        return Self::new(macos::watch());
        #[cfg(not(target_os = "macos"))]
        Self::new(|| Pressure::read().unwrap_or_default())
    }

    /// What `read` says.
    pub fn new(read: impl FnMut() -> Pressure + Send + 'static) -> Self {
        Self { read: Box::new(read) }
    }

    pub fn now(&mut self) -> Pressure {
        (self.read)()
    }
}

/// The pressure on a machine without a say of its own: `stalls` is the text of Linux's `/proc/pressure/memory`.
#[cfg_attr(target_os = "macos", allow(dead_code))]
fn judge(machine: MachineMemory, stalls: &str) -> Pressure {
    const GIB: u64 = 1 << 30;
    if machine.total == 0 {
        return Pressure::Normal;
    }
    let by_memory = if machine.available < (machine.total / 20).min(GIB) {
        Pressure::Critical
    } else if machine.available < (machine.total / 10).min(2 * GIB) {
        Pressure::Warning
    } else {
        Pressure::Normal
    };
    // Some programs waited for memory during a fifth of the last ten seconds.
    let stalled = stall_share(stalls).is_some_and(|share| share >= 20.0);
    if stalled { by_memory.max(Pressure::Warning) } else { by_memory }
}

/// `some avg10=…`, in per cent.
fn stall_share(stalls: &str) -> Option<f64> {
    let line = stalls.lines().find(|line| line.starts_with("some "))?;
    line.split_whitespace().find_map(|field| field.strip_prefix("avg10="))?.parse().ok()
}

/// The kernel's level (`kern.memorystatus_vm_pressure_level`, and the flags of its notification): 1, 2 or 4.
#[cfg_attr(not(target_os = "macos"), allow(dead_code))]
fn of_level(level: u64) -> Pressure {
    match level {
        4.. => Pressure::Critical,
        2..4 => Pressure::Warning,
        _ => Pressure::Normal,
    }
}

#[cfg(target_os = "macos")]
#[path = "pressure_macos.rs"]
mod macos;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_memory_is_pressure() {
        const GIB: u64 = 1 << 30;
        let with = |total, available| judge(MachineMemory { total, available, working_set: 0 }, "");
        assert_eq!(with(24 * GIB, 12 * GIB), Pressure::Normal);
        assert_eq!(with(24 * GIB, 3 * GIB / 2), Pressure::Warning);
        assert_eq!(with(24 * GIB, GIB / 2), Pressure::Critical);
        assert_eq!(with(4 * GIB, GIB), Pressure::Normal, "a small machine has less to spare");
        assert_eq!(with(0, 0), Pressure::Normal, "nothing known is no reason to unload");
    }

    #[test]
    fn waiting_for_memory_is_pressure() {
        let stalls =
            |share: &str| format!("some avg10={share} avg60=0.00 avg300=0.00 total=5\nfull avg10=0.00 total=0\n");
        let plenty = MachineMemory { total: 1 << 35, available: 1 << 34, working_set: 0 };
        assert_eq!(judge(plenty, &stalls("0.50")), Pressure::Normal);
        assert_eq!(judge(plenty, &stalls("45.10")), Pressure::Warning);
        assert_eq!(judge(plenty, "nonsense"), Pressure::Normal);
    }

    #[test]
    fn levels_of_the_kernel() {
        assert_eq!([0, 1, 2, 4, 9].map(of_level), {
            use Pressure::{Critical, Normal, Warning};
            [Normal, Normal, Warning, Critical, Critical]
        });
    }
}
