//! What must not leave the machine: serial numbers, identifiers, and the names of people and their computers.

use serde_json::Value;

/// Parts of the keys that hold what identifies a machine or a person.
const PRIVATE: [&str; 7] = ["serial", "uuid", "udid", "edid", "user", "hostname", "computer_name"];

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

fn is_private(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    PRIVATE.iter().any(|part| name.contains(part))
}

/// Takes what is private out of `value`.
pub fn filter_json(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.retain(|key, _| !is_private(key));
            // A person's iPad as a second display carries the person's name.
            if object.keys().any(|key| key.contains("virtualdevice") || key.contains("airplay"))
                && let Some(name) = object.get_mut("_name")
            {
                *name = Value::from("virtual display");
            }
            object.values_mut().for_each(filter_json);
        }
        Value::Array(values) => values.iter_mut().for_each(filter_json),
        _ => {}
    }
}

/// The lines of `text` that name nothing private.
pub fn filter_lines(text: &str) -> String {
    text.lines().filter(|line| !is_private(line)).map(|line| format!("{line}\n")).collect()
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
        let mut value = json!({ "SPHardwareDataType": [{
            "serial_number": "C02X", "platform_UUID": "1-2", "provisioning_UDID": "3", "machine_model": "Mac16,1",
        }], "displays": [
            { "_name": "LG", "_spdisplays_display-serial-number2": "9", "_spdisplays_edid": "00ff" },
            { "_name": "Anna's iPad", "spdisplays_virtualdevice": "spdisplays_yes" },
        ]});
        filter_json(&mut value);
        assert_eq!(
            value,
            json!({ "SPHardwareDataType": [{ "machine_model": "Mac16,1" }], "displays": [
                { "_name": "LG" }, { "_name": "virtual display", "spdisplays_virtualdevice": "spdisplays_yes" },
            ]})
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
