//! Types that only the window and this shell share. The engine's own are exported beside them into
//! `ui/src/backend/bindings.ts`, which a test keeps true.

use ingot_engine::Error;
use ingot_engine::chats::Ending;
use ingot_engine::hub::Found;
use ingot_engine::library::Appearance;
use ingot_engine::markdown::{Document, Patch};
use ingot_engine::model::ModelSummary;
use ingot_engine::need::Fit;
use ingot_engine::protocol::{FinishReason, Role, Sampling, Usage};
use ingot_engine::report::View;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// While a model is loaded.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LoadEvent {
    /// 0 to 1.
    Progress { fraction: f32 },
}

/// While an answer comes: it ends in exactly one `finished` or `failed`.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ChatEvent {
    /// The question is stored; always the first.
    Begun {
        #[ts(type = "number")]
        chat: i64,
        title: String,
        #[ts(type = "number")]
        question: i64,
        #[ts(type = "number")]
        answer: i64,
    },
    /// The model was unloaded meanwhile and comes back: 0 to 1.
    Loading {
        fraction: f32,
    },
    Prefill {
        done: u32,
        total: u32,
    },
    Patches {
        patches: Vec<Patch>,
    },
    Finished {
        reason: FinishReason,
        usage: Usage,
    },
    Failed {
        error: Error,
    },
}

/// What is to be answered.
#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
pub struct Inquiry {
    /// Null begins a conversation.
    #[ts(type = "number | null")]
    pub chat: Option<i64>,
    /// A question that was asked before: replaced by `question`, or answered again without one. Null adds to the end.
    #[ts(type = "number | null")]
    pub turn: Option<i64>,
    pub question: Option<String>,
    pub system: String,
    pub sampling: Sampling,
}

/// A conversation, or a part of it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ChatView {
    #[ts(type = "number")]
    pub id: i64,
    pub title: String,
    pub system: String,
    pub turns: Vec<TurnView>,
    /// Whether there are turns before these.
    pub has_earlier: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct TurnView {
    #[ts(type = "number")]
    pub id: i64,
    pub role: Role,
    /// Of a question; empty for answers.
    pub text: String,
    /// Of an answer; empty for questions.
    pub document: Document,
    pub model: Option<String>,
    /// Of an answer; null for questions.
    pub ending: Option<Ending>,
    /// Whether it is being written at this moment, in whichever window.
    pub is_running: bool,
}

/// The model that a window opens with.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Present {
    pub model: ModelSummary,
    pub is_loaded: bool,
}

/// What people have set, and what there is to set.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct SettingsView {
    pub appearance: Appearance,
    /// Null leaves it to the machine.
    #[ts(type = "number | null")]
    pub memory_limit_bytes: Option<u64>,
    /// What the machine recommends.
    #[ts(type = "number")]
    pub machine_limit_bytes: u64,
    /// Null never unloads.
    pub idle_unload_minutes: Option<u32>,
    pub system_prompt: String,
    /// The one that is offered first.
    pub recipe: String,
    pub recipes: Vec<RecipeName>,
    /// The folder of all state.
    pub home: String,
    pub model_folders: Vec<String>,
    pub shortcut: Option<String>,
    /// Null where the system has no place for it.
    pub launch_at_login: Option<bool>,
    pub command: CommandPlace,
    /// Where the log is.
    pub log: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RecipeName {
    pub name: String,
    /// For people.
    pub title: String,
}

/// The `ingot` command for terminals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct CommandPlace {
    pub path: String,
    pub is_there: bool,
}

#[derive(Debug, Clone, PartialEq, Deserialize, TS)]
#[serde(tag = "set", content = "to", rename_all = "snake_case")]
pub enum SettingsChange {
    Appearance(Appearance),
    MemoryLimit(#[ts(type = "number | null")] Option<u64>),
    IdleUnload(Option<u32>),
    SystemPrompt(String),
    Recipe(String),
    AddFolder(String),
    ForgetFolder(String),
    Shortcut(Option<String>),
    LaunchAtLogin(bool),
    Command(bool),
}

/// The machine now.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct MonitorEvent {
    /// SVG.
    pub utilization: String,
    /// SVG.
    pub memory: String,
    pub figures: Vec<Figure>,
    pub models: Vec<LoadedModel>,
}

/// A value with its unit, and what it is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Figure {
    pub label: String,
    pub value: String,
}

/// A model in a worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct LoadedModel {
    pub name: String,
    /// What its worker holds; null if the system does not tell.
    pub memory: Option<String>,
}

/// While a report is made.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ReportEvent {
    Step { step: String },
}

/// A report to show and to copy.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HardwareReport {
    pub view: View,
    pub markdown: String,
}

