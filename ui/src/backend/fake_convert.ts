// What the fake backend makes of a model.
import type { Conversion, Made, Quality, RecipePlan } from './bindings';

const GB = 1e9;

const quality: Quality = {
  kl_divergence: 0.0312,
  top1_agreement: 0.943,
  perplexity_source: 11.42,
  own_text: false,
  perplexity_converted: 11.81,
  tokens: 1180,
  generated_tokens: 8,
};

export const fakeMade: Made = {
  name: 'Llama-3.2-1B-balanced-5bit-g64',
  path: '/Models/Llama-3.2-1B-balanced-5bit-g64',
  output_bytes: 0.85 * GB,
  quality,
};

function plan(recipe: string, title: string, bits: number, change: Partial<RecipePlan> = {}): RecipePlan {
  return {
    recipe,
    title,
    bits_per_weight: bits,
    output_bytes: (bits / 8) * 1.24e9,
    memory_bytes: (bits / 8) * 1.24e9 + 0.6 * GB,
    fit: 'fits',
    times_as_fast: 16 / bits,
    tokens_per_second: null,
    layers: [
      `${Math.floor(bits)}-bit: 113 matrices, 99.9 % of the weights`,
      'Not quantized: norms and biases, as always',
    ],
    made: null,
    ...change,
  };
}

export const fakePlans: RecipePlan[] = [
  plan('speed-4bit', '4-bit, fast', 4.5, { made: { ...fakeMade, name: 'Llama-3.2-1B-speed-4bit-g64' } }),
  plan('balanced-5bit', '5-bit, balanced', 5.5),
  plan('quality-8bit', '8-bit, best quality', 8.5, { fit: 'tight', times_as_fast: null }),
  plan('mixed-precision', '4-bit and 6-bit, mixed', 5.03),
];

export const fakeConversion: Conversion = {
  source: '/Models/Llama-3.2-1B',
  name: 'Llama-3.2-1B-balanced-5bit-g64',
  recipe: 'balanced-5bit',
  group_size: 64,
  pad: false,
  state: 'running',
  step: 'Converting',
  fraction: 0.42,
  seconds_left: 12,
  trouble: null,
  made: null,
  seconds: 21.3,
  peak_memory_bytes: 38_000_000,
};
