//! A plan in words.

use super::Summary;

impl Summary {
    /// Which matrices get how many bits, and which stay as they are and why; a line for each.
    pub fn layers(&self) -> Vec<String> {
        let quantized = self.quantized.iter().map(|quantized| {
            let (bits, matrices, parameters) = (quantized.bits, quantized.matrices, quantized.parameters);
            format!("{bits}-bit: {matrices} matrices, {:.1} % of the weights", share(parameters, self.parameters))
        });
        let padded = self
            .padded
            .iter()
            .map(|padded| format!("Padded: the feed-forward's width, {} to {}", padded.from, padded.to));
        let kept = reasons(self).into_iter().map(|(reason, matrices)| {
            let advice =
                if matrices.iter().all(|matrix| matrix.contains(".mlp.")) { "; padding mends that" } else { "" };
            format!("Not quantized: {} ({reason}{advice})", matrices.join(", "))
        });
        let always = "Not quantized: norms and biases, as always".to_owned();
        quantized.chain(padded).chain(kept).chain([always]).collect()
    }
}

/// Matrices that stay as they are by reason, a kind of matrix named once.
fn reasons(summary: &Summary) -> Vec<(&str, Vec<String>)> {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for kept in &summary.kept {
        let kind = kept.matrix.split('.').map(|part| if part.parse::<u32>().is_ok() { "*" } else { part });
        let kind = kind.collect::<Vec<_>>().join(".");
        match reasons.iter_mut().find(|(reason, _)| *reason == kept.reason) {
            Some((_, kinds)) if kinds.contains(&kind) => {}
            Some((_, kinds)) => kinds.push(kind),
            None => reasons.push((&kept.reason, vec![kind])),
        }
    }
    reasons
}

fn share(part: u64, whole: u64) -> f64 {
    part as f64 * 100.0 / whole.max(1) as f64
}
