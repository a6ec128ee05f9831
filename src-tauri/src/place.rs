//! Where the window opens: where it was, if that is still on a screen.

use ingot_engine::library::WindowPlace;

/// The least of a window's upper edge that has to be on a screen, in points: enough to take hold of.
const GRIP: (f64, f64) = (120.0, 40.0);
/// The least size of the window, in points.
pub const LEAST: (f64, f64) = (380.0, 480.0);

/// `place`, unless it is on none of the `screens` (x, y, width, height, in points).
pub fn restored(place: WindowPlace, screens: &[(f64, f64, f64, f64)]) -> Option<WindowPlace> {
    let numbers = [place.x, place.y, place.width, place.height];
    if !numbers.iter().all(|number| number.is_finite()) {
        return None;
    }
    let place = WindowPlace { width: place.width.max(LEAST.0), height: place.height.max(LEAST.1), ..place };
    let overlap = |from: f64, length: f64, other: f64, other_length: f64| {
        (from + length).min(other + other_length) - from.max(other)
    };
    let holds = |&(x, y, width, height): &(f64, f64, f64, f64)| {
        overlap(place.x, place.width, x, width) >= GRIP.0 && overlap(place.y, GRIP.1, y, height) >= GRIP.1
    };
    screens.iter().any(holds).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_opens_where_it_was_and_never_out_of_reach() {
        let at = |x, y| WindowPlace { x, y, width: 900.0, height: 640.0 };
        let screens = [(0.0, 0.0, 1440.0, 900.0), (-1920.0, 0.0, 1920.0, 1080.0)];
        assert_eq!(restored(at(100.0, 50.0), &screens), Some(at(100.0, 50.0)));
        assert_eq!(restored(at(-1800.0, 50.0), &screens), Some(at(-1800.0, 50.0)));
        // The second screen is gone.
        assert_eq!(restored(at(-1800.0, 50.0), &screens[..1]), None);
        assert_eq!(restored(at(1400.0, 50.0), &screens), None, "too little to take hold of");
        assert_eq!(restored(at(100.0, 890.0), &screens), None);
        assert_eq!(restored(at(f64::NAN, 0.0), &screens), None);
        let small = WindowPlace { x: 0.0, y: 0.0, width: 1.0, height: 1.0 };
        assert_eq!(restored(small, &screens).map(|place| (place.width, place.height)), Some(LEAST));
    }
}
