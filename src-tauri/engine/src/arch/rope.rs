//! Rotary position embedding: its variants, and the numbers that a kernel needs for each.
//!
//! Formulas as in `mlx_lm/models/rope_utils.py` (0.32.2), computed in single precision like there.

use crate::checkpoint::{Config, RopeConfig};
use crate::error::{Error, Result};

/// Rotation of the first `dims` elements of each head.
#[derive(Debug, Clone, PartialEq)]
pub struct Rope {
    pub dims: usize,
    pub layout: RopeLayout,
    pub theta: f32,
    pub scaling: RopeScaling,
}

/// Which two elements form a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RopeLayout {
    /// i and i + dims/2: the Hub's.
    Halves,
    /// 2i and 2i + 1: the paper's.
    Interleaved,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RopeScaling {
    None,
    /// Positions divided by the factor.
    Linear {
        factor: f32,
    },
    /// Llama 3: long wavelengths stretched, short ones kept, the rest blended.
    Llama3 {
        factor: f32,
        low: f32,
        high: f32,
        original_context: f32,
    },
    Yarn {
        factor: f32,
        original_context: f32,
        beta_fast: f32,
        beta_slow: f32,
        mscale: f32,
        mscale_all_dim: f32,
    },
    /// One factor per pair, those for long texts; `input_scale` multiplies what is rotated.
    LongRope {
        factors: Vec<f32>,
        input_scale: f32,
    },
    /// The base grows with the text once it is longer than `context`.
    Dynamic {
        factor: f32,
        context: f32,
    },
}

/// What to hand to a rope kernel.
#[derive(Debug, Clone, PartialEq)]
pub enum RopeKernel {
    /// angle = position × scale / base^(2i/dims)
    Base { base: f32, scale: f32 },
    /// angle = position / periods[i]; the rotated elements are multiplied by `input_scale` first.
    Periods { periods: Vec<f32>, input_scale: f32 },
    /// As `Base`, with a base that [`Rope::dynamic_base`] gives for each length.
    Dynamic,
}

impl Rope {
    pub(super) fn from_config(config: &Config, rope: &RopeConfig, shape: RopeShape) -> Result<Self> {
        let RopeShape { dims, layout, default_theta, context } = shape;
        let theta = match rope.theta.or(default_theta) {
            Some(theta) => theta as f32,
            None => return Err(config.error("rope_theta is missing")),
        };
        let number = |field: &str| config.rope_number(rope, field).map(|number| number as f32);
        let number_or =
            |field: &str, default: f32| Ok(config.find_rope(rope, field)?.map_or(default, |number| number as f32));
        let scaling =
            match rope.kind.as_str() {
                "default" | "mrope" => RopeScaling::None,
                "linear" => RopeScaling::Linear { factor: number("factor")? },
                "llama3" => RopeScaling::Llama3 {
                    factor: number("factor")?,
                    low: number_or("low_freq_factor", 1.0)?,
                    high: number_or("high_freq_factor", 4.0)?,
                    original_context: number_or("original_max_position_embeddings", 8192.0)?,
                },
                "yarn" => RopeScaling::Yarn {
                    factor: number("factor")?,
                    original_context: number_or("original_max_position_embeddings", 4096.0)?,
                    beta_fast: number_or("beta_fast", 32.0)?,
                    beta_slow: number_or("beta_slow", 1.0)?,
                    mscale: number_or("mscale", 1.0)?,
                    mscale_all_dim: number_or("mscale_all_dim", 0.0)?,
                },
                "longrope" | "su" => {
                    let original = number("original_max_position_embeddings")?;
                    let factors = config.rope_numbers(rope, "long_factor", dims / 2)?;
                    let stretch = context as f32 / original;
                    let input_scale = if stretch <= 1.0 { 1.0 } else { (1.0 + stretch.ln() / original.ln()).sqrt() };
                    RopeScaling::LongRope {
                        factors: factors.into_iter().map(|factor| factor as f32).collect(),
                        input_scale,
                    }
                }
                "dynamic" => RopeScaling::Dynamic { factor: number("factor")?, context: context as f32 },
                other => {
                    return Err(Error::unsupported(config.error(format_args!(
                    "rope of type {other:?}; Ingot knows default, linear, llama3, yarn, longrope and dynamic"
                )).message));
                }
            };
        Ok(Self { dims, layout, theta, scaling })
    }

