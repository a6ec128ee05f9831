//! What a conversion will do, worked out from headers alone: every tensor that is written, where it lies, of what it is
//! made, and in which units.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::layout::{self, Place, Shard, Tensor};
use crate::arch::{Source, quantization_of};
use crate::checkpoint::{Affine, Dtype, Element, Encoding};
use crate::error::{Error, Result};
use crate::manifest::Options;
use crate::memory::PAGE;
use crate::model::Model;
use crate::recipe::{self, Recipe};

/// Bytes of a source that pass through memory together, unless a row is longer.
const UNIT_BYTES: u64 = 1 << 20;
/// Staging memory below which no conversion is begun.
const LEAST_STAGING: u64 = 16 << 20;

/// A conversion, worked out.
#[derive(Debug)]
pub struct ConversionPlan {
    pub options: Options,
    /// In the order in which the source's files hold what they read.
    pub steps: Vec<Step>,
    pub shards: Vec<Shard>,
    /// `config.json`.
    pub config: Value,
    /// `model.safetensors.index.json`.
    pub index: Value,
    pub summary: Summary,
}

/// From one matrix or vector of the source to one of the result.
#[derive(Debug, Clone)]
pub struct Step {
    /// Of the tensor, without `.weight` where it is a matrix; for messages.
    pub name: String,
    /// The tensors that are read, and how the weights lie in them.
    pub inputs: Vec<String>,
    pub encoding: Encoding,
    /// Rows and columns in the source; a vector is one row.
    pub source: [u64; 2],
    /// Rows and columns in the result, zeros being added at the ends.
    pub target: [u64; 2],
    /// The type that is written, or in which scales and biases are.
    pub element: Element,
    pub affine: Option<Affine>,
    pub outputs: Vec<Output>,
    /// Rows of the result in one unit.
    pub unit_rows: u64,
}

/// A tensor that a step writes.
#[derive(Debug, Clone)]
pub struct Output {
    pub name: String,
    pub place: Place,
    pub row_bytes: u64,
}

/// Some rows of a step: what is read, computed and written at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unit {
    pub step: usize,
    pub first: u64,
    pub rows: u64,
}

