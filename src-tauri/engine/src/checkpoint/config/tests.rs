use serde_json::json;

use super::*;
use crate::checkpoint::Affine;

fn config(value: Value) -> Result<Config> {
    let Value::Object(root) = value else { panic!("an object") };
    Config::from_object("config.json".into(), root)
}

#[test]
fn the_ropes_dialects_mean_the_same() {
    let old = json!({"rope_theta": 500000.0, "rope_scaling": {"rope_type": "llama3", "factor": 8.0}});
    let older = json!({"rope_theta": 500000.0, "rope_scaling": {"type": "llama3", "factor": 8.0}});
    let new = json!({"rope_parameters": {"rope_theta": 500000.0, "rope_type": "llama3", "factor": 8.0}});
    let by_layer = json!({"rope_parameters": {
        "full_attention": {"rope_theta": 500000.0, "rope_type": "llama3", "factor": 8.0},
        "sliding_attention": {"rope_theta": 10000.0, "rope_type": "default"}}});
    for value in [old, older, new, by_layer] {
        let config = config(value).expect("sound");
        let rope = config.rope("full_attention").expect("a rope");
        assert_eq!((rope.theta, rope.kind.as_str()), (Some(500000.0), "llama3"));
        assert_eq!(config.rope_number(&rope, "factor").expect("a factor"), 8.0);
    }
    let plain = config(json!({"rope_scaling": null})).expect("sound").rope("full_attention").expect("a rope");
    assert_eq!((plain.theta, plain.kind.as_str()), (None, "default"));
}

#[test]
fn fields_are_refused_by_name() {
    let cases = [
        (json!({"n": 1_000_000_000}), "n is 1000000000"),
        (json!({"n": 0}), "n is 0"),
        (json!({"n": -1}), "n is -1"),
        (json!({"n": "12"}), "n is \"12\""),
        (json!({"n": 1.5}), "n is 1.5"),
        (json!({}), "n is missing"),
    ];
    for (value, expected) in cases {
        let error = config(value).expect("read").count("n", 1..=1024).expect_err("refused");
        assert!(error.message.contains(expected), "{error}");
    }
}

#[test]
fn quantization_in_every_form() {
    let quantization = |value| config(json!({"quantization": value})).map(|config| config.quantization.expect("some"));
    let of = |value, path: &str| quantization(value).expect("sound").of(path, 0, 0, 0);
    let four = Some(Affine { group_size: 64, bits: 4 });
    assert_eq!(of(json!({"group_size": 64, "bits": 4}), "a.b"), four);
    assert_eq!(of(json!({"group_size": null, "bits": null, "mode": "affine"}), "a.b"), four);
    let mixed = json!({"group_size": 64, "bits": 4, "a.b": {"group_size": 32, "bits": 6}, "a.c": false, "a.d": true});
    assert_eq!(of(mixed.clone(), "a.b"), Some(Affine { group_size: 32, bits: 6 }));
    assert_eq!(of(mixed.clone(), "a.c"), None);
    assert_eq!(of(mixed, "a.d"), four);
    // Not named, but its shapes tell: 128 columns in 4 groups, 24 words of codes.
    let inferred = quantization(json!({"group_size": 64, "bits": 4})).expect("sound").of("a", 128, 24, 4);
    assert_eq!(inferred, Some(Affine { group_size: 32, bits: 6 }));
    assert!(quantization(json!({"group_size": 64, "bits": 7})).expect_err("7 bits").message.contains("bits"));
    assert!(quantization(json!({"group_size": 0, "bits": 4})).expect_err("group 0").message.contains("group_size"));
    assert!(quantization(json!({"mode": "mxfp4"})).expect_err("mxfp4").message.contains("mxfp4"));
    let awq = config(json!({"quantization_config": {"quant_method": "awq", "bits": 4}})).expect_err("awq");
    assert!(awq.message.contains("awq"), "{awq}");
}
