//! `ingot convert`: a checkpoint becomes a smaller one. The work is done in a process of its own.

use std::path::{Path, PathBuf};

use ingot_engine::bytes::{Bytes, Memory};
use ingot_engine::checkpoint::Element;
use ingot_engine::convert::{self, ConversionPlan, Ended, Summary, UNQUANTIZED};
use ingot_engine::hub::Repo;
use ingot_engine::library::{self, Settings};
use ingot_engine::manifest::{Options, Quality};
use ingot_engine::model::Model;
use ingot_engine::process;
use ingot_engine::protocol::{ConvertProgress, ConvertRequest, Converted, Phase};
use ingot_engine::session::CancelToken;
use ingot_engine::{Error, Result};
use serde_json::{Value, json};

use crate::answering::cancelled_by_ctrl_c;
use crate::args::ConvertOptions;
use crate::{pull, terminal};

pub fn run(options: &ConvertOptions) -> Result<()> {
    let home = library::home()?;
    let cancel = cancelled_by_ctrl_c()?;
    let source = match library::resolve(&home, &options.source) {
        Ok(source) => source,
        Err(error) => fetched(&home, options, error, &cancel)?,
    };
    let chosen = Options {
        recipe: options.recipe.clone(),
        group_size: options.group_size,
        dtype: options.dtype.as_deref().and_then(Element::named),
        pad: options.pad,
        dequantize: options.dequantize,
    };
    let model = Model::open(&source)?;
    let plan = ConversionPlan::new(&model, &chosen)?;
    let ledger = Settings::read(&home).memory.ledger();
    let memory_limit = options.memory_limit.unwrap_or_else(|| convert::usual_memory_limit(&ledger));
    convert::check_memory_limit(&plan, memory_limit)?;
    let output = match &options.output {
        Some(output) => convert::absolute(output)?,
        None => convert::usual_output(&home, &model.folder.name(), &chosen.recipe, chosen.group_size)?,
    };
    let summary = plan.summary;
    if options.plan {
        show_plan(&summary, &output, memory_limit, options.json);
        return Ok(());
    }
    let (_lease, memory_limit) = convert::admit(&ledger, memory_limit, summary.least_memory_bytes)?;
    if !options.json {
        lines(&summary, &output, memory_limit).iter().for_each(|line| terminal::note(line));
    }
    let request = ConvertRequest {
        source,
        output,
        home,
        options: chosen,
        memory_limit,
        verify: !options.no_verify,
        force: options.force,
    };
    let mut told = |progress: ConvertProgress| match options.json {
        true => terminal::json_line(&json!(progress)),
        false => terminal::show(&line(&progress)),
    };
    let program = std::env::current_exe().ok();
    let ended = convert::convert(&request, program.as_deref(), &cancel, &mut told)?;
    terminal::clear_line();
    let Ended::Done(converted) = ended else {
        return Err(Error::bad_request("stopped; what is converted is kept, run the same command to go on"));
    };
    match options.json {
        true => println!("{}", report(&converted)),
        false => show(&converted),
    }
    Ok(())
}

/// The model on the Hub that the source names, downloaded; `error` if it names none.
fn fetched(home: &Path, options: &ConvertOptions, error: Error, cancel: &CancelToken) -> Result<PathBuf> {
    let Ok((repo, revision)) = Repo::with_revision(&options.source) else { return Err(error) };
    if options.plan {
        return Err(Error::bad_request(format!(
            "{repo} is not on this machine; 'ingot search {repo} --details' shows what it would take, 'ingot pull {repo}' \
             gets it"
        )));
    }
    let pulled = pull::fetch(home, repo, revision, options.json, cancel)?;
    Ok(pulled.path)
}

/// The fields of `ingot convert --json`.
fn report(converted: &Converted) -> Value {
    json!({
        "output": converted.output,
        "recipe": converted.options.recipe,
        "group_size": converted.options.group_size,
        "bits_per_weight": converted.bits_per_weight,
        "cached": converted.cached,
        "resumed": converted.resumed,
        "seconds": converted.seconds,
        "peak_memory_bytes": converted.peak_memory_bytes + process::peak_resident_bytes(),
        "source_bytes": converted.source_bytes,
        "output_bytes": converted.output_bytes,
        "quality": converted.quality,
    })
}

