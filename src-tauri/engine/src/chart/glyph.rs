//! The live part of the menu-bar icon: two small bars, utilization and memory.

use plotters::prelude::*;

use crate::monitor::Sample;

/// A bitmap as macOS wants template images: black, and as opaque as the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glyph {
    /// In pixels, both ways.
    pub width: u32,
    pub height: u32,
    /// Four bytes a pixel, row by row.
    pub rgba: Vec<u8>,
}

/// The bars of `sample`, `scale` pixels to a point. What is not known leaves its bar empty.
pub fn glyph(sample: Option<&Sample>, scale: u32) -> Glyph {
    const WIDTH: u32 = 10;
    const HEIGHT: u32 = 16;
    let scale = scale.clamp(1, 4);
    let (width, height) = (WIDTH * scale, HEIGHT * scale);
    let gpu = sample.and_then(|sample| sample.gpu.utilization.or(sample.cpu.utilization)).map(f64::from);
    let memory = sample.and_then(|sample| {
        let (total, available) = (sample.memory.total_bytes?, sample.memory.available_bytes?);
        (total > 0).then(|| 1.0 - available as f64 / total as f64)
    });
    let mut rgb = vec![0_u8; (width * height * 3) as usize];
    {
        let area = BitMapBackend::with_buffer(&mut rgb, (width, height)).into_drawing_area();
        for (index, value) in [gpu, memory].into_iter().enumerate() {
            bar(&area, index as i32 * 6 * scale as i32, (4 * scale) as i32, height as i32, scale as i32, value);
        }
        let _ = area.present();
    }
    // Brightness becomes opacity.
    let rgba = rgb.chunks_exact(3).flat_map(|pixel| [0, 0, 0, pixel[0]]).collect();
    Glyph { width, height, rgba }
}

type Area<'a> = DrawingArea<BitMapBackend<'a>, plotters::coord::Shift>;

fn bar(area: &Area<'_>, left: i32, width: i32, height: i32, scale: i32, value: Option<f64>) {
    /// The part that is not filled is still to be seen.
    const FAINT: RGBColor = RGBColor(80, 80, 80);
    // The far edges are not filled.
    let (right, bottom) = (left + width, height);
    let _ = area.draw(&Rectangle::new([(left, 0), (right, bottom)], FAINT.filled()));
    if let Some(value) = value {
        // A bar that is not empty shows at least a point.
        let filled = ((value.clamp(0.0, 1.0) * f64::from(height)).round() as i32).max(scale);
        let _ = area.draw(&Rectangle::new([(left, height - filled), (right, bottom)], WHITE.filled()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opacity(glyph: &Glyph, x: u32, y: u32) -> u8 {
        glyph.rgba[((y * glyph.width + x) * 4 + 3) as usize]
    }

    #[test]
    fn bars_stand_for_what_was_seen() {
        let mut sample = Sample::default();
        sample.gpu.utilization = Some(0.5);
        (sample.memory.total_bytes, sample.memory.available_bytes) = (Some(100), Some(0));
        let drawn = glyph(Some(&sample), 2);
        assert_eq!((drawn.width, drawn.height, drawn.rgba.len()), (20, 32, 20 * 32 * 4));
        assert_eq!([opacity(&drawn, 2, 31), opacity(&drawn, 2, 17)], [255, 255], "the lower half");
        assert!((1..255).contains(&opacity(&drawn, 2, 2)), "the upper half is faint");
        assert_eq!(opacity(&drawn, 14, 1), 255, "memory is full");
        assert_eq!(opacity(&drawn, 10, 16), 0, "between the bars is nothing");
        let unknown = glyph(None, 1);
        assert!(unknown.rgba.chunks_exact(4).all(|pixel| pixel[3] < 255));
        assert!(drawn.rgba.chunks_exact(4).all(|pixel| pixel[..3] == [0, 0, 0]), "a template is black");
    }
}
