// How well a conversion does, and how fast, in words.
import type { Quality, RecipePlan } from '../backend/bindings';
import { words } from '../words';

/** "97.4 % the same, KL 0.0123": how often the likeliest next token is the source's, and how far apart the two are. */
export function qualityText(quality: Quality): string {
  return words.convert.quality.short(quality.top1_agreement * 100, quality.kl_divergence, quality.own_text);
}

/** The same at length. */
export function qualitySentence(quality: Quality): string {
  const { tokens, own_text, top1_agreement, kl_divergence, perplexity_converted, perplexity_source } = quality;
  return words.convert.quality.sentence(
    tokens,
    own_text,
    top1_agreement * 100,
    kl_divergence,
    perplexity_converted,
    perplexity_source,
  );
}

/** Whether the recipes differ in speed in a way that is known: they do on a GPU. */
export function tellSpeed(plans: RecipePlan[]): boolean {
  return plans.some((plan) => plan.times_as_fast !== null);
}

/** "up to 41 tok/s" where the machine's memory is known, else "2.9 × the source", or a dash where nothing is. */
export function speedText({ tokens_per_second, times_as_fast }: RecipePlan): string {
  if (times_as_fast === null) return '–';
  if (tokens_per_second === null) return words.convert.quality.timesTheSource(times_as_fast);
  return words.convert.quality.upTo(words.units.tokensPerSecond(tokens_per_second, tokens_per_second < 10 ? 1 : 0));
}
