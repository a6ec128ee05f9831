//! One step of decoding: from a token that may not be computed yet to the logits of the next.
//!
//! There are two ways. The plain one builds the graph of a step anew, with the exact lengths. The compiled one is
//! traced once for each size of the cache and replayed: positions come in as arrays, the cache goes in and comes
//! out, and a mask hides the room that is not filled. Which is faster is a matter of the device.

use std::rc::Rc;

use ingot_engine::arch::{Mixer, Rope};
use ingot_engine::checkpoint::Affine;

use super::Decoder;
use super::attention::{Attend, quantized_attention};
use super::cache::{Cache, Kind, Parts};
use crate::mlx::{Array, Compiled, Mask, Position, Result, arange, fused_attention};

/// Decodes token by token.
pub struct Step {
    decoder: Rc<Decoder>,
    /// The step for the caches' kinds it was made for.
    compiled: Option<(Vec<Layout>, Compiled)>,
    use_compiled: bool,
}

/// What the trace of a step depends on besides the shapes of its inputs.
#[derive(Debug, Clone, PartialEq)]
struct Layout {
    /// Which of the distinct rings the layer has; the first is for full layers.
    class: usize,
    affine: Option<Affine>,
}

impl Step {
    pub fn new(decoder: Rc<Decoder>, use_compiled: bool) -> Self {
        Self { decoder, compiled: None, use_compiled }
    }

    /// Logits `[1, vocabulary]` of what follows `token` (`[1]`, of type `U32`), which is put into the cache.
    pub fn logits(&mut self, token: &Array, cache: &mut Cache) -> Result<Array> {
        if self.use_compiled { self.replay(token, cache) } else { self.build(token, cache) }
    }

    fn build(&self, token: &Array, cache: &mut Cache) -> Result<Array> {
        cache.begin(1);
        let hidden = self.decoder.hidden(&token.reshape(&[1, 1])?, cache)?;
        cache.advance();
        self.decoder.logits(&hidden)?.reshape(&[1, -1])
    }

    fn replay(&mut self, token: &Array, cache: &mut Cache) -> Result<Array> {
        let offset = cache.offset();
        // Room first: it changes the shapes that the trace depends on.
        let mut classes: Vec<(Kind, usize, usize)> = vec![(Kind::Full, offset, offset + 1)];
        let mut layouts = Vec::with_capacity(cache.layers.len());
        for layer in &mut cache.layers {
            let class = match layer.kind {
                Kind::Full => {
                    layer.make_room(offset, offset + 1)?;
                    0
                }
                Kind::Ring { size, kept, next } => {
                    let place = layer.place_in_ring(size, kept, next, offset)?;
                    let entry = (layer.kind, place, (offset + 1).min(size));
                    layer.kind = Kind::Ring { size, kept, next: place + 1 };
                    classes.iter().position(|class| *class == entry).unwrap_or_else(|| {
                        classes.push(entry);
                        classes.len() - 1
                    })
                }
            };
            layouts.push(Layout { class, affine: layer.affine() });
        }
        if self.compiled.as_ref().is_none_or(|(made_for, _)| *made_for != layouts) {
            self.compiled = Some((layouts.clone(), trace(Rc::clone(&self.decoder), layouts)?));
        }
        let Some((_, compiled)) = &self.compiled else { unreachable!("made just above") };

        let mut inputs = vec![token.clone(), Array::from_i32(offset as i32)];
        for (_, place, held) in &classes {
            inputs.push(Array::from_i32(*place as i32).reshape(&[1])?);
            inputs.push(Array::from_i32(*held as i32));
        }
        inputs.extend(dynamic_ropes(&self.decoder).map(|rope| {
            let base = rope.dynamic_base(offset + 1);
            let periods: Vec<f32> =
                (0..rope.dims / 2).map(|pair| base.powf((2 * pair) as f32 / rope.dims as f32)).collect();
            Array::from_f32(&periods, &[periods.len() as i32])
        }));
        for layer in &mut cache.layers {
            inputs.append(&mut layer.keys);
            inputs.append(&mut layer.values);
        }
        let mut outputs = compiled.call(inputs)?.into_iter();
        let logits = outputs.next();
        for layer in &mut cache.layers {
            let parts = if layer.affine().is_some() { 3 } else { 1 };
            layer.keys = outputs.by_ref().take(parts).collect();
            layer.values = outputs.by_ref().take(parts).collect();
        }
        cache.begin(1);
        cache.advance();
        logits.ok_or_else(|| crate::mlx::MlxError("the compiled step gave nothing".into()))
    }
}