fn show(converted: &Converted) {
    let how = match (converted.cached, converted.resumed) {
        (true, _) => ", converted before",
        (_, true) => ", resumed",
        _ => "",
    };
    println!(
        "{}\n{} from {}, {:.2} bits per weight, {:.1} s, {} of memory at most{how}",
        converted.output.display(),
        Bytes(converted.output_bytes),
        Bytes(converted.source_bytes),
        converted.bits_per_weight,
        converted.seconds,
        Memory(converted.peak_memory_bytes + process::peak_resident_bytes()),
    );
    match &converted.quality {
        Some(quality) => println!("{}", quality_line(quality)),
        None => println!("Not verified."),
    }
}

fn quality_line(quality: &Quality) -> String {
    format!(
        "Against the source, on {} tokens{}: same likeliest token in {:.1} %, KL divergence {:.4}, perplexity {:.2} (source {:.2})",
        quality.tokens,
        if quality.own_text { " of its own kind of text" } else { "" },
        quality.top1_agreement * 100.0,
        quality.kl_divergence,
        quality.perplexity_converted,
        quality.perplexity_source
    )
}

fn headline(summary: &Summary) -> String {
    let how = match summary.recipe.as_str() {
        UNQUANTIZED => "Not quantized".to_owned(),
        recipe => format!("{recipe}, groups of {}", summary.group_size),
    };
    format!(
        "{how}: {} become {}, {:.2} bits per weight",
        Bytes(summary.source_bytes),
        Bytes(summary.output_bytes),
        summary.bits_per_weight
    )
}

fn show_plan(summary: &Summary, output: &Path, memory_limit: u64, as_json: bool) {
    if as_json {
        let mut plan = json!(summary);
        plan["output"] = json!(output);
        plan["memory_limit_bytes"] = json!(memory_limit);
        println!("{plan}");
        return;
    }
    lines(summary, output, memory_limit).iter().for_each(|line| println!("{line}"));
}

/// What will be done, for people.
fn lines(summary: &Summary, output: &Path, memory_limit: u64) -> Vec<String> {
    let mut lines = vec![headline(summary), format!("Output: {}", output.display())];
    lines.extend(summary.layers());
    lines.push(format!(
        "Memory beside the program's own: below {}, whatever the model's size; {} would do",
        Memory(memory_limit),
        Memory(summary.least_memory_bytes)
    ));
    lines
}

/// A line of progress: what, how far, how fast, how long still.
fn line(progress: &ConvertProgress) -> String {
    let what = match progress.phase {
        Phase::Hashing => "Reading the source",
        Phase::Converting => "Converting",
        Phase::Checking => "Checking",
        Phase::Verifying => "Comparing with the source",
        Phase::Copying => "Copying",
    };
    let tensors = match progress.total_tensors {
        0 => String::new(),
        total => format!(", {} of {total} tensors", progress.done_tensors),
    };
    let bar = terminal::bar(what, progress.done_bytes, progress.total_bytes);
    format!("{bar}{tensors}{}", terminal::pace(progress.bytes_per_second, progress.seconds_left))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_progress_says_how_far_and_how_long() {
        let progress = ConvertProgress {
            phase: Phase::Converting,
            done_bytes: 500_000_000,
            total_bytes: 2_000_000_000,
            done_tensors: 3,
            total_tensors: 290,
            bytes_per_second: 1e9,
            seconds_left: Some(75.0),
        };
        let told = line(&progress);
        assert_eq!(
            told,
            "Converting ━━━━━━────────────────── 500.0 MB of 2.0 GB, 3 of 290 tensors, 1.0 GB/s, 2 min left"
        );
        let whole = line(&ConvertProgress { done_bytes: 0, total_bytes: 0, seconds_left: None, ..progress });
        assert!(whole.contains("0 kB of 0 kB"), "{whole}");
    }
}
