//! Where the menu-bar panel goes, and what a click does to it: pure, so that it is tested where there is no menu bar.
#![cfg_attr(not(target_os = "macos"), allow(dead_code))]

use std::time::Duration;

/// Size of the panel, in points.
pub const WIDTH: f64 = 380.0;
pub const HEIGHT: f64 = 600.0;
/// Points between the icon and the panel, and between the panel and the screen's edge.
const GAP: f64 = 6.0;
/// A click on the icon takes the focus from the panel first, which hides it; this click then means nothing more.
const SAME_CLICK: Duration = Duration::from_millis(300);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Click {
    Show,
    Hide,
    Nothing,
}

/// What a click on the icon means for a panel that lost the focus `since_blur` ago.
pub fn click(is_visible: bool, since_blur: Option<Duration>) -> Click {
    match since_blur {
        _ if is_visible => Click::Hide,
        Some(time) if time < SAME_CLICK => Click::Nothing,
        _ => Click::Show,
    }
}

/// The panel's upper left corner: centred below the icon (x, y, width, height) and within the screen from its left
/// to its right edge; all in pixels, `scale` to a point.
pub fn below(icon: (f64, f64, f64, f64), scale: f64, screen: (f64, f64)) -> (f64, f64) {
    let (x, y, width, height) = icon;
    let (panel, gap) = (WIDTH * scale, GAP * scale);
    let centred = x + width / 2.0 - panel / 2.0;
    let rightmost = screen.1 - panel - gap;
    (centred.min(rightmost).max(screen.0 + gap), y + height + gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_shows_and_hides_and_its_own_blur_does_not_count() {
        assert_eq!(click(false, None), Click::Show);
        assert_eq!(click(true, None), Click::Hide);
        assert_eq!(click(false, Some(Duration::from_millis(20))), Click::Nothing);
        assert_eq!(click(false, Some(Duration::from_secs(2))), Click::Show);
        assert_eq!(click(true, Some(Duration::from_millis(20))), Click::Hide);
    }

    #[test]
    fn the_panel_hangs_below_its_icon_and_stays_on_the_screen() {
        let screen = (0.0, 1440.0);
        assert_eq!(below((700.0, 0.0, 20.0, 24.0), 1.0, screen), (520.0, 30.0));
        assert_eq!(below((1420.0, 0.0, 20.0, 24.0), 1.0, screen).0, 1440.0 - 380.0 - 6.0);
        assert_eq!(below((0.0, 0.0, 20.0, 24.0), 1.0, screen).0, 6.0);
        assert_eq!(below((1400.0, 0.0, 40.0, 48.0), 2.0, (0.0, 2880.0)), (1040.0, 60.0));
    }
}
