// The models that the fake backend knows.
import type { ModelSummary, Sampling } from './bindings';

const sampling: Sampling = {
  temperature: 0.6,
  top_p: 0.9,
  top_k: 0,
  min_p: 0,
  repetition_penalty: 1,
  seed: null,
  max_tokens: 2048,
};

const GB = 1e9;

export const fakeModels: ModelSummary[] = [
  {
    name: 'Llama-3.2-3B-Instruct',
    path: '/Models/Llama-3.2-3B-Instruct',
    place: 'library',
    family: 'Llama',
    supported: true,
    reason: null,
    bytes: 1.68 * GB,
    context_length: 131072,
    memory_bytes: 2_900_000_000,
    quantization: '4-bit',
    recipe: 'speed-4bit',
    parameters: 3.21e9,
    sampling,
  },
  {
    name: 'Qwen3-8B',
    path: '/Models/Qwen3-8B',
    place: 'lm_studio',
    family: 'Qwen 3',
    supported: true,
    reason: null,
    bytes: 5.24 * GB,
    context_length: 40960,
    memory_bytes: 9_800_000_000,
    quantization: '5-bit',
    recipe: null,
    parameters: 8.19e9,
    sampling: { ...sampling, top_p: 0.95, top_k: 20 },
  },
  {
    name: 'stories260K',
    path: '/Models/stories260K',
    place: 'library',
    family: 'Llama',
    supported: true,
    reason: null,
    bytes: 1_048_576,
    context_length: 512,
    memory_bytes: 60_000_000,
    quantization: null,
    recipe: null,
    parameters: 260_032,
    sampling: { ...sampling, temperature: 0, top_p: 1, max_tokens: 256 },
  },
  {
    name: 'whisper-large-v3',
    path: '/Models/whisper-large-v3',
    place: 'library',
    family: 'Whisper',
    supported: false,
    reason: 'Speech models cannot chat.',
    bytes: 2.88 * GB,
    context_length: 448,
    memory_bytes: null,
    quantization: null,
    recipe: null,
    parameters: 1.54e9,
    sampling,
  },
];

/** The one that comes with Ingot. */
export const fakeDemo: ModelSummary = {
  name: 'ingot-demo',
  path: '/Applications/Ingot.app/Contents/Resources/ingot-demo',
  place: 'demo',
  family: 'llama',
  supported: true,
  reason: null,
  bytes: 10_426_880,
  context_length: 512,
  memory_bytes: 90_000_000,
  quantization: 'bfloat16',
  recipe: null,
  parameters: 5_213_440,
  sampling: { ...sampling, temperature: 0, top_p: 1, max_tokens: 256 },
};

/** One that can be converted. */
export const fakePlain: ModelSummary = {
  name: 'Llama-3.2-1B',
  path: '/Models/Llama-3.2-1B',
  place: 'library',
  family: 'Llama',
  supported: true,
  reason: null,
  bytes: 2.3 * GB,
  context_length: 131072,
  memory_bytes: 3_100_000_000,
  quantization: 'bfloat16',
  recipe: null,
  parameters: 1.24e9,
  sampling,
};
