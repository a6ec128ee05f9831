//! Finding models by words: what the Hub says of each, and what that means for Ingot and for this machine.

use serde::Serialize;
use serde_json::Value;

use super::Hub;
use super::name::Repo;
use crate::arch;
use crate::error::{Result, one_line};
use crate::need::Fit;
use crate::recipe::USUAL;
use crate::session::CancelToken;

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub text: String,
    /// Models at most.
    pub limit: usize,
    /// A `model_type`.
    pub family: Option<String>,
    /// As the Hub writes it: `apache-2.0`.
    pub license: Option<String>,
    /// Leave out what Ingot does not run.
    pub supported: bool,
    /// Leave out what is too large for models of so many bytes, as far as that is known.
    pub memory_limit: Option<u64>,
}

/// A model on the Hub, as far as the Hub tells before anything of it is fetched.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Found {
    /// `owner/name`
    pub repo: String,
    /// `model_type`, if the Hub knows the model's config.
    pub family: Option<String>,
    /// Whether Ingot runs it.
    pub supported: bool,
    /// Why not.
    pub reason: Option<String>,
    /// Of its weights.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub bytes: Option<u64>,
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub parameters: Option<u64>,
    /// What it needs of the memory, about: as it is if it is quantized, else converted with the usual recipe.
    #[cfg_attr(feature = "typescript", ts(type = "number | null"))]
    pub memory_bytes: Option<u64>,
    pub license: Option<String>,
    /// In the last thirty days.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub downloads: u64,
    /// Whether its conditions have to be accepted on its page first.
    pub gated: bool,
}

/// How many more models are asked for than are wanted, since some are left out.
const SURPLUS: usize = 5;
const MOST: usize = 100;
/// What is asked of each.
const FIELDS: [&str; 6] = ["config", "downloads", "gated", "safetensors", "tags", "pipeline_tag"];

/// The models that fit `query`, the most downloaded first.
pub fn search(hub: &Hub, query: &Query, cancel: &CancelToken) -> Result<Vec<Found>> {
    let mut url = hub.endpoint().below(["api", "models"]);
    {
        let mut pairs = url.query_pairs_mut();
        pairs.append_pair("search", &query.text);
        // Whatever has other formats only cannot be used.
        pairs.append_pair("filter", "safetensors");
        pairs.append_pair("sort", "downloads").append_pair("direction", "-1");
        let wanted = query.limit.saturating_mul(SURPLUS).clamp(1, MOST);
        pairs.append_pair("limit", &wanted.to_string());
        if let Some(license) = &query.license {
            pairs.append_pair("filter", &format!("license:{license}"));
        }
        for field in FIELDS {
            pairs.append_pair("expand[]", field);
        }
    }
    let listed = hub.json(&url, "the search", cancel)?;
    let models = listed.as_array().map_or(&[] as &[Value], Vec::as_slice);
    let found = models.iter().filter_map(read).filter(|found| query.wants(found));
    Ok(found.take(query.limit).collect())
}

impl Query {
    fn wants(&self, found: &Found) -> bool {
        let fits = |limit: u64| found.memory_bytes.is_none_or(|bytes| Fit::of(bytes, limit) != Fit::TooLarge);
        (found.supported || !self.supported)
            && self.family.as_ref().is_none_or(|family| found.family.as_ref() == Some(family))
            && self.license.as_ref().is_none_or(|license| found.license.as_ref() == Some(license))
            && self.memory_limit.is_none_or(fits)
    }
}

