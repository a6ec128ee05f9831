//! Conversions as an app has them: what each recipe would make of a model and has made of it, and the one that runs.

use std::cell::LazyCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde::Serialize;

use super::plan::ConversionPlan;
use super::remote::{Ended, convert, usual_output};
use super::{admit, check_memory_limit, usual_memory_limit};
use crate::checkpoint::Folder;
use crate::digest;
use crate::error::{Error, ErrorCode, Result};
use crate::library;
use crate::manifest::{Manifest, Options, Quality};
use crate::memory::Ledger;
use crate::model::Model;
use crate::need::{Fit, Need, Processor};
use crate::protocol::{ConvertProgress, ConvertRequest, Converted, Phase};
use crate::recipe::RECIPES;
use crate::session::CancelToken;
use crate::sync::lock;

/// The demo's weights, which are one file.
const WEIGHTS: &str = "model.safetensors";

/// What a recipe makes of a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct RecipePlan {
    pub recipe: String,
    /// For people.
    pub title: String,
    pub bits_per_weight: f64,
    /// On the disk.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub output_bytes: u64,
    /// With the usual room for a conversation.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub memory_bytes: u64,
    pub fit: Fit,
    /// Times the speed of the model as it is, from the bytes that are read for a token. Null where models compute on a
    /// CPU: there MLX's quantized products are slower than plain ones, however few bytes they read.
    pub times_as_fast: Option<f64>,
    /// At most, in theory; null if the bandwidth of the memory is not known.
    pub tokens_per_second: Option<f64>,
    /// Which matrices get how many bits, and which stay as they are, in words.
    pub layers: Vec<String>,
    /// If it was made before: where, and how well it does.
    pub made: Option<Made>,
}

/// A conversion that is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Made {
    pub name: String,
    pub path: String,
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub output_bytes: u64,
    pub quality: Option<Quality>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ConversionState {
    Running,
    /// What is done is kept.
    Paused,
    Failed,
    Done,
}

/// The conversion that runs, or was the last.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub struct Conversion {
    /// The source's folder.
    pub source: String,
    /// The result's name.
    pub name: String,
    pub recipe: String,
    pub group_size: usize,
    pub pad: bool,
    pub state: ConversionState,
    /// What it is doing, in words.
    pub step: String,
    /// Of this step, 0 to 1.
    pub fraction: f64,
    pub seconds_left: Option<f64>,
    /// Why it failed.
    pub trouble: Option<String>,
    pub made: Option<Made>,
    pub seconds: f64,
    /// Most memory that it held.
    #[cfg_attr(feature = "typescript", ts(type = "number"))]
    pub peak_memory_bytes: u64,
}

/// What each recipe would make of the model in folder `source`, and has made of it under `home`. `limit` is what models may
/// take of the memory, `bandwidth` what the memory gives in a second, in bytes.
pub fn recipe_plans(
    home: &Path,
    source: &Path,
    group_size: usize,
    pad: bool,
    limit: u64,
    bandwidth: Option<u64>,
) -> Result<Vec<RecipePlan>> {
    let model = Model::open(source)?;
    let tokenizer = model.folder.path().join("tokenizer.json").metadata().map_or(0, |file| file.len());
    let needed = |recipe| Need::planned(&model.folder.name(), &model.spec, recipe, tokenizer, Processor::EXPECTED);
    let as_it_is = needed(None).bytes_per_token() as f64;
    let demo = LazyCell::new(|| sum_of_demo(source));
    let plans = RECIPES.iter().map(|recipe| {
        let summary = ConversionPlan::new(&model, &options(recipe.name, group_size, pad))?.summary;
        let need = needed(Some(recipe));
        let read = need.bytes_per_token() as f64;
        let output = usual_output(home, &model.folder.name(), recipe.name, group_size)?;
        Ok(RecipePlan {
            recipe: recipe.name.to_owned(),
            title: recipe.title.to_owned(),
            bits_per_weight: summary.bits_per_weight,
            output_bytes: summary.output_bytes,
            memory_bytes: need.total(),
            fit: Fit::of(need.total(), limit),
            times_as_fast: (Processor::EXPECTED == Processor::Gpu).then_some(as_it_is / read),
            tokens_per_second: bandwidth.map(|bandwidth| bandwidth as f64 / read),
            layers: summary.layers(),
            made: made(&output, &options(recipe.name, group_size, pad), &demo),
        })
    });
    plans.collect()
}

fn options(recipe: &str, group_size: usize, pad: bool) -> Options {
    Options { recipe: recipe.to_owned(), group_size, dtype: None, pad, dequantize: false }
}

/// The conversion at `output`, if it is one with these options, and not of a former demo where `demo` is the source.
fn made(
    output: &Path,
    options: &Options,
    demo: &LazyCell<Option<String>, impl FnOnce() -> Option<String>>,
) -> Option<Made> {
    let folder = Folder::open(output).ok()?;
    let manifest = Manifest::read(&folder).ok()?.filter(|manifest| manifest.options == *options)?;
    if is_former(&manifest, demo.as_deref()) {
        return None;
    }
    Some(Made {
        name: folder.name(),
        path: output.display().to_string(),
        output_bytes: manifest.bytes(),
        quality: manifest.quality,
    })
}

/// Whether `output` was made of a demo model that came with another Ingot than this one, whose demo is `source`. Nobody
/// misses it when it is replaced.
pub fn is_of_former_demo(source: &Path, output: &Path) -> bool {
    let manifest = || Manifest::read(&Folder::open(output).ok()?).ok()?;
    manifest().is_some_and(|manifest| is_former(&manifest, sum_of_demo(source).as_deref()))
}