/// The ropes whose periods change with the length of the text, layer by layer.
fn dynamic_ropes(decoder: &Decoder) -> impl Iterator<Item = &Rope> {
    decoder.spec().layers.iter().filter_map(|layer| {
        let Mixer::Attention(attention) = &layer.mixer;
        attention.rope.is_dynamic().then_some(&attention.rope)
    })
}

/// Compiles the step for layers of `layouts`. Inputs and outputs are those of [`Step::replay`].
fn trace(decoder: Rc<Decoder>, layouts: Vec<Layout>) -> Result<Compiled> {
    let class_count = layouts.iter().map(|layout| layout.class).max().unwrap_or(0) + 1;
    Compiled::new(move |inputs| {
        let mut rest = inputs.iter().cloned();
        let mut next = || rest.next().ok_or_else(|| crate::mlx::MlxError("the compiled step lacks an input".into()));
        let token = next()?;
        let offset = next()?;
        let places: Vec<(Array, Array)> = (0..class_count).map(|_| Ok((next()?, next()?))).collect::<Result<_>>()?;
        let dynamic = decoder.spec().layers.iter().map(|layer| {
            let Mixer::Attention(attention) = &layer.mixer;
            if attention.rope.is_dynamic() { next().map(Some) } else { Ok(None) }
        });
        let periods = dynamic.collect::<Result<Vec<_>>>()?;
        let mut take = |affine: Option<Affine>| -> Result<Parts> {
            (0..if affine.is_some() { 3 } else { 1 }).map(|_| next()).collect()
        };
        let layers = layouts
            .iter()
            .map(|layout| Ok((take(layout.affine)?, take(layout.affine)?)))
            .collect::<Result<Vec<_>>>()?;
        let masks = (0..class_count)
            .map(|class| {
                let room = layouts.iter().zip(&layers).find(|(layout, _)| layout.class == class);
                let room = room.map_or(0, |(_, (keys, _))| keys[0].dim(2));
                arange(0, room)?.less(&places[class].1)
            })
            .collect::<Result<Vec<_>>>()?;
        let mut context = Traced { layouts: &layouts, offset, places, periods, masks, layers };
        let hidden = decoder.hidden(&token.reshape(&[1, 1])?, &mut context)?;
        let mut outputs = vec![decoder.logits(&hidden)?.reshape(&[1, -1])?];
        for (keys, values) in context.layers {
            outputs.extend(keys);
            outputs.extend(values);
        }
        Ok(outputs)
    })
}

/// The cache while a step is traced: its arrays are stand-ins, its lengths are computed.
struct Traced<'a> {
    layouts: &'a [Layout],
    offset: Array,
    /// For each class where the token goes.
    places: Vec<(Array, Array)>,
    periods: Vec<Option<Array>>,
    masks: Vec<Array>,
    layers: Vec<(Parts, Parts)>,
}

impl Attend for Traced<'_> {
    fn position(&self) -> Position<'_> {
        Position::Computed(&self.offset)
    }

    fn length(&self) -> usize {
        0
    }

    fn dynamic_periods(&self, layer: usize) -> Option<&Array> {
        self.periods[layer].as_ref()
    }

    fn attend(&mut self, layer: usize, queries: &Array, keys: Array, values: Array, scale: f32) -> Result<Array> {
        let Layout { class, affine } = self.layouts[layer];
        let (place, mask) = (&self.places[class].0, &self.masks[class]);
        let put = |parts: &mut Parts, x: Array| -> Result<()> {
            for (part, update) in parts.iter_mut().zip(super::cache::parts(x, affine)?) {
                *part = part.slice_update_at(&update, 2, place)?;
            }
            Ok(())
        };
        let (k, v) = &mut self.layers[layer];
        put(k, keys)?;
        put(v, values)?;
        match (affine, k.as_slice(), v.as_slice()) {
            (Some(affine), [k0, k1, k2], [v0, v1, v2]) => {
                quantized_attention(queries, [k0, k1, k2], [v0, v1, v2], affine, scale, Mask::Bool(mask))
            }
            (_, k, v) => fused_attention(queries, &k[0], &v[0], scale, Mask::Bool(mask)),
        }
    }
}