/// One entry of the list; `None` for what is none.
fn read(entry: &Value) -> Option<Found> {
    let repo = entry["id"].as_str().and_then(|repo| Repo::parse(repo).ok())?.to_string();
    let config = &entry["config"];
    let family = config["model_type"].as_str().map(one_line);
    let weights = &entry["safetensors"]["parameters"];
    let counts = weights.as_object().into_iter().flatten();
    let counts: Vec<(usize, u64)> = counts.filter_map(|(dtype, count)| Some((bits(dtype)?, count.as_u64()?))).collect();
    let bytes =
        counts.iter().try_fold(0_u64, |sum, (bits, count)| sum.checked_add((*bits as u64).checked_mul(*count)? / 8));
    let bytes = bytes.filter(|bytes| *bytes > 0);
    let is_packed = weights.get("U32").and_then(Value::as_u64).is_some_and(|count| count > 0);
    let parameters = entry["safetensors"]["total"].as_u64().filter(|total| *total > 0 && !is_packed);
    let reason = unsupported(family.as_deref(), config, is_packed);
    let tags = entry["tags"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let license = tags.into_iter().find_map(|tag| tag.strip_prefix("license:")).map(one_line);
    Some(Found {
        repo,
        supported: reason.is_none(),
        reason,
        family,
        memory_bytes: if is_packed { bytes.map(with_room) } else { parameters.map(needed_bytes) },
        bytes,
        parameters,
        license,
        downloads: entry["downloads"].as_u64().unwrap_or(0),
        // `false`, "auto" or "manual".
        gated: !matches!(entry["gated"], Value::Null | Value::Bool(false)),
    })
}

/// Why Ingot does not run a model, by what the Hub says of it.
fn unsupported(family: Option<&str>, config: &Value, is_packed: bool) -> Option<String> {
    let supported = arch::supported();
    let family = match family {
        None => return Some("the Hub does not know its config".into()),
        Some(family) => family,
    };
    if !supported.contains(&family) {
        return Some(format!("{family} is not one of {}", supported.join(", ")));
    }
    // Quantized by another tool; MLX's own has no method.
    let method = config["quantization_config"]["quant_method"].as_str();
    method
        .filter(|_| !is_packed || config["quantization"].is_null())
        .map(|method| format!("it is quantized by {}", one_line(method)))
}

/// Bits of an element, by the Hub's name for its type.
fn bits(dtype: &str) -> Option<usize> {
    Some(match dtype {
        "F64" | "I64" | "U64" => 64,
        "F32" | "I32" | "U32" => 32,
        "F16" | "BF16" | "I16" | "U16" => 16,
        "F8_E4M3" | "F8_E5M2" | "I8" | "U8" | "BOOL" => 8,
        _ => return None,
    })
}

/// What a model of so many parameters needs of the memory, about, once it is converted as usual.
pub fn needed_bytes(parameters: u64) -> u64 {
    with_room(converted(parameters))
}

/// Bytes of `parameters` after the usual conversion: scales and biases add half a bit to each.
fn converted(parameters: u64) -> u64 {
    let bits = USUAL.bits as f64 + 32.0 / crate::recipe::USUAL_GROUP_SIZE as f64;
    (parameters as f64 * bits / 8.0) as u64
}

/// With a usual conversation's cache, scratch and the worker's own share, about.
fn with_room(weights: u64) -> u64 {
    weights.saturating_add(weights / 10).saturating_add(500_000_000)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_the_hub_says_of_a_model() {
        let found = read(&json!({
            "id": "acme/Llama-3B", "downloads": 1234, "gated": "manual", "tags": ["safetensors", "license:apache-2.0"],
            "config": { "model_type": "llama" }, "safetensors": { "parameters": { "BF16": 3_000_000_000_u64, "F32": 1000 }, "total": 3_000_001_000_u64 },
        }))
        .expect("a model");
        assert_eq!((found.family.as_deref(), found.supported, found.gated), (Some("llama"), true, true));
        assert_eq!((found.bytes, found.license.as_deref()), (Some(6_000_004_000), Some("apache-2.0")));
        // 5.5 bits for each, a tenth more, and half a gigabyte.
        assert!(found.memory_bytes.is_some_and(|bytes| (2_760_000_000..2_780_000_000).contains(&bytes)), "{found:?}");
        let packed = read(&json!({
            "id": "mlx/x-4bit", "config": { "model_type": "qwen3", "quantization": { "bits": 4 }, "quantization_config": { "bits": 4 } },
            "safetensors": { "parameters": { "U32": 1_000_000_000_u64, "BF16": 125_000_000 }, "total": 1_125_000_000 },
        }))
        .expect("a model");
        assert_eq!((packed.supported, packed.parameters, packed.bytes), (true, None, Some(4_250_000_000)));
        assert_eq!(packed.memory_bytes, Some(5_175_000_000));
    }

    #[test]
    fn what_cannot_be_used_says_why_and_nonsense_is_left_out() {
        let reason = |config: Value| read(&json!({ "id": "a/b", "config": config })).and_then(|found| found.reason);
        assert!(reason(json!({ "model_type": "whisper" })).is_some_and(|why| why.contains("whisper")));
        assert!(reason(json!(null)).is_some_and(|why| why.contains("config")));
        let awq = json!({ "model_type": "llama", "quantization_config": { "quant_method": "awq" } });
        assert!(reason(awq).is_some_and(|why| why.contains("awq")));
        for id in ["", "x", "../y", "a/b/c", "a/..", "a/.b", "a b/c", "a/\u{202e}b", "-a/b"] {
            assert_eq!(read(&json!({ "id": id })), None, "{id}");
        }
        assert_eq!(read(&json!("text")), None);
        let odd = read(
            &json!({ "id": "a/b", "safetensors": { "parameters": { "BF16": u64::MAX, "X9": 1 }, "total": -4 }, "tags": 7 }),
        );
        assert_eq!(odd.expect("a model").bytes, None);
    }

    #[test]
    fn filters_leave_out_what_is_not_wanted() {
        let found = read(&json!({
            "id": "a/b", "config": { "model_type": "llama" }, "tags": ["license:mit"],
            "safetensors": { "parameters": { "BF16": 8_000_000_000_u64 }, "total": 8_000_000_000_u64 },
        }))
        .expect("a model");
        let wants = |query: Query| query.wants(&found);
        assert!(wants(Query::default()) && wants(Query { supported: true, ..Query::default() }));
        assert!(wants(Query { license: Some("mit".into()), family: Some("llama".into()), ..Query::default() }));
        assert!(!wants(Query { license: Some("apache-2.0".into()), ..Query::default() }));
        assert!(!wants(Query { family: Some("qwen3".into()), ..Query::default() }));
        assert!(wants(Query { memory_limit: Some(8_000_000_000), ..Query::default() }));
        assert!(!wants(Query { memory_limit: Some(4_000_000_000), ..Query::default() }));
    }
}
