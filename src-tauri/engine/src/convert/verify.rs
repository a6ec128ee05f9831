//! Whether a converted model is any good: compared with its source in a worker, and loaded as people will load it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::progress::{Listener, Meter};
use crate::error::{Error, Result};
use crate::manifest::Quality;
use crate::memory::Ledger;
use crate::model::Model;
use crate::protocol::{Event, GenerateRequest, KvOptions, Phase, Prompt, Request, Sampling, Verified, VerifyRequest};
use crate::session::{Backend, CancelToken, InferenceSession, SessionOptions};
use crate::worker::{self, Supervised, Timing};

/// The likeliest token has to agree with the source's at least this often. Recipes stay far above it, even on random
/// weights, whose tokens are all about as likely; chance is far below.
const LEAST_AGREEMENT: f64 = 0.01;
/// The perplexity may be so many times the source's.
const MOST_PERPLEXITY: f64 = 10.0;
/// Tokens to generate.
const GENERATED: u32 = 16;
/// Short: on a CPU each token of a large quantized model takes seconds.
const PROMPT: &str = "The";
/// Parameters times tokens that a CPU is asked for.
const SLOW_WORK: u64 = 1_000_000_000;
/// How long the worker may be silent about what it computes: a large matrix on a slow machine.
const STALL: Duration = Duration::from_secs(300);

/// What verifying gave.
#[derive(Debug)]
pub struct Verdict {
    /// An error if the model is broken.
    pub quality: Result<Quality>,
    /// Most memory that a worker has had resident.
    pub peak_memory_bytes: u64,
}

/// Compares the model in `converted` with that in `source`, within `memory_limit` bytes. An error says that this did not
/// come to an end, and nothing about the model.
pub fn verify(source: &Path, converted: &Path, memory_limit: u64, listener: &Listener<'_>) -> Result<Verdict> {
    let verified = compare(source, converted, memory_limit, listener)?;
    if let Err(broken) = check(&verified, converted) {
        return Ok(Verdict { quality: Err(broken), peak_memory_bytes: verified.peak_memory_bytes });
    }
    let (generated_tokens, peak) = generate(converted, memory_limit)?;
    let Verified { kl_divergence, top1_agreement, perplexity_source, perplexity_converted, tokens, own_text, .. } =
        verified;
    let quality = Quality {
        kl_divergence,
        top1_agreement,
        perplexity_source,
        perplexity_converted,
        tokens,
        own_text,
        generated_tokens,
    };
    Ok(Verdict { quality: Ok(quality), peak_memory_bytes: peak.max(verified.peak_memory_bytes) })
}

fn compare(source: &Path, converted: &Path, memory_limit: u64, listener: &Listener<'_>) -> Result<Verified> {
    let timing = Timing { stall: STALL, ..Timing::default() };
    let backend = Backend::default();
    let program = worker::find(backend.worker())?;
    let mut worker = Supervised::start_with(backend.title(), &program, timing, &worker::EXACT)?;
    let request = VerifyRequest { source: source.to_owned(), converted: converted.to_owned(), memory_limit };
    worker.send(&Request::Verify(request))?;
    let mut meter = None;
    loop {
        match worker.wait(STALL)? {
            Some(Event::Verifying { done, total }) => {
                meter.get_or_insert_with(|| Meter::new(listener, Phase::Verifying, total)).set(done, (0, 0));
            }
            Some(Event::Verified(verified)) => return Ok(verified),
            Some(Event::Failed { error, .. }) => return Err(error),
            Some(_) => return Err(worker.condemn("sent what does not belong to verifying")),
            None => return Err(worker.give_up("took too long to verify the result")),
        }
    }
}

/// Whether the numbers are those of a working model.
fn check(verified: &Verified, converted: &Path) -> Result<()> {
    let broken = |reason: String| {
        Err(Error::invalid_model(format!(
            "the result at {} is broken: {reason}; try another recipe or --dtype float32",
            converted.display()
        )))
    };
    let Verified { top1_agreement, perplexity_source, perplexity_converted, is_finite, .. } = *verified;
    let [source, converted_is] = is_finite;
    if !source {
        return Err(Error::invalid_model(
            "the source itself computes numbers that are not finite, so nothing sound can be made of it; get it again",
        ));
    }
    if !converted_is {
        return broken("it computes numbers that are not finite".into());
    }
    if top1_agreement < LEAST_AGREEMENT {
        return broken(format!(
            "its likeliest token is the source's in {:.1} % of cases, the least allowed is {:.0} %",
            top1_agreement * 100.0,
            LEAST_AGREEMENT * 100.0
        ));
    }
    if perplexity_converted > MOST_PERPLEXITY * perplexity_source {
        return broken(format!(
            "its perplexity is {perplexity_converted:.1} where the source's is {perplexity_source:.1}, more than \
             {MOST_PERPLEXITY:.0} times as much"
        ));
    }
    Ok(())
}

/// Loads the model as usual and lets it speak, if it fits; the number of tokens, and the worker's peak.
fn generate(converted: &Path, memory_limit: u64) -> Result<(u32, u64)> {
    let model = Model::open(converted)?;
    if model.need(KvOptions::default(), Some(CONTEXT)).total() > memory_limit {
        return Ok((0, 0));
    }
    let ledger = Arc::new(Ledger::unlimited());
    let timing = Timing { stall: STALL, ..Timing::default() };
    let options = SessionOptions { context: Some(CONTEXT), timing, ..SessionOptions::new(converted, &ledger) };
    let cancel = CancelToken::default();
    let session = InferenceSession::open(options, &cancel, &mut |_| {})?;
    let is_slow = session.loaded().is_some_and(|(loaded, _)| loaded.device == "cpu");
    let affordable = (SLOW_WORK / model.spec.parameters().max(1)).clamp(1, u64::from(GENERATED)) as u32;
    let max_tokens = if is_slow { affordable } else { GENERATED };
    let request = GenerateRequest {
        prompt: Prompt::Raw(PROMPT.into()),
        sampling: Sampling { max_tokens, ..Sampling::default() },
        stop: Vec::new(),
        ignore_end: true,
    };
    let answer = session.generate(&request, &cancel, &mut |_| {})?;
    Ok((answer.usage.generated_tokens, answer.usage.peak_memory_bytes))
}

/// Tokens of context that the test of generating takes.
const CONTEXT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_models_are_told_from_poor_ones() {
        let poor = Verified {
            kl_divergence: 2.0,
            top1_agreement: 0.2,
            perplexity_source: 20.0,
            perplexity_converted: 90.0,
            own_text: false,
            tokens: 256,
            is_finite: [true, true],
            peak_memory_bytes: 0,
        };
        let folder = Path::new("m");
        assert!(check(&poor, folder).is_ok());
        let broken = check(&Verified { top1_agreement: 0.004, ..poor }, folder).expect_err("chance");
        assert!(broken.message.contains("0.4 %") && broken.message.contains("1 %"), "{broken}");
        let lost = check(&Verified { perplexity_converted: 300.0, ..poor }, folder).expect_err("perplexity");
        assert!(lost.message.contains("300.0") && lost.message.contains("20.0"), "{lost}");
        assert!(check(&Verified { is_finite: [true, false], ..poor }, folder).is_err());
        let source = check(&Verified { is_finite: [false, false], ..poor }, folder).expect_err("source");
        assert!(source.message.contains("source itself"), "{source}");
    }
}