/// What people are shown before it starts.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    pub recipe: String,
    pub group_size: usize,
    pub quantized: Vec<Quantized>,
    /// Matrices that stay as they are, and why.
    pub kept: Vec<Kept>,
    pub padded: Option<Padded>,
    pub parameters: u64,
    pub source_bytes: u64,
    pub output_bytes: u64,
    pub bits_per_weight: f64,
    /// The least `--memory-limit`.
    pub least_memory_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quantized {
    pub bits: usize,
    pub matrices: usize,
    pub parameters: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    pub matrix: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Padded {
    pub from: usize,
    pub to: usize,
}

impl ConversionPlan {
    /// The plan for `source`. Refuses what makes no sense, or is not asked for clearly.
    pub fn new(source: &Model, options: &Options) -> Result<Self> {
        let recipe = match options.recipe.as_str() {
            UNQUANTIZED => None,
            name => Some(Recipe::named(name).ok_or_else(|| unknown_recipe(name))?),
        };
        if !recipe::group_sizes().any(|size| size == options.group_size) {
            let message = format!("group size {}: MLX knows groups of 32, 64 and 128", options.group_size);
            return Err(Error::bad_request(message));
        }
        let name = source.folder.path().display();
        let quantized = source.weights.tensors().any(|tensor| tensor.name.ends_with(".scales"));
        if quantized && !options.dequantize {
            let precision = source.summary().quantization.unwrap_or_default();
            return Err(Error::bad_request(format!(
                "{name} is quantized already ({precision}); what that lost does not come back, and quantizing again \
                 loses more: convert the original weights, or give --dequantize to use these all the same"
            )));
        }
        let options = Options { dequantize: quantized, ..options.clone() };
        let padded = if options.pad { source.spec.padded(options.group_size) } else { None };
        let spec = padded.as_ref().unwrap_or(&source.spec);
        let shapes: HashMap<String, Vec<u64>> = spec.tensors().into_iter().collect();
        let cast = options.dtype.or_else(|| source.config.conversion_dtype());

        let mut builder =
            Builder { source, recipe, options: &options, layers: spec.layers.len(), cast, entries: Map::new() };
        let matrices: HashMap<&str, [usize; 2]> = spec.matrices().collect();
        let mut made = Vec::new();
        for tensor in &source.plan.tensors {
            let Source::Tensor(from) = &tensor.source;
            let path = tensor.name.strip_suffix(".weight").filter(|path| matrices.contains_key(path));
            let target = shapes.get(&tensor.name).unwrap_or(&tensor.shape);
            made.push(builder.step(&tensor.name, from, path, &tensor.shape, target)?);
        }
        let entries = builder.entries;
        let siblings: HashMap<&String, usize> = spec
            .siblings()
            .enumerate()
            .flat_map(|(set, paths)| paths.into_iter().map(move |path| (path, set)))
            .collect();
        let shards = layout::shards(in_order_of_use(&made, &spec.embedding, &siblings), layout::SHARD_BYTES);
        let places: HashMap<&str, Place> = shards
            .iter()
            .enumerate()
            .flat_map(|(shard, file)| file.offsets().map(move |(name, offset)| (name, Place { shard, offset })))
            .collect();
        let positions: HashMap<&str, usize> =
            source.weights.tensors().enumerate().map(|(position, tensor)| (tensor.name.as_str(), position)).collect();
        let mut steps: Vec<Step> = Vec::new();
        for Made { mut step, .. } in made {
            for output in &mut step.outputs {
                output.place = places
                    .get(output.name.as_str())
                    .copied()
                    .ok_or_else(|| Error::internal(format!("the layout of the result lacks {}", output.name)))?;
            }
            steps.push(step);
        }
        steps.sort_by_key(|step| step.inputs.first().and_then(|name| positions.get(name.as_str()).copied()));

        let summary = summarize(source, &options, &steps, &shards, spec.parameters(), padded.is_some());
        if recipe.is_some() && summary.quantized.is_empty() {
            let reason =
                summary.kept.first().map_or_else(String::new, |kept| format!(" ({}: {})", kept.matrix, kept.reason));
            return Err(Error::bad_request(format!(
                "{} with groups of {} would quantize nothing of {name}{reason}; choose a smaller --group-size",
                options.recipe, options.group_size
            )));
        }
        let config = config(source, recipe, &options, entries, summary.padded.as_ref());
        let index = layout::index(&shards, spec.parameters());
        Ok(Self { options, steps, shards, config, index, summary })
    }

    /// All units, in the order of their steps.
    pub fn units(&self) -> Vec<Unit> {
        let mut units = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let starts = (0..step.target[0]).step_by(step.unit_rows as usize);
            units.extend(starts.map(|first| Unit {
                step: index,
                first,
                rows: step.unit_rows.min(step.target[0] - first),
            }));
        }
        units
    }

    /// Bytes of the source that are read.
    pub fn input_bytes(&self) -> u64 {
        self.steps.iter().map(|step| step.input_row_bytes().iter().sum::<u64>() * step.source[0]).sum()
    }
}

/// What a recipe is called that quantizes nothing: only the type and the padding change.
pub const UNQUANTIZED: &str = "none";

fn unknown_recipe(name: &str) -> Error {
    let names: Vec<&str> = recipe::RECIPES.iter().map(|recipe| recipe.name).collect();
    Error::bad_request(format!("there is no recipe {name:?}; choose one of {}, or {UNQUANTIZED}", names.join(", ")))
}

impl Unit {
    /// Rows of it that the source has: the rest is padding.
    pub fn present(&self, step: &Step) -> u64 {
        self.rows.min(step.source[0].saturating_sub(self.first))
    }
}

impl Step {
    /// Bytes of a row in each tensor that is read.
    pub fn input_row_bytes(&self) -> Vec<u64> {
        self.encoding.row_bytes(self.source[1])
    }

    /// Bytes that a unit of `rows` rows needs to be read into and to be written from.
    pub fn staging(&self, rows: u64) -> [usize; 2] {
        let input: u64 = self.input_row_bytes().iter().sum();
        let output: u64 = self.outputs.iter().map(|output| output.row_bytes).sum();
        [(input * rows) as usize, (output * rows) as usize]
    }
}

/// A step and what it writes, before the place of that is known.
struct Made {
    step: Step,
    tensors: Vec<Tensor>,
}

struct Builder<'a> {
    source: &'a Model,
    recipe: Option<&'static Recipe>,
    options: &'a Options,
    layers: usize,
    cast: Option<Element>,
    /// What the config says of single matrices.
    entries: Map<String, Value>,
}

