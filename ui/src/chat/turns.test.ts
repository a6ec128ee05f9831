// What an answer makes of its events, and the words beside it.
import { expect, it } from 'vitest';
import type { Block, Ending, Usage } from '../backend/bindings';
import { agoText, statsText } from './stats';
import { Answer, turnOf } from './turns.svelte';

const usage: Usage = {
  prompt_tokens: 9,
  left_out_messages: 0,
  cached_tokens: 0,
  generated_tokens: 100,
  time_to_first_token_seconds: 0.12,
  prefill_tokens_per_second: 75,
  decode_tokens_per_second: 42.08,
  peak_memory_bytes: 21_000_000,
  outside_seconds_per_token: 0.00003,
};

const words = (text: string): Block => ({ kind: 'paragraph', spans: [{ kind: 'text', text }] });

it('keeps what a patch keeps and replaces the rest', () => {
  const answer = new Answer();
  answer.receive({ type: 'patches', patches: [{ part: 'answer', keep: 0, blocks: [words('a'), words('b')] }] });
  const [first] = answer.document.answer;
  answer.receive({ type: 'patches', patches: [{ part: 'answer', keep: 1, blocks: [words('bc')] }] });
  expect(answer.document).toEqual({ thinking: [], answer: [words('a'), words('bc')] });
  expect(answer.document.answer[0]).toBe(first);
});

it('tells thinking from answering', () => {
  const answer = new Answer();
  answer.receive({ type: 'patches', patches: [{ part: 'thinking', keep: 0, blocks: [words('hm')] }] });
  expect(answer.thinking).toBe(true);
  answer.receive({ type: 'patches', patches: [{ part: 'answer', keep: 0, blocks: [words('yes')] }] });
  expect(answer.thinking).toBe(false);
});

it('ignores events after the end', () => {
  const answer = new Answer();
  answer.receive({ type: 'finished', reason: 'stop', usage });
  answer.receive({ type: 'patches', patches: [{ part: 'answer', keep: 0, blocks: [words('late')] }] });
  answer.fail({ code: 'internal', message: 'late' });
  expect([answer.document.answer, answer.phase, answer.error]).toEqual([[], 'finished', null]);
});

it.each([
  [{ type: 'finished', reason: 'cancelled', usage }, 'finished'],
  [{ type: 'failed', error: { code: 'worker_died', message: 'gone' } }, 'failed'],
  [{ type: 'open' }, 'interrupted'],
] as [Ending, string][])('shows an answer that was kept as %o', (ending, phase) => {
  const document = { thinking: [], answer: [words('a')] };
  const turn = turnOf({ id: 5, role: 'assistant', text: '', document, model: 'tiny', ending, is_running: false }) as Answer;
  expect([turn.turn, turn.phase, turn.ended, turn.document]).toEqual([5, phase, true, document]);
});

it.each([
  [0, 'Just now'],
  [59, '59 min ago'],
  [3 * 60, '3 h ago'],
  [20 * 60, 'Yesterday'],
  [60 * 24 * 30, '24 October'],
  [60 * 24 * 400, '19 October 2025'],
])('says when %d minutes ago was', (minutes, text) => {
  const now = new Date(2026, 10, 23, 12).getTime();
  expect(agoText(now - minutes * 60_000, now)).toBe(text);
});

it.each([
  [{}, '42.1 tok/s · 0.12 s to first token · 100 tokens'],
  [{ generated_tokens: 0, time_to_first_token_seconds: 0 }, '0 tokens'],
  [{ generated_tokens: 1, decode_tokens_per_second: 0 }, '0.12 s to first token · 1 token'],
  [{ left_out_messages: 6 }, '42.1 tok/s · 0.12 s to first token · 100 tokens · without the 6 oldest messages'],
  [{ decode_tokens_per_second: 4830.4, time_to_first_token_seconds: 0.0042 }, '4830 tok/s · 0.004 s to first token · 100 tokens'],
  [{ time_to_first_token_seconds: 12.34 }, '42.1 tok/s · 12.3 s to first token · 100 tokens'],
] as [Partial<Usage>, string][])('writes the figures %o', (change, text) => {
  expect(statsText({ ...usage, ...change })).toBe(text);
});

it('shows an answer that is being written for another window as such', () => {
  const document = { thinking: [], answer: [words('half')] };
  const ending: Ending = { type: 'open' };
  const turn = turnOf({ id: 5, role: 'assistant', text: '', document, model: 'tiny', ending, is_running: true }) as Answer;
  expect([turn.phase, turn.ended]).toEqual(['elsewhere', false]);
});
