//! What can be typed.

use std::ops::{Bound, RangeBounds};
use std::path::PathBuf;
use std::sync::Arc;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use ingot_engine::checkpoint::Element;
use ingot_engine::convert::UNQUANTIZED;
use ingot_engine::library::{self, MemorySettings};
use ingot_engine::memory::Ledger;
use ingot_engine::protocol::{KvOptions, Sampling};
use ingot_engine::recipe::{self, RECIPES};
use ingot_engine::session::{Backend, SessionOptions};
use ingot_engine::{Error, Result};

#[derive(Parser)]
#[command(name = "ingot", version, about = "Run language models on your own machine.", propagate_version = true)]
pub struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Continue or answer one prompt
    Generate(GenerateOptions),
    /// Talk with a model, turn by turn
    Chat(ChatOptions),
    /// Make a model smaller, in bounded memory; can be stopped and resumed at any moment
    Convert(ConvertOptions),
    /// Convert the tiny demo model that comes with Ingot, and talk with it; needs no network
    Demo(DemoOptions),
    /// List the models on this machine
    Models(ModelsOptions),
    /// Find models on the Hugging Face Hub
    Search(SearchOptions),
    /// Download a model from the Hugging Face Hub; can be stopped and resumed at any moment
    Pull(PullOptions),
    /// Keep the token for models that are not for everybody
    Token(TokenOptions),
    /// Measure how fast a model answers
    Bench(BenchOptions),
    /// Tell what machine this is, whether its backends work, and which models fit
    Report(ReportOptions),
    /// Watch GPU and memory, a line for each moment
    Monitor(MonitorOptions),
}

#[derive(Args)]
pub struct ModelOptions {
    /// The model's folder, or the name of a model in the library
    #[arg(long, value_name = "DIR|NAME")]
    pub model: String,
    /// Keep at most this many tokens; older ones but the first four are dropped
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<usize>(1..))]
    pub max_kv_size: Option<usize>,
    /// Keep the cache quantized to this many bits
    #[arg(long, value_name = "4|8", value_parser = kv_bits, allow_negative_numbers = true)]
    pub kv_bits: Option<u8>,
    /// What computes
    #[arg(long, value_enum, default_value = "auto")]
    pub backend: BackendChoice,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum BackendChoice {
    Auto,
    Mlx,
    Torch,
}

#[derive(Args, Default)]
pub struct SamplingOptions {
    /// The answer's longest length, in tokens
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u32>(0..))]
    pub max_tokens: Option<u32>,
    /// How freely to choose; 0 always takes the likeliest token
    #[arg(long, value_name = "T", allow_negative_numbers = true, value_parser = number)]
    pub temp: Option<f32>,
    /// Choose among the likeliest tokens that together reach this probability
    #[arg(long, value_name = "P", allow_negative_numbers = true, value_parser = number)]
    pub top_p: Option<f32>,
    /// Choose among this many of the likeliest tokens
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = whole::<u32>(0..))]
    pub top_k: Option<u32>,
    /// Choose among tokens at least this likely compared to the likeliest
    #[arg(long, value_name = "P", allow_negative_numbers = true, value_parser = number)]
    pub min_p: Option<f32>,
    /// Make the last 20 tokens less likely to come again; 1 does not
    #[arg(long, value_name = "R", allow_negative_numbers = true, value_parser = number)]
    pub repetition_penalty: Option<f32>,
    /// Make the choice repeatable
    #[arg(long, value_name = "S", allow_negative_numbers = true, value_parser = whole::<u64>(0..))]
    pub seed: Option<u64>,
    /// End before this text; may be given several times
    #[arg(long, value_name = "TEXT")]
    pub stop: Vec<String>,
}

#[derive(Args)]
pub struct GenerateOptions {
    #[command(flatten)]
    pub model: ModelOptions,
    /// What to answer
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub prompt: String,
    /// Continue the prompt as it is, without the chat template
    #[arg(long, conflicts_with = "system")]
    pub raw: bool,
    /// What the model is told about its role
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub system: Option<String>,
    #[command(flatten)]
    pub sampling: SamplingOptions,
}

#[derive(Args)]
pub struct ChatOptions {
    #[command(flatten)]
    pub model: ModelOptions,
    /// What the model is told about its role
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub system: Option<String>,
    #[command(flatten)]
    pub sampling: SamplingOptions,
}

