// The chat as a reader meets it: the whole window on the fake backend.
import { screen, waitFor, within } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { ask, showWindow } from '../test_window';

const PLAIN = 'That is a good question. This answer comes from the browser preview, so it is always the same.';
const get = screen.getByTestId;
const find = screen.findByTestId;

/** Waits until the scenario's model can be asked something. */
async function ready(): Promise<void> {
  await screen.findByText(/is ready$/);
}

it('streams an answer and shows its figures', async () => {
  const { user } = showWindow('ready');
  await ready();
  await ask(user, 'Hello');
  expect(get('message-user').textContent).toBe('Hello');
  expect(get('message-assistant').textContent).toBe(PLAIN);
  expect(get('context').textContent).toContain('82 of 131,072 tokens of context');
  expect(get('stats').textContent).toBe('42.1 tok/s · 0.12 s to first token · 18 tokens');
  expect((get('composer') as HTMLTextAreaElement).value).toBe('');
  expect(get('status').textContent).toBe('Answer finished');
});

it('shows markup in an answer as text', async () => {
  const { user } = showWindow('ready');
  await ready();
  await ask(user, 'Tell me about hammering');
  expect(get('message-assistant').textContent).toContain('<b>&radic;d</b>');
  expect(get('message-assistant').querySelector('b')).toBeNull();
});

it('sends with Enter and breaks a line with Shift+Enter', async () => {
  const { backend, user } = showWindow('ready');
  await ready();
  await user.type(get('composer'), 'one{Shift>}{Enter}{/Shift}two');
  expect(backend.requests).toHaveLength(0);
  await user.keyboard('{Enter}');
  await find('stats');
  expect(backend.requests[0]!.question).toBe('one\ntwo');
});

it.each(['button', 'escape'])('stops with the %s, keeps the text and says so', async (way) => {
  const { backend, user } = showWindow('streaming', { asks: ['About hammering'] });
  const stop = await find('stop');
  await waitFor(() => expect(get('message-assistant').textContent).toContain('crystals'));
  const kept = get('message-assistant').textContent!;
  if (way === 'button') await user.click(stop);
  else await user.keyboard('{Escape}');
  expect((await find('stopped')).textContent).toBe('Stopped');
  expect(get('message-assistant').textContent).toContain(kept);
  expect(backend.calls.filter((call) => call === 'stop')).toHaveLength(1);
  expect(screen.queryByTestId('error')).toBeNull();
  expect(get('send')).toBeTruthy();
});

it('shows how much of a long prompt was read', async () => {
  showWindow('prefill');
  await waitFor(() => expect(get('waiting').textContent).toBe('Reading the prompt, 50 %'));
});

it('says that a model comes back that was unloaded', async () => {
  showWindow('reloading');
  await waitFor(() => expect(get('waiting').textContent).toBe('Loading the model, 40 %'));
});

it('regenerates the last answer to the same question', async () => {
  const { backend, user } = showWindow('ready');
  await ready();
  await ask(user, 'Hello');
  await user.click(get('regenerate'));
  await waitFor(() => expect(backend.requests).toHaveLength(2));
  await find('stats');
  expect(backend.requests[1]).toMatchObject({ chat: 1, turn: 2, question: null });
  expect(screen.getAllByTestId('message-assistant')).toHaveLength(1);
});

it('edits the last question and drops what followed it', async () => {
  const { backend, user } = showWindow('ready');
  await ready();
  await ask(user, 'First');
  await ask(user, 'Second');
  await user.click(screen.getAllByTestId('edit')[1]!);
  await user.clear(get('edit-field'));
  await user.type(get('edit-field'), 'Better{Enter}');
  await waitFor(() => expect(backend.requests).toHaveLength(3));
  expect(screen.getAllByTestId('message-user').map((element) => element.textContent)).toEqual(['First', 'Better']);
  expect(backend.requests[2]).toMatchObject({ chat: 1, turn: 4, question: 'Better' });

  await waitFor(() => expect(screen.getAllByTestId('stats')).toHaveLength(2));
  await user.click(screen.getAllByTestId('edit')[0]!);
  await user.clear(get('edit-field'));
  await user.type(get('edit-field'), 'Begin{Enter}');
  await waitFor(() => expect(backend.requests).toHaveLength(4));
  expect(backend.requests[3]).toMatchObject({ chat: 1, turn: 2, question: 'Begin' });
  expect(screen.getAllByTestId('message-user').map((element) => element.textContent)).toEqual(['Begin']);
});

