// What the model is sent for a transcript, and what an answer makes of its events.
import { expect, it } from 'vitest';
import type { Message, Usage } from '../backend/bindings';
import { statsText } from './stats';
import { Answer, messagesOf, Question, type Turn } from './turns.svelte';

const usage: Usage = {
  prompt_tokens: 9,
  cached_tokens: 0,
  generated_tokens: 100,
  time_to_first_token_seconds: 0.12,
  prefill_tokens_per_second: 75,
  decode_tokens_per_second: 42.08,
  peak_memory_bytes: 21_000_000,
  outside_seconds_per_token: 0.00003,
};

function answer(text: string, end: 'finished' | 'cancelled' | 'failed' = 'finished'): Answer {
  const turn = new Answer();
  if (text) turn.receive({ type: 'text', text });
  if (end === 'failed') turn.fail({ code: 'worker_died', message: 'gone' });
  else turn.receive({ type: 'finished', reason: end === 'cancelled' ? 'cancelled' : 'stop', usage });
  return turn;
}

const user = (content: string): Message => ({ role: 'user', content });
const assistant = (content: string): Message => ({ role: 'assistant', content });

const cases: [what: string, turns: Turn[], system: string, messages: Message[]][] = [
  ['one question', [new Question('a')], '', [user('a')]],
  ['a system prompt', [new Question('a')], ' be brief ', [{ role: 'system', content: 'be brief' }, user('a')]],
  ['a blank system prompt', [new Question('a')], '  \n', [user('a')]],
  ['a finished answer', [new Question('a'), answer('b'), new Question('c')], '', [user('a'), assistant('b'), user('c')]],
  ['a partial answer', [new Question('a'), answer('b', 'failed'), new Question('c')], '', [user('a'), assistant('b'), user('c')]],
  ['a question that failed without a word', [new Question('a'), answer('', 'failed'), new Question('c')], '', [user('c')]],
  ['a question stopped without a word', [new Question('a'), answer('', 'cancelled'), new Question('c')], '', [user('a\n\nc')]],
];

it.each(cases)('sends %s', (_what, turns, system, messages) => {
  expect(messagesOf(turns, system)).toEqual(messages);
});

it('ignores events after the end', () => {
  const turn = answer('b');
  turn.receive({ type: 'text', text: 'late' });
  turn.fail({ code: 'internal', message: 'late' });
  expect([turn.stream.text, turn.phase, turn.error]).toEqual(['b', 'finished', null]);
});

it.each([
  [{}, '42.1 tok/s · 0.12 s to first token · 100 tokens'],
  [{ generated_tokens: 0, time_to_first_token_seconds: 0 }, '0 tokens'],
  [{ generated_tokens: 1, decode_tokens_per_second: 0 }, '0.12 s to first token · 1 token'],
  [{ decode_tokens_per_second: 4830.4, time_to_first_token_seconds: 0.0042 }, '4830 tok/s · 0.004 s to first token · 100 tokens'],
  [{ time_to_first_token_seconds: 12.34 }, '42.1 tok/s · 12.3 s to first token · 100 tokens'],
] as [Partial<Usage>, string][])('writes the figures %o', (change, text) => {
  expect(statsText({ ...usage, ...change })).toBe(text);
});
