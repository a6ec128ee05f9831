//! Whose the memory was, stacked, with the limit on models as a dashed line.

use std::ops::Range;

use super::Look;
use super::canvas::{Anchor, Canvas, draw};
use super::palette::{BANDS, Band};
use super::time::Axis;
use crate::bytes::Memory;
use crate::monitor::Sample;

/// Height of a line of the names at the right, in CSS pixels.
const APART: f64 = 13.0;

/// Bands from the bottom up: other apps first, so that what Ingot adds is seen to grow on top of them.
pub fn memory(samples: &[Sample], look: Look) -> String {
    let axis = Axis::new(samples, look.span);
    let top = ceiling(&axis);
    let last = axis.points.last().map(|(_, sample)| *sample);
    let held = |name: &str| last.and_then(|sample| sample.memory.owners.get(name)).copied().filter(|bytes| *bytes > 0);
    let shown: Vec<(&Band, u64)> = BANDS.iter().filter_map(|band| Some((band, held(band.name)?))).collect();
    let said = shown.iter().map(|(band, bytes)| format!("{} {}", band.title, Memory(*bytes)));
    let title = format!("Memory. {}", said.collect::<Vec<_>>().join(", "));
    let palette = look.theme.palette();
    draw(look, &title, |canvas| {
        let words = |part: f64| Memory((top as f64 * part) as u64).to_string();
        canvas.grid(look, &[(0.0, "0".into()), (0.5, words(0.5)), (1.0, words(1.0))]);
        canvas.times(look, &axis.labels().map(|(at, words)| (at / axis.span, words)));
        for index in 0..BANDS.len() {
            band(canvas, &axis, look, index, top);
        }
        if let Some(limit) = last.and_then(|sample| sample.memory.limit_bytes).filter(|limit| *limit <= top) {
            let part = limit as f64 / top as f64;
            let (from, to) = (canvas.place(0.0, part), canvas.place(1.0, part));
            canvas.dashed(from, to, palette.limit);
            // Above the line, unless there is no room.
            let y = if from.1 - canvas.plot[1] > APART { from.1 - 7.0 } else { from.1 + 8.0 };
            canvas.text(&format!("limit {}", Memory(limit)), (from.0 + 4.0, y), Anchor::Start, palette.limit);
        }
        names(canvas, look, &shown, top);
    })
}

/// The top of the axis: all memory, or more if owners hold more (a GPU may have its own).
fn ceiling(axis: &Axis<'_>) -> u64 {
    let heights = axis.points.iter().flat_map(|(_, sample)| {
        let owned = sample.memory.owners.values().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
        [sample.memory.total_bytes.unwrap_or(0), owned]
    });
    heights.max().filter(|bytes| *bytes > 0).unwrap_or(1 << 30)
}

/// The sum of the bands below and up to the band `index`; absent where nothing is known.
fn sum(sample: &Sample, index: usize) -> Option<f64> {
    let owners = &sample.memory.owners;
    let bytes = BANDS[..index].iter().filter_map(|band| owners.get(band.name));
    let sum = bytes.fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
    (!owners.is_empty()).then_some(sum as f64)
}

fn band(canvas: &Canvas<'_>, axis: &Axis<'_>, look: Look, index: usize, top: u64) {
    let colour = look.theme.of_owner(BANDS[index].name);
    let place = |(at, bytes): &(f64, f64)| canvas.place(at / axis.span, bytes / top as f64);
    let (lower, upper) = (axis.runs(|sample| sum(sample, index)), axis.runs(|sample| sum(sample, index + 1)));
    for (lower, upper) in lower.iter().zip(&upper) {
        for piece in filled(lower, upper) {
            let edge: Vec<(f64, f64)> = upper[piece.clone()].iter().map(place).collect();
            let mut outline = edge.clone();
            outline.extend(lower[piece].iter().rev().map(place));
            canvas.fill(&outline, colour, 0.55);
            canvas.line(&edge, colour, 1.0);
        }
    }
}

/// Where the upper edge is above the lower, with the points at which it leaves it and comes back.
fn filled(lower: &[(f64, f64)], upper: &[(f64, f64)]) -> Vec<Range<usize>> {
    let is_open: Vec<bool> = lower.iter().zip(upper).map(|(low, high)| high.1 > low.1).collect();
    let mut pieces: Vec<Range<usize>> = Vec::new();
    for (at, _) in is_open.iter().enumerate().filter(|(_, is_open)| **is_open) {
        let (start, end) = (at.saturating_sub(1), (at + 2).min(is_open.len()));
        match pieces.last_mut() {
            Some(piece) if piece.end >= at => piece.end = end,
            _ => pieces.push(start..end),
        }
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

/// Names with their bytes, each beside the middle of its band as far as there is room.
fn names(canvas: &Canvas<'_>, look: Look, shown: &[(&Band, u64)], top: u64) {
    let [_, upper, right, lower] = canvas.plot;
    let mut below: u64 = 0;
    let middles: Vec<f64> = shown
        .iter()
        .map(|(_, bytes)| {
            below = below.saturating_add(*bytes);
            canvas.place(1.0, (below as f64 - *bytes as f64 / 2.0) / top as f64).1
        })
        .collect();
    for ((band, bytes), y) in shown.iter().zip(spread(&middles, upper + 4.0, lower - 2.0)) {
        canvas.square(right + 8.0, y - 3.5, 7.0, look.theme.of_owner(band.name));
        let words = format!("{} {}", band.title, Memory(*bytes));
        canvas.text(&words, (right + 20.0, y), Anchor::Start, look.theme.palette().text);
    }
}

/// Heights near `wanted`, which rise (fall in number), so that none is nearer to the next than a line of text.
fn spread(wanted: &[f64], upper: f64, lower: f64) -> Vec<f64> {
    let mut heights = wanted.to_vec();
    let mut floor = lower;
    for height in &mut heights {
        *height = height.min(floor);
        floor = *height - APART;
    }
    let mut roof = upper;
    for height in heights.iter_mut().rev() {
        *height = height.max(roof);
        roof = *height + APART;
    }
    heights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_are_drawn_where_they_are_and_not_elsewhere() {
        let line =
            |values: &[f64]| -> Vec<(f64, f64)> { values.iter().enumerate().map(|(at, v)| (at as f64, *v)).collect() };
        let (lower, upper) = (line(&[1.0; 8]), line(&[1.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 3.0]));
        assert_eq!(filled(&lower, &upper), [2..6, 6..8]);
        assert!(filled(&lower, &lower).is_empty());
    }

    #[test]
    fn names_never_overlap_and_stay_beside_the_plot() {
        let spread = spread(&[100.0, 99.0, 98.0, 20.0, 1.0], 10.0, 96.0);
        assert!(spread.windows(2).all(|pair| pair[0] - pair[1] >= APART - 1e-9), "{spread:?}");
        assert!(spread.iter().all(|height| (10.0..=96.0).contains(height)), "{spread:?}");
        assert_eq!(super::spread(&[50.0], 0.0, 100.0), [50.0], "where there is room, beside the band");
    }
}