impl Builder<'_> {
    fn step(&mut self, name: &str, from: &str, path: Option<&str>, shape: &[u64], target: &[u64]) -> Result<Made> {
        let weights = &self.source.weights;
        let two = |shape: &[u64]| {
            let columns = shape.last().copied().unwrap_or(1);
            [shape.iter().product::<u64>() / columns.max(1), columns]
        };
        let own = |name: &str| {
            let dtype = weights.get(name).map(|tensor| tensor.dtype);
            dtype.and_then(Element::of).ok_or_else(|| Error::internal(format!("{name} holds no float type")))
        };
        let before = path.and_then(|path| quantization_of(path, two(shape)[1], &self.source.config, weights));
        let (inputs, encoding) = match (path, before) {
            (Some(path), Some(affine)) => {
                let encoding = Encoding::Affine { affine, element: own(&format!("{path}.scales"))? };
                (encoding.parts().iter().map(|part| format!("{path}.{part}")).collect(), encoding)
            }
            _ => (vec![from.to_owned()], Encoding::Plain(own(from)?)),
        };
        let element = self.cast.unwrap_or(encoding.element());
        let affine = path.zip(self.recipe).and_then(|(path, recipe)| {
            let group_size = self.options.group_size;
            let affine = Affine { group_size, bits: recipe.bits_of(path, self.layers) };
            (two(target)[1] % group_size as u64 == 0).then_some(affine)
        });
        let rows = &target[..target.len().saturating_sub(1)];
        let columns = two(target)[1];
        let with = |last: u64| rows.iter().copied().chain([last]).collect::<Vec<u64>>();
        let tensors = match (affine, path) {
            (Some(affine), Some(path)) => {
                if self.recipe.is_some_and(|recipe| recipe.raised.is_some()) {
                    self.entries.insert(path.to_owned(), entry(affine));
                }
                let groups = with(columns / affine.group_size as u64);
                let codes = with(columns * affine.bits as u64 / 32);
                vec![
                    Tensor { name: format!("{path}.weight"), dtype: Dtype::U32, shape: codes },
                    Tensor { name: format!("{path}.scales"), dtype: element.dtype(), shape: groups.clone() },
                    Tensor { name: format!("{path}.biases"), dtype: element.dtype(), shape: groups },
                ]
            }
            _ => vec![Tensor { name: name.to_owned(), dtype: element.dtype(), shape: target.to_vec() }],
        };
        let outputs = tensors.iter().map(|tensor| Output {
            name: tensor.name.clone(),
            place: Place { shard: 0, offset: 0 },
            row_bytes: tensor.bytes() / two(target)[0].max(1),
        });
        let outputs = outputs.collect();
        let name = path.unwrap_or(name).to_owned();
        let mut step = Step {
            name,
            inputs,
            encoding,
            source: two(shape),
            target: two(target),
            element,
            affine,
            outputs,
            unit_rows: 1,
        };
        step.unit_rows =
            (UNIT_BYTES / step.input_row_bytes().iter().sum::<u64>().max(1)).clamp(1, step.target[0].max(1));
        Ok(Made { step, tensors })
    }
}

/// The tensors as groups that stay together, in the order in which a decoder uses them: siblings side by side, their
/// weights first, then scales, then biases of groups, then what is added.
fn in_order_of_use(made: &[Made], embedding: &str, siblings: &HashMap<&String, usize>) -> Vec<Vec<Tensor>> {
    let stage = |path: &str| {
        let layer = path.split('.').find_map(|part| part.parse::<usize>().ok());
        layer.map_or(if path == embedding { 0 } else { usize::MAX }, |layer| layer + 1)
    };
    let rank = |name: &str| ["weight", "scales", "biases"].iter().position(|end| name.ends_with(end)).unwrap_or(3);
    // By stage, then as the decoder lists them; a module with siblings stands where the first of them does.
    let mut groups: Vec<(usize, Vec<(usize, Tensor)>)> = Vec::new();
    let mut known: HashMap<(Option<usize>, String), usize> = HashMap::new();
    for tensor in made.iter().flat_map(|made| &made.tensors) {
        let path = tensor.name.rsplit_once('.').map_or(tensor.name.as_str(), |(path, _)| path).to_owned();
        let set = siblings.get(&path).copied();
        let key = (set, if set.is_some() { String::new() } else { path.clone() });
        let group = *known.entry(key).or_insert_with(|| {
            groups.push((stage(&path), Vec::new()));
            groups.len() - 1
        });
        groups[group].1.push((rank(&tensor.name), tensor.clone()));
    }
    groups.sort_by_key(|(stage, _)| *stage);
    let sorted = groups.into_iter().map(|(_, mut tensors)| {
        tensors.sort_by_key(|(rank, _)| *rank);
        tensors.into_iter().map(|(_, tensor)| tensor).collect()
    });
    sorted.collect()
}

