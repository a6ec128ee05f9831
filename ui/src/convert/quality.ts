// How well a conversion does, in words.
import type { Quality } from '../backend/bindings';

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