    pub fn kernel(&self) -> RopeKernel {
        let periods = |input_scale, period: &dyn Fn(usize, f32) -> f32| RopeKernel::Periods {
            periods: (0..self.dims / 2).map(|pair| period(pair, self.period(pair))).collect(),
            input_scale,
        };
        match &self.scaling {
            RopeScaling::None => RopeKernel::Base { base: self.theta, scale: 1.0 },
            RopeScaling::Linear { factor } => RopeKernel::Base { base: self.theta, scale: 1.0 / factor },
            RopeScaling::Dynamic { .. } => RopeKernel::Dynamic,
            RopeScaling::Llama3 { factor, low, high, original_context } => periods(1.0, &|_, period| {
                let wavelength = 2.0 * std::f32::consts::PI * period;
                if wavelength > original_context / low {
                    period * factor
                } else if wavelength > original_context / high {
                    let smooth = (original_context / wavelength - low) / (high - low);
                    period / ((1.0 - smooth) / factor + smooth)
                } else {
                    period
                }
            }),
            RopeScaling::LongRope { factors, input_scale } => {
                periods(*input_scale, &|pair, period| factors[pair] * period)
            }
            RopeScaling::Yarn { factor, original_context, beta_fast, beta_slow, mscale, mscale_all_dim } => {
                let turns = |rotations: f32| {
                    let ratio = f64::from(*original_context) / (f64::from(rotations) * std::f64::consts::TAU);
                    self.dims as f64 * ratio.ln() / (2.0 * f64::from(self.theta).ln())
                };
                let low = turns(*beta_fast).floor().max(0.0) as f32;
                let mut high = turns(*beta_slow).ceil().min(self.dims as f64 - 1.0) as f32;
                if low == high {
                    high += 0.001;
                }
                let magnitude = |by: f32| if *factor <= 1.0 { 1.0 } else { 0.1 * by * factor.ln() + 1.0 };
                periods(magnitude(*mscale) / magnitude(*mscale_all_dim), &|pair, period| {
                    let ramp = ((pair as f32 - low) / (high - low)).clamp(0.0, 1.0);
                    let (stretched, keep) = (factor * period, 1.0 - ramp);
                    (stretched * period) / (stretched * keep + period * (1.0 - keep))
                })
            }
        }
    }

    /// The base for a text of `length` tokens under [`RopeScaling::Dynamic`]; `theta` for every other kind.
    pub fn dynamic_base(&self, length: usize) -> f32 {
        let RopeScaling::Dynamic { factor, context } = &self.scaling else { return self.theta };
        let (factor, context) = (f64::from(*factor), f64::from(*context));
        let length = (length as f64).max(context);
        let dims = self.dims as f64;
        let growth = (factor * length / context - (factor - 1.0)).powf(dims / (dims - 2.0));
        (f64::from(self.theta) * growth) as f32
    }

    /// Positions that the rope makes of a model's `context`, which configs leave as it was when such a rope is added.
    pub(super) fn reach(&self, context: usize) -> usize {
        let stretched = match self.scaling {
            RopeScaling::Dynamic { factor, context } => context * factor,
            RopeScaling::Yarn { factor, original_context, .. } => original_context * factor,
            _ => 0.0,
        };
        context.max(stretched as usize)
    }

    /// Positions per radian of pair `pair`, unscaled.
    fn period(&self, pair: usize) -> f32 {
        self.theta.powf((2 * pair) as f32 / self.dims as f32)
    }
}

/// What a family knows about its rope besides the config's parameters.
pub(super) struct RopeShape {
    pub dims: usize,
    pub layout: RopeLayout,
    /// Used where the config has none; without it, that is an error.
    pub default_theta: Option<f64>,
    /// `max_position_embeddings`
    pub context: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn periods(scaling: RopeScaling) -> (Vec<f32>, f32) {
        let rope = Rope { dims: 8, layout: RopeLayout::Halves, theta: 10000.0, scaling };
        match rope.kernel() {
            RopeKernel::Periods { periods, input_scale } => (periods, input_scale),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn llama3_keeps_short_waves_and_stretches_long_ones() {
        let (periods, scale) =
            periods(RopeScaling::Llama3 { factor: 8.0, low: 1.0, high: 4.0, original_context: 8192.0 });
        // Unscaled: 1, 10, 100, 1000; wavelengths 6, 63, 628, 6283; the last lies between 8192/4 and 8192.
        assert_eq!((periods[0], scale), (1.0, 1.0));
        assert!((periods[2] - 100.0).abs() < 1e-3 && periods[3] > 1000.0 && periods[3] < 8000.0, "{periods:?}");
    }

    #[test]
    fn yarn_blends_from_kept_to_stretched() {
        let (periods, scale) = periods(RopeScaling::Yarn {
            factor: 4.0,
            original_context: 32.0,
            beta_fast: 32.0,
            beta_slow: 1.0,
            mscale: 1.0,
            mscale_all_dim: 0.0,
        });
        assert!((periods[0] - 1.0).abs() < 1e-6 && (periods[3] - 4000.0).abs() < 1e-2, "{periods:?}");
        assert!((scale - (0.1 * 4.0_f32.ln() + 1.0)).abs() < 1e-6);
    }

    #[test]
    fn the_dynamic_base_grows_only_past_the_context() {
        let rope = Rope {
            dims: 8,
            layout: RopeLayout::Halves,
            theta: 10000.0,
            scaling: RopeScaling::Dynamic { factor: 2.0, context: 64.0 },
        };
        assert_eq!(rope.dynamic_base(10), 10000.0);
        assert_eq!(rope.dynamic_base(64), 10000.0);
        assert!(rope.dynamic_base(65) > 10000.0);
    }
}
