// The sampling values that the reader can set, and their limits.
import type { Sampling } from '../backend/bindings';

export interface SamplingField {
  key: Exclude<keyof Sampling, 'seed'>;
  min: number;
  max: number;
  step: number;
  /** Without effect at temperature 0, where the likeliest token always wins. */
  needsTemperature: boolean;
}

export const samplingFields: SamplingField[] = [
  { key: 'temperature', min: 0, max: 2, step: 0.05, needsTemperature: false },
  { key: 'top_p', min: 0, max: 1, step: 0.01, needsTemperature: true },
  { key: 'min_p', min: 0, max: 1, step: 0.01, needsTemperature: true },
  { key: 'top_k', min: 0, max: 1000, step: 1, needsTemperature: true },
  { key: 'repetition_penalty', min: 0.5, max: 2, step: 0.05, needsTemperature: false },
  { key: 'max_tokens', min: 1, max: 1_000_000, step: 1, needsTemperature: false },
];

/** What was typed, within the field's limits; null if it is not a number. */
export function parsed(field: SamplingField, typed: string): number | null {
  const value = Number.parseFloat(typed);
  if (!Number.isFinite(value)) return null;
  const whole = Number.isInteger(field.step) ? Math.round(value) : value;
  return Math.min(field.max, Math.max(field.min, whole));
}

/** A whole number from 0, or null for a random seed. */
export function parsedSeed(typed: string): number | null {
  const value = Number.parseInt(typed, 10);
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}
