//! Takes a model's tensors: where they lie in the mapped files if MLX can use them there, as copies otherwise.

use std::collections::HashMap;

use ingot_engine::Result as EngineResult;
use ingot_engine::checkpoint::{MappedWeights, TensorView};
use ingot_engine::memory::{MachineMemory, Strategy};
use ingot_engine::protocol::{CopyReason, Placement};

use super::missing;
use crate::mlx::{Array, copy_tensors};

/// Tensors by name, and where they are.
pub struct Taken {
    pub tensors: HashMap<String, Array>,
    pub placement: Placement,
    /// Handles that keep mapped pages from being used for anything else.
    pub pages: Vec<Array>,
}

/// Takes the tensors of `weights` whose names `is_wanted`, by `strategy`. `progress` hears the fraction done, 0 to 1.
pub fn take_weights(
    weights: &MappedWeights,
    is_wanted: impl Fn(&str) -> bool,
    strategy: Strategy,
    progress: &mut dyn FnMut(f32),
) -> EngineResult<Taken> {
    let names: Vec<&str> =
        weights.headers().tensors().map(|tensor| tensor.name.as_str()).filter(|name| is_wanted(name)).collect();
    let views: Vec<TensorView<'_>> =
        names.iter().map(|name| weights.get(name).ok_or_else(|| missing(name))).collect::<EngineResult<_>>()?;
    let total: u64 = views.iter().map(|view| view.bytes.len() as u64).sum();
    let mut done = 0;
    let mut advance = |bytes: u64| {
        done += bytes;
        progress(done as f32 / total.max(1) as f32);
    };
    // Mapped pages of a large model would be dropped and read again.
    let is_large = strategy == Strategy::ZeroCopy && weights.bytes() > MachineMemory::read().total / 2;
    let (strategy, mut all) = match strategy {
        _ if is_large => (Strategy::Dedicated, Some(CopyReason::LargeModel)),
        Strategy::ZeroCopy => (strategy, None),
        _ => (strategy, Some(CopyReason::NotAsked)),
    };
    let placement = Placement { strategy, ..Placement::default() };
    let mut taken = Taken { tensors: HashMap::with_capacity(names.len()), placement, pages: Vec::new() };

    let mut to_copy: Vec<(usize, CopyReason)> = Vec::new();
    for (place, name) in names.iter().enumerate() {
        let reason = match all {
            Some(reason) => Some(reason),
            None => taken.in_place(weights, name, views[place])?,
        };
        match reason {
            None => advance(views[place].bytes.len() as u64),
            Some(reason) => {
                // What MLX did with one it does with all.
                if reason == CopyReason::Backend {
                    all = Some(reason);
                }
                to_copy.push((place, reason));
            }
        }
    }

    let sources: Vec<TensorView<'_>> = to_copy.iter().map(|&(place, _)| views[place]).collect();
    copy_tensors(&sources, |at, copy| {
        let (place, reason) = to_copy[at];
        let (name, bytes) = (names[place], views[place].bytes.len() as u64);
        weights.release(name);
        taken.placement.copied(name, reason, bytes);
        taken.tensors.insert(name.to_owned(), copy);
        advance(bytes);
    })?;
    Ok(taken)
}

impl Taken {
    /// Takes tensor `name` where it lies; the reason if that does not go.
    fn in_place(
        &mut self,
        weights: &MappedWeights,
        name: &str,
        tensor: TensorView<'_>,
    ) -> EngineResult<Option<CopyReason>> {
        let (map, range) = weights.locate(name).ok_or_else(|| missing(name))?;
        let mapped = match Array::from_mapping(map, range, tensor)? {
            Ok(mapped) if mapped.in_place => mapped,
            Ok(_) => return Ok(Some(CopyReason::Backend)),
            Err(reason) => return Ok(Some(reason)),
        };
        self.placement.in_place(tensor.bytes.len() as u64);
        self.pages.push(mapped.pages);
        self.tensors.insert(name.to_owned(), mapped.tensor);
        Ok(None)
    }
}
