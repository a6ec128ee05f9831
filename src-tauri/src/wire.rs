//! Types that only the window and this shell share. The engine's own are exported beside them into
//! `ui/src/backend/bindings.ts`, which a test keeps true.

use ingot_engine::Error;
use ingot_engine::protocol::{FinishReason, Usage};
use serde::Serialize;
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
    /// The model was unloaded meanwhile and comes back: 0 to 1.
    Loading {
        fraction: f32,
    },
    Prefill {
        done: u32,
        total: u32,
    },
    Text {
        text: String,
    },
    Finished {
        reason: FinishReason,
        usage: Usage,
    },
    Failed {
        error: Error,
    },
}

#[cfg(test)]
mod tests {
    use ingot_engine::ErrorCode;
    use ingot_engine::model::ModelSummary;
    use ingot_engine::protocol::{Message, Role, Sampling};
    use ts_rs::Config;

    use super::*;

    fn bindings() -> String {
        let config = Config::default();
        let declarations = [
            ErrorCode::decl(&config),
            Error::decl(&config),
            ModelSummary::decl(&config),
            Sampling::decl(&config),
            Role::decl(&config),
            Message::decl(&config),
            FinishReason::decl(&config),
            Usage::decl(&config),
            LoadEvent::decl(&config),
            ChatEvent::decl(&config),
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
