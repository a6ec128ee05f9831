// Typed values stay within their limits.
import { expect, it } from 'vitest';
import { parsed, parsedSeed, samplingFields } from './sampling_fields';

const field = (key: string) => samplingFields.find((known) => known.key === key)!;

it.each([
  ['temperature', '0.7', 0.7],
  ['temperature', '9', 2],
  ['temperature', '-1', 0],
  ['temperature', '', null],
  ['temperature', 'warm', null],
  ['top_k', '40.4', 40],
  ['max_tokens', '0', 1],
])('%s %s', (key, typed, value) => {
  expect(parsed(field(key), typed)).toBe(value);
});

it('takes an empty seed as random', () => {
  expect([parsedSeed('7'), parsedSeed(''), parsedSeed('-3')]).toEqual([7, null, null]);
});
