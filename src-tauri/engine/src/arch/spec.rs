//! What a decoder computes, as plain data made of sum types.
//!
//! A variant exists once a family needs it; a worker's decoder matches exhaustively, so a new variant
//! does not compile until every decoder has said what it does with it.

use super::rope::Rope;

/// A decoder-only transformer, from token ids to logits.
#[derive(Debug, Clone, PartialEq)]
pub struct DecoderSpec {
    /// Rows of the embedding, and width of the logits.
    pub vocabulary: usize,
    pub hidden: usize,
    /// Positions the model was made for.
    pub context: usize,
    /// Module path of the embedding, `[vocabulary, hidden]`.
    pub embedding: String,
    pub layers: Vec<Layer>,
    pub final_norm: Norm,
    pub head: Head,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    pub mixer: Mixer,
    pub feed_forward: FeedForward,
    pub residual: Residual,
}

/// How a layer lets tokens see each other. What it caches follows from it.
#[derive(Debug, Clone, PartialEq)]
pub enum Mixer {
    Attention(Attention),
}

/// What a layer does to each token alone.
#[derive(Debug, Clone, PartialEq)]
pub enum FeedForward {
    Dense(GatedMlp),
}

/// Where a layer's norms stand and how its parts are added up.
#[derive(Debug, Clone, PartialEq)]
pub enum Residual {
    /// `x += mixer(norm(x)); x += feed_forward(norm(x))`
    PreNorm { mixer: Norm, feed_forward: Norm },
}

/// Softmax attention with grouped heads over a key/value cache.
#[derive(Debug, Clone, PartialEq)]
pub struct Attention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub output: Linear,
    pub query_heads: usize,
    pub kv_heads: usize,
    pub head: usize,
    /// Scores are multiplied by it.
    pub scale: f32,
    pub qk_norm: QkNorm,
    pub rope: Rope,
    /// Tokens that a query sees, itself included; all if absent.
    pub window: Option<usize>,
}

/// Normalization of queries and keys before the rope.
#[derive(Debug, Clone, PartialEq)]
pub enum QkNorm {
    None,
    /// Over each head's own elements.
    PerHead {
        query: Norm,
        key: Norm,
    },
}

/// `down(activation(gate(x)) × up(x))`
#[derive(Debug, Clone, PartialEq)]
pub struct GatedMlp {
    pub gate: Linear,
    pub up: Linear,
    pub down: Linear,
    pub activation: Activation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    Silu,
}

/// `y = x Wᵀ`, W being `[outputs, inputs]` at `{path}.weight`; quantized if `{path}.scales` is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linear {
    pub path: String,
    pub inputs: usize,
    pub outputs: usize,
    /// Whether `{path}.bias`, `[outputs]`, is added.
    pub bias: bool,
}

/// `x / sqrt(mean(x²) + epsilon) × weight`, weight being `[size]` at `{path}.weight`.
#[derive(Debug, Clone, PartialEq)]
pub struct Norm {
    pub path: String,
    pub size: usize,
    pub epsilon: f32,
}

/// From the last hidden state to logits.
#[derive(Debug, Clone, PartialEq)]
pub enum Head {
    /// The embedding, transposed.
    Tied,
    Own(Linear),
}

impl DecoderSpec {
    /// Elements of all weights, a tied head counted once.
    pub fn parameters(&self) -> u64 {
        self.tensors().iter().map(|(_, shape)| shape.iter().product::<u64>()).sum()
    }

    /// Whether keys computed for a shorter text are right in one of `tokens`: a dynamic rope turns all of them anew
    /// once the text is longer than its context.
    pub fn keeps_angles(&self, tokens: usize) -> bool {
        self.layers.iter().all(|layer| match &layer.mixer {
            Mixer::Attention(attention) => attention.rope.dynamic_base(tokens) == attention.rope.theta,
        })
    }

    /// Name and shape of every tensor the decoder reads, none of them quantized.
    pub fn tensors(&self) -> Vec<(String, Vec<u64>)> {
        let mut tensors = Vec::new();
        let weight = |path: &str| format!("{path}.weight");
        tensors.push((weight(&self.embedding), vec![self.vocabulary as u64, self.hidden as u64]));
        let norm = |tensors: &mut Vec<_>, norm: &Norm| tensors.push((weight(&norm.path), vec![norm.size as u64]));
        for layer in &self.layers {
            let Residual::PreNorm { mixer, feed_forward } = &layer.residual;
            norm(&mut tensors, mixer);
            norm(&mut tensors, feed_forward);
            match &layer.mixer {
                Mixer::Attention(attention) => match &attention.qk_norm {
                    QkNorm::None => {}
                    QkNorm::PerHead { query, key } => {
                        norm(&mut tensors, query);
                        norm(&mut tensors, key);
                    }
                },
            }
        }
        norm(&mut tensors, &self.final_norm);
        for linear in self.linears() {
            tensors.push((weight(&linear.path), vec![linear.outputs as u64, linear.inputs as u64]));
            if linear.bias {
                tensors.push((format!("{}.bias", linear.path), vec![linear.outputs as u64]));
            }
        }
        tensors
    }

    /// Module path, rows and columns of every matrix that a recipe may quantize.
    pub fn matrices(&self) -> impl Iterator<Item = (&str, [usize; 2])> {
        let embedding = (self.embedding.as_str(), [self.vocabulary, self.hidden]);
        let linears = self.linears().map(|linear| (linear.path.as_str(), [linear.outputs, linear.inputs]));
        std::iter::once(embedding).chain(linears)
    }

    /// Module paths of matrices that are applied to the same input, one after another: best side by side in a file.
    pub fn siblings(&self) -> impl Iterator<Item = Vec<&String>> {
        self.layers.iter().flat_map(|layer| {
            let Mixer::Attention(Attention { query, key, value, .. }) = &layer.mixer;
            let FeedForward::Dense(GatedMlp { gate, up, .. }) = &layer.feed_forward;
            [vec![&query.path, &key.path, &value.path], vec![&gate.path, &up.path]]
        })
    }

    /// The same function with the feed-forward's inner width raised to a multiple of `multiple` by zeros. `None` if
    /// nothing changes.
    pub fn padded(&self, multiple: usize) -> Option<Self> {
        let mut padded = self.clone();
        for layer in &mut padded.layers {
            let FeedForward::Dense(GatedMlp { gate, up, down, .. }) = &mut layer.feed_forward;
            for inner in [&mut gate.outputs, &mut up.outputs, &mut down.inputs] {
                *inner = inner.next_multiple_of(multiple);
            }
        }
        (padded != *self).then_some(padded)
    }

    fn linears(&self) -> impl Iterator<Item = &Linear> {
        let head = match &self.head {
            Head::Tied => None,
            Head::Own(linear) => Some(linear),
        };
        self.layers.iter().flat_map(Layer::linears).chain(head)
    }
}

impl Layer {
    fn linears(&self) -> impl Iterator<Item = &Linear> {
        let Mixer::Attention(Attention { query, key, value, output, .. }) = &self.mixer;
        let FeedForward::Dense(GatedMlp { gate, up, down, .. }) = &self.feed_forward;
        [query, key, value, output, gate, up, down].into_iter()
    }
}
