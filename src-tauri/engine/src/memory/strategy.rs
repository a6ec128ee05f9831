//! Where a block comes from.

use serde::{Deserialize, Serialize};

/// How memory for a request is found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Strategy {
    /// The smallest free extent that holds it.
    #[default]
    BestFit,
    /// The free extent with the lowest address that holds it.
    FirstFit,
    /// Memory that the CPU and the GPU share: an extent of its own pages that a GPU can take as it is. Without
    /// such a GPU, memory like any other.
    Unified,
    /// An allocation of its own, outside the regions, given back to the system when it is freed.
    Dedicated,
    /// Memory that exists already: a mapped file, used where it lies. See [`super::HostPool::view`].
    ZeroCopy,
}

impl Strategy {
    pub const ALL: [Self; 5] = [Self::BestFit, Self::FirstFit, Self::Unified, Self::Dedicated, Self::ZeroCopy];
}

impl std::fmt::Display for Strategy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::BestFit => "BEST_FIT",
            Self::FirstFit => "FIRST_FIT",
            Self::Unified => "UNIFIED",
            Self::Dedicated => "DEDICATED",
            Self::ZeroCopy => "ZERO_COPY",
        })
    }
}