#[derive(Args)]
pub struct ConvertOptions {
    /// The model's folder, its name in the library, or owner/name on the Hub, which is downloaded first
    #[arg(value_name = "SOURCE")]
    pub source: String,
    /// How many bits the weights get; none changes only type and padding
    #[arg(long, value_parser = recipes(), default_value = recipe::USUAL.name)]
    pub recipe: String,
    /// How many weights share a scale
    #[arg(long, value_name = "32|64|128", default_value_t = recipe::USUAL_GROUP_SIZE, value_parser = group_size, allow_negative_numbers = true)]
    pub group_size: usize,
    /// The type of scales and of what is not quantized [default: as the model says]
    #[arg(long, value_parser = Element::ALL.map(Element::name))]
    pub dtype: Option<String>,
    /// The folder to make [default: in the library]
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Most memory for the work, beside the program's own; such as 512MiB [default: at most 2 GiB]
    #[arg(long, value_name = "BYTES", value_parser = bytes, allow_negative_numbers = true)]
    pub memory_limit: Option<u64>,
    /// Widen the feed-forward with zeros so that it can be quantized
    #[arg(long)]
    pub pad: bool,
    /// Use a model that is quantized already
    #[arg(long)]
    pub dequantize: bool,
    /// Do not compare the result with the source
    #[arg(long)]
    pub no_verify: bool,
    /// Ignore what was converted before, and replace the output
    #[arg(long)]
    pub force: bool,
    /// Show what would be done, and do nothing
    #[arg(long)]
    pub plan: bool,
    /// Print JSON; progress as JSON to standard error
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct DemoOptions {
    /// How many bits its weights get
    #[arg(long, value_parser = recipes(), default_value = recipe::USUAL.name)]
    pub recipe: String,
}

#[derive(Args)]
pub struct ModelsOptions {
    /// Remove this model, or what was downloaded of it
    #[arg(long, value_name = "NAME")]
    pub rm: Option<String>,
    /// Look for models in this folder, too; they are used where they are
    #[arg(long, value_name = "DIR", conflicts_with = "rm")]
    pub add: Option<PathBuf>,
    /// Do not look in this folder any more
    #[arg(long, value_name = "DIR", conflicts_with_all = ["rm", "add"])]
    pub forget: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct SearchOptions {
    /// Words of the model's name; with --details, owner/name
    #[arg(value_name = "TEXT")]
    pub text: String,
    /// Look at one model: its files, and what it needs at each recipe
    #[arg(long, conflicts_with_all = ["limit", "family", "license", "fits", "all"])]
    pub details: bool,
    /// With --details, the branch, tag or commit
    #[arg(long, value_name = "NAME", requires = "details", default_value = "main", value_parser = revision)]
    pub revision: String,
    /// Most models to list
    #[arg(long, value_name = "N", default_value_t = 20, allow_negative_numbers = true, value_parser = whole::<u32>(1..=100))]
    pub limit: u32,
    /// Only this family, by the model_type of its config
    #[arg(long, value_name = "NAME")]
    pub family: Option<String>,
    /// Only this licence, as the Hub writes it, such as apache-2.0
    #[arg(long, value_name = "NAME")]
    pub license: Option<String>,
    /// Only what fits this machine once it is converted
    #[arg(long)]
    pub fits: bool,
    /// List models that Ingot does not run, too
    #[arg(long)]
    pub all: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct PullOptions {
    /// The model, as owner/name, and the branch, tag or commit if it is not the newest [default: a good small one]
    #[arg(value_name = "REPO[@REVISION]")]
    pub repo: Option<String>,
    /// Print JSON; progress as JSON to standard error
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct TokenOptions {
    /// Keep the token that is typed, or comes on standard input
    #[arg(long)]
    pub set: bool,
    /// Forget it
    #[arg(long, conflicts_with = "set")]
    pub clear: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct BenchOptions {
    #[command(flatten)]
    pub model: ModelOptions,
    /// Tokens of the prompt [default: 512, or half of a shorter context]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u32>(1..))]
    pub prompt_tokens: Option<u32>,
    /// Tokens of the answer [default: 128, or a quarter of a shorter context]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u32>(1..))]
    pub generate_tokens: Option<u32>,
    /// How often to measure, after one run that does not count
    #[arg(long, value_name = "N", default_value_t = 3, allow_negative_numbers = true, value_parser = whole::<u32>(1..=1000))]
    pub repeat: u32,
    /// Show where the time goes, and write a trace for Perfetto into this folder
    #[arg(long)]
    pub profile: bool,
}

#[derive(Args)]
pub struct ReportOptions {
    /// How to write it [default: by the ending of the output's name, else markdown]
    #[arg(long, value_enum)]
    pub format: Option<ReportFormat>,
    /// The file to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Also keep what the machine's own tools said in this folder, without what is private
    #[arg(long, value_name = "DIR")]
    pub capture: Option<PathBuf>,
    /// Make the report from such a folder, and not from this machine
    #[arg(long, value_name = "DIR")]
    pub replay: Option<PathBuf>,
    /// The same as --format json
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum ReportFormat {
    Html,
    Markdown,
    Json,
}

#[derive(Args)]
pub struct MonitorOptions {
    /// End after so many samples [default: go on until stopped]
    #[arg(long, value_name = "N", allow_negative_numbers = true, value_parser = whole::<u64>(1..=1_000_000_000))]
    pub count: Option<u64>,
    /// Between two samples
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds, allow_negative_numbers = true)]
    pub interval: f64,
    /// Print JSON, an object a line
    #[arg(long)]
    pub json: bool,
}

/// Reads whole numbers of `range`.
fn whole<T: TryFrom<u64>>(
    range: impl RangeBounds<u64> + Clone,
) -> impl Fn(&str) -> std::result::Result<T, String> + Clone {
    move |text| {
        let number =
            text.parse().ok().filter(|number| range.contains(number)).and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| match (range.start_bound(), range.end_bound()) {
            (Bound::Included(least), Bound::Included(most)) => {
                format!("expected a whole number from {least} to {most}")
            }
            (Bound::Included(least), _) => format!("expected a whole number from {least} on"),
            _ => "expected a whole number".to_owned(),
        })
    }
}

fn number(text: &str) -> std::result::Result<f32, String> {
    text.parse().map_err(|_| "not a number".into())
}

fn revision(text: &str) -> std::result::Result<String, String> {
    let is_plain =
        !text.is_empty() && text.len() <= 200 && !text.contains("..") && text.chars().all(|c| c.is_ascii_graphic());
    if is_plain { Ok(text.to_owned()) } else { Err("expected a branch, a tag or a commit".into()) }
}

fn seconds(text: &str) -> std::result::Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.1..=3600.0).contains(seconds));
    seconds.ok_or_else(|| "expected seconds, from 0.1 to 3600".into())
}

