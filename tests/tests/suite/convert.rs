//! `ingot convert`: the same tensors as mlx-lm, recognized when done before, refused in words, and of known quality.

use std::fs;
use std::path::{Path, PathBuf};

use ingot_engine::digest;
use ingot_tests::conversion::{Bench, names, tensors};
use ingot_tests::programs::{fixtures, program};
use ingot_tests::run::run;
use ingot_tests::tiny_model::TinyModel;
use serde_json::{Value, json};

fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))).expect("JSON")
}

fn greedy(bench: &Bench, model: &Path) -> Value {
    let asked = ["generate", "--model", text(model), "--prompt", "Once upon a time", "--max-tokens", "24", "--json"];
    let outcome = run(&mut bench.command(&asked));
    assert!(outcome.status.success(), "{}", outcome.stderr);
    serde_json::from_str::<Value>(&outcome.stdout).expect("JSON")["tokens"].clone()
}

/// What `mlx_lm.convert` wrote for the committed checkpoints.
#[test]
fn tensors_and_configs_are_those_of_mlx_lm() {
    let bench = Bench::new(&TinyModel::new());
    let expected = read_json(&fixtures().join("conversions.json"));
    let cases = expected["cases"].as_array().expect("cases");
    assert!(cases.len() >= 40);
    for (number, case) in cases.iter().enumerate() {
        let of = |field: &str| case[field].as_str();
        let source = fixtures().join("checkpoints").join(of("checkpoint").expect("a name"));
        let output = bench.path(&format!("result-{number}"));
        let recipe = of("recipe").expect("a recipe");
        let mut arguments = vec!["convert", text(&source), "--no-verify", "--recipe", recipe, "--group-size", "32"];
        arguments.extend(["--output", text(&output)]);
        arguments.extend(of("dtype").iter().flat_map(|dtype| ["--dtype", dtype]));
        if recipe == "none" {
            arguments.push("--dequantize");
        }
        let outcome = run(&mut bench.command(&arguments));
        assert!(outcome.status.success(), "{case}: {}", outcome.stderr);
        let lines: String = tensors(&output).iter().map(|(name, rest)| format!("{name} {rest}\n")).collect();
        assert_eq!(Some(digest::of_bytes(lines.as_bytes()).as_str()), of("tensors"), "{case}");
        let config = read_json(&output.join("config.json"));
        assert_eq!(config["quantization"], case["quantization"], "{case}");
    }
}

/// The sixteen conversions of the larger test model, where its folder is at hand.
#[test]
fn the_golden_conversions_match_where_they_are_at_hand() {
    let shared = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let source = shared.join("models/stories260K");
    let Ok(golden) = fs::read(shared.join("golden/stories260K-convert.json")) else { return };
    let golden: Value = serde_json::from_slice(&golden).expect("JSON");
    let bench = Bench::new(&TinyModel::new());
    for (name, expected) in golden.as_object().expect("an object") {
        let [recipe, group, dtype] = name.split('/').collect::<Vec<_>>()[..] else { panic!("{name}") };
        let output = bench.path(&name.replace('/', "-"));
        let arguments = ["convert", text(&source), "--no-verify", "--recipe", recipe, "--group-size", &group[1..]];
        let outcome = run(bench.command(&arguments).args(["--dtype", dtype, "--output", text(&output)]));
        assert!(outcome.status.success(), "{name}: {}", outcome.stderr);
        let expected = expected["tensors"].as_object().expect("tensors").iter().map(|(name, tensor)| {
            let shape = tensor["shape"].as_array().expect("a shape").iter().map(Value::to_string);
            let shape = shape.collect::<Vec<_>>().join(",");
            let [dtype, sum] = ["dtype", "sha256"].map(|field| tensor[field].as_str().expect(field));
            (name.clone(), format!("{dtype} {shape} {sum}"))
        });
        assert_eq!(tensors(&output), expected.collect(), "{name}");
    }
}

