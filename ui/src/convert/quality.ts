// How well a conversion does, and how fast, in words.
import type { Quality, RecipePlan } from '../backend/bindings';

/** "97.4 % the same, KL 0.0123": how often the likeliest next token is the source's, and how far apart the two are. */
export function qualityText(quality: Quality): string {
  const same = (quality.top1_agreement * 100).toFixed(1);
  return `${same} % the same, KL ${quality.kl_divergence.toFixed(4)}`;
}

/** The same at length. */
export function qualitySentence(quality: Quality): string {
  const same = (quality.top1_agreement * 100).toFixed(1);
  const [before, after] = [quality.perplexity_source, quality.perplexity_converted].map((value) => value.toFixed(2));
  return (
    `On ${quality.tokens} tokens it expects the same next token as its source in ${same} %; ` +
    `KL divergence ${quality.kl_divergence.toFixed(4)}, perplexity ${after} (source ${before}).`
  );
}

/** "up to 41 tok/s" where the machine's memory is known, else "2.9 × the source". */
export function speedText({ tokens_per_second, times_as_fast }: RecipePlan): string {
  if (tokens_per_second === null) return `${times_as_fast.toFixed(1)} × the source`;
  return `up to ${tokens_per_second < 10 ? tokens_per_second.toFixed(1) : Math.round(tokens_per_second)} tok/s`;
}
