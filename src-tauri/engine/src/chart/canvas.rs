//! Drawing in CSS pixels: plotters rounds to whole pixels, so all is drawn at four times the size and shown at a quarter.

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Look;

const SCALE: f64 = 4.0;
/// plotters writes a font's size divided by this.
const FONT_FACTOR: f64 = 1.24;
const FONT: &str = "-apple-system, system-ui, Inter, 'Segoe UI', sans-serif";
pub const FONT_SIZE: f64 = 10.0;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// A chart's surface, with the plot inside its margins.
pub struct Canvas<'a> {
    area: Area<'a>,
    /// Left, top, right and bottom edges of the plot, in CSS pixels.
    pub plot: [f64; 4],
}

/// Space around the plot, in CSS pixels: values at the left, names at the right, times below. The same in all charts, for
/// they stand one above the other and have one axis of time.
const LEFT: f64 = 60.0;
const RIGHT: f64 = 138.0;
const TOP: f64 = 8.0;
const BOTTOM: f64 = 18.0;

/// Whether a text is to the right of its place, to the left, or around it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Canvas<'_> {
    /// Sizes on paper.
    fn point(x: f64, y: f64) -> (i32, i32) {
        ((x * SCALE).round() as i32, (y * SCALE).round() as i32)
    }

    pub fn line(&self, points: &[(f64, f64)], colour: RGBColor, width: f64) {
        let points: Vec<(i32, i32)> = points.iter().map(|&(x, y)| Self::point(x, y)).collect();
        let style = colour.stroke_width((width * SCALE) as u32);
        // A string takes whatever is written to it.
        let _ = match points.as_slice() {
            [one] => self.area.draw(&Circle::new(*one, (width * SCALE) as u32, colour.filled())),
            _ => self.area.draw(&PathElement::new(points, style)),
        };
    }

    pub fn dashed(&self, from: (f64, f64), to: (f64, f64), colour: RGBColor) {
        let points = [Self::point(from.0, from.1), Self::point(to.0, to.1)];
        let style = colour.stroke_width(SCALE as u32);
        let dashes = DashedPathElement::new(points, (4.0 * SCALE) as u32, (3.0 * SCALE) as u32, style);
        let _ = self.area.draw(&dashes);
    }

    pub fn fill(&self, outline: &[(f64, f64)], colour: RGBColor, opacity: f64) {
        let points: Vec<(i32, i32)> = outline.iter().map(|&(x, y)| Self::point(x, y)).collect();
        let _ = self.area.draw(&Polygon::new(points, colour.mix(opacity).filled()));
    }

    pub fn square(&self, x: f64, y: f64, side: f64, colour: RGBColor) {
        let corners = [Self::point(x, y), Self::point(x + side, y + side)];
        let _ = self.area.draw(&Rectangle::new(corners, colour.filled()));
    }

    /// `text` at half its height.
    pub fn text(&self, text: &str, (x, y): (f64, f64), anchor: Anchor, colour: RGBColor) {
        let horizontal = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = TextStyle::from((FONT, FONT_SIZE * SCALE * FONT_FACTOR).into_font())
            .color(&colour)
            .pos(Pos::new(horizontal, VPos::Center));
        let _ = self.area.draw(&Text::new(text.to_owned(), Self::point(x, y), style));
    }

    /// The place of a value from 0 to 1 at a part of the time from 0 to 1.
    pub fn place(&self, part: f64, value: f64) -> (f64, f64) {
        let [left, top, right, bottom] = self.plot;
        (left + part * (right - left), bottom - value.clamp(0.0, 1.0) * (bottom - top))
    }

    /// Lines across, each with its words at the left; values from 0 to 1.
    pub fn grid(&self, look: Look, lines: &[(f64, String)]) {
        let palette = look.theme.palette();
        for (value, words) in lines {
            let (from, to) = (self.place(0.0, *value), self.place(1.0, *value));
            self.line(&[from, to], palette.grid, 0.75);
            self.text(words, (from.0 - 6.0, from.1), Anchor::End, palette.text);
        }
    }

    /// Words below the plot, at parts of the time from 0 to 1.
    pub fn times(&self, look: Look, labels: &[(f64, String)]) {
        const ROOM: f64 = 90.0;
        let last = labels.len().saturating_sub(1);
        // Where it is narrow, the ends say enough.
        let is_narrow = self.plot[2] - self.plot[0] < ROOM * labels.len() as f64;
        let labels = labels.iter().enumerate().filter(|(at, _)| !is_narrow || *at == 0 || *at == last);
        for (at, (part, words)) in labels {
            let anchor = match at {
                0 => Anchor::Start,
                at if at == last => Anchor::End,
                _ => Anchor::Middle,
            };
            let (x, _) = self.place(*part, 0.0);
            self.text(words, (x, self.plot[3] + 11.0), anchor, look.theme.palette().text);
        }
    }
}

/// Draws a chart; the result is SVG of the size that `look` says.
pub fn draw(look: Look, title: &str, paint: impl FnOnce(&Canvas<'_>)) -> String {
    let size = |pixels: u32| (f64::from(pixels) * SCALE) as u32;
    let (width, height) = (size(look.width), size(look.height));
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        let plot = [LEFT, TOP, f64::from(look.width) - RIGHT, f64::from(look.height) - BOTTOM];
        let canvas = Canvas { area, plot };
        paint(&canvas);
        let _ = canvas.area.present();
    }
    // Shown at a quarter of the size it was drawn at. Its title is what is read out.
    let drawn = format!("<svg width=\"{width}\" height=\"{height}\"");
    let shown = format!("<svg role=\"img\" aria-label=\"{title}\" width=\"{}\" height=\"{}\"", look.width, look.height);
    svg.replacen(&drawn, &shown, 1)
}