#[test]
fn a_conversion_is_a_model_with_its_quality_and_its_origin() {
    let bench = Bench::new(&TinyModel::new());
    let report = bench.converted(&["--recipe", "quality-8bit", "--group-size", "32"]);
    let output = bench.path("home/models/source-quality-8bit-g32");
    assert_eq!(report["output"], text(&output));
    for (field, expected) in [("recipe", json!("quality-8bit")), ("group_size", json!(32)), ("cached", json!(false))] {
        assert_eq!(report[field], expected, "{field}");
    }
    assert!((10.0..10.2).contains(&report["bits_per_weight"].as_f64().expect("bits")), "{report}");
    assert!(report["peak_memory_bytes"].as_u64().expect("bytes") > 1 << 20);
    let quality = &report["quality"];
    assert!(quality["top1_agreement"].as_f64().expect("a share") > 0.9, "{quality}");
    assert!(quality["kl_divergence"].as_f64().expect("nats") < 0.01, "{quality}");
    assert_eq!(quality["generated_tokens"], 16);

    let manifest = read_json(&output.join("ingot.json"));
    let sums = &manifest["source"]["files"];
    let config = fs::read(bench.source().join("config.json")).expect("there");
    assert_eq!((&manifest["recipe"], &manifest["group_size"]), (&json!("quality-8bit"), &json!(32)));
    assert_eq!(sums["config.json"], digest::of_bytes(&config));
    assert!(sums["model.safetensors"].is_string() && manifest["quality"] == *quality);
    let found = tensors(&output);
    assert_eq!(manifest["tensors"].as_object().expect("sums").len(), found.len());
    assert_eq!(
        names(&output),
        [
            "config.json",
            "ingot.json",
            "model.safetensors",
            "model.safetensors.index.json",
            "tokenizer.json",
            "tokenizer_config.json"
        ]
    );
    let header = fs::read(output.join("model.safetensors")).expect("there");
    assert_eq!(u64::from_le_bytes(*header.first_chunk().expect("eight bytes")), 16384 - 8);
    assert_eq!(greedy(&bench, &output).as_array().expect("tokens").len(), 24);

    let listed = run(&mut bench.command(&["models", "--json"]));
    let listed: Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(listed["models"][0]["recipe"], "quality-8bit");
}

#[test]
fn what_was_done_before_is_found_wherever_the_source_lies() {
    let bench = Bench::new(&TinyModel::new());
    let options = ["--recipe", "speed-4bit", "--no-verify"];
    assert_eq!(bench.converted(&options)["cached"], false);
    assert_eq!(bench.converted(&options)["cached"], true, "the same again");
    let elsewhere = bench.path("elsewhere");
    let copied = bench.converted(&[&options[..], &["--output", text(&elsewhere)]].concat());
    assert_eq!((&copied["cached"], &copied["output"]), (&json!(true), &json!(elsewhere)));
    let first = bench.path("home/models/source-speed-4bit-g64");
    assert_eq!(tensors(&elsewhere), tensors(&first));

    // The same content at another place, under another name.
    let moved = bench.path("moved");
    TinyModel::new().write(&moved);
    let again = run(bench.command(&["convert", text(&moved), "--json"]).args(options));
    let again: Value = serde_json::from_str(&again.stdout).expect("JSON");
    assert_eq!(
        (&again["cached"], again["output"].as_str()),
        (&json!(true), Some(text(&bench.path("home/models/moved-speed-4bit-g64"))))
    );

    // Another option, another byte of the source, or --force: none of it was done before.
    let other = bench.path("other");
    let forced = bench.converted(&[&options[..], &["--force"]].concat());
    assert_eq!(forced["cached"], false);
    let eight = ["--recipe", "speed-4bit", "--no-verify", "--group-size", "32", "--output", text(&other)];
    assert_eq!(bench.converted(&eight)["cached"], false);
    let path = bench.source().join("tokenizer_config.json");
    let changed = fs::read_to_string(&path).expect("there").replacen('{', "{ ", 1);
    fs::write(&path, changed).expect("changed");
    let refusal = bench.refused(&options);
    assert!(refusal.contains("exists already, made of other files"), "{refusal}");
    let last = bench.path("last");
    assert_eq!(bench.converted(&[&options[..], &["--output", text(&last)]].concat())["cached"], false);
}

/// A result that had not been verified is, when somebody asks for it.
#[test]
fn a_quality_that_is_missing_is_made_up_for() {
    let bench = Bench::new(&TinyModel::new());
    assert!(bench.converted(&["--no-verify"])["quality"].is_null());
    let verified = bench.converted(&[]);
    assert_eq!(verified["cached"], true);
    assert!(verified["quality"]["kl_divergence"].is_number());
    let output = bench.path("home/models/source-balanced-5bit-g64");
    assert_eq!(read_json(&output.join("ingot.json"))["quality"], verified["quality"]);
    assert_eq!(greedy(&bench, &output).as_array().expect("tokens").len(), 24, "it still passes its check");
}

