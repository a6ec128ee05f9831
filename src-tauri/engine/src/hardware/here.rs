//! Asking the machine that this runs on. All sources are asked at once, each within its limit, so that together they
//! take no longer than the slowest of them may.

use std::time::Duration;

use super::capture::Capture;
use super::source::ask_within;

/// One source: the file its answer goes to, how long it may take, and how to ask.
struct Source {
    file: &'static str,
    limit: Duration,
    ask: Box<dyn FnOnce() -> Result<String, String> + Send>,
}

impl Source {
    fn new(file: &'static str, limit: Duration, ask: impl FnOnce() -> Result<String, String> + Send + 'static) -> Self {
        Self { file, limit, ask: Box::new(ask) }
    }
}

/// What this machine's own tools say now.
pub fn take() -> Capture {
    collect(sources())
}

fn collect(sources: Vec<Source>) -> Capture {
    let mut capture = Capture::default();
    let asked = sources.into_iter().map(|Source { file, limit, ask }| (file, ask_within(limit, ask)));
    // All of them are asked before the first answer is waited for.
    let asked: Vec<_> = asked.collect();
    for (file, answer) in asked {
        capture.insert(file, answer.wait());
    }
    capture
}

#[cfg(target_os = "macos")]
fn sources() -> Vec<Source> {
    use super::capture::{DISPLAYS, HARDWARE, METAL, SOC, SW_VERS, SYSCTL};
    use super::macos;
    use super::source::output_of;

    const LIMIT: Duration = Duration::from_secs(5);
    const PROFILER: &str = "/usr/sbin/system_profiler";
    // The tools end a little earlier than we stop waiting, so that none is left behind.
    let tool = |file, program: &'static str, arguments: Vec<&'static str>| {
        Source::new(file, LIMIT + Duration::from_millis(500), move || output_of(program, &arguments, LIMIT))
    };
    let mut names = vec!["-i"];
    names.extend(macos::KERNEL_VALUES);
    vec![
        tool(HARDWARE, PROFILER, vec!["-json", "SPHardwareDataType"]),
        tool(DISPLAYS, PROFILER, vec!["-json", "SPDisplaysDataType"]),
        tool(SYSCTL, "/usr/sbin/sysctl", names),
        tool(SW_VERS, "/usr/bin/sw_vers", vec![]),
        Source::new(METAL, LIMIT, macos::metal),
        Source::new(SOC, LIMIT, macos::soc),
    ]
}

#[cfg(not(target_os = "macos"))]
fn sources() -> Vec<Source> {
    use super::capture::LINUX;

    const LIMIT: Duration = Duration::from_secs(5);
    let mut sources = vec![Source::new(LINUX, LIMIT, kernel)];
    #[cfg(target_os = "linux")]
    sources.push(Source::new(super::capture::NVIDIA, LIMIT, crate::sensors::nvidia_gpus));
    sources
}

/// What Linux says, as `name: value` lines.
#[cfg(not(target_os = "macos"))]
fn kernel() -> Result<String, String> {
    use sysinfo::{CpuRefreshKind, RefreshKind, System};

    use crate::memory::{MachineMemory, Pressure};

    let system = System::new_with_specifics(RefreshKind::nothing().with_cpu(CpuRefreshKind::nothing()));
    let mut system = system.map_err(|error| error.to_string())?;
    system.refresh_memory();
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let flags = cpu.lines().find(|line| line.starts_with("flags"));
    let hypervisor = flags.map(|flags| if flags.contains(" hypervisor") { "yes" } else { "no" });
    let memory = MachineMemory::read();
    let lines = [
        ("os.name", System::name().ok()),
        ("os.version", System::os_version().ok()),
        ("kernel", System::kernel_version().ok()),
        ("machine.model", Some(read("/sys/class/dmi/id/product_name").trim().to_owned())),
        ("cpu.name", system.cpus().first().map(|cpu| cpu.brand().trim().to_owned())),
        ("cpu.cores", System::physical_core_count().ok().map(|cores| cores.to_string())),
        ("cpu.threads", Some(system.cpus().len().to_string())),
        ("cpu.hypervisor", hypervisor.map(str::to_owned)),
        ("memory.total", Some(system.total_memory().to_string())),
        ("memory.limit", Some(memory.total.to_string())),
        ("memory.available", Some(memory.available.to_string())),
        ("memory.pressure", Pressure::read().map(|pressure| pressure.name().to_owned())),
    ];
    let lines = lines.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)));
    Ok(lines.map(|(name, value)| format!("{name}: {value}\n")).collect())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::capture::{DISPLAYS, HARDWARE, SYSCTL};
    use super::*;

    #[test]
    fn slow_sources_are_waited_for_together_and_named() {
        const LIMIT: Duration = Duration::from_millis(400);
        let hang = || {
            std::thread::sleep(Duration::from_secs(60));
            Ok(String::new())
        };
        let begin = Instant::now();
        let capture = collect(vec![
            Source::new(HARDWARE, LIMIT, hang),
            Source::new(DISPLAYS, LIMIT, hang),
            Source::new(SYSCTL, LIMIT, || Ok("hw.model: Mac9,9\n".into())),
        ]);
        assert!(begin.elapsed() < LIMIT * 3, "{:?}", begin.elapsed());
        for (file, tool) in [(DISPLAYS, "SPDisplaysDataType"), (HARDWARE, "SPHardwareDataType")] {
            assert_eq!(capture.text(file).expect_err("no text"), format!("{tool} gave no answer within 0.4 s"));
        }
        assert_eq!(capture.text(SYSCTL), Ok("hw.model: Mac9,9\n"));
    }
}
