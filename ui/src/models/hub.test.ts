// The Models section: searching, looking, downloading, and what is on this machine.
import { fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import App from '../App.svelte';
import { FakeBackend } from '../backend/fake';
import type { HubModel } from '../backend/bindings';
import { fakeDownloads, fakeHub } from '../backend/fake_hub';
import { scenarioNamed } from '../backend/scenarios';
import { timeText } from './describe';

async function open(scenario: string): Promise<FakeBackend> {
  const backend = new FakeBackend(scenarioNamed(scenario), 0);
  render(App, { backend, scenario: backend.scenario });
  await screen.findByTestId('models');
  return backend;
}

it('says of each model whether it is for this machine, and what it takes', async () => {
  await open('catalog');
  const items = await screen.findAllByTestId('hub-model');
  expect(items.map((item) => item.dataset.repo)).toEqual(fakeHub.map((model) => model.repo));
  const texts = items.map((item) => item.textContent);
  expect(texts[0]).toContain('Downloaded');
  expect(texts[2]).toContain('Tight');
  expect(texts[3]).toContain('Too large');
  expect(texts[4]).toContain('Not supported');
  const details = await screen.findByTestId('hub-details');
  await waitFor(() => expect(details.textContent).toContain('5-bit, balanced'));
  expect(details.textContent).toContain('1.7B parameters');
});

it('downloads what was looked at, and pauses, resumes and cancels it', async () => {
  const backend = await open('catalog');
  const button = await screen.findByTestId('hub-download');
  await fireEvent.click(button);
  const repo = fakeHub[1]!.repo;
  expect(backend.calls).toContain(`startDownload ${repo}`);
  const rows = await screen.findAllByTestId('download');
  expect(rows.map((row) => row.dataset.repo)).toEqual([repo, ...fakeDownloads.map((download) => download.repo)]);
  expect(button).toHaveProperty('disabled', true);
  await fireEvent.click(within(rows[0]!).getByTestId('download-pause'));
  await waitFor(() => expect(screen.getAllByTestId('download')[0]!.dataset.state).toBe('paused'));
  await fireEvent.click(within(screen.getAllByTestId('download')[0]!).getByTestId('download-start'));
  await fireEvent.click(within(screen.getAllByTestId('download')[0]!).getByTestId('download-discard'));
  expect(backend.calls).toEqual(
    expect.arrayContaining([`pauseDownload ${repo}`, `discardDownload ${repo}`, 'previewModel ' + repo]),
  );
  await waitFor(() => expect(screen.getAllByTestId('download')).toHaveLength(3));
});

it('tells how far a download is, and why one failed', async () => {
  await open('catalog');
  const [running, paused, failed] = await screen.findAllByTestId('download');
  expect(running!.textContent).toContain('3.1 GB of 7.6 GB, 48.0 MB/s, 2 min left');
  expect(within(running!).getByRole('progressbar').getAttribute('aria-valuenow')).toBe('41');
  expect(paused!.textContent).toContain('Paused at 5.0 GB of 15.0 GB');
  expect(failed!.textContent).toContain('wants a token');
  expect(within(failed!).getByTestId('download-start').textContent).toContain('Try Again');
});

it('lists anew once a download is done', async () => {
  const backend = await open('catalog');
  let asked = 0;
  const models = backend.models.bind(backend);
  backend.models = () => ((asked += 1), models());
  backend.tellDownloads([{ ...fakeDownloads[0]!, state: 'done' }]);
  await waitFor(() => expect(asked).toBe(1));
});

it('opens a chat with a model, and removes one after asking', async () => {
  const backend = await open('catalog');
  const models = screen.getAllByTestId('local-model');
  // What others keep is theirs to remove.
  expect(within(models[1]!).queryByTestId('local-remove')).toBeNull();
  const first = models[0]!.dataset.name;
  await fireEvent.click(within(models[0]!).getByTestId('local-remove'));
  expect(backend.calls.some((call) => call.startsWith('removeModel'))).toBe(false);
  await fireEvent.click(within(models[0]!).getByTestId('local-remove-yes'));
  await waitFor(() => expect(screen.getAllByTestId('local-model').map((item) => item.dataset.name)).not.toContain(first));
  await fireEvent.click(within(screen.getAllByTestId('local-model')[0]!).getByTestId('local-chat'));
  await waitFor(() => expect(backend.calls.some((call) => call.startsWith('loadModel'))).toBe(true));
});

it('offers a newcomer a model', async () => {
  const backend = await open('nothing');
  await fireEvent.click(screen.getByTestId('starter'));
  await waitFor(() => expect(backend.calls).toContain(`previewModel ${fakeHub[1]!.repo}`));
  expect(await screen.findByTestId('hub-download')).toBeTruthy();
});

it.each([
  [timeText(0.2), '1 s'],
  [timeText(80), '80 s'],
  [timeText(100), '2 min'],
  [timeText(7000), '2 h'],
])('%s', (got, expected) => {
  expect(got).toBe(expected);
});

it('keeps a token and forgets it, and never shows it', async () => {
  const backend = await open('nothing');
  const field = screen.getByTestId('token-text') as HTMLInputElement;
  expect(field.type).toBe('password');
  await fireEvent.input(field, { target: { value: 'not one' } });
  await fireEvent.click(screen.getByTestId('token-keep'));
  expect((await screen.findByTestId('error')).textContent).toContain('that is no token');
  await fireEvent.input(field, { target: { value: 'hf_secret' } });
  await fireEvent.click(screen.getByTestId('token-keep'));
  expect((await screen.findByTestId('token-place')).textContent).toContain('the Keychain');
  expect(document.body.textContent).not.toContain('hf_secret');
  await fireEvent.click(screen.getByTestId('token-forget'));
  await waitFor(() => expect(screen.queryByTestId('token-text')).not.toBeNull());
  expect(backend.calls.filter((call) => call.includes('Token'))).toEqual(['keepToken', 'keepToken', 'forgetToken']);
});

it('leads from the first start to a model', async () => {
  const backend = new FakeBackend({ ...scenarioNamed('empty') }, 0);
  render(App, { backend, scenario: backend.scenario });
  await fireEvent.click(await screen.findByTestId('get-model'));
  expect(await screen.findByTestId('starter')).toBeTruthy();
});

it('shows neither what an earlier search found nor what it failed with', async () => {
  const backend = new FakeBackend(scenarioNamed('nothing'), 0);
  const slow: Record<string, (ended: Promise<HubModel[]>) => void> = {};
  const search = backend.searchHub.bind(backend);
  backend.searchHub = (text) => (text === 'Qwen3' ? search(text) : new Promise((resolve) => (slow[text] = resolve)));
  render(App, { backend, scenario: backend.scenario });
  const field = await screen.findByTestId('hub-text');
  for (const text of ['fails', 'finds', 'Qwen3']) {
    await fireEvent.input(field, { target: { value: text } });
    await fireEvent.click(screen.getByTestId('hub-search'));
  }
  const found = await screen.findAllByTestId('hub-model');
  slow['fails']!(Promise.reject(new Error('too late')));
  slow['finds']!(Promise.resolve([]));
  await new Promise((done) => setTimeout(done, 20));
  expect(screen.queryByTestId('error')).toBeNull();
  expect(screen.getAllByTestId('hub-model')).toHaveLength(found.length);
});