#[test]
fn a_model_may_bring_the_text_on_which_it_is_compared() {
    let bench = Bench::new(&TinyModel::new());
    let own = bench.source().join("verification.txt");
    let usual = bench.converted(&["--recipe", "speed-4bit"])["quality"].clone();
    assert_eq!(usual["own_text"], false);
    fs::write(&own, "<|im_start|>user\nIs this my own text?<|im_end|>\n".repeat(12)).expect("written");
    let on_own = bench.converted(&["--recipe", "speed-4bit", "--force"])["quality"].clone();
    assert_eq!(on_own["own_text"], true);
    assert_ne!(on_own["kl_divergence"], usual["kl_divergence"]);
    // What is not fit for it is not used.
    for bytes in [vec![0xff; 1000], vec![b'a'; 100_000], vec![], b"Short.".to_vec()] {
        fs::write(&own, bytes).expect("written");
        assert_eq!(bench.converted(&["--recipe", "speed-4bit", "--force"])["quality"], usual);
    }
}

#[test]
fn padding_changes_a_width_and_no_token() {
    let bench = Bench::new(&TinyModel::wide(2, 100));
    let (plain, padded) = (bench.path("plain"), bench.path("padded"));
    bench.converted(&["--recipe", "none", "--output", text(&plain), "--no-verify"]);
    let report = bench.converted(&["--recipe", "none", "--pad", "--output", text(&padded)]);
    assert_eq!(read_json(&padded.join("config.json"))["intermediate_size"], 128);
    assert_eq!(report["quality"]["top1_agreement"], 1.0);
    assert!(report["quality"]["kl_divergence"].as_f64().expect("nats") < 1e-9, "{report}");
    assert_eq!(greedy(&bench, &bench.source()), greedy(&bench, &padded));
    assert_eq!(greedy(&bench, &bench.source()), greedy(&bench, &plain));
    let quantized = bench.converted(&["--recipe", "speed-4bit", "--pad"]);
    let down = "model.layers.0.mlp.down_proj.scales";
    assert!(tensors(Path::new(quantized["output"].as_str().expect("a path"))).contains_key(down));
}

#[test]
fn a_plan_says_what_would_be_done_and_does_nothing() {
    let bench = Bench::new(&TinyModel::wide(2, 100));
    let plan = bench.converted(&["--plan", "--recipe", "mixed-precision"]);
    assert_eq!(plan["kept"].as_array().expect("a list").len(), 2);
    assert!(plan["kept"][0]["reason"].as_str().expect("a reason").contains("100"), "{plan}");
    assert_eq!(plan["quantized"][0]["bits"], 4);
    assert!(plan["output_bytes"].is_u64() && plan["least_memory_bytes"].is_u64());
    assert!(!bench.path("home/models").exists(), "nothing was made");
    let shown = run(&mut bench.command(&["convert", text(&bench.source()), "--plan", "--pad"]));
    assert!(shown.stdout.contains("100 to 128") && !shown.stdout.contains("Not quantized: model"), "{}", shown.stdout);
    let done = bench.converted(&["--recipe", "mixed-precision", "--no-verify"]);
    assert_eq!(done["output_bytes"], plan["output_bytes"], "the plan was right");
}

#[test]
fn what_cannot_be_converted_is_refused_with_advice() {
    type Spoil = fn(&Path);
    fn quantized_by(folder: &Path, method: &str) {
        let path = folder.join("config.json");
        let mut config = read_json(&path);
        config["quantization_config"] = json!({"quant_method": method, "bits": 4});
        fs::write(path, config.to_string()).expect("written");
    }
    let cases: [(&str, Spoil); 7] = [
        ("FP8", |folder| {
            let mut model = TinyModel::new();
            let (name, dtype, shape, bytes) = model.tensors.last_mut().expect("a tensor");
            assert!(name.ends_with("weight"));
            (*dtype, *bytes) = ("F8_E4M3", vec![0; shape.iter().product()]);
            model.write(folder);
        }),
        ("awq", |folder| quantized_by(folder, "awq")),
        ("gptq", |folder| quantized_by(folder, "gptq")),
        ("fp8", |folder| quantized_by(folder, "fp8")),
        ("gguf", |folder| {
            fs::rename(folder.join("model.safetensors"), folder.join("model.gguf")).expect("renamed");
        }),
        ("pytorch_model.bin", |folder| {
            fs::rename(folder.join("model.safetensors"), folder.join("pytorch_model.bin")).expect("renamed");
        }),
        ("not finite", |folder| {
            let path = folder.join("model.safetensors");
            let mut bytes = fs::read(&path).expect("there");
            let last = bytes.len() - 4 * 64 - 4000;
            bytes[last / 4 * 4..][..4].copy_from_slice(&f32::NAN.to_le_bytes());
            bytes[last..last + 8].copy_from_slice(&[0xff; 8]);
            fs::write(&path, bytes).expect("written");
        }),
    ];
    for (word, spoil) in cases {
        let bench = Bench::new(&TinyModel::new());
        spoil(&bench.source());
        let refusal = bench.refused(&["--recipe", "speed-4bit"]);
        assert!(refusal.contains(word), "{word}: {refusal}");
        assert!(!bench.path("home/models/source-speed-4bit-g64").exists(), "{word}");
    }
    let bench = Bench::new(&TinyModel::new());
    let nothing = bench.refused(&["--group-size", "128"]);
    assert!(nothing.contains("would quantize nothing") && nothing.contains("group-size"), "{nothing}");
    let limit = bench.refused(&["--memory-limit", "1MiB"]);
    assert!(limit.contains("--memory-limit") && limit.contains("too low"), "{limit}");
    let inside = bench.source().join("inside");
    assert!(bench.refused(&["--output", text(&inside)]).contains("inside each other"));
    let folder = bench.path("a folder of somebody");
    fs::create_dir(&folder).expect("made");
    assert!(bench.refused(&["--output", text(&folder), "--force"]).contains("not replaced"));
    assert!(bench.refused(&["--output", text(&folder)]).contains("exists already"));
    for (wrong, arguments) in
        [("recipe", ["--recipe", "best"]), ("groups", ["--group-size", "48"]), ("bytes", ["--memory-limit", "x"])]
    {
        let outcome = bench.convert(&arguments);
        assert_eq!(outcome.status.code(), Some(2), "{wrong}: {}", outcome.stderr);
    }
}

