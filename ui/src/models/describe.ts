// Short words for a model's facts.
import type { ModelFit, ModelSummary } from '../backend/bindings';
import { words } from '../words';

/** Of memory, in powers of 1024: as memory is sold, and as the system counts it. */
export function bytesText(bytes: number): string {
  return sizeText(bytes, 1024);
}

/** On a disk or from a network, in powers of 1000, as files are measured. */
export function fileText(bytes: number): string {
  return sizeText(bytes, 1000);
}

function sizeText(bytes: number, step: number): string {
  const { size, sizes } = words.units;
  let value = bytes;
  let unit = 0;
  while (value >= step && unit < sizes.length - 1) {
    value /= step;
    unit += 1;
  }
  return size(value, unit === 0 || value >= 100 ? 0 : 1, sizes[unit]!);
}

export function parametersText(count: number): string {
  if (count >= 1e9) return words.models.billions(count / 1e9);
  if (count >= 1e6) return words.models.millions(count / 1e6);
  return words.models.thousands(count / 1e3);
}

export function contextText(tokens: number): string {
  return tokens >= 1024 ? words.models.contextThousands(Math.round(tokens / 1024)) : words.models.context(tokens);
}

/** "2 min", "40 s" */
export function timeText(seconds: number): string {
  if (seconds >= 5400) return words.units.hours(Math.ceil(seconds / 3600));
  if (seconds >= 90) return words.units.minutes(Math.ceil(seconds / 60));
  return words.units.seconds(Math.max(1, Math.ceil(seconds)));
}

/** "1.9 GB, fits" */
export function memoryText(bytes: number, fit: ModelFit): string {
  return words.models.memoryAndFit(bytesText(bytes), words.models.fitInLine[fit]);
}

/** "Llama · 4-bit · 1.7 GB" */
export function modelLine(model: ModelSummary): string {
  return [model.family, model.quantization, fileText(model.bytes)].filter(Boolean).join(' · ');
}

/** The demo that comes with Ingot, or what was converted from it. */
export function isDemo(model: ModelSummary): boolean {
  return model.place === 'demo' || model.name.startsWith('ingot-demo');
}

/** What is quantized has lost what a conversion would need. */
export function isConvertible(model: ModelSummary): boolean {
  return model.supported && model.recipe === null && !/-bit/.test(model.quantization ?? '');
}

/** Why a model cannot be used. */
export function notSupportedText(model: ModelSummary): string {
  return words.models.notSupported(model.reason ?? words.models.unknownFamily);
}

/** "Llama · 3.2B · 4-bit · 1.7 GB · 128K context · in LM Studio" */
export function modelDetails(model: ModelSummary): string {
  return [
    model.family,
    parametersText(model.parameters),
    model.quantization,
    fileText(model.bytes),
    contextText(model.context_length),
    words.models.places[model.place],
  ]
    .filter(Boolean)
    .join(' · ');
}
