//! Every committed checkpoint against what mlx-lm computed for it: logits, greedy tokens, each way to attend,
//! each kind of cache.

use std::path::{Path, PathBuf};

use ingot_engine::memory::Strategy;
use ingot_engine::model::Model;
use ingot_engine::protocol::{Growth, KvOptions, Sampling};
use ingot_mlx::decoder::{Cache, Decoder};
use ingot_mlx::generate::{Generator, Happening, Held, Job, Listener, Wish};
use ingot_mlx::mlx::{self, Array};
use serde_json::Value;

/// The numbers of one `expected.json`.
struct Expected {
    dtype: String,
    tokens: Vec<u32>,
    positions: Vec<usize>,
    logits: Vec<Vec<f32>>,
    greedy: Vec<u32>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/checkpoints")
}

fn cases() -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("the fixtures")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert!(names.len() >= 25, "fixtures are missing: {names:?}");
    names
}

fn expected(case: &str) -> Expected {
    let text = std::fs::read_to_string(folder().join(case).join("expected.json")).expect(case);
    let value: Value = serde_json::from_str(&text).expect(case);
    let ids = |field: &str| -> Vec<u32> { serde_json::from_value(value[field].clone()).expect(field) };
    Expected {
        dtype: value["logits_dtype"].as_str().expect("a dtype").to_owned(),
        tokens: ids("tokens"),
        positions: serde_json::from_value(value["positions"].clone()).expect("positions"),
        logits: serde_json::from_value(value["logits"].clone()).expect("logits"),
        greedy: ids("greedy"),
    }
}

fn decoder(case: &str) -> Decoder {
    let Model { config, spec, plan, weights, .. } = Model::open(&folder().join(case)).expect(case);
    let mapped = weights.map().expect(case);
    Decoder::load(spec, &plan, &config, &mapped, Strategy::Dedicated, &mut |_| ()).expect(case).0
}

fn cache(decoder: &Decoder, options: KvOptions) -> Cache {
    Cache::new(decoder.spec(), decoder.dtype(), options, u64::MAX).expect("a cache")
}

fn room(decoder: &Decoder, cache: &mut Cache, count: usize) {
    cache.make_room(decoder.spec(), count, &mut |_| panic!("it may take anything")).expect("room");
}

fn prefill(decoder: &Decoder, tokens: &[u32], cache: &mut Cache) {
    room(decoder, cache, tokens.len());
    decoder.prefill(tokens, cache).expect("prefilled");
}

fn forward(decoder: &Decoder, tokens: &[u32], cache: &mut Cache) -> Vec<f32> {
    room(decoder, cache, tokens.len());
    decoder.forward(tokens, cache).and_then(|logits| logits.to_f32()).expect("logits")
}

fn step(decoder: &Decoder, token: u32, cache: &mut Cache) -> Vec<f32> {
    room(decoder, cache, 1);
    decoder.step(&Array::from_u32(&[token], &[1]), cache).and_then(|logits| logits.to_f32()).expect("logits")
}

/// MLX belongs to one thread, so all checks run in one test.
#[test]
fn checkpoints_compute_what_mlx_lm_computes() {
    mlx::init().expect("MLX");
    for case in cases() {
        let expected = expected(&case);
        logits_agree(&case, &expected);
        chunks_make_no_difference(&case, &expected);
        greedy_tokens_agree(&case, &expected);
        quantized_caches_stay_close(&case, &expected);
        bounded_caches_forget_only_what_they_must(&case, &expected);
    }
    updates_are_in_place();
    sampling_keeps_to_its_filters();
}

/// How far logits may be apart: rounding of the type they were computed in.
fn tolerance(dtype: &str) -> f32 {
    if dtype.contains("bfloat16") {
        0.06
    } else if dtype.contains("float16") {
        0.01
    } else {
        2e-5
    }
}

