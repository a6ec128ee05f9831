//! What must not leave the machine: serial numbers, identifiers, and the names of people and their computers.

use serde_json::Value;

/// Parts of the keys that hold what identifies a machine or a person.
const PRIVATE: [&str; 9] =
    ["serial", "uuid", "udid", "edid", "user", "hostname", "host_name", "computer_name", "enclosure"];

/// The sections of system_profiler that are kept.
const SECTIONS: [&str; 2] = ["SPHardwareDataType", "SPDisplaysDataType"];
/// Of a section's entries, the keys that are kept, by how they begin.
const KEYS: [&str; 13] = [
    "_name",
    "machine_",
    "chip_type",
    "cpu_type",
    "number_processors",
    "packages",
    "physical_memory",
    "current_processor_speed",
    "platform_cpu",
    "sppci_",
    "spdisplays_",
    "_spdisplays_",
    "_items",
];

/// Beginnings of the kernel's values that say something about the hardware.
const ALLOWED: [&str; 10] = [
    "hw.",
    "machdep.cpu.",
    "iogpu.",
    "debug.iogpu.",
    "sysctl.proc_",
    "kern.osproductversion",
    "kern.ostype",
    "kern.hv_vmm_present",
    "kern.memorystatus_",
    "vm.swapusage",
];

/// Longer than anything that is looked at.
const LONGEST: usize = 500;

fn is_private(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PRIVATE.iter().any(|part| name.contains(part))
}

fn is_kept(key: &str) -> bool {
    !is_private(key) && KEYS.iter().any(|beginning| key.starts_with(beginning))
}

/// What system_profiler printed, without what is not looked at.
pub fn filter_profile(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|key, _| SECTIONS.contains(&key.as_str()));
            object.values_mut().for_each(|section| filter_values(section, &is_kept));
        }
        other => filter_values(other, &is_kept),
    }
}

/// Takes what is private out of `value`.
pub fn filter_json(value: &mut Value) {
    filter_values(value, &|key| !is_private(key));
}

fn filter_values(value: &mut Value, is_kept: &dyn Fn(&str) -> bool) {
    match value {
        Value::Object(_) => {
            if let (Some(stand_in), Some(name)) = (name_of_display(value), value.get_mut("_name")) {
                *name = Value::from(stand_in);
            }
            if let Value::Object(object) = value {
                object.retain(|key, _| is_kept(key));
                object.values_mut().for_each(|value| filter_values(value, is_kept));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| filter_values(value, is_kept)),
        Value::String(text) => *text = plain(text),
        _ => {}
    }
}

/// Whether the display of system_profiler's `entry` is none that is plugged in: another machine's, or a television's.
pub fn is_virtual_display(entry: &Value) -> bool {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let connection = text("spdisplays_connection_type");
    let is_remote = |text: &str| ["airplay", "apple tv", "wireless", "sidecar"].iter().any(|kind| text.contains(kind));
    // A GPU's entry says of itself that it can do AirPlay.
    let is_gpu = entry.get("sppci_model").is_some() || entry.get("spdisplays_ndrvs").is_some();
    let is_marked = || entry.as_object().into_iter().flatten().any(|(key, _)| key.contains("airplay"));
    let is_virtual = text("spdisplays_virtualdevice") == "spdisplays_yes";
    is_virtual || is_remote(&connection) || !is_gpu && (is_marked() || is_remote(&text("_name")))
}

/// What to call the display of `entry` where its name may be a person's: "Anna's iPad".
pub fn name_of_display(entry: &Value) -> Option<&'static str> {
    let name = entry.get("_name").and_then(Value::as_str).unwrap_or_default();
    if is_virtual_display(entry) {
        Some("virtual display")
    } else {
        ["'s ", "\u{2019}s "].iter().any(|mark| name.contains(mark)).then_some("display")
    }
}

/// `text` without what a terminal or a page would obey, and not endless.
fn plain(text: &str) -> String {
    let is_odd = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().take(LONGEST).map(|c| if is_odd(c) { ' ' } else { c }).collect()
}

/// The lines of `text` that name nothing private.
pub fn filter_lines(text: &str) -> String {
    text.lines().filter(|line| !is_private(line)).map(|line| format!("{}\n", plain(line))).collect()
}

/// The lines of JSON that is cut off or damaged, as far as each holds one value that is kept.
pub fn filter_damaged(text: &str) -> String {
    let is_harmless =
        |line: &&str| match (line.matches("\":").count() + line.matches("\" :").count(), line.split('"').nth(1)) {
            (0, None) => true,
            (1, Some(key)) => is_kept(key) || SECTIONS.contains(&key),
            _ => false,
        };
    filter_lines(&text.lines().filter(is_harmless).map(|line| format!("{line}\n")).collect::<String>())
}

