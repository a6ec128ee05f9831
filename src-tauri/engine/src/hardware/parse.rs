//! Reading what machines print for people: lenient, because each version words it differently, and never guessing.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// `name: value` and `name = value` lines, as of `sysctl` and `sw_vers`. The first of a name counts.
pub fn lines(text: &str) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    for line in text.trim_start_matches('\u{feff}').lines() {
        // Names hold neither; values hold both.
        let Some(end) = line.find([':', '=']) else { continue };
        let (name, value) = (line[..end].trim(), line[end + 1..].trim());
        if !name.is_empty() && !value.is_empty() {
            values.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
    }
    values
}

/// The JSON value in `text`, whatever messages stand before it.
pub fn json(text: &str) -> Result<Value, String> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err("is empty".into());
    }
    let begins = text.starts_with(['{', '[']).then_some(0).or_else(|| text.find("\n{").map(|at| at + 1));
    let start = begins.ok_or("is not JSON")?;
    // Messages may stand behind it, too.
    let mut reader = serde_json::Deserializer::from_str(&text[start..]);
    Value::deserialize(&mut reader).map_err(|error| match error.is_eof() {
        true => "ends in the middle".to_owned(),
        false => format!("is not JSON (line {})", error.line()),
    })
}

/// Bytes in "16 GB", "1536 MB", "1,5 TB"; units are of 1024.
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(text.len());
    let number: f64 = text[..end].replace(',', ".").parse().ok()?;
    let unit = match text[end..].trim().to_ascii_lowercase().as_str() {
        "kb" | "kib" => 10,
        "mb" | "mib" | "mo" => 20,
        "gb" | "gib" | "go" => 30,
        "tb" | "tib" | "to" => 40,
        _ => return None,
    };
    let bytes = number * f64::from(unit).exp2();
    (1.0..9e18).contains(&bytes).then_some(bytes as u64)
}

/// A whole number, written as one or as a string of digits.
pub fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// The string at `key`, unless it is empty.
pub fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

/// Two numbers and what follows: "1512 x 982 @ 120.00Hz" gives 1512, 982 and "@ 120.00Hz".
pub fn size(text: &str) -> Option<([u32; 2], &str)> {
    let (width, rest) = text.split_once(['x', 'X', '×'])?;
    let rest = rest.trim_start();
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let size = [width.trim().parse().ok()?, rest[..end].parse().ok()?];
    (size[0] > 0 && size[1] > 0).then(|| (size, rest[end..].trim()))
}

/// The number before "Hz".
pub fn hertz(text: &str) -> Option<f64> {
    let end = text.to_ascii_lowercase().find("hz")?;
    let number = text[..end].rsplit(['@', ' ']).find(|part| !part.is_empty())?;
    number.replace(',', ".").parse().ok().filter(|hertz: &f64| (1.0..10_000.0).contains(hertz))
}

/// The parts of a version: "26.0.1" is 26, 0 and 1.
pub fn version(text: &str) -> Option<[u32; 3]> {
    let mut parts = text.trim().split('.').map(|part| part.parse::<u32>().ok());
    let first = parts.next()??;
    let rest = [parts.next(), parts.next()].map(|part| part.flatten().unwrap_or(0));
    Some([first, rest[0], rest[1]])
}

/// A chip's or a GPU's name without the mark of a virtual one.
pub fn without_virtual(name: &str) -> String {
    name.replace(" (Virtual)", "").trim().to_owned()
}

/// Words of a name written as one: "AMDRadeonPro560X" is "AMD Radeon Pro 560X".
pub fn words(joined: &str) -> String {
    let letters: Vec<char> = joined.chars().collect();
    let mut text = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).map(|at| letters[at]);
        let is_lower = |letter: Option<char>| letter.is_some_and(|letter| letter.is_lowercase());
        let next = letters.get(at + 1).copied();
        let starts_word = letter.is_uppercase() && (is_lower(before(1)) || is_lower(next) && before(1).is_some())
            || letter.is_uppercase() && before(1).is_some_and(|before| before.is_ascii_digit()) && is_lower(next)
            || letter.is_ascii_digit() && is_lower(before(1));
        if starts_word && at > 0 {
            text.push(' ');
        }
        text.push(letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_of_every_wording() {
        assert_eq!(bytes("16 GB"), Some(16 << 30));
        assert_eq!(bytes("1536 MB"), Some(1536 << 20));
        assert_eq!(bytes("1,5 TB"), Some(3 << 39));
        assert_eq!(bytes("8GB"), Some(8 << 30));
        for wrong in ["", "GB", "16", "0 GB", "-4 GB", "lots", "1e400 GB", "99999999999999 TB", "4 GHz"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lines_of_sysctl_and_sw_vers() {
        let values = lines(
            "\u{feff}hw.memsize: 17179869184\nhw.model = Mac16,1\nProductVersion:\t\t15.1\nkern.x: a: b\nnoise\n:\nempty:\nhw.model: other",
        );
        let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            values,
            [("ProductVersion", "15.1"), ("hw.memsize", "17179869184"), ("hw.model", "Mac16,1"), ("kern.x", "a: b")]
        );
    }

    #[test]
    fn json_with_messages_before_it_and_cut_json() {
        assert!(json("2026-01-01 system_profiler[1:2] hello {x}\n{\"a\": 1}").is_ok_and(|value| value["a"] == 1));
        assert!(json("\u{feff}[1]").is_ok());
        assert_eq!(json("{\"a\": [").expect_err("no text"), "ends in the middle");
        assert_eq!(json("  ").expect_err("no text"), "is empty");
        assert_eq!(json("nonsense").expect_err("no text"), "is not JSON");
        assert_eq!(json("{\"a\" 1}").expect_err("no text"), "is not JSON (line 1)");
        assert!(json("{\"a\": 1}\nand more").is_ok());
    }

    #[test]
    fn resolutions_and_rates() {
        assert_eq!(size("1512 x 982 @ 120.00Hz"), Some(([1512, 982], "@ 120.00Hz")));
        assert_eq!(size("3024 x 1964"), Some(([3024, 1964], "")));
        assert_eq!(size("5120 x 2880 Retina"), Some(([5120, 2880], "Retina")));
        assert_eq!([size("x"), size("0 x 0")], [None, None]);
        assert_eq!(hertz("@ 120.00Hz"), Some(120.0));
        assert_eq!(hertz("60 Hz"), Some(60.0));
        assert_eq!(hertz("1512 x 982 @ 59,94Hz"), Some(59.94));
        assert_eq!(hertz("none"), None);
    }

    #[test]
    fn names_without_spaces() {
        for (joined, name) in [
            ("AppleM1", "Apple M1"),
            ("AppleM2Max", "Apple M2 Max"),
            ("AMDRadeonPro560X", "AMD Radeon Pro 560X"),
            ("IntelIrisPlusGraphics640", "Intel Iris Plus Graphics 640"),
            ("AppleA18Pro", "Apple A18 Pro"),
        ] {
            assert_eq!(words(joined), name);
        }
    }

    #[test]
    fn versions() {
        assert_eq!(version("26.0.1"), Some([26, 0, 1]));
        assert_eq!(version("15"), Some([15, 0, 0]));
        assert_eq!(version("beta"), None);
    }
}
