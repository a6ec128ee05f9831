//! Sizes in words.

/// So many bytes, in the unit people compare them in; 1 GB is 10⁹.
#[derive(Debug, Clone, Copy)]
pub struct Bytes(pub u64);

impl std::fmt::Display for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.0 as f64;
        match self.0 {
            0..1_000_000 => write!(f, "{:.0} kB", bytes / 1e3),
            1_000_000..1_000_000_000 => write!(f, "{:.1} MB", bytes / 1e6),
            _ => write!(f, "{:.1} GB", bytes / 1e9),
        }
    }
}

/// So many bytes of memory, as memory is sold and as macOS counts it: 1 GB is 2³⁰. `{:#}` keeps the decimal, for numbers
/// that move.
#[derive(Debug, Clone, Copy)]
pub struct Memory(pub u64);

impl std::fmt::Display for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (value, unit) = match self.0 {
            0..1_048_576 => (self.0 as f64 / 1024.0, "kB"),
            1_048_576..1_073_741_824 => (self.0 as f64 / 1_048_576.0, "MB"),
            1_073_741_824..1_099_511_627_776 => (self.0 as f64 / 1_073_741_824.0, "GB"),
            _ => (self.0 as f64 / 1_099_511_627_776.0, "TB"),
        };
        let text = format!("{value:.1}");
        let text = if f.alternate() { &text } else { text.strip_suffix(".0").unwrap_or(&text) };
        write!(f, "{text} {unit}")
    }
}

/// A quantity with its unit: with a decimal where it is small, so that a GPU that takes half a watt takes some.
pub fn quantity(value: f64, unit: &str) -> String {
    let is_whole = value.abs() >= 9.95 || value.abs() < 0.05 || unit != "W";
    if is_whole { format!("{value:.0} {unit}") } else { format!("{value:.1} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_in_words() {
        assert_eq!(
            [0, 999_400, 1_500_000, 20_000_000_000].map(|bytes| Bytes(bytes).to_string()),
            ["0 kB", "999 kB", "1.5 MB", "20.0 GB"]
        );
        let sizes =
            [3 << 39, 16 << 30, 11_453_246_123, 1536 << 20, 512 << 20, 0].map(|bytes| Memory(bytes).to_string());
        let watts = [0.0, 0.42, 9.9, 321.4].map(|watts| quantity(watts, "W"));
        assert_eq!(watts, ["0 W", "0.4 W", "9.9 W", "321 W"]);
        assert_eq!(format!("{:#}", Memory(22 << 30)), "22.0 GB");
        assert_eq!(sizes, ["1.5 TB", "16 GB", "10.7 GB", "1.5 GB", "512 MB", "0 kB"]);
    }
}
