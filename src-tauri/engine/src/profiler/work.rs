//! How much computing and how much memory traffic a model's work is, from its spec.

use crate::arch::{Attention, DecoderSpec, FeedForward, Head, Mixer};

/// Floating-point operations, a multiplication and an addition counted as two, and bytes that have to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    pub operations: u64,
    pub bytes: u64,
}

impl Work {
    /// Of computing the tokens from `start` to `end` of a text at once: each matrix once for each token, attention to
    /// all before, the head for the last token alone. Read are `weights`, and `kv_bytes` of cache.
    pub fn of_tokens(spec: &DecoderSpec, start: usize, end: usize, weights: u64, kv_bytes: u64) -> Self {
        let (start, end) = (start as u64, end as u64);
        let tokens = end.saturating_sub(start);
        // Token t attends to t + 1 tokens, or to its window.
        let seen = |window: Option<usize>| -> u64 {
            let all = (start + 1 + end) * tokens / 2;
            match window {
                None => all,
                Some(window) => (start + 1..=end).map(|length| length.min(window as u64)).sum(),
            }
        };
        let mut operations = 0;
        for layer in &spec.layers {
            let Mixer::Attention(Attention { query, key, value, output, query_heads, head, window, .. }) = &layer.mixer;
            let FeedForward::Dense(mlp) = &layer.feed_forward;
            let matrices = [query, key, value, output, &mlp.gate, &mlp.up, &mlp.down];
            let elements: u64 = matrices.iter().map(|linear| (linear.inputs * linear.outputs) as u64).sum();
            // Scores, and their weighted sum.
            operations += 2 * elements * tokens + 4 * (query_heads * head) as u64 * seen(*window);
        }
        operations += 2 * (spec.vocabulary * spec.hidden) as u64;
        // An embedding that is no head is read a row at a time.
        let elements = spec.parameters().max(1);
        let table = match spec.head {
            Head::Tied => 0,
            Head::Own(_) => (spec.vocabulary * spec.hidden) as u64,
        };
        let read = (weights as f64 * (elements - table) as f64 / elements as f64) as u64;
        Self { operations, bytes: read + kv_bytes }
    }

    /// Of quantizing `elements`: a minimum, a maximum, a scale, a bias and a rounding for each.
    pub fn of_conversion(elements: u64, source_bytes: u64, output_bytes: u64) -> Self {
        Self { operations: 6 * elements, bytes: source_bytes + output_bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch;
    use crate::checkpoint::Config;

    #[test]
    fn decoding_costs_two_operations_a_parameter_and_attention() {
        let config = serde_json::json!({
            "model_type": "llama", "hidden_size": 64, "intermediate_size": 100, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 50, "rms_norm_eps": 1e-5,
            "max_position_embeddings": 128, "tie_word_embeddings": true
        });
        let serde_json::Value::Object(root) = config else { panic!("an object") };
        let config = Config::from_object("config.json".into(), root).expect("a config");
        let spec = arch::describe(&config).expect("a spec").spec;
        let matrices = 2 * (64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 100);
        let head = 50 * 64;
        let step = Work::of_tokens(&spec, 10, 11, 1000, 7);
        assert_eq!(step.operations, 2 * (matrices + head) + 2 * 4 * 64 * 11);
        assert_eq!(step.bytes, 1000 + 7);
        let prefill = Work::of_tokens(&spec, 0, 10, 1000, 0);
        assert_eq!(prefill.operations, 2 * (10 * matrices + head) + 2 * 4 * 64 * 55);
    }
}