/// The lines of the kernel's values `text` that are about the hardware.
pub fn filter_sysctl(text: &str) -> String {
    let is_allowed = |line: &&str| ALLOWED.iter().any(|beginning| line.trim_start().starts_with(beginning));
    filter_lines(&text.lines().filter(is_allowed).map(|line| format!("{line}\n")).collect::<String>())
}

/// Who uses this machine.
#[derive(Debug, Clone, Default)]
pub struct Person {
    home: String,
    user: String,
    host: String,
}

impl Person {
    /// The one who runs this program.
    pub fn here() -> Self {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let user = ["USER", "LOGNAME"].map(variable).into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        Self { home: variable("HOME"), user, host: sysinfo::System::host_name().unwrap_or_default() }
    }

    /// `text` without the path of the home folder and without the names of user and host.
    pub fn filter_text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        if self.home.len() > 1 {
            text = text.replace(&self.home, "~");
        }
        // macOS calls a host by its first part, too.
        let short = self.host.split('.').next().unwrap_or_default();
        for (name, stand_in) in [(self.host.as_str(), "<host>"), (short, "<host>"), (&self.user, "<user>")] {
            text = replace_words(&text, name, stand_in);
        }
        text
    }
}

/// `text` with every whole word `name` replaced.
fn replace_words(text: &str, name: &str, stand_in: &str) -> String {
    if name.len() < 2 {
        return text.to_owned();
    }
    let (mut result, mut rest) = (String::new(), text);
    while let Some(at) = rest.find(name) {
        let (before, after) = (&rest[..at], &rest[at + name.len()..]);
        let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let is_part = is_letter(before.chars().next_back()) || is_letter(after.chars().next());
        result.push_str(before);
        result.push_str(if is_part { name } else { stand_in });
        rest = after;
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn identifiers_go_and_facts_stay() {
        let mut value = json!({ "SPNetworkDataType": [{ "_name": "Anna" }], "SPHardwareDataType": [{
            "serial_number": "C02X", "apple_id": "anna@example.com", "platform_UUID": "1-2", "provisioning_UDID": "3", "machine_model": "Mac16,1",
        }], "SPDisplaysDataType": [{ "sppci_model": "Apple M4", "_spdisplays_airplay": "x", "_name": "Apple M4", "spdisplays_ndrvs": [
            { "_name": "LG\u{1b}[31m", "_spdisplays_display-serial-number2": "9", "_spdisplays_edid": "00ff" },
            { "_name": "Anna's iPad", "spdisplays_virtualdevice": "spdisplays_yes" },
            { "_name": "Den", "spdisplays_connection_type": "spdisplays_airplay" },
            { "_name": "Apple TV Anna" },
            { "_name": "Anna’s iMac", "spdisplays_connection_type": "spdisplays_other" },
        ]}]});
        filter_profile(&mut value);
        assert_eq!(
            value,
            json!({
                "SPHardwareDataType": [{ "machine_model": "Mac16,1" }],
                "SPDisplaysDataType": [{
                    "sppci_model": "Apple M4", "_spdisplays_airplay": "x", "_name": "Apple M4", "spdisplays_ndrvs": [
                        { "_name": "LG [31m" },
                        { "_name": "virtual display", "spdisplays_virtualdevice": "spdisplays_yes" },
                        { "_name": "virtual display", "spdisplays_connection_type": "spdisplays_airplay" },
                        { "_name": "virtual display" },
                        { "_name": "display", "spdisplays_connection_type": "spdisplays_other" },
                    ]
                }],
            })
        );
        assert_eq!(
            filter_damaged(
                "{\n \"serial_number\" : \"C02\",\n \"machine_model\" : \"Mac1\",\n\"x\":1,\"machine_model\":2\n"
            ),
            "{\n \"machine_model\" : \"Mac1\",\n"
        );
        assert_eq!(
            filter_lines("\"serial_number\" : \"C02\",\n\"machine_model\" : \"Mac1\",\n"),
            "\"machine_model\" : \"Mac1\",\n"
        );
    }

    #[test]
    fn only_the_hardware_of_the_kernels_values_stays() {
        let text = "hw.model: Mac16,1\nkern.hostname: annas-mac\nkern.uuid: 1-2\nhw.serialno: 1\nuser.name: a\nkern.hv_vmm_present: 0\n";
        assert_eq!(filter_sysctl(text), "hw.model: Mac16,1\nkern.hv_vmm_present: 0\n");
    }

    #[test]
    fn people_are_not_named() {
        let person = Person { home: "/Users/anna".into(), user: "anna".into(), host: "annas-mac.local".into() };
        assert_eq!(
            person.filter_text("/Users/anna/x: for anna on annas-mac.local (annas-mac), not savanna"),
            "~/x: for <user> on <host> (<host>), not savanna"
        );
        assert_eq!(Person::default().filter_text("as it is"), "as it is");
    }
}
