use std::fs;
use std::path::Path;

use serde_json::json;

use super::*;
use crate::recipe::RECIPES;

/// A model of zeros in folder `path`: a Llama 64 wide whose feed-forward is `inner` wide.
fn model(path: &Path, inner: u64, change: impl Fn(&mut Value)) -> Model {
    let mut config = json!({
        "model_type": "llama", "hidden_size": 64, "intermediate_size": inner, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 96, "max_position_embeddings": 128,
        "rms_norm_eps": 1e-5, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "_name_or_path": "elsewhere",
    });
    change(&mut config);
    fs::write(path.join("config.json"), config.to_string()).expect("written");
    let Value::Object(root) = config else { panic!("an object") };
    let config = crate::checkpoint::Config::from_object("config.json".into(), root).expect("sound");
    let spec = crate::arch::describe(&config).expect("known").spec;
    let (mut header, mut end) = (Map::new(), 0);
    for (name, shape) in spec.tensors() {
        let begin = end;
        end += shape.iter().product::<u64>() * 2;
        header.insert(name, json!({"dtype": "BF16", "shape": shape, "data_offsets": [begin, end]}));
    }
    let header = Value::Object(header).to_string();
    let bytes = (header.len() as u64).to_le_bytes().into_iter().chain(header.bytes());
    let bytes: Vec<u8> = bytes.chain(std::iter::repeat_n(0, end as usize)).collect();
    fs::write(path.join("model.safetensors"), bytes).expect("written");
    Model::open(path).expect("sound")
}

fn options(recipe: &str) -> Options {
    Options { recipe: recipe.into(), group_size: 64, dtype: None, pad: false, dequantize: false }
}

fn plan(inner: u64, options: &Options) -> Result<ConversionPlan> {
    let folder = tempfile::tempdir().expect("a folder");
    ConversionPlan::new(&model(folder.path(), inner, |_| ()), options)
}

#[test]
fn siblings_lie_side_by_side_weights_then_scales_then_biases() {
    let plan = plan(128, &options("speed-4bit")).expect("a plan");
    let names: Vec<&str> = plan.shards[0].tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    let at = |name: &str| names.iter().position(|found| *found == name).unwrap_or_else(|| panic!("{name}: {names:?}"));
    for layer in 0..2 {
        for (module, siblings) in
            [("self_attn", vec!["q_proj", "k_proj", "v_proj"]), ("mlp", vec!["gate_proj", "up_proj"])]
        {
            let first = at(&format!("model.layers.{layer}.{module}.{}.weight", siblings[0]));
            let expected = ["weight", "scales", "biases"]
                .into_iter()
                .flat_map(|end| siblings.iter().map(move |name| format!("model.layers.{layer}.{module}.{name}.{end}")));
            let expected: Vec<String> = expected.collect();
            assert_eq!(names[first..first + expected.len()], expected);
        }
    }
    assert_eq!(names[0], "model.embed_tokens.weight");
    assert_eq!(names[names.len() - 1], "lm_head.biases");
    assert!(at("model.layers.0.mlp.down_proj.weight") < at("model.layers.1.input_layernorm.weight"));
}

#[test]
fn units_cover_every_row_once_in_the_order_of_the_source() {
    let plan = plan(128, &options("mixed-precision")).expect("a plan");
    let mut covered = vec![0; plan.steps.len()];
    let units = plan.units();
    assert!(units.is_sorted_by_key(|unit| (unit.step, unit.first)));
    for unit in units {
        assert_eq!(unit.first, covered[unit.step]);
        covered[unit.step] += unit.rows;
    }
    assert!(plan.steps.iter().zip(covered).all(|(step, rows)| step.target[0] == rows));
    let bytes: u64 = plan.steps.iter().flat_map(|step| &step.outputs).map(|output| output.row_bytes).sum();
    assert!(bytes > 0 && plan.input_bytes() == plan.summary.source_bytes);
}

#[test]
fn what_stays_unquantized_is_told_and_padding_mends_it() {
    let plain = plan(100, &options("quality-8bit")).expect("a plan").summary;
    let kept: Vec<&str> = plain.kept.iter().map(|kept| kept.matrix.as_str()).collect();
    assert_eq!(kept, ["model.layers.0.mlp.down_proj", "model.layers.1.mlp.down_proj"]);
    assert!(plain.kept[0].reason.contains("100"), "{:?}", plain.kept);
    let padded = plan(100, &Options { pad: true, ..options("quality-8bit") }).expect("a plan");
    assert_eq!((padded.summary.kept.len(), &padded.summary.padded), (0, &Some(Padded { from: 100, to: 128 })));
    assert_eq!(padded.config["intermediate_size"], 128);
    let needless = plan(128, &Options { pad: true, ..options("quality-8bit") }).expect("a plan");
    assert_eq!(needless.summary.padded, None);
}

#[test]
fn the_config_is_sorted_and_says_how_each_matrix_is_quantized() {
    let uniform = plan(128, &options("speed-4bit")).expect("a plan").config;
    let quantization = json!({"group_size": 64, "bits": 4, "mode": "affine"});
    assert_eq!((&uniform["quantization"], &uniform["quantization_config"]), (&quantization, &quantization));
    let keys: Vec<&String> = uniform.as_object().expect("an object").keys().collect();
    assert!(keys.is_sorted() && !keys.iter().any(|key| *key == "_name_or_path"), "{keys:?}");
    let mixed = plan(128, &options("mixed-precision")).expect("a plan").config;
    assert_eq!(mixed["quantization"]["lm_head"], json!({"group_size": 64, "bits": 6, "mode": "affine"}));
    assert_eq!(mixed["quantization"]["model.embed_tokens"]["bits"], 4);
}

#[test]
fn every_recipe_is_as_small_as_it_says() {
    for recipe in &RECIPES {
        let made = plan(128, &options(recipe.name)).expect("a plan");
        let least = recipe.bits as f64 + 0.5;
        let most = recipe.raised.as_ref().map_or(recipe.bits, |raised| raised.bits) as f64 + 0.6;
        let bits = made.summary.bits_per_weight;
        assert!((least..most).contains(&bits), "{}: {bits}", recipe.name);
    }
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let refused = |inner: u64, options: &Options| plan(inner, options).expect_err("refused").message;
    assert!(refused(128, &options("tiny-1bit")).contains("speed-4bit"));
    assert!(refused(128, &Options { group_size: 48, ..options("speed-4bit") }).contains("32, 64 and 128"));
    let nothing = refused(100, &Options { group_size: 128, ..options("speed-4bit") });
    assert!(nothing.contains("would quantize nothing") && nothing.contains("64"), "{nothing}");
}

#[test]
fn types_follow_mlx_lm_s_rule() {
    let folder = tempfile::tempdir().expect("a folder");
    let norm = |plan: &ConversionPlan| {
        let norm = plan.steps.iter().find(|step| step.name.contains("layernorm")).expect("a norm");
        norm.element
    };
    let made = |change: &dyn Fn(&mut Value), dtype| {
        let model = model(folder.path(), 128, change);
        norm(&ConversionPlan::new(&model, &Options { dtype, ..options("speed-4bit") }).expect("a plan"))
    };
    assert_eq!(made(&|config| config["torch_dtype"] = json!("float16"), None), Element::Float16);
    assert_eq!(made(&|config| config["torch_dtype"] = json!("float16"), Some(Element::Float32)), Element::Float32);
    let newer = |config: &mut Value| {
        config["torch_dtype"] = Value::Null;
        config["dtype"] = json!("float16");
    };
    assert_eq!(made(&newer, None), Element::Bfloat16, "the newer field says nothing: the file's own type stays");
}
