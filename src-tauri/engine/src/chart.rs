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
        Self { theme, width: width.clamp(160, 4000), height: height.clamp(60, 2000), span: None }
    }

    pub fn over(self, span: Duration) -> Self {
        Self { span: Some(span), ..self }
    }
}