it('leaves a question alone when its edit is cancelled', async () => {
  const { backend, user } = showWindow('ready');
  await ready();
  await ask(user, 'First');
  await user.click(get('edit'));
  await user.type(get('edit-field'), ' changed{Escape}');
  expect(get('message-user').textContent).toBe('First');
  await waitFor(() => expect(document.activeElement).toBe(get('edit')));
  expect(backend.requests).toHaveLength(1);
});

it('sends the system prompt and the sampling values', async () => {
  const { backend, user } = showWindow('ready');
  await ready();
  await user.type(get('system-prompt'), 'Be brief.');
  await user.click(get('sampling-button'));
  await user.clear(get('sampling-top_k'));
  await user.type(get('sampling-top_k'), '40');
  await user.clear(get('sampling-temperature'));
  await user.type(get('sampling-temperature'), '9');
  await user.type(get('sampling-seed'), '7');
  await user.tab();
  await user.keyboard('{Escape}');
  expect(screen.queryByTestId('sampling-seed')).toBeNull();
  await ask(user, 'Hello');
  const request = backend.requests[0]!;
  expect(request.system).toBe('Be brief.');
  expect(request.sampling).toMatchObject({ temperature: 2, top_k: 40, seed: 7, top_p: 0.9, max_tokens: 2048 });
});

it('marks an answer that met the length limit', async () => {
  const { user } = showWindow('ready');
  await ready();
  await user.click(get('sampling-button'));
  await user.clear(get('sampling-max_tokens'));
  await user.type(get('sampling-max_tokens'), '3');
  await user.tab();
  await ask(user, 'Hello');
  expect(get('message-assistant').textContent).toBe('That is a');
  expect(screen.getByText('Length limit reached')).toBeTruthy();
});

it('keeps the partial answer of a crash, then loads the model again on Retry', async () => {
  const { backend, user } = showWindow('error');
  const error = await find('error');
  expect(error.textContent).toContain('The model crashed');
  expect(get('message-assistant').textContent).toContain('crystals');
  expect(get('model-button').textContent).toContain('Not loaded');
  await user.click(within(error).getByTestId('retry'));
  await find('stats');
  expect(screen.queryByTestId('error')).toBeNull();
  expect(backend.calls.filter((call) => call.startsWith('loadModel'))).toHaveLength(2);
  expect(screen.getAllByTestId('message-assistant')).toHaveLength(1);
});

it('starts a new chat', async () => {
  const { user } = showWindow('finished');
  await waitFor(() => expect(screen.getAllByTestId('stats')).toHaveLength(2));
  await user.click(get('new-chat'));
  expect(screen.queryByTestId('message-user')).toBeNull();
  expect(document.activeElement).toBe(get('composer'));
});

it('shows Markdown as what it means, thinking folded', async () => {
  showWindow('markdown');
  await find('stats');
  const answer = get('message-assistant');
  expect(within(answer).getByRole('heading', { level: 4 }).textContent).toBe('Alloys in brief');
  expect(answer.querySelector('strong')?.textContent).toBe('alloy');
  expect(within(answer).getAllByRole('listitem')).toHaveLength(2);
  expect(within(answer).getAllByRole('columnheader')).toHaveLength(2);
  expect(within(answer).getByTestId('code').textContent).toContain('def melts');
  expect((get('thinking') as HTMLDetailsElement).open).toBe(false);
  expect(get('thinking').textContent).toContain('every kind of block');
  expect(answer.textContent).not.toContain('every kind of block');
});

it('copies code, and an answer as it was written', async () => {
  const { user } = showWindow('markdown');
  await find('stats');
  await user.click(get('copy'));
  expect(await navigator.clipboard.readText()).toBe('def melts(alloy, degrees):\n    return degrees >= POINTS[alloy]');
  await waitFor(() => expect(get('copy').dataset.said).toBe('copied'));
  await user.click(get('copy-answer'));
  await waitFor(async () => expect(await navigator.clipboard.readText()).toContain('## Alloys in brief'));
});

it('opens a link only after its host was shown', async () => {
  const { backend, user } = showWindow('markdown');
  await find('stats');
  await user.click(get('link'));
  expect(get('dialog').textContent).toContain('Open example.com?');
  expect(get('link-address').textContent).toBe('https://example.com/alloys');
  await user.click(get('link-cancel'));
  expect(screen.queryByTestId('dialog')).toBeNull();
  expect(backend.calls).not.toContain('openLink https://example.com/alloys');
  await user.click(get('link'));
  await user.click(get('link-open'));
  expect(backend.calls).toContain('openLink https://example.com/alloys');
  await waitFor(() => expect(screen.queryByTestId('dialog')).toBeNull());
});