fn entry(affine: Affine) -> Value {
    json!({"group_size": affine.group_size, "bits": affine.bits, "mode": "affine"})
}

/// The source's `config.json` as mlx-lm writes it: sorted, the tokens that end an answer from the generation config.
fn config(
    source: &Model,
    recipe: Option<&Recipe>,
    options: &Options,
    entries: Map<String, Value>,
    padded: Option<&Padded>,
) -> Value {
    let mut config = source.config.root().clone();
    for dropped in ["_name_or_path", "vision_config", "quantization", "quantization_config"] {
        config.remove(dropped);
    }
    match source.generation.end_tokens.as_slice() {
        [] => {}
        // mlx-lm takes a single 0 for none.
        [0] if !source.generation.lists_end_tokens => {}
        [one] if !source.generation.lists_end_tokens => drop(config.insert("eos_token_id".into(), json!(one))),
        several => drop(config.insert("eos_token_id".into(), json!(several))),
    }
    if let Some(Padded { to, .. }) = padded {
        // Where the width was read: `text_config` comes first.
        match config.get_mut("text_config").and_then(|text| text.get_mut("intermediate_size")) {
            Some(width) => *width = json!(to),
            None => drop(config.insert("intermediate_size".into(), json!(to))),
        }
    }
    if let Some(recipe) = recipe {
        let affine = Affine { group_size: options.group_size, bits: recipe.bits };
        let mut quantization = entry(affine);
        if let Value::Object(object) = &mut quantization {
            object.extend(entries);
        }
        config.insert("quantization_config".into(), quantization.clone());
        config.insert("quantization".into(), quantization);
    }
    let sorted: BTreeMap<String, Value> = config.into_iter().collect();
    Value::Object(sorted.into_iter().collect())
}

fn summarize(
    source: &Model,
    options: &Options,
    steps: &[Step],
    shards: &[Shard],
    parameters: u64,
    is_padded: bool,
) -> Summary {
    let mut by_bits: BTreeMap<usize, Quantized> = BTreeMap::new();
    let mut kept = Vec::new();
    let spec = &source.spec;
    let matrices: HashMap<&str, [usize; 2]> = spec.matrices().collect();
    for step in steps {
        let [rows, columns] = step.target;
        match step.affine {
            Some(affine) => {
                let quantized =
                    by_bits.entry(affine.bits).or_insert(Quantized { bits: affine.bits, matrices: 0, parameters: 0 });
                quantized.matrices += 1;
                quantized.parameters += rows * columns;
            }
            None if matrices.contains_key(step.name.as_str()) && options.recipe != UNQUANTIZED => kept.push(Kept {
                matrix: step.name.clone(),
                reason: format!("its rows of {columns} are not a multiple of {}", options.group_size),
            }),
            None => {}
        }
    }
    let inner = |spec: &crate::arch::DecoderSpec| {
        spec.layers.first().map(|layer| {
            let crate::arch::FeedForward::Dense(mlp) = &layer.feed_forward;
            mlp.gate.outputs
        })
    };
    let padded = is_padded.then(|| spec.padded(options.group_size)).flatten();
    let padded = inner(spec).zip(padded.as_ref().and_then(inner)).map(|(from, to)| Padded { from, to });
    let output_bytes: u64 = shards.iter().map(|shard| shard.bytes).sum();
    let data: u64 = shards.iter().map(|shard| shard.bytes - shard.header.len() as u64).sum();
    let rounded = |bytes: usize| (bytes as u64).next_multiple_of(PAGE);
    let largest = steps.iter().map(|step| step.staging(step.unit_rows).map(rounded).iter().sum::<u64>()).max();
    Summary {
        recipe: options.recipe.clone(),
        group_size: options.group_size,
        quantized: by_bits.into_values().collect(),
        kept,
        padded,
        parameters,
        source_bytes: source.weights.bytes(),
        output_bytes,
        bits_per_weight: 8.0 * data as f64 / parameters.max(1) as f64,
        least_memory_bytes: LEAST_STAGING.max(2 * largest.unwrap_or(0)),
    }
}

#[cfg(test)]
mod tests;
