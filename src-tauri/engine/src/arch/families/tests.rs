use serde_json::{Value, json};

use super::*;
use crate::arch::{KvOptions, Mixer, RopeScaling};

fn config(value: Value) -> Config {
    let Value::Object(root) = value else { panic!("an object") };
    Config::from_object("config.json".into(), root).expect("a config")
}

fn tiny(change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Config {
    let mut value = json!({
        "model_type": "llama", "hidden_size": 64, "intermediate_size": 172, "num_hidden_layers": 5,
        "num_attention_heads": 8, "num_key_value_heads": 4, "vocab_size": 512, "max_position_embeddings": 512,
        "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": true, "hidden_act": "silu"
    });
    change(value.as_object_mut().expect("an object"));
    config(value)
}

#[test]
fn sizes_follow_from_the_config_alone() {
    let spec = describe(&tiny(|_| ())).expect("described").spec;
    assert_eq!(spec.parameters(), 260_032, "the published size of stories260K");
    // 5 layers × keys and values × 4 heads × 8 × 256 tokens × 4 bytes
    assert_eq!(spec.kv_cache_bytes(1, 4, KvOptions::default()), 5 * 2 * 4 * 8 * 256 * 4);
    assert_eq!(spec.kv_cache_bytes(257, 2, KvOptions::default()), 5 * 2 * 4 * 8 * 512 * 2);
}

#[test]
fn a_window_bounds_the_cache() {
    let config = tiny(|root| {
        root.insert("sliding_window".into(), json!(16));
        root.insert(
            "layer_types".into(),
            json!([
                "full_attention",
                "sliding_attention",
                "sliding_attention",
                "sliding_attention",
                "sliding_attention"
            ]),
        );
    });
    let spec = describe(&config).expect("described").spec;
    assert_eq!(spec.kv_cache_bytes(100, 4, KvOptions::default()), 2 * 4 * 8 * 4 * (256 + 4 * 16));
}

#[test]
fn odd_configs_are_refused_by_field() {
    let cases: [(&str, Value, &str); 14] = [
        ("model_type", json!("gpt9"), "\"gpt9\" is not supported; Ingot runs llama, mistral, qwen2, qwen3"),
        ("model_type", json!(null), "model_type is missing"),
        ("model_file", json!("model.py"), "Python"),
        ("num_hidden_layers", json!(1_000_000_000), "num_hidden_layers"),
        ("num_attention_heads", json!(0), "num_attention_heads"),
        ("num_attention_heads", json!(7), "not a multiple"),
        ("num_key_value_heads", json!(3), "not a multiple"),
        ("hidden_size", json!(-1), "hidden_size"),
        ("head_dim", json!(7), "even"),
        ("rms_norm_eps", json!(0), "rms_norm_eps"),
        ("rope_theta", json!(-1.0), "rope_theta"),
        ("rope_scaling", json!({"type": "spiral"}), "spiral"),
        ("rope_scaling", json!({"type": "linear"}), "lacks factor"),
        ("hidden_act", json!("gelu"), "gelu"),
    ];
    for (field, value, expected) in cases {
        let config = tiny(|root| {
            root.insert(field.into(), value);
        });
        let error = describe(&config).expect_err(field);
        assert!(error.message.contains(expected), "{field}: {error}");
    }
}

#[test]
fn the_newer_rope_dialect_describes_the_same_decoder() {
    let scaling = json!({"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 64});
    let old = tiny(|root| {
        root.insert("rope_scaling".into(), scaling.clone());
    });
    let new = tiny(|root| {
        root.remove("rope_theta");
        let mut parameters = scaling.clone();
        parameters["rope_theta"] = json!(10000.0);
        root.insert("rope_parameters".into(), parameters);
    });
    let (old, new) = (describe(&old).expect("old").spec, describe(&new).expect("new").spec);
    assert_eq!(old, new);
    let Mixer::Attention(attention) = &new.layers[0].mixer;
    assert!(matches!(attention.rope.scaling, RopeScaling::Llama3 { .. }));
}

/// The committed fixtures come from mlx-lm: parameter counts of real configs, names and shapes of tiny models.
#[test]
fn agrees_with_mlx_lm_about_real_configs() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/configs");
    let read = |name: &str| -> Value {
        let text =
            std::fs::read_to_string(format!("{folder}/{name}")).unwrap_or_else(|error| panic!("{name}: {error}"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let expected = read("expected.json");
    let supported = expected["supported"].as_object().expect("cases");
    assert!(supported.len() >= 12);
    for (name, case) in supported {
        let config = config(read(case["file"].as_str().expect("a file")));
        let spec = describe(&config).unwrap_or_else(|error| panic!("{name}: {error}")).spec;
        assert_eq!(Some(spec.parameters()), case["parameters"].as_u64(), "{name}");
    }
    for (name, case) in expected["refused"].as_object().expect("cases") {
        let file = case["file"].as_str().map_or_else(|| format!("{name}.json"), str::to_owned);
        let error = describe(&config(read(&file))).expect_err(name);
        assert_eq!(error.code, crate::error::ErrorCode::Unsupported, "{name}: {error}");
    }
}
