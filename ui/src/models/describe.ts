// Short words for a model's facts.
import type { ModelFit, ModelSummary, Place } from '../backend/bindings';

const UNITS = ['bytes', 'KB', 'MB', 'GB', 'TB'];

/** Sizes are in powers of 1024, because they are compared with memory. */
export function bytesText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

export function parametersText(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)}B`;
  if (count >= 1e6) return `${Math.round(count / 1e6)}M`;
  return `${Math.round(count / 1e3)}K`;
}

export function contextText(tokens: number): string {
  return tokens >= 1024 ? `${Math.round(tokens / 1024)}K context` : `${tokens} context`;
}

/** "2 min", "40 s" */
export function timeText(seconds: number): string {
  if (seconds >= 5400) return `${Math.ceil(seconds / 3600)} h`;
  return seconds >= 90 ? `${Math.ceil(seconds / 60)} min` : `${Math.max(1, Math.ceil(seconds))} s`;
}

export function fitText(fit: ModelFit): string {
  return { fits: 'Fits', tight: 'Tight', too_large: 'Too large' }[fit];
}

/** "Llama · 4-bit · 1.7 GB" */
export function modelLine(model: ModelSummary): string {
  return [model.family, model.quantization, bytesText(model.bytes)].filter(Boolean).join(' · ');
}

/** Whose a model is that Ingot only reads. */
const OTHERS: Partial<Record<Place, string>> = {
  hub_cache: 'in the Hugging Face cache',
  lm_studio: 'in LM Studio',
  omlx: 'in oMLX',
  osaurus: 'in osaurus',
};

/** "Llama · 3.2B · 4-bit · 1.7 GB · 128K context · in LM Studio" */
export function modelDetails(model: ModelSummary): string {
  return [
    model.family,
    parametersText(model.parameters),
    model.quantization,
    bytesText(model.bytes),
    contextText(model.context_length),
    OTHERS[model.place],
  ]
    .filter(Boolean)
    .join(' · ');
}
