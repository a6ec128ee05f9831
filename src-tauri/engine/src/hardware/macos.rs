//! What only macOS's own libraries tell: Metal's devices, and the GPU's clocks and figures in the IORegistry.
//! Type-checked only where there is no Mac; what it prints is read by functions that are tested everywhere.

use objc2::available;
use objc2_metal::{MTLCopyAllDevices, MTLDevice, MTLGPUFamily};
use serde_json::{Value, json};

use crate::sensors::accelerator_figures;

/// What the report asks the kernel for.
pub const KERNEL_VALUES: [&str; 31] = [
    "hw.model",
    "hw.machine",
    "hw.memsize",
    "hw.physicalcpu",
    "hw.optional.arm64",
    "hw.nperflevels",
    "hw.perflevel0.name",
    "hw.perflevel0.physicalcpu",
    "hw.perflevel1.name",
    "hw.perflevel1.physicalcpu",
    "hw.perflevel2.name",
    "hw.perflevel2.physicalcpu",
    "hw.perflevel3.name",
    "hw.perflevel3.physicalcpu",
    "hw.pagesize",
    "hw.cpufamily",
    "hw.cputype",
    "machdep.cpu.brand_string",
    "machdep.cpu.core_count",
    "sysctl.proc_translated",
    "sysctl.proc_native",
    "kern.ostype",
    "kern.osproductversion",
    "kern.hv_vmm_present",
    "kern.memorystatus_vm_pressure_level",
    "kern.memorystatus_level",
    "iogpu.wired_limit_mb",
    "iogpu.rsrc_limit",
    "debug.iogpu.wired_limit",
    "hw.ncpu",
    "vm.swapusage",
];

/// Metal's devices. Copying them all wakes no second GPU.
pub fn metal() -> Result<String, String> {
    let devices = MTLCopyAllDevices();
    let devices: Vec<Value> = devices
        .iter()
        .map(|device| {
            // On macOS 13 there is no such method, and calling it would end the program.
            let architecture = available!(macos = 14.0).then(|| device.architecture().name().to_string());
            json!({
                "name": device.name().to_string(),
                "architecture": architecture,
                "family": family(|family| device.supportsFamily(family)),
                "version": version(|family| device.supportsFamily(family)),
                "hasUnifiedMemory": device.hasUnifiedMemory(),
                "recommendedMaxWorkingSetSize": device.recommendedMaxWorkingSetSize(),
                "maxBufferLength": device.maxBufferLength(),
                "isLowPower": device.isLowPower(),
                "isRemovable": device.isRemovable(),
                "supportsRaytracing": device.supportsRaytracing(),
            })
        })
        .collect();
    if devices.is_empty() {
        return Err("names no GPU, as in sessions without a display".into());
    }
    Ok(Value::Array(devices).to_string())
}

/// The newest family: those of Apple's chips first, up to some that the headers do not know yet.
fn family(supports: impl Fn(MTLGPUFamily) -> bool) -> Option<String> {
    const APPLE: isize = 1000;
    let apple = (1..=15).rev().find(|number| supports(MTLGPUFamily(APPLE + number)));
    apple.map(|number| format!("apple{number}")).or_else(|| supports(MTLGPUFamily::Mac2).then(|| "mac2".into()))
}

fn version(supports: impl Fn(MTLGPUFamily) -> bool) -> Option<u64> {
    const METAL3: isize = 5001;
    let newer = (0..=3).rev().find(|above| supports(MTLGPUFamily(METAL3 + above))).map(|above| 3 + above as u64);
    newer.or_else(|| supports(MTLGPUFamily::Mac2).then_some(2))
}

/// Clocks by macmon, which knows each chip's tables, and the driver's own figures.
pub fn soc() -> Result<String, String> {
    let figures = accelerator_figures();
    let info = macmon::SocInfo::new();
    if let (None, Err(error)) = (&figures, &info) {
        return Err(format!("cannot be read: {error}"));
    }
    let mut facts = figures.map_or_else(|| json!({}), |figures| json!(figures));
    if let Ok(info) = info {
        facts["gpu_frequencies_mhz"] = json!(info.gpu_freqs);
        if info.gpu_cores > 0 && facts.get("gpu-core-count").is_none() {
            facts["gpu-core-count"] = json!(info.gpu_cores);
        }
    }
    Ok(facts.to_string())
}
