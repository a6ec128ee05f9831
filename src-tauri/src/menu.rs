//! What the menu-bar menu offers: pure, so that it is tested where there is no menu bar.

use ingot_engine::bytes::Memory;
use ingot_engine::monitor::Sample;

/// An entry of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Item {
        id: Id,
        title: String,
    },
    /// Tells something, and does nothing.
    Note(String),
    Line,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Id {
    Open,
    Unload,
    Report,
    Settings,
    Quit,
}

impl Id {
    const ALL: [Self; 5] = [Self::Open, Self::Unload, Self::Report, Self::Settings, Self::Quit];

    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Unload => "unload",
            Self::Report => "report",
            Self::Settings => "settings",
            Self::Quit => "quit",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id| id.name() == name)
    }
}

/// The menu for what the monitor saw last.
pub fn entries(sample: Option<&Sample>) -> Vec<Entry> {
    let item = |id, title: &str| Entry::Item { id, title: title.into() };
    let mut entries = vec![item(Id::Open, "Open Ingot"), Entry::Line];
    let workers = sample.map(|sample| sample.workers.as_slice()).unwrap_or_default();
    if workers.is_empty() {
        entries.push(Entry::Note("No model is loaded".into()));
    }
    for worker in workers {
        let memory = worker.resident_bytes.map(|bytes| format!(" ({})", Memory(tenths(bytes)))).unwrap_or_default();
        entries.push(item(Id::Unload, &format!("Unload {}{memory}", worker.model)));
    }
    entries.extend([
        Entry::Line,
        item(Id::Report, "Hardware Report"),
        item(Id::Settings, "Settings…"),
        Entry::Line,
        item(Id::Quit, "Quit Ingot"),
    ]);
    entries
}

/// Rounded, so that the menu does not change under somebody's hand with every page of memory.
fn tenths(bytes: u64) -> u64 {
    let step = (1 << 30) / 10;
    if bytes < step { bytes.next_multiple_of(10 << 20) } else { (bytes + step / 2) / step * step }
}

#[cfg(test)]
mod tests {
    use ingot_engine::monitor::WorkerReading;

    use super::*;

    fn titles(sample: Option<&Sample>) -> Vec<String> {
        let title = |entry: &Entry| match entry {
            Entry::Item { title, .. } | Entry::Note(title) => title.clone(),
            Entry::Line => "-".into(),
        };
        entries(sample).iter().map(title).collect()
    }

    #[test]
    fn loaded_models_can_be_unloaded_from_the_menu() {
        let around = |middle: &str| {
            vec![
                "Open Ingot".to_owned(),
                "-".into(),
                middle.into(),
                "-".into(),
                "Hardware Report".into(),
                "Settings…".into(),
                "-".into(),
                "Quit Ingot".into(),
            ]
        };
        assert_eq!(titles(None), around("No model is loaded"));
        let worker = |bytes| WorkerReading { model: "tiny".into(), resident_bytes: bytes, ..WorkerReading::default() };
        let sample = |bytes| Sample { workers: vec![worker(bytes)], ..Sample::default() };
        assert_eq!(titles(Some(&sample(Some(1_288_490_189)))), around("Unload tiny (1.2 GB)"));
        assert_eq!(titles(Some(&sample(None))), around("Unload tiny"));
        assert_eq!(titles(Some(&sample(Some(1_288_490_189)))), titles(Some(&sample(Some(1_290_000_000)))));
    }

    #[test]
    fn names_lead_back_to_entries() {
        for id in Id::ALL {
            assert_eq!(Id::named(id.name()), Some(id));
        }
        assert_eq!(Id::named("x"), None);
    }
}
