//! How to open a session.

use std::path::PathBuf;
use std::sync::Arc;

use crate::memory::{Ledger, Strategy};
use crate::protocol::KvOptions;
use crate::worker::Timing;

/// What computes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Backend {
    #[default]
    Mlx,
}

impl Backend {
    /// The file name of its worker.
    pub(crate) fn worker(self) -> &'static str {
        match self {
            Self::Mlx => "ingot-mlx",
        }
    }

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Mlx => "the MLX worker",
        }
    }
}

/// How to open a session.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    pub model: PathBuf,
    pub backend: Backend,
    pub kv: KvOptions,
    /// Tokens of context for which room is asked before loading; [`crate::need::USUAL_CONTEXT`] if absent.
    pub context: Option<usize>,
    /// How weights are placed; as suits the backend if absent.
    pub weights: Option<Strategy>,
    /// The account of memory that this session shares with others.
    pub ledger: Arc<Ledger>,
    /// The folder of all state: what was checked once is remembered there. Without it, converted models are not
    /// checked before they are loaded.
    pub home: Option<PathBuf>,
    /// Whether the worker records where time goes; see [`InferenceSession::take_spans`].
    pub profile: bool,
    pub timing: Timing,
    /// The worker's program, if it is not where workers are found.
    pub worker: Option<PathBuf>,
}

impl SessionOptions {
    /// The model in folder `model`, everything else as usual.
    pub fn new(model: impl Into<PathBuf>, ledger: &Arc<Ledger>) -> Self {
        Self {
            model: model.into(),
            backend: Backend::default(),
            kv: KvOptions::default(),
            context: None,
            weights: None,
            ledger: Arc::clone(ledger),
            home: None,
            profile: false,
            timing: Timing::default(),
            worker: None,
        }
    }
}
