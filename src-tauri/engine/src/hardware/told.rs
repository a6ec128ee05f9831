//! A capture with its files parsed: a value by its key, or why there is none.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde_json::Value;

use super::capture::{Capture, DISPLAYS, HARDWARE, METAL, SOC, SW_VERS, SYSCTL, tool};
use super::fact::Fact;
use super::parse;

/// What a Mac's tools told.
pub struct Told {
    hardware: Result<Value, String>,
    displays: Result<Value, String>,
    sysctl: Result<BTreeMap<String, String>, String>,
    sw_vers: Result<BTreeMap<String, String>, String>,
    metal: Result<Value, String>,
    soc: Result<Value, String>,
}

impl Told {
    pub fn by(capture: &Capture) -> Self {
        // One call prints both types into one object.
        let section = |file: &str, key: &str| {
            let own = capture.json(file).and_then(|value| match &value {
                Value::Array(entries) if entries.iter().all(Value::is_object) => Ok(value),
                _ => list(value, key).ok_or(format!("{file} has no list {key}")),
            });
            own.or_else(|reason| {
                let other = if file == HARDWARE { DISPLAYS } else { HARDWARE };
                capture.json(other).ok().and_then(|value| list(value, key)).ok_or(reason)
            })
        };
        let lines = |file: &str| {
            let values = parse::lines(capture.text(file)?);
            if values.is_empty() { Err(format!("{file} has no values")) } else { Ok(values) }
        };
        let hardware = section(HARDWARE, "SPHardwareDataType").and_then(|list| {
            let first = list.get(0).filter(|first| first.is_object()).cloned();
            first.ok_or_else(|| format!("{HARDWARE} lists nothing"))
        });
        Self {
            hardware,
            displays: section(DISPLAYS, "SPDisplaysDataType"),
            sysctl: lines(SYSCTL),
            sw_vers: lines(SW_VERS),
            metal: capture.json(METAL),
            soc: capture.json(SOC),
        }
    }

    /// Why sources say nothing: sentences that begin with a file's name.
    pub fn problems(&self, is_replay: bool) -> Vec<String> {
        let always = [self.hardware.as_ref().err(), self.displays.as_ref().err(), self.sysctl.as_ref().err()];
        let always = always.into_iter().chain([self.sw_vers.as_ref().err()]).flatten();
        // Captures by other means have no more than those four.
        let ours = [self.metal.as_ref().err(), self.soc.as_ref().err()].into_iter().flatten();
        let ours = ours.filter(|reason| !is_replay || !reason.ends_with("is not in the capture"));
        always.chain(ours).cloned().collect()
    }

    /// The value `key` of the hardware's list.
    pub fn hardware<T>(&self, key: &str, read: impl FnOnce(&Value) -> Option<T>) -> Fact<T> {
        object_value(&self.hardware, HARDWARE, key, read)
    }

    pub fn hardware_text(&self, key: &str) -> Fact<String> {
        self.hardware(key, |value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned))
    }

    /// Whether the hardware's list was read and has no `key`.
    pub fn hardware_lacks(&self, key: &str) -> bool {
        self.hardware.as_ref().is_ok_and(|object| object.get(key).is_none())
    }

    pub fn has_hardware(&self) -> bool {
        self.hardware.is_ok()
    }

    /// The kernel's value `name`.
    pub fn sysctl<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Fact<T> {
        line_value(&self.sysctl, SYSCTL, name, read)
    }

    pub fn sysctl_number(&self, name: &str) -> Fact<u64> {
        self.sysctl(name, |text| text.parse().ok())
    }

    /// A number within `range`: no machine has none, or more.
    pub fn sysctl_count(&self, name: &str, range: RangeInclusive<u64>) -> Fact<u64> {
        self.sysctl(name, |text| text.parse().ok().filter(|number| range.contains(number)))
    }

    pub fn sysctl_flag(&self, name: &str) -> Fact<bool> {
        self.sysctl(name, |text| match text {
            "0" => Some(false),
            "1" => Some(true),
            _ => None,
        })
    }

    pub fn sysctl_text(&self, name: &str) -> Fact<String> {
        self.sysctl(name, |text| Some(text.to_owned()))
    }

    pub fn sw_vers(&self, name: &str) -> Fact<String> {
        line_value(&self.sw_vers, SW_VERS, name, |text| Some(text.to_owned()))
    }

    /// What is listed of GPUs, or why there is no list.
    pub fn gpus(&self) -> Result<&[Value], &str> {
        match &self.displays {
            Ok(list) => Ok(list.as_array().map_or(&[], Vec::as_slice)),
            Err(reason) => Err(reason),
        }
    }

    /// Metal's devices; none if it was not asked.
    pub fn metal(&self) -> &[Value] {
        self.metal.as_ref().ok().and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Why Metal says nothing.
    pub fn no_metal(&self) -> String {
        self.metal.as_ref().err().cloned().unwrap_or_else(|| "Metal names no GPU".into())
    }

    /// The value `key` of the registry's facts about the GPU.
    pub fn soc<T>(&self, key: &str, read: impl FnOnce(&Value) -> Option<T>) -> Fact<T> {
        object_value(&self.soc, SOC, key, read)
    }
}

/// The list at `key` of `value`.
fn list(mut value: Value, key: &str) -> Option<Value> {
    value.get_mut(key).map(Value::take).filter(Value::is_array)
}

fn object_value<T>(
    object: &Result<Value, String>,
    file: &str,
    key: &str,
    read: impl FnOnce(&Value) -> Option<T>,
) -> Fact<T> {
    match object {
        Err(reason) => Fact::unknown(reason.clone()),
        Ok(object) => match object.get(key).filter(|value| !value.is_null()) {
            None => Fact::unknown(format!("{file} has no {key}")),
            Some(value) => {
                Fact::of(read(value), format!("{}: {key}", tool(file)), format!("{file}: {key} cannot be understood"))
            }
        },
    }
}

fn line_value<T>(
    lines: &Result<BTreeMap<String, String>, String>,
    file: &str,
    name: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Fact<T> {
    match lines {
        Err(reason) => Fact::unknown(reason.clone()),
        Ok(lines) => match lines.get(name) {
            None => Fact::unknown(format!("{file} has no {name}")),
            Some(text) => {
                Fact::of(read(text), format!("{}: {name}", tool(file)), format!("{file}: {name} cannot be understood"))
            }
        },
    }
}
