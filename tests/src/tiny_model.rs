//! A whole model made on the spot: a random Llama with a real tokenizer and chat template. It says nothing
//! sensible, but it says the same every time.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::programs::fixtures;

pub const HIDDEN: usize = 64;
const INNER: usize = 96;
const LAYERS: usize = 2;
const HEADS: usize = 4;
const VOCABULARY: usize = 640;

/// A model in the making: change what a test wants changed, then write it.
pub struct TinyModel {
    pub config: Value,
    /// Name, type, shape, bytes.
    pub tensors: Vec<(String, &'static str, Vec<usize>, Vec<u8>)>,
}

impl TinyModel {
    pub fn new() -> Self {
        Self::wide(LAYERS, INNER)
    }

    /// One of `layers` layers whose MLP is `inner` wide: 768 bytes for each.
    pub fn wide(layers: usize, inner: usize) -> Self {
        let config = json!({
            "model_type": "llama", "hidden_size": HIDDEN, "intermediate_size": inner, "num_hidden_layers": layers,
            "num_attention_heads": HEADS, "num_key_value_heads": 2, "vocab_size": VOCABULARY,
            "max_position_embeddings": 4096, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
            "tie_word_embeddings": true, "torch_dtype": "float32"
        });
        let mut model = Self { config, tensors: Vec::new() };
        let kv = HIDDEN / 2;
        model.add("model.embed_tokens.weight", vec![VOCABULARY, HIDDEN]);
        for layer in 0..layers {
            let prefix = format!("model.layers.{layer}");
            model.add(&format!("{prefix}.input_layernorm.weight"), vec![HIDDEN]);
            model.add(&format!("{prefix}.post_attention_layernorm.weight"), vec![HIDDEN]);
            for (name, rows, columns) in
                [("q_proj", HIDDEN, HIDDEN), ("k_proj", kv, HIDDEN), ("v_proj", kv, HIDDEN), ("o_proj", HIDDEN, HIDDEN)]
            {
                model.add(&format!("{prefix}.self_attn.{name}.weight"), vec![rows, columns]);
            }
            for (name, rows, columns) in
                [("gate_proj", inner, HIDDEN), ("up_proj", inner, HIDDEN), ("down_proj", HIDDEN, inner)]
            {
                model.add(&format!("{prefix}.mlp.{name}.weight"), vec![rows, columns]);
            }
        }
        model.add("model.norm.weight", vec![HIDDEN]);
        model
    }

    /// Adds a tensor of numbers that look random: norms around 1, the rest around 0.
    fn add(&mut self, name: &str, shape: Vec<usize>) {
        let count: usize = shape.iter().product();
        let mut state = name
            .bytes()
            .fold(0x9e37_79b9_7f4a_7c15_u64, |state, byte| (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1 << 24) as f32) * 2.0 - 1.0
        };
        let is_norm = shape.len() == 1;
        let scale = if is_norm { 0.1 } else { 0.4 };
        let values = (0..count).flat_map(|_| (next() * scale + f32::from(u8::from(is_norm))).to_le_bytes());
        self.tensors.push((name.into(), "F32", shape, values.collect()));
    }

    /// Sets `field` of `config.json`.
    pub fn set(mut self, field: &str, value: Value) -> Self {
        self.config[field] = value;
        self
    }

    /// The bytes of `model.safetensors`.
    pub fn safetensors(&self) -> Vec<u8> {
        let mut header = Map::new();
        let mut end = 0;
        for (name, dtype, shape, bytes) in &self.tensors {
            header.insert(
                name.clone(),
                json!({"dtype": dtype, "shape": shape, "data_offsets": [end, end + bytes.len()]}),
            );
            end += bytes.len();
        }
        let data = self.tensors.iter().flat_map(|tensor| tensor.3.iter().copied());
        let header = Value::Object(header).to_string();
        (header.len() as u64).to_le_bytes().into_iter().chain(header.bytes()).chain(data).collect()
    }

    /// Writes the whole model into `folder`.
    ///
    /// # Panics
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) {
        fs::create_dir_all(folder).expect("the model's folder");
        fs::write(folder.join("config.json"), self.config.to_string()).expect("config.json");
        fs::write(folder.join("model.safetensors"), self.safetensors()).expect("model.safetensors");
        for name in ["tokenizer.json", "tokenizer_config.json"] {
            fs::copy(fixtures().join("tokenizers/byte-level").join(name), folder.join(name)).expect(name);
        }
    }
}

impl Default for TinyModel {
    fn default() -> Self {
        Self::new()
    }
}