/// Whether a conversion is of a demo whose weights have not the sum `now`; never where there is none.
fn is_former(manifest: &Manifest, now: Option<&str>) -> bool {
    let made_of = || manifest.source.files.get(WEIGHTS).map(String::as_str);
    now.is_some() && manifest.source.name == library::DEMO && made_of() != now
}

/// The sum of the weights in `source`, if that is the demo that comes with this Ingot.
fn sum_of_demo(source: &Path) -> Option<String> {
    let is_demo = source.canonicalize().ok()? == library::demo()?;
    is_demo.then(|| std::fs::read(source.join(WEIGHTS)).ok()).flatten().map(|bytes| digest::of_bytes(&bytes))
}

/// The conversions of an app: one at a time, for each takes all processors.
pub struct Conversions {
    home: PathBuf,
    /// The program that converts; found beside this one if absent.
    program: Option<PathBuf>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    current: Mutex<Option<(Conversion, CancelToken)>>,
    changed: Condvar,
}

impl Conversions {
    pub fn new(home: PathBuf, program: Option<PathBuf>) -> Self {
        Self { home, program, shared: Arc::default() }
    }

    /// Begins or resumes the conversion of the model in folder `source`.
    pub fn start(&self, ledger: &Arc<Ledger>, source: &Path, recipe: &str, group_size: usize, pad: bool) -> Result<()> {
        let model = Model::open(source)?;
        let options = options(recipe, group_size, pad);
        let plan = ConversionPlan::new(&model, &options)?;
        let output = usual_output(&self.home, &model.folder.name(), recipe, group_size)?;
        let limit = usual_memory_limit(ledger);
        check_memory_limit(&plan, limit)?;
        let (lease, memory_limit) = admit(ledger, limit, plan.summary.least_memory_bytes)?;
        let cancel = CancelToken::default();
        let begun = Conversion {
            source: source.display().to_string(),
            name: output.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            recipe: recipe.to_owned(),
            group_size,
            pad,
            state: ConversionState::Running,
            step: "Beginning".to_owned(),
            fraction: 0.0,
            seconds_left: None,
            trouble: None,
            made: None,
            seconds: 0.0,
            peak_memory_bytes: 0,
        };
        {
            let mut current = lock(&self.shared.current);
            if let Some((running, _)) = current.as_ref().filter(|(now, _)| now.state == ConversionState::Running) {
                let message = format!("{} is being made; wait for it, or stop it", running.name);
                return Err(Error::new(ErrorCode::Busy, message));
            }
            *current = Some((begun, cancel.clone()));
        }
        self.shared.changed.notify_all();
        let home = self.home.clone();
        let source = source.to_owned();
        // What is there with other options, or of another source, is not replaced unasked.
        let force = is_of_former_demo(&source, &output);
        let request = ConvertRequest { source, output, home, options, memory_limit, verify: true, force };
        let (shared, program) = (Arc::clone(&self.shared), self.program.clone());
        let run = move || {
            let ended = convert(&request, program.as_deref(), &cancel, &mut |progress| {
                shared.change(|conversion| conversion.go_on(&progress));
            });
            drop(lease);
            shared.change(|conversion| conversion.end(ended));
        };
        let thread = std::thread::Builder::new().name("a conversion".to_owned()).spawn(run);
        thread.map(drop).map_err(|error| Error::internal(format!("no thread for a conversion: {error}")))
    }

    /// Stops the one that runs; what is done is kept.
    pub fn cancel(&self) {
        if let Some((_, cancel)) = lock(&self.shared.current).as_ref() {
            cancel.cancel();
        }
    }

    /// Forgets the last one, unless it runs.
    pub fn clear(&self) {
        lock(&self.shared.current).take_if(|(last, _)| last.state != ConversionState::Running);
        self.shared.changed.notify_all();
    }

    pub fn current(&self) -> Option<Conversion> {
        lock(&self.shared.current).as_ref().map(|(conversion, _)| conversion.clone())
    }

    /// Waits until it is another than `seen`, or for `time`; what it is then.
    pub fn next(&self, seen: Option<&Conversion>, time: Duration) -> Option<Conversion> {
        let is_same = |current: &mut Option<(Conversion, CancelToken)>| current.as_ref().map(|(now, _)| now) == seen;
        drop(self.shared.changed.wait_timeout_while(lock(&self.shared.current), time, is_same));
        self.current()
    }
}

impl Shared {
    fn change(&self, change: impl FnOnce(&mut Conversion)) {
        if let Some((conversion, _)) = lock(&self.current).as_mut() {
            change(conversion);
        }
        self.changed.notify_all();
    }
}

impl Conversion {
    fn go_on(&mut self, progress: &ConvertProgress) {
        self.step = match progress.phase {
            Phase::Hashing => "Reading the source",
            Phase::Converting => "Converting",
            Phase::Checking => "Checking what was written",
            Phase::Verifying => "Comparing with the source",
            Phase::Copying => "Copying",
        }
        .to_owned();
        self.fraction = progress.done_bytes as f64 / progress.total_bytes.max(1) as f64;
        self.seconds_left = progress.seconds_left;
    }

    fn end(&mut self, ended: Result<Ended>) {
        self.seconds_left = None;
        self.state = match ended {
            Ok(Ended::Done(converted)) => {
                self.finish(converted);
                ConversionState::Done
            }
            Ok(Ended::Cancelled) => ConversionState::Paused,
            Err(error) => {
                self.trouble = Some(error.message);
                ConversionState::Failed
            }
        };
    }

    fn finish(&mut self, converted: Converted) {
        self.fraction = 1.0;
        (self.seconds, self.peak_memory_bytes) = (converted.seconds, converted.peak_memory_bytes);
        self.made = Some(Made {
            name: self.name.clone(),
            path: converted.output.display().to_string(),
            output_bytes: converted.output_bytes,
            quality: converted.quality,
        });
    }
}
