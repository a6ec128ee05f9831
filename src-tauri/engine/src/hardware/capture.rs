//! What the machine's own tools say, as text: taken here, or read from a folder that came from elsewhere. All facts are
//! made from a capture, so a report can be made again on any machine.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::source::{MOST_BYTES, ask_within, within};
use super::{parse, privacy};
use crate::digest;
use crate::error::{Error, Result};

pub const HARDWARE: &str = "SPHardwareDataType.json";
pub const DISPLAYS: &str = "SPDisplaysDataType.json";
pub const SYSCTL: &str = "sysctl.txt";
pub const SW_VERS: &str = "sw_vers.txt";
/// What Metal says of each GPU.
pub const METAL: &str = "metal.json";
/// Clocks and the driver's figures, from the IORegistry.
pub const SOC: &str = "soc.json";
/// What Linux says of machine and processor, as `name: value` lines.
pub const LINUX: &str = "linux.txt";
/// What NVIDIA's driver says of each GPU.
pub const NVIDIA: &str = "nvidia.json";
/// Which backends work here.
pub const BACKENDS: &str = "backends.json";
/// What Ingot may use of this machine, as `name: value` lines.
pub const INGOT: &str = "ingot.txt";
/// Samples of the monitor.
pub const SAMPLES: &str = "samples.json";

const FILES: [&str; 11] = [HARDWARE, DISPLAYS, SYSCTL, SW_VERS, METAL, SOC, LINUX, NVIDIA, BACKENDS, SAMPLES, INGOT];
/// Why files are missing, as `file: reason` lines.
const FAILURES: &str = "failures.txt";

/// How long reading a capture's folder may take.
const READ_LIMIT: Duration = Duration::from_secs(5);

/// The text of each source, or why there is none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Capture {
    files: BTreeMap<String, std::result::Result<String, String>>,
    /// Whether it was read from a folder.
    pub is_replay: bool,
}

impl Capture {
    /// Keeps what `file`'s source said, without what is private.
    pub fn insert(&mut self, file: &str, said: std::result::Result<String, String>) {
        let said = said.and_then(|text| {
            let text = text.trim_start_matches('\u{feff}');
            let kept = without_private(file, text);
            if kept.trim().is_empty() && !text.trim().is_empty() {
                let reason = if file.ends_with(".json") { parse::json(text).err() } else { None };
                return Err(reason.unwrap_or_else(|| "holds nothing about the hardware".into()));
            }
            Ok(kept)
        });
        self.files.insert(file.to_owned(), said);
    }

    /// The text of `file`, or why there is none.
    pub fn text(&self, file: &str) -> std::result::Result<&str, String> {
        match self.files.get(file) {
            Some(Ok(text)) => Ok(text),
            Some(Err(reason)) if self.is_replay => Err(format!("{file} {reason}")),
            Some(Err(reason)) => Err(format!("{} {reason}", tool(file))),
            None if self.is_replay => Err(format!("{file} is not in the capture")),
            None => Err(format!("{file} does not exist on this system")),
        }
    }

    /// The JSON value in `file`, or why there is none.
    pub fn json(&self, file: &str) -> std::result::Result<Value, String> {
        parse::json(self.text(file)?).map_err(|reason| format!("{file} {reason}"))
    }

    /// Whether `file` is there, or was at least asked for.
    pub fn has(&self, file: &str) -> bool {
        self.files.contains_key(file)
    }

    /// The files whose source failed, with the reason.
    fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(file, said)| Some((file.as_str(), said.as_ref().err()?.as_str())))
    }

    /// The capture in `folder`. Files may be missing, cut off or empty; the folder has to be one.
    pub fn read(folder: &Path) -> Result<Self> {
        let unreadable =
            |why: &str| Error::bad_request(format!("{}: {why}; give a folder made by --capture", folder.display()));
        let path = folder.to_owned();
        within(READ_LIMIT, move || match fs::read_dir(&path) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotADirectory => Err("is not a folder".into()),
            Err(error) => Err(format!("cannot be read: {error}")),
        })
        .map_err(|why| unreadable(&why))?;
        // One that cannot be read to its end takes none of the others with it.
        let files = FILES.into_iter().chain([FAILURES]).map(|file| {
            let path = folder.join(file);
            (file, ask_within(READ_LIMIT, move || Ok(read_file(&path))))
        });
        let files: Vec<_> = files.collect();
        let mut capture = Self { is_replay: true, ..Self::default() };
        let mut failures = BTreeMap::new();
        for (file, reading) in files {
            match reading.wait().unwrap_or_else(|reason| Some(Err(reason))) {
                Some(Ok(text)) if file == FAILURES => failures = parse::lines(&text),
                Some(said) => capture.insert(file, said),
                None => {}
            }
        }
        for (file, reason) in failures {
            if FILES.contains(&file.as_str()) {
                capture.files.entry(file).or_insert(Err(reason));
            }
        }
        Ok(capture)
    }

    /// Writes the capture into `folder`, which is made if need be. Files of an earlier capture are replaced.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let failed = |error: &dyn std::fmt::Display| {
            Error::bad_request(format!(
                "{} cannot be written: {error}; give an empty folder of yours",
                folder.display()
            ))
        };
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
        let is_ours = |name: &str| FILES.contains(&name) || name == FAILURES || name == ".DS_Store";
        let others = fs::read_dir(folder).map_err(|error| failed(&error))?;
        let mut others = others.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()));
        if let Some(other) = others.find(|name| !is_ours(name)) {
            return Err(failed(&format!("it holds {other}, which belongs to no capture")));
        }
        let reasons: String = self.failures().map(|(file, reason)| format!("{file}: {reason}\n")).collect();
        let reasons = Some((FAILURES, reasons)).filter(|(_, reasons)| !reasons.is_empty());
        let texts = FILES.iter().filter_map(|file| Some((*file, self.text(file).ok()?.to_owned())));
        let wanted: BTreeMap<&str, String> = texts.chain(reasons).collect();
        for file in FILES.iter().chain(&[FAILURES]).filter(|file| !wanted.contains_key(*file)) {
            let _ = fs::remove_file(folder.join(file));
        }
        for (file, text) in wanted {
            digest::replace(&folder.join(file), text.as_bytes()).map_err(|error| failed(&error))?;
        }
        Ok(())
    }
}

