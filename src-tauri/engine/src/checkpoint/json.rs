//! JSON of a model, read within bounds: bytes, nesting, and numbers that are numbers.

use serde_json::{Map, Value};

use super::folder::Folder;
use super::limits;
use crate::error::Result;

/// The object in file `name` of `folder`, or `None` if there is no such file.
pub fn read_object(folder: &Folder, name: &str, limit: u64) -> Result<Option<Map<String, Value>>> {
    let Some(bytes) = folder.read(name, limit)? else { return Ok(None) };
    check_depth(&bytes, limits::JSON_DEPTH).map_err(|reason| folder.error(name, &reason))?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(object)) => Ok(Some(object)),
        Ok(_) => Err(folder.error(name, "is not a JSON object; download it again")),
        Err(error) => Err(folder.error(name, &format!("is not valid JSON ({error}); download it again"))),
    }
}

/// Refuses nesting deeper than `limit`, in one pass and without building anything.
pub fn check_depth(json: &[u8], limit: usize) -> std::result::Result<(), String> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for &byte in json {
        match (in_string, escaped, byte) {
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (_, _, b'"') => in_string = !in_string,
            (false, _, b'{' | b'[') => depth += 1,
            (false, _, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return Err(format!("is nested deeper than {limit} levels"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_counts_brackets_outside_strings() {
        assert!(check_depth(br#"{"a": "[[[[", "b": [1, {"\"[": 2}]}"#, 3).is_ok());
        assert!(check_depth(b"[[[[", 3).is_err());
        assert!(check_depth(&b"[".repeat(1_000_000), 32).is_err());
    }
}