fn recipes() -> PossibleValuesParser {
    let names = RECIPES.iter().map(|recipe| recipe.name);
    PossibleValuesParser::new(names.chain([UNQUANTIZED]).collect::<Vec<_>>())
}

fn group_size(text: &str) -> std::result::Result<usize, String> {
    let size = text.parse().ok().filter(|size| recipe::group_sizes().any(|known| known == *size));
    size.ok_or_else(|| "MLX knows groups of 32, 64 and 128".into())
}

/// A number of bytes, or of larger units.
fn bytes(text: &str) -> std::result::Result<u64, String> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let unit = match text[end..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        _ => 0_u64,
    };
    let number = text[..end].parse::<u64>().ok().and_then(|number| number.checked_mul(unit)).filter(|_| unit > 0);
    number.ok_or_else(|| "expected bytes, such as 536870912, 512MiB or 2GB".into())
}

fn kv_bits(text: &str) -> std::result::Result<u8, String> {
    match text {
        "4" => Ok(4),
        "8" => Ok(8),
        _ => Err("the cache is quantized to 4 or to 8 bits".into()),
    }
}

impl ConvertOptions {
    /// What is usual for everything but the recipe.
    pub fn usual(source: String, recipe: &str) -> Self {
        Self {
            source,
            recipe: recipe.to_owned(),
            group_size: recipe::USUAL_GROUP_SIZE,
            dtype: None,
            output: None,
            memory_limit: None,
            pad: false,
            dequantize: false,
            no_verify: false,
            force: false,
            plan: false,
            json: false,
        }
    }
}

impl ModelOptions {
    pub fn usual(model: String) -> Self {
        Self { model, max_kv_size: None, kv_bits: None, backend: BackendChoice::Auto, json: false }
    }

    pub fn session(&self, settings: &MemorySettings, ledger: &Arc<Ledger>) -> Result<SessionOptions> {
        let backend = match self.backend {
            BackendChoice::Auto | BackendChoice::Mlx => Backend::Mlx,
            BackendChoice::Torch => {
                return Err(Error::unsupported("this version has no torch backend; use --backend mlx or leave it out"));
            }
        };
        let home = library::home()?;
        let model: PathBuf = library::resolve(&home, &self.model)?;
        let kv = KvOptions { max_size: self.max_kv_size, bits: self.kv_bits };
        Ok(SessionOptions {
            backend,
            kv,
            weights: settings.weights,
            home: Some(home),
            ..SessionOptions::new(model, ledger)
        })
    }
}

impl SamplingOptions {
    /// Greedy, and whatever was asked for.
    pub fn plain(&self, max_tokens: u32) -> Sampling {
        self.over(Sampling { max_tokens, ..Sampling::default() })
    }

    /// `base`, and whatever was asked for.
    pub fn over(&self, base: Sampling) -> Sampling {
        Sampling {
            temperature: self.temp.unwrap_or(base.temperature),
            top_p: self.top_p.unwrap_or(base.top_p),
            top_k: self.top_k.unwrap_or(base.top_k),
            min_p: self.min_p.unwrap_or(base.min_p),
            repetition_penalty: self.repetition_penalty.unwrap_or(base.repetition_penalty),
            seed: self.seed.or(base.seed),
            max_tokens: self.max_tokens.unwrap_or(base.max_tokens),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_or_units() {
        assert_eq!(bytes("536870912"), Ok(512 << 20));
        assert_eq!(bytes("512MiB"), Ok(512 << 20));
        assert_eq!(bytes("2 GB"), Ok(2_000_000_000));
        for wrong in ["", "GB", "-1", "1.5GB", "12x", "99999999999999999999", "99999999999GiB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
    }
}
