//! How busy GPU and processor were.

use super::Look;
use super::canvas::{Anchor, Canvas, draw};
use super::palette::Palette;
use super::time::Axis;
use crate::monitor::Sample;

/// Lines from 0 to 100 %: the GPU's over the processor's.
pub fn utilization(samples: &[Sample], look: Look) -> String {
    let axis = Axis::new(samples, look.span);
    let palette = look.theme.palette();
    let gpu = |sample: &Sample| sample.gpu.utilization.map(f64::from);
    let cpu = |sample: &Sample| sample.cpu.utilization.map(f64::from);
    let last = axis.points.last().map(|(_, sample)| *sample);
    let words = |name: &str, value: Option<f64>| value.map(|value| format!("{name} {:.0} %", value * 100.0));
    let names = [words("GPU", last.and_then(gpu)), words("CPU", last.and_then(cpu))];
    let title = format!("Utilization. {}", names.iter().flatten().cloned().collect::<Vec<_>>().join(", "));
    draw(look, &title, |canvas| {
        canvas.grid(look, &[(0.0, "0 %".into()), (0.5, "50 %".into()), (1.0, "100 %".into())]);
        canvas.times(look, &axis.labels().map(|(at, words)| (at / axis.span, words)));
        // What is of interest lies on top.
        curve(canvas, &axis, &cpu, palette.cpu, 0.10);
        curve(canvas, &axis, &gpu, palette.gpu, 0.18);
        names_at_the_end(canvas, &palette, [last.and_then(gpu), last.and_then(cpu)], names);
    })
}

fn curve(
    canvas: &Canvas<'_>,
    axis: &Axis<'_>,
    of: &dyn Fn(&Sample) -> Option<f64>,
    colour: plotters::style::RGBColor,
    opacity: f64,
) {
    for run in axis.runs(of) {
        let line: Vec<(f64, f64)> = run.iter().map(|(at, value)| canvas.place(at / axis.span, *value)).collect();
        if let (Some(first), Some(last), true) = (line.first(), line.last(), line.len() > 1) {
            let bottom = canvas.plot[3];
            let mut outline = line.clone();
            outline.extend([(last.0, bottom), (first.0, bottom)]);
            canvas.fill(&outline, colour, opacity);
        }
        canvas.line(&line, colour, 1.5);
    }
}

/// Each name beside the end of its line, and never two in one place.
fn names_at_the_end(canvas: &Canvas<'_>, palette: &Palette, values: [Option<f64>; 2], names: [Option<String>; 2]) {
    const APART: f64 = 13.0;
    let right = canvas.plot[2];
    let mut heights = values.map(|value| canvas.place(1.0, value.unwrap_or(0.0)).1);
    if let [Some(_), Some(_)] = values {
        let overlap = APART - (heights[0] - heights[1]).abs();
        if overlap > 0.0 {
            let up = if heights[0] <= heights[1] { [-0.5, 0.5] } else { [0.5, -0.5] };
            heights = [heights[0] + up[0] * overlap, heights[1] + up[1] * overlap];
        }
        // Both stay beside the plot.
        let over = (heights[0].max(heights[1]) - canvas.plot[3]).max(0.0);
        let under = (canvas.plot[1] - heights[0].min(heights[1])).max(0.0);
        heights = heights.map(|height| height - over + under);
    }
    for ((name, height), colour) in names.into_iter().zip(heights).zip([palette.gpu, palette.text]) {
        if let Some(name) = name {
            canvas.text(&name, (right + 6.0, height), Anchor::Start, colour);
        }
    }
}
