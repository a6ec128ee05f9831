//! Where a decoder's tensors come from, and whether a checkpoint has them.
//!
//! Loading and conversion use the same plan. Each planned tensor names its [`Source`]; the set of sources
//! is closed and grows when a family needs one (a stack of experts, rows of a fused matrix, a transpose).

use super::spec::{DecoderSpec, Head};
use crate::checkpoint::{Affine, Config, Dtype, Weights};
use crate::error::{Error, Result};

#[derive(Debug, Clone, PartialEq)]
pub struct WeightPlan {
    pub tensors: Vec<PlannedTensor>,
    /// Ends of the names of tensors that checkpoints carry and no decoder reads.
    pub unused: Vec<&'static str>,
}

/// A tensor as the decoder wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedTensor {
    /// As in mlx-lm's own checkpoints.
    pub name: String,
    pub shape: Vec<u64>,
    pub source: Source,
}

/// How a planned tensor is made of the checkpoint's.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// It is the tensor of that name.
    Tensor(String),
}

/// Mismatches that an error lists.
const LISTED: usize = 5;

impl WeightPlan {
    /// The plan for a checkpoint whose names are already the decoder's. Some carry a head although it is tied.
    pub fn same_names(spec: &DecoderSpec, mut unused: Vec<&'static str>) -> Self {
        if spec.head == Head::Tied {
            unused.push("lm_head.weight");
        }
        let tensors = spec.tensors().into_iter().map(|(name, shape)| PlannedTensor {
            source: Source::Tensor(name.clone()),
            name,
            shape,
        });
        Self { tensors: tensors.collect(), unused }
    }

    /// Whether the decoder reads the checkpoint's tensor `name`.
    pub fn reads(&self, name: &str) -> bool {
        !self.unused.iter().any(|end| name.ends_with(end))
    }

    /// Bytes of the tensors in `weights` that the decoder reads.
    pub fn bytes(&self, weights: &Weights) -> u64 {
        let read = weights.tensors().filter(|tensor| self.reads(&tensor.name));
        read.map(|tensor| tensor.range.end - tensor.range.start).sum()
    }

    /// Refuses a checkpoint whose tensors are not those that its config asks for.
    pub fn check(&self, spec: &DecoderSpec, config: &Config, weights: &Weights) -> Result<()> {
        let mut mismatches = Vec::new();
        let mut known = std::collections::HashSet::new();
        let quantizable: std::collections::HashSet<&str> = spec.matrices().map(|(path, _)| path).collect();
        for tensor in &self.tensors {
            let Source::Tensor(name) = &tensor.source;
            let module = name.strip_suffix(".weight").filter(|path| quantizable.contains(path));
            match module.filter(|path| weights.contains(&format!("{path}.scales"))) {
                Some(path) => check_quantized(path, &tensor.shape, config, weights, &mut known, &mut mismatches),
                None => {
                    known.insert(name.clone());
                    check_tensor(name, &tensor.shape, Dtype::is_float, "a float type", weights, &mut mismatches);
                }
            }
        }
        for tensor in weights.tensors() {
            if !known.contains(&tensor.name) && self.reads(&tensor.name) {
                mismatches.push(format!("{} is not expected", tensor.name));
            }
        }
        if mismatches.is_empty() {
            return Ok(());
        }
        let more = mismatches.len().saturating_sub(LISTED);
        let mut listed = mismatches[..mismatches.len().min(LISTED)].join("; ");
        if more > 0 {
            listed.push_str(&format!("; and {more} more"));
        }
        Err(config.error(format_args!("the weights are not those it describes: {listed}")))
    }
}

/// How the `[…, columns]` matrix at module path `path` is quantized in `weights`, if it is.
pub fn quantization_of(path: &str, columns: u64, config: &Config, weights: &Weights) -> Option<Affine> {
    let last = |end: &str| weights.get(&format!("{path}.{end}")).and_then(|tensor| tensor.shape.last().copied());
    let groups = last("scales")?;
    config.quantization.as_ref()?.of(path, columns, last("weight").unwrap_or(0), groups)
}

/// The shapes of a quantized `[rows, columns]` matrix: codes, then scales and biases.
fn quantized_shapes(shape: &[u64], affine: Affine) -> Option<(Vec<u64>, Vec<u64>)> {
    let (&columns, rows) = shape.split_last()?;
    let (bits, group) = (affine.bits as u64, affine.group_size as u64);
    if !columns.is_multiple_of(group) {
        return None;
    }
    let with = |last: u64| rows.iter().copied().chain([last]).collect();
    Some((with(columns * bits / 32), with(columns / group)))
}

fn check_quantized(
    path: &str,
    shape: &[u64],
    config: &Config,
    weights: &Weights,
    known: &mut std::collections::HashSet<String>,
    mismatches: &mut Vec<String>,
) {
    let names = ["weight", "scales", "biases"].map(|end| format!("{path}.{end}"));
    known.extend(names.iter().cloned());
    let Some(affine) = quantization_of(path, shape.last().copied().unwrap_or(0), config, weights) else {
        mismatches.push(format!("{path} is quantized, the config says that it is not"));
        return;
    };
    let Some((codes, groups)) = quantized_shapes(shape, affine) else {
        mismatches
            .push(format!("{path} is quantized in groups of {}, which do not divide {shape:?}", affine.group_size));
        return;
    };
    check_tensor(&names[0], &codes, |dtype| dtype == Dtype::U32, "U32", weights, mismatches);
    check_tensor(&names[1], &groups, Dtype::is_float, "a float type", weights, mismatches);
    check_tensor(&names[2], &groups, Dtype::is_float, "a float type", weights, mismatches);
}

fn check_tensor(
    name: &str,
    shape: &[u64],
    is_expected: impl Fn(Dtype) -> bool,
    expected: &str,
    weights: &Weights,
    mismatches: &mut Vec<String>,
) {
    match weights.get(name) {
        None => mismatches.push(format!("{name} is missing")),
        Some(found) if found.shape != shape => {
            mismatches.push(format!("{name} is {:?}, expected {shape:?}", found.shape));
        }
        Some(found) if found.dtype.is_fp8() => mismatches.push(format!(
            "{name} holds {} (FP8), which Ingot does not read; get the model in bfloat16 or float16",
            found.dtype
        )),
        Some(found) if !is_expected(found.dtype) => {
            mismatches.push(format!("{name} holds {}, expected {expected}", found.dtype));
        }
        Some(_) => {}
    }
}

/// The usual error for a family that is not known.
pub(super) fn unknown_family(config: &Config, model_type: &str, supported: &[&str]) -> Error {
    let message =
        config.error(format_args!("the family {model_type:?} is not supported; Ingot runs {}", supported.join(", ")));
    Error::unsupported(message.message)
}