fn assert_close(case: &str, what: &str, ours: &[f32], theirs: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), theirs.len(), "{case}: {what}");
    let scale = theirs.iter().fold(1.0_f32, |scale, value| scale.max(value.abs()));
    let worst = ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0_f32, f32::max);
    assert!(worst <= tolerance * scale, "{case}: {what} are {worst} apart, scale {scale}");
}

fn logits_agree(case: &str, expected: &Expected) {
    let decoder = decoder(case);
    let vocabulary = decoder.spec().vocabulary;
    for (what, mut cache) in [
        ("logits", cache(&decoder, KvOptions::default())),
        ("logits by optimized_attention", cache(&decoder, KvOptions::default()).with_plain_attention()),
    ] {
        let logits = forward(&decoder, &expected.tokens, &mut cache);
        for (position, theirs) in expected.positions.iter().zip(&expected.logits) {
            let ours = &logits[position * vocabulary..(position + 1) * vocabulary];
            assert_close(case, what, ours, theirs, tolerance(&expected.dtype));
        }
    }
}

/// Prefilling in pieces of any length gives the logits of one piece; with a dynamic rope, whose angles depend on
/// the pieces (in mlx-lm too), only while the text is shorter than the context.
fn chunks_make_no_difference(case: &str, expected: &Expected) {
    if case.contains("dynamic") {
        return;
    }
    let decoder = decoder(case);
    let (last, prompt) = expected.tokens.split_last().expect("a prompt");
    for length in [1, 3, 7, 16] {
        let mut cache = cache(&decoder, KvOptions::default());
        for chunk in prompt.chunks(length) {
            prefill(&decoder, chunk, &mut cache);
        }
        let logits = forward(&decoder, &[*last], &mut cache);
        let theirs = &expected.logits[expected.positions.len() - 1];
        assert_close(case, "logits after chunks", &logits, theirs, tolerance(&expected.dtype));
    }
}

/// Collects tokens, and gives back what is not in use after every third.
#[derive(Default)]
struct Tokens(Vec<u32>);

impl Listener for Tokens {
    fn hear(&mut self, happening: Happening) -> Wish {
        if let Happening::Token(token) = happening {
            self.0.push(token);
        }
        if self.0.len() % 3 == 2 { Wish::Drain } else { Wish::GoOn }
    }

    fn held(&mut self, held: Held) {
        panic!("{held:?}, and nobody asked")
    }

    fn lend(&mut self, growth: Growth) -> ingot_engine::Result<()> {
        panic!("{growth:?}, more than everything")
    }
}

fn greedy_tokens_agree(case: &str, expected: &Expected) {
    let mut generator = Generator::new(decoder(case), KvOptions::default(), u64::MAX).expect(case);
    let sampling = Sampling { max_tokens: expected.greedy.len() as u32, ..Sampling::default() };
    for round in ["first", "second, with a warm cache"] {
        let mut tokens = Tokens::default();
        let job = Job { prompt: &expected.tokens, sampling: &sampling, end: &[] };
        generator.run(&job, &mut tokens).expect(case);
        if !(case.contains("dynamic") && round != "first") {
            assert_eq!(tokens.0, expected.greedy, "{case}: {round}");
        }
    }
}

/// With an 8-bit cache the logits are those of a full one, up to that rounding.
fn quantized_caches_stay_close(case: &str, expected: &Expected) {
    let decoder = decoder(case);
    let options = KvOptions { max_size: None, bits: Some(8) };
    let Ok(mut cache) = Cache::new(decoder.spec(), decoder.dtype(), options, u64::MAX) else { return };
    let (last, prompt) = expected.tokens.split_last().expect("a prompt");
    prefill(&decoder, prompt, &mut cache);
    let logits = step(&decoder, *last, &mut cache);
    let theirs = &expected.logits[expected.positions.len() - 1];
    assert_close(case, "logits over a quantized cache", &logits, theirs, 0.1);
}

