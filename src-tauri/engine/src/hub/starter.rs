//! The model for somebody who has none: small, good, openly licensed, and fitting the machine.

use super::search::needed_bytes;
use crate::need::Fit;

/// A model that a newcomer is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Starter {
    /// `owner/name`
    pub repo: &'static str,
    pub license: &'static str,
    parameters: u64,
    /// What is downloaded, about.
    pub bytes: u64,
}

/// The better one first. Figures are those of their pages.
pub const STARTERS: [Starter; 2] = [
    Starter { repo: "Qwen/Qwen3-1.7B", license: "apache-2.0", parameters: 1_720_574_976, bytes: 4_070_000_000 },
    Starter { repo: "Qwen/Qwen3-0.6B", license: "apache-2.0", parameters: 596_049_920, bytes: 1_510_000_000 },
];

/// The best of them that fits where models may take `limit` bytes of memory; else the smallest.
pub fn starter(limit: u64) -> &'static Starter {
    let fits = |starter: &&Starter| Fit::of(needed_bytes(starter.parameters), limit) == Fit::Fits;
    STARTERS.iter().find(fits).unwrap_or(&STARTERS[STARTERS.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::Repo;

    #[test]
    fn the_best_that_fits_is_offered() {
        let offered = |gigabytes: u64| starter(gigabytes << 30).repo;
        assert_eq!([offered(10), offered(3), offered(1), offered(0)], {
            let [better, smaller] = STARTERS.map(|starter| starter.repo);
            [better, better, smaller, smaller]
        });
        for starter in &STARTERS {
            assert!(Repo::parse(starter.repo).is_ok());
            // In bfloat16, a tied matrix perhaps twice.
            assert!((2 * starter.parameters..3 * starter.parameters).contains(&starter.bytes), "{starter:?}");
        }
    }
}
