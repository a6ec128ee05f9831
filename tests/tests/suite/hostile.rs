//! Files made to harm: each is refused in one line, with exit code 1, quickly and in little memory.

use std::fs;
use std::path::Path;
use std::time::Duration;

use ingot_tests::run::Outcome;
use ingot_tests::tiny_model::TinyModel;
use serde_json::{Value, json};

use crate::generate::Home;

/// What a healthy run takes, in bytes, and what a refusal may take on top of it.
const EXTRA_BYTES: u64 = 64 << 20;
const TIME: Duration = Duration::from_secs(2);

struct Case<'a> {
    name: &'a str,
    spoil: Box<dyn Fn(&Path)>,
    says: &'a str,
}

fn case<'a>(name: &'a str, says: &'a str, spoil: impl Fn(&Path) + 'static) -> Case<'a> {
    Case { name, says, spoil: Box::new(spoil) }
}

fn attempt(home: &Home, prompt: &str) -> Outcome {
    home.ingot(&["generate", "--model", "tiny", "--max-tokens", "8", "--prompt", prompt])
}

fn check(cases: Vec<Case<'_>>) {
    let home = Home::new();
    let healthy = attempt(&home, "hi");
    assert!(healthy.status.success(), "{}", healthy.stderr);
    for Case { name, spoil, says } in cases {
        let _ = fs::remove_dir_all(home.model());
        TinyModel::new().write(&home.model());
        spoil(&home.model());
        let outcome = attempt(&home, "hi");
        assert_eq!(outcome.status.code(), Some(1), "{name}: {outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.starts_with("error: ") && outcome.stderr.contains(says), "{name}: {}", outcome.stderr);
        assert!(outcome.stderr.chars().all(|c| c == '\n' || !c.is_control()), "{name}: {}", outcome.stderr);
        assert!(outcome.time < TIME, "{name} took {:?}", outcome.time);
        let extra = outcome.peak_bytes.saturating_sub(healthy.peak_bytes);
        assert!(extra <= EXTRA_BYTES, "{name} took {} MiB more", extra >> 20);
    }
}

fn weights(folder: &Path, bytes: &[u8]) {
    fs::write(folder.join("model.safetensors"), bytes).expect("written");
}

fn with_header(header: &str, data: usize) -> Vec<u8> {
    (header.len() as u64).to_le_bytes().into_iter().chain(header.bytes()).chain(std::iter::repeat_n(0, data)).collect()
}

fn spoil_json(folder: &Path, name: &str, change: impl Fn(&mut Value)) {
    let path = folder.join(name);
    let mut value: Value = serde_json::from_str(&fs::read_to_string(&path).expect("readable")).expect("JSON");
    change(&mut value);
    fs::write(path, value.to_string()).expect("written");
}

fn header_case(name: &'static str, says: &'static str, header: &'static str, data: usize) -> Case<'static> {
    case(name, says, move |folder| weights(folder, &with_header(header, data)))
}

#[test]
fn safetensors_files() {
    check(vec![
        case("empty", "too short", |folder| weights(folder, b"")),
        case("seven bytes", "too short", |folder| weights(folder, b"1234567")),
        case("header of 2^63 bytes", "9223372036854775808", |folder| weights(folder, &(1_u64 << 63).to_le_bytes())),
        case("no header", "not a safetensors file", |folder| weights(folder, &0_u64.to_le_bytes())),
        case("header longer than the file", "ends inside its header", |folder| {
            weights(folder, &5000_u64.to_le_bytes())
        }),
        case("a million empty tensors", "", |folder| {
            let tensors: Vec<String> = (0..1_000_000)
                .map(|i| format!(r#""t{i}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#))
                .collect();
            weights(folder, &with_header(&format!("{{{}}}", tensors.join(",")), 0));
        }),
        case("a quarter of a million tensors", "more than 200000 tensors", |folder| {
            let tensors: Vec<String> = (0..250_000)
                .map(|i| format!(r#""t{i}":{{"dtype":"U8","shape":[1],"data_offsets":[{i},{}]}}"#, i + 1))
                .collect();
            weights(folder, &with_header(&format!("{{{}}}", tensors.join(",")), 20_000_000));
        }),
        header_case(
            "overlap",
            "overlap or leave a gap",
            r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}"#,
            12,
        ),
        header_case("hole", "overlap or leave a gap", r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8),
        header_case(
            "trailing bytes",
            "tensors end at byte 4",
            r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
            9,
        ),
        header_case("negative dimension", "-4", r#"{"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}}"#, 16),
        header_case("float dimension", "4.7", r#"{"a":{"dtype":"F32","shape":[4.7],"data_offsets":[0,16]}}"#, 16),
        header_case("text dimension", "string", r#"{"a":{"dtype":"F32","shape":["4"],"data_offsets":[0,16]}}"#, 16),
        header_case(
            "product wraps",
            "multiply to more",
            r#"{"a":{"dtype":"F32","shape":[65536,65536,65536,65536],"data_offsets":[0,0]}}"#,
            0,
        ),
        header_case(
            "dimension above i32",
            "dimension of 4294967300",
            r#"{"a":{"dtype":"F32","shape":[4294967300],"data_offsets":[0,16]}}"#,
            16,
        ),
        header_case("unknown dtype", "F13", r#"{"a":{"dtype":"F13","shape":[4],"data_offsets":[0,16]}}"#, 16),
        header_case(
            "size and shape differ",
            "takes 16 bytes",
            r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,12]}}"#,
            12,
        ),
        header_case(
            "name twice",
            "named twice",
            r#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#,
            2,
        ),
        header_case(
            "name leads out",
            "no tensor name",
            r#"{"../../a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            1,
        ),
        header_case(
            "name with NUL",
            "no tensor name",
            r#"{"a\u0000b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            1,
        ),
        header_case(
            "name with colours",
            "no tensor name",
            r#"{"\u001b[31mred":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            1,
        ),
        header_case(
            "name right to left",
            "no tensor name",
            r#"{"\u202egnp":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#,
            1,
        ),
        case("name of a megabyte", "no tensor name", |folder| {
            let header = format!(r#"{{"{}":{{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}}}"#, "n".repeat(1 << 20));
            weights(folder, &with_header(&header, 3 << 20));
        }),
        case("truncated", "tensors end", |folder| {
            let bytes = TinyModel::new().safetensors();
            weights(folder, &bytes[..bytes.len() - 100]);
        }),
        case("deep header", "", |folder| {
            weights(folder, &with_header(&format!(r#"{{"a":{}"#, "[".repeat(100_000)), 200_000))
        }),
    ]);
}

#[test]
fn shards_links_and_other_formats() {
    let index = |folder: &Path, map: Value| {
        fs::write(folder.join("model.safetensors.index.json"), json!({ "weight_map": map }).to_string())
            .expect("written");
    };
    check(vec![
        case("index names a missing shard", "is missing", move |folder| {
            index(folder, json!({"a": "model-00001-of-00002.safetensors"}))
        }),
        case("index leads out", "no plain safetensors file name", move |folder| {
            index(folder, json!({"a": "../model.safetensors"}))
        }),
        case("index is absolute", "no plain safetensors file name", move |folder| {
            index(folder, json!({"a": "/etc/model.safetensors"}))
        }),
        case("index lies about a tensor", "but", move |folder| index(folder, json!({"nothing": "model.safetensors"}))),
        case("index is no index", "not a valid index", |folder| {
            fs::write(folder.join("model.safetensors.index.json"), "[]").expect("written");
        }),
        case("the same tensor in two shards", "holds too", |folder| {
            fs::copy(folder.join("model.safetensors"), folder.join("model-1.safetensors")).expect("copied");
            fs::rename(folder.join("model.safetensors"), folder.join("model-2.safetensors")).expect("renamed");
        }),
        case("link to a secret", "leads out of the model's folder", |folder| {
            fs::remove_file(folder.join("config.json")).expect("removed");
            std::os::unix::fs::symlink("/etc/passwd", folder.join("config.json")).expect("linked");
        }),
        case("link to nothing", "does not exist", |folder| {
            fs::remove_file(folder.join("model.safetensors")).expect("removed");
            std::os::unix::fs::symlink("absent", folder.join("model.safetensors")).expect("linked");
        }),
        case("a pipe for weights", "not a regular file", |folder| {
            let path = folder.join("model.safetensors");
            fs::remove_file(&path).expect("removed");
            let path = std::ffi::CString::new(path.display().to_string()).expect("a path");
            // SAFETY: makes a file of our own.
            assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
        }),
        case("pickle only", "can run code", |folder| {
            fs::rename(folder.join("model.safetensors"), folder.join("pytorch_model.bin")).expect("renamed");
        }),
        case("GGUF only", "safetensors version", |folder| {
            fs::rename(folder.join("model.safetensors"), folder.join("model.gguf")).expect("renamed");
        }),
        case("many files full of header", "above what any model needs", |folder| {
            fs::remove_file(folder.join("model.safetensors")).expect("removed");
            for file in 0..6 {
                let tensor = |i: usize| {
                    let (begin, end) = (i * 100, i * 100 + 100);
                    format!(r#""t{file}-{i}":{{"dtype":"U8","shape":[100],"data_offsets":[{begin},{end}]}}"#)
                };
                let tensors: Vec<String> = (0..60_000).map(tensor).collect();
                let bytes = with_header(&format!("{{{}}}", tensors.join(",")), 6_000_000);
                fs::write(folder.join(format!("model-{file}.safetensors")), bytes).expect("written");
            }
        }),
        case("nothing", "no weights", |folder| fs::remove_file(folder.join("model.safetensors")).expect("removed")),
    ]);
}

#[test]
fn configs() {
    let set = |name: &'static str, says: &'static str, field: &'static str, value: Value| {
        case(name, says, move |folder| spoil_json(folder, "config.json", |config| config[field] = value.clone()))
    };
    check(vec![
        set("a billion layers", "num_hidden_layers", "num_hidden_layers", json!(1_000_000_000)),
        set("no heads", "num_attention_heads", "num_attention_heads", json!(0)),
        set("negative width", "hidden_size", "hidden_size", json!(-1)),
        set("width of text", "hidden_size", "hidden_size", json!("64")),
        set("another vocabulary", "expected [641, 64]", "vocab_size", json!(641)),
        set("another head", "expected", "head_dim", json!(8)),
        set("untied", "lm_head.weight is missing", "tie_word_embeddings", json!(false)),
        set("more layers", "and", "num_hidden_layers", json!(12)),
        set("seven bits", "bits", "quantization", json!({"group_size": 64, "bits": 7})),
        set("groups of nothing", "group_size", "quantization", json!({"group_size": 0, "bits": 4})),
        set("own code", "Python code", "model_file", json!("model.py")),
        set("unknown family", "Ingot runs llama, mistral, qwen2, qwen3", "model_type", json!("gpt2")),
        set("no epsilon", "rms_norm_eps", "rms_norm_eps", json!(null)),
        case("infinite number", "not valid JSON", |folder| {
            let text = fs::read_to_string(folder.join("config.json")).expect("readable");
            fs::write(folder.join("config.json"), text.replace("10000.0", "1e400")).expect("written");
        }),
        case("five hundred megabytes", "bytes long", |folder| {
            let file = fs::File::create(folder.join("config.json")).expect("created");
            file.set_len(500 << 20).expect("grown");
        }),
        case("a million brackets", "nested deeper", |folder| {
            fs::write(folder.join("config.json"), "[".repeat(1_000_000)).expect("written");
        }),
        case("absent", "is missing", |folder| fs::remove_file(folder.join("config.json")).expect("removed")),
        case("generation settings", "temperature", |folder| {
            fs::write(folder.join("generation_config.json"), r#"{"temperature": "hot"}"#).expect("written");
        }),
    ]);
}

#[test]
fn tokenizers() {
    let tokenizer = |name: &'static str, says: &'static str, change: fn(&mut Value)| {
        case(name, says, move |folder| spoil_json(folder, "tokenizer.json", change))
    };
    check(vec![
        case("absent", "is missing", |folder| fs::remove_file(folder.join("tokenizer.json")).expect("removed")),
        case("not JSON", "not a tokenizer", |folder| fs::write(folder.join("tokenizer.json"), "{").expect("written")),
        tokenizer("a merge beyond the vocabulary", "", |value| {
            let merges = value["model"]["merges"].as_array_mut().expect("merges");
            merges.push(json!(["never", "seen"]));
        }),
        case("settings of numbers", "", |folder| {
            let zeros = "0,".repeat(1_900_000);
            fs::write(folder.join("tokenizer_config.json"), format!(r#"{{"a": [{zeros}0]}}"#)).expect("written");
        }),
        case("long settings", "bytes long", |folder| {
            fs::write(folder.join("tokenizer_config.json"), " ".repeat(9 << 20)).expect("written");
        }),
        tokenizer("an id twice", "another token", |value| {
            value["model"]["vocab"]["twice"] = json!(5);
        }),
        tokenizer("an id out of range", "belongs to another model", |value| {
            value["model"]["vocab"]["far"] = json!(1_000_000);
        }),
        tokenizer("a normalizer that explodes", "", |value| {
            let double =
                json!({"type": "Replace", "pattern": {"Regex": "."}, "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"});
            value["normalizer"] = json!({"type": "Sequence", "normalizers": vec![double; 12]});
        }),
        tokenizer("a decoder that explodes", "cannot decode", |value| {
            let double = json!({"type": "Replace", "pattern": {"Regex": "."}, "content": "aaaaaaaa"});
            value["decoder"] = json!({"type": "Sequence", "decoders": vec![double; 7]});
        }),
        tokenizer("a decoder that cuts too much", "", |value| {
            value["decoder"] = json!({"type": "Sequence", "decoders": [{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false},
                                      {"type": "Strip", "content": "e", "start": 0, "stop": 900}]});
        }),
        tokenizer("too deep", "nested deeper", |value| {
            let mut deep = json!(null);
            for _ in 0..60 {
                deep = json!([deep]);
            }
            value["extra"] = deep;
        }),
    ]);
}

/// Padding to four billion tokens is simply not done.
#[test]
fn padding_is_ignored() {
    let home = Home::new();
    spoil_json(&home.model(), "tokenizer.json", |value| {
        value["padding"] = json!({"strategy": {"Fixed": 4_000_000_000_u64}, "direction": "Right", "pad_to_multiple_of": null,
                                  "pad_id": 0, "pad_type_id": 0, "pad_token": "x"});
    });
    let outcome = attempt(&home, "hi");
    assert!(outcome.status.success(), "{}", outcome.stderr);
}

#[test]
fn a_slow_regex_costs_one_request_and_no_more_than_two_seconds() {
    let home = Home::new();
    spoil_json(&home.model(), "tokenizer.json", |value| {
        let regex = "(?:(?=(a+))a)+b|(a|aa)+$|(?:a*)*c";
        value["pre_tokenizer"] =
            json!({"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": false});
    });
    let outcome = attempt(&home, &"a".repeat(100_000));
    assert!(outcome.time < Duration::from_secs(3), "{:?}", outcome.time);
    if outcome.status.code() == Some(1) {
        assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    }
}

#[test]
fn templates() {
    let template = |name: &'static str, says: &'static str, source: &'static str| {
        case(name, says, move |folder| {
            spoil_json(folder, "tokenizer_config.json", |value| value["chat_template"] = json!(source));
        })
    };
    check(vec![
        template(
            "endless loops",
            "fuel",
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        ),
        template("macro recursion", "recursion", "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
        template(
            "replace bomb",
            "",
            "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(12) %}{% set ns.x = ns.x|replace('a', 'aaaaaaaaaaaaaaaa') %}{% endfor %}{{ ns.x }}",
        ),
        template(
            "doubling",
            "",
            "{% set ns = namespace(x='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}",
        ),
        template("repeat", "", "{{ 'aaaaaaaaaaaaaaaa' * 99999999 }}"),
        template(
            "long output",
            "writes more than",
            "{% for i in range(99999) %}{{ 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' }}{% endfor %}",
        ),
        template(
            "deep list",
            "",
            "{% set ns = namespace(x=[]) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        ),
        template("syntax", "fails", "{% if %}"),
        template("refusal", "no user role", "{{ raise_exception('no user role') }}"),
        template("include", "fails", "{% include '/etc/passwd' %}"),
        case("a long template", "256 KiB", |folder| {
            let source = "x".repeat(300 << 10);
            spoil_json(folder, "tokenizer_config.json", |value| value["chat_template"] = json!(source));
        }),
    ]);
}

#[test]
fn weights_that_are_not_numbers_stop_with_the_reason() {
    let home = Home::new();
    for value in [f32::NAN, f32::INFINITY] {
        let mut model = TinyModel::new();
        let norm = model.tensors.iter_mut().find(|tensor| tensor.0 == "model.norm.weight").expect("the last norm");
        norm.3 = (0..norm.3.len() / 4).flat_map(|_| value.to_le_bytes()).collect();
        model.write(&home.model());
        let outcome = attempt(&home, "hi");
        assert_eq!(outcome.status.code(), Some(1), "{outcome:?}");
        assert!(outcome.stderr.contains("not numbers"), "{}", outcome.stderr);
    }
}
