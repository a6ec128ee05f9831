//! Charts of the last minutes, drawn with plotters: [`utilization`] and [`memory`] as SVG, [`glyph`] as a small bitmap for
//! the menu bar.
//!
//! A chart is a pure function of samples, size and theme; who shows it and when is the shell's business. Lines break
//! where samples are missing: nothing is drawn that was not seen.

mod canvas;
mod glyph;
mod memory;
mod palette;
mod time;
mod utilization;

pub use glyph::{Glyph, glyph};
pub use memory::memory;
pub use palette::Theme;
pub use utilization::utilization;

use std::time::Duration;

use crate::monitor::Sample;

/// How a chart is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    pub theme: Theme,
    /// In CSS pixels.
    pub width: u32,
    pub height: u32,
    /// How far back it goes: from the newest sample, or as far as there are samples if absent.
    pub span: Option<Duration>,
}

impl Look {
    pub fn new(theme: Theme, width: u32, height: u32) -> Self {
        // Narrower or lower, nothing could be read.
        Self { theme, width: width.clamp(260, 4000), height: height.clamp(60, 2000), span: None }
    }

    pub fn over(self, span: Duration) -> Self {
        Self { span: Some(span), ..self }
    }

    /// Over the shortest of some round times that holds `samples`: a few seconds are no more than a line in ten minutes.
    pub fn over_all(self, samples: &[Sample]) -> Self {
        const SPANS: [u64; 4] = [60, 120, 300, 600];
        let ends = samples.first().zip(samples.last()).and_then(|(first, last)| first.time.zip(last.time));
        let seconds = ends.map_or(0.0, |(first, last)| last.duration_since(first).as_secs_f64());
        let span = SPANS.into_iter().find(|span| *span as f64 >= seconds).unwrap_or(SPANS[3]);
        self.over(Duration::from_secs(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn charts_grow_with_what_there_is_to_see() {
        let at = |second: i64| Sample { time: jiff::Timestamp::from_second(second).ok(), ..Sample::default() };
        let span = |seconds: i64| Look::new(Theme::Light, 300, 100).over_all(&[at(0), at(seconds)]).span;
        assert_eq!(
            [0, 60, 61, 299, 600, 9000].map(span),
            [60, 60, 120, 300, 600, 600].map(|s| Some(Duration::from_secs(s)))
        );
        assert_eq!(Look::new(Theme::Light, 300, 100).over_all(&[]).span, Some(Duration::from_secs(60)));
    }
}