#[test]
fn outputs_may_be_given_in_any_way_that_names_a_folder() {
    let bench = Bench::new(&TinyModel::new());
    fs::create_dir(bench.path("work")).expect("made");
    for (output, made) in [("made", "work/made"), ("./there/", "work/there"), ("../up", "up")] {
        let mut command = bench.command(&["convert", "../source", "--no-verify", "--json", "--output", output]);
        let outcome = run(command.current_dir(bench.path("work")));
        assert!(outcome.status.success(), "{output}: {}", outcome.stderr);
        assert!(bench.path(made).join("ingot.json").is_file(), "{output}");
    }
    assert_eq!(names(&bench.path("work")), ["made", "there"], "nothing else stays");
}

/// Without a tokenizer nothing can be verified: told before the work, not after it.
#[test]
fn a_source_without_a_tokenizer_converts_unverified() {
    let bench = Bench::new(&TinyModel::new());
    fs::remove_file(bench.source().join("tokenizer.json")).expect("removed");
    let refusal = bench.refused(&[]);
    assert!(refusal.contains("tokenizer.json") && refusal.contains("--no-verify"), "{refusal}");
    assert!(bench.converted(&["--no-verify"])["quality"].is_null());
}

#[test]
fn quantizing_twice_is_refused_unless_it_is_meant() {
    let bench = Bench::new(&TinyModel::new());
    let once = bench.path("once");
    bench.converted(&["--recipe", "quality-8bit", "--output", text(&once), "--no-verify"]);
    let twice = |more: &[&str]| {
        let twice = bench.path("twice");
        run(bench
            .command(&["convert", text(&once), "--recipe", "speed-4bit", "--output", text(&twice), "--json"])
            .args(more))
    };
    let refused = twice(&[]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.stderr.contains("quantized already (8-bit") && refused.stderr.contains("--dequantize"),
        "{}",
        refused.stderr
    );
    let meant = twice(&["--dequantize"]);
    assert!(meant.status.success(), "{}", meant.stderr);
    let direct = bench.path("direct");
    bench.converted(&["--recipe", "speed-4bit", "--output", text(&direct), "--no-verify"]);
    assert_ne!(tensors(&bench.path("twice")), tensors(&direct), "something is lost on the way");
}

/// Needs mlx-lm: `make oracle` gives its Python and runs this.
#[test]
#[ignore = "needs mlx-lm: make oracle"]
fn mlx_lm_makes_the_same_of_models_it_has_not_seen_and_loads_every_result() {
    let python = std::env::var("INGOT_MLX_LM_PYTHON").expect("make oracle sets it");
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("bench/convert_against_mlx_lm.py");
    let mut command = std::process::Command::new(python);
    command.arg(script).arg("--ingot").arg(program("ingot"));
    let outcome = run(command.arg("--tokenizer").arg(fixtures().join("tokenizers/byte-level")));
    assert!(outcome.status.success(), "{}{}", outcome.stdout, outcome.stderr);
    assert!(outcome.stdout.lines().filter(|line| line.ends_with("equal")).count() >= 80, "{}", outcome.stdout);
}