/// What printed `file`.
pub fn tool(file: &str) -> &str {
    match file {
        SOC => "IORegistry",
        METAL => "Metal",
        LINUX => "Linux",
        NVIDIA => "NVML",
        SAMPLES => "the monitor",
        file => file.split('.').next().unwrap_or(file),
    }
}

/// The text of the file at `path`; `None` if there is no such file.
fn read_file(path: &Path) -> Option<std::result::Result<String, String>> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => return Some(Err(format!("cannot be read: {error}"))),
    };
    // A pipe would be waited for.
    if !metadata.is_file() {
        return Some(Err("is not a file".into()));
    }
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    Some(match read {
        Err(error) => Err(format!("cannot be read: {error}")),
        Ok(length) if length as u64 > MOST_BYTES => Err(format!("is longer than {} MiB", MOST_BYTES >> 20)),
        Ok(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    })
}

fn without_private(file: &str, text: &str) -> String {
    if file == SYSCTL {
        return privacy::filter_sysctl(text);
    }
    if !file.ends_with(".json") {
        return privacy::filter_lines(text);
    }
    let is_profile = [HARDWARE, DISPLAYS].contains(&file);
    match parse::json(text) {
        Ok(mut value) => {
            if is_profile {
                privacy::filter_profile(&mut value);
            } else {
                privacy::filter_json(&mut value);
            }
            serde_json::to_string_pretty(&value).unwrap_or_default() + "\n"
        }
        Err(_) => privacy::filter_damaged(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_come_back_as_they_were_without_what_is_private() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("new/capture");
        let mut capture = Capture::default();
        capture.insert(
            HARDWARE,
            Ok(r#"{"SPHardwareDataType":[{"serial_number":"C0FFEE","machine_model":"Mac9,9"}]}"#.into()),
        );
        capture.insert(DISPLAYS, Err("gave no answer within 5 s".into()));
        capture.insert(SYSCTL, Ok("hw.model: Mac9,9\nkern.hostname: secret\n".into()));
        capture.write(&path).expect("written");
        let mut read = Capture::read(&path).expect("read");
        assert_eq!(read.text(DISPLAYS).expect_err("no text"), "SPDisplaysDataType.json gave no answer within 5 s");
        assert_eq!(read.text(SW_VERS).expect_err("no text"), "sw_vers.txt is not in the capture");
        assert!(!format!("{read:?}").contains("C0FFEE") && !format!("{read:?}").contains("secret"));
        read.is_replay = false;
        assert_eq!(read, capture);

        // What an earlier capture left goes.
        Capture::default().write(&path).expect("written");
        assert_eq!(fs::read_dir(&path).expect("there").count(), 0);
    }

    #[test]
    fn odd_folders_and_files_are_named() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join(SYSCTL)).expect("made");
        fs::write(folder.path().join(HARDWARE), "{\"SPHardwareDataType\" : [\n{\"serial_number\" : \"C0FFEE\",\n")
            .expect("written");
        fs::write(folder.path().join(SW_VERS), [0xff, 0xfe, 0, b'x']).expect("written");
        let capture = Capture::read(folder.path()).expect("read");
        assert_eq!(capture.text(SYSCTL).expect_err("no text"), "sysctl.txt is not a file");
        assert_eq!(capture.json(HARDWARE).expect_err("no text"), "SPHardwareDataType.json ends in the middle");
        assert!(!capture.text(HARDWARE).expect("kept").contains("C0FFEE"));
        let error = Capture::read(&folder.path().join("absent")).expect_err("no folder");
        assert!(error.message.contains("cannot be read") && error.message.contains("--capture"), "{error}");
        assert!(Capture::read(&folder.path().join(SW_VERS)).is_err());
    }
}
