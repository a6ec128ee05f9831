//! How a checkpoint's layers are quantized, as MLX writes it into `config.json`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::config::Config;
use crate::error::{Error, Result};

/// Affine, group-wise: `weight ≈ code × scale + bias`, one scale and one bias per group of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Affine {
    /// Elements that share a scale: 32, 64 or 128.
    pub group_size: usize,
    /// Bits per code: 2, 3, 4, 5, 6 or 8.
    pub bits: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantization {
    pub default: Affine,
    /// By module path; `None` says that the layer is not quantized.
    pub layers: BTreeMap<String, Option<Affine>>,
}

/// The group sizes that MLX knows.
pub const GROUP_SIZES: [u64; 3] = [32, 64, 128];
const BITS: [u64; 6] = [2, 3, 4, 5, 6, 8];

impl Quantization {
    /// `quantization` wins over its copy `quantization_config`; another tool's quantization is refused by name.
    pub(super) fn from_config(config: &Config) -> Result<Option<Self>> {
        let own = config.get("quantization");
        let Some(value) = own.or_else(|| config.get("quantization_config")) else { return Ok(None) };
        let Value::Object(object) = value else {
            return Err(config.error("quantization is not an object"));
        };
        if own.is_none()
            && let Some(method) = object.get("quant_method").filter(|method| *method != "mlx")
        {
            return Err(Error::unsupported(format!(
                "{}: the weights are quantized by {method}, which Ingot does not read; use the model's original weights",
                config.file()
            )));
        }
        let default = affine(config, "quantization", object, Affine { group_size: 64, bits: 4 })?;
        let mut layers = BTreeMap::new();
        for (path, value) in object {
            let layer = match value {
                Value::Object(layer) => {
                    Some(affine(config, path, layer, Affine { group_size: default.group_size, bits: default.bits })?)
                }
                Value::Bool(false) => None,
                Value::Bool(true) if path.contains('.') => Some(default),
                _ => continue,
            };
            layers.insert(path.clone(), layer);
        }
        Ok(Some(Self { default, layers }))
    }

    /// How the layer at module path `path` is quantized if its scales are in the file. A layer that the config
    /// does not name is what its shapes say (mlx-lm's rule): `columns` elements a row in the model, `codes` words
    /// and `groups` scales a row in the file.
    pub fn of(&self, path: &str, columns: u64, codes: u64, groups: u64) -> Option<Affine> {
        if let Some(named) = self.layers.get(path) {
            return *named;
        }
        let exact = |a: u64, b: u64| (b > 0 && a.is_multiple_of(b)).then(|| a / b);
        let inferred = exact(columns, groups).zip(exact(codes * 32, columns));
        match inferred.filter(|(group_size, bits)| GROUP_SIZES.contains(group_size) && BITS.contains(bits)) {
            Some((group_size, bits)) => Some(Affine { group_size: group_size as usize, bits: bits as usize }),
            None => Some(self.default),
        }
    }
}

fn affine(config: &Config, place: &str, object: &Map<String, Value>, default: Affine) -> Result<Affine> {
    match object.get("mode") {
        None | Some(Value::Null) => {}
        Some(Value::String(mode)) if mode == "affine" => {}
        Some(mode) => {
            return Err(Error::unsupported(format!(
                "{}: {place} has mode {mode}; Ingot reads affine quantization",
                config.file()
            )));
        }
    }
    let number = |field: &str, allowed: &[u64], default: usize| match object.get(field) {
        // Recipes of mlx-lm write null where the default was meant.
        None | Some(Value::Null) => Ok(default),
        Some(value) => match value.as_u64().filter(|number| allowed.contains(number)) {
            Some(number) => Ok(number as usize),
            None => Err(config.error(format_args!("{field} of {place} is {value}, expected one of {allowed:?}"))),
        },
    };
    Ok(Affine {
        group_size: number("group_size", &GROUP_SIZES, default.group_size)?,
        bits: number("bits", &BITS, default.bits)?,
    })
}