/// SVG both.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ReportCharts {
    pub utilization: String,
    pub memory: String,
}

/// A model on the Hub, for a list.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HubModel {
    #[serde(flatten)]
    pub model: Found,
    /// Converted as usual, or as it is if it is quantized; null if the Hub does not tell its size.
    pub fit: Option<Fit>,
    /// Whether it was downloaded.
    pub is_here: bool,
}

/// One model on the Hub, looked at before it is fetched.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct HubPreview {
    pub repo: String,
    pub commit: String,
    /// Why Ingot does not run it; null if it does.
    pub reason: Option<String>,
    pub license: Option<String>,
    pub gated: bool,
    #[ts(type = "number | null")]
    pub context_length: Option<u64>,
    #[ts(type = "number | null")]
    pub parameters: Option<u64>,
    #[ts(type = "number")]
    pub files: u64,
    #[ts(type = "number")]
    pub bytes: u64,
    /// As it is.
    #[ts(type = "number | null")]
    pub memory_bytes: Option<u64>,
    pub fit: Option<Fit>,
    pub recipes: Vec<RecipeFit>,
    #[ts(type = "number | null")]
    pub free_disk_bytes: Option<u64>,
}

/// A model after conversion with a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct RecipeFit {
    pub recipe: String,
    /// For people.
    pub title: String,
    /// Of its weights.
    #[ts(type = "number")]
    pub bytes: u64,
    #[ts(type = "number")]
    pub memory_bytes: u64,
    pub fit: Fit,
}

#[cfg(test)]
mod tests {
    use ingot_engine::ErrorCode;
    use ingot_engine::chart::Theme;
    use ingot_engine::chats::ChatEntry;
    use ingot_engine::convert::{Conversion, ConversionState, Made, RecipePlan};
    use ingot_engine::hub::{Download, DownloadState};
    use ingot_engine::manifest::Quality;
    use ingot_engine::markdown::{Align, Block, Item, Part, Span};
    use ingot_engine::model::Place;
    use ingot_engine::report::{BackendRow, CheckRow, Row, Section, SizeCell, SizeRow, Status};
    use ts_rs::Config;

    use super::*;

    fn bindings() -> String {
        let config = Config::default();
        let declarations = [
            ErrorCode::decl(&config),
            Error::decl(&config),
            Place::decl(&config),
            ModelSummary::decl(&config),
            Sampling::decl(&config),
            Role::decl(&config),
            FinishReason::decl(&config),
            Usage::decl(&config),
            LoadEvent::decl(&config),
            Align::decl(&config),
            Span::decl(&config),
            Item::decl(&config),
            Block::decl(&config),
            Document::decl(&config),
            Part::decl(&config),
            Patch::decl(&config),
            Ending::decl(&config),
            Inquiry::decl(&config),
            ChatEvent::decl(&config),
            ChatEntry::decl(&config),
            TurnView::decl(&config),
            ChatView::decl(&config),
            Theme::decl(&config),
            Figure::decl(&config),
            LoadedModel::decl(&config),
            MonitorEvent::decl(&config),
            ReportEvent::decl(&config),
            Status::decl(&config),
            Fit::decl(&config),
            Row::decl(&config),
            Section::decl(&config),
            BackendRow::decl(&config),
            CheckRow::decl(&config),
            SizeCell::decl(&config),
            SizeRow::decl(&config),
            View::decl(&config),
            HardwareReport::decl(&config),
            ReportCharts::decl(&config),
            Quality::decl(&config),
            Made::decl(&config),
            RecipePlan::decl(&config),
            ConversionState::decl(&config),
            Conversion::decl(&config),
            Present::decl(&config),
            Appearance::decl(&config),
            RecipeName::decl(&config),
            CommandPlace::decl(&config),
            SettingsView::decl(&config),
            SettingsChange::decl(&config),
            HubModel::decl(&config),
            RecipeFit::decl(&config),
            HubPreview::decl(&config),
            DownloadState::decl(&config),
            Download::decl(&config),
        ];
        let head = "// The wire types, made from Rust by a test of the shell: INGOT_WRITE_BINDINGS=1 cargo test -p ingot-app bindings\n";
        declarations.iter().fold(head.to_owned(), |text, declaration| format!("{text}\nexport {declaration}\n"))
    }

    #[test]
    fn bindings_are_those_the_ui_has() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/backend/bindings.ts");
        let wanted = bindings();
        if std::env::var_os("INGOT_WRITE_BINDINGS").is_some() {
            std::fs::write(path, &wanted).expect("written");
        }
        let found = std::fs::read_to_string(path).expect("the bindings");
        assert_eq!(found, wanted, "run: INGOT_WRITE_BINDINGS=1 cargo test -p ingot-app bindings");
    }
}