/// A bounded cache changes nothing while the text fits; then it goes on, in steps as in chunks alike.
fn bounded_caches_forget_only_what_they_must(case: &str, expected: &Expected) {
    if case.contains("dynamic") {
        return;
    }
    let decoder = decoder(case);
    let (last, prompt) = expected.tokens.split_last().expect("a prompt");
    let logits = |size: usize, chunk: usize| {
        let mut cache = cache(&decoder, KvOptions { max_size: Some(size), bits: None });
        for chunk in prompt.chunks(chunk) {
            prefill(&decoder, chunk, &mut cache);
        }
        step(&decoder, *last, &mut cache)
    };
    let theirs = &expected.logits[expected.positions.len() - 1];
    for chunk in [1, 5, 1000] {
        let roomy = logits(expected.tokens.len() + 3, chunk);
        assert_close(case, "logits in a roomy cache", &roomy, theirs, tolerance(&expected.dtype));
    }
    assert!(logits(12, 1).iter().all(|logit| logit.is_finite()));
    assert!(logits(12, 7).iter().all(|logit| logit.is_finite()));
}

/// The cache is written where it lies, step after step, even while the next step is launched before the last is done.
fn updates_are_in_place() {
    let decoder = decoder("llama");
    let mut cache = cache(&decoder, KvOptions::default());
    prefill(&decoder, &[5, 6, 7], &mut cache);
    let step = |token: &Array, cache: &mut Cache| {
        room(&decoder, cache, 1);
        let next = decoder.step(token, cache).and_then(|logits| logits.argmax(-1)).expect("launched");
        mlx::async_eval(&[&next]).expect("launched");
        next
    };
    let mut token = step(&Array::from_u32(&[8], &[1]), &mut cache);
    let mut places = Vec::new();
    for round in 0..20 {
        let next = step(&token, &mut cache);
        token.item_u32().expect("computed");
        token = next;
        if round % 5 == 0 {
            mlx::eval(&cache.arrays()).expect("computed");
            places.push(cache.arrays().iter().map(|array| array.data_pointer()).collect::<Vec<_>>());
        }
    }
    assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{places:?}");
}

/// Drawn tokens are among those that the filters leave, and all of those are drawn some time.
fn sampling_keeps_to_its_filters() {
    use ingot_mlx::sampler::Sampler;
    // Probabilities 0.5, 0.25, 0.15, 0.07, 0.03.
    let probabilities = [0.15_f32, 0.5, 0.03, 0.25, 0.07];
    let logits: Vec<f32> = probabilities.iter().map(|p| p.ln() + 3.0).collect();
    let logits = Array::from_f32(&logits, &[1, 5]);
    let base = Sampling { temperature: 1.0, seed: Some(7), ..Sampling::default() };
    let cases = [
        (base.clone(), vec![0, 1, 2, 3, 4]),
        (Sampling { top_p: 0.7, ..base.clone() }, vec![1, 3]),
        (Sampling { top_p: 0.8, ..base.clone() }, vec![0, 1, 3]),
        (Sampling { top_k: 2, ..base.clone() }, vec![1, 3]),
        (Sampling { min_p: 0.25, ..base.clone() }, vec![0, 1, 3]),
        (Sampling { min_p: 0.25, top_k: 2, ..base.clone() }, vec![1, 3]),
        (Sampling { temperature: 0.0, ..base.clone() }, vec![1]),
        (Sampling { temperature: 0.01, ..base.clone() }, vec![1]),
    ];
    for (sampling, expected) in cases {
        let mut sampler = Sampler::new(&sampling, &[0]).expect("a sampler");
        let draw = |_| sampler.sample(&logits).and_then(|drawn| drawn.token.item_u32()).expect("a token");
        let seen: std::collections::BTreeSet<u32> = (0..300).map(draw).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected, "{sampling:?}");
    }
    // The likeliest token came just now, so another one wins.
    let penalized = Sampling { repetition_penalty: 3.0, ..Sampling::default() };
    let drawn = Sampler::new(&penalized, &[1]).and_then(|mut sampler| sampler.sample(&logits)).expect("drawn");
    assert_eq!(drawn.token.item_u32().expect("a token"), 3);
}
