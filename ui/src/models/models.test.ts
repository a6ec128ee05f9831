// Choosing, opening and losing models, in the whole window on the fake backend.
import { screen, waitFor, within } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { fakeConversion, fakeMade } from '../backend/fake_convert';
import { fakeDemo, fakeModels } from '../backend/fake_models';
import { ask, showWindow } from '../test_window';

const get = screen.getByTestId;
const find = screen.findByTestId;
const modelButton = () => get('model-button').textContent;

it('starts without a model, and says so', async () => {
  const { user } = showWindow('empty');
  expect(modelButton()).toContain('Choose a model');
  expect(await find('get-model')).toBeTruthy();
  await user.click(get('pick-model'));
  expect(screen.getByText(/No models yet/)).toBeTruthy();
});

it('opens a known model and shows its facts', async () => {
  const { backend, user } = showWindow('models');
  await user.click(get('model-button'));
  await user.click((await screen.findAllByTestId('model-item'))[0]!);
  await waitFor(() => expect(modelButton()).toContain('Llama · 4-bit · 1.7 GB'));
  expect(screen.queryByTestId('model-path')).toBeNull();
  expect(backend.calls[0]).toBe(`loadModel ${fakeModels[0]!.path}`);
  expect(document.activeElement).toBe(get('composer'));
});

it('walks the list with the arrow keys and closes with Escape', async () => {
  const { user } = showWindow('models');
  await user.click(get('model-button'));
  const items = await screen.findAllByTestId('model-item');
  await user.tab();
  expect(document.activeElement).toBe(items[0]);
  await user.keyboard('{ArrowDown}{ArrowDown}{ArrowDown}');
  expect(document.activeElement, 'unsupported models are skipped').toBe(items[0]);
  await user.keyboard('{Escape}');
  expect(screen.queryByTestId('model-path')).toBeNull();
  expect(document.activeElement).toBe(get('model-button'));
});

it('cannot choose an unsupported model, and says why', async () => {
  const { user } = showWindow('models');
  await user.click(get('model-button'));
  const item = (await screen.findAllByTestId('model-item')).at(-1) as HTMLButtonElement;
  expect(item.disabled).toBe(true);
  expect(item.textContent).toContain('Not supported: Speech models cannot chat.');
});

it('opens a pasted path', async () => {
  const { user } = showWindow('empty');
  await user.click(get('model-button'));
  await user.type(get('model-path'), '/Models/stories260K');
  await user.click(get('model-open'));
  await waitFor(() => expect(modelButton()).toContain('stories260K'));
});

it('opens a folder chosen with the dialog', async () => {
  const { user } = showWindow('empty');
  await user.click(get('model-button'));
  await user.click(get('choose-folder'));
  await waitFor(() => expect(modelButton()).toContain('Qwen3-8B'));
});

it.each([
  ['/nowhere', 'has no config.json'],
  ['/Models/whisper-large-v3', 'Speech models cannot chat.'],
])('explains in place why %s does not open', async (path, reason) => {
  const { backend, user } = showWindow('empty');
  await user.click(get('model-button'));
  await user.type(get('model-path'), `${path}{Enter}`);
  expect((await find('error')).textContent).toContain(reason);
  expect(backend.calls.some((call) => call.startsWith('loadModel'))).toBe(false);
});

it('shows how far the model has loaded, and lets the reader type meanwhile', async () => {
  const { backend, user } = showWindow('loading');
  await waitFor(() => expect(get('load-progress').getAttribute('aria-valuenow')).toBe('40'));
  expect(modelButton()).toContain('Loading 40 %');
  await user.type(get('composer'), 'early{Enter}');
  expect((get('composer') as HTMLTextAreaElement).value).toBe('early');
  expect(backend.requests).toHaveLength(0);
});

it('lifts a set-aside only when told to', async () => {
  const { backend, user } = showWindow('setaside');
  const error = await find('error');
  expect(error.dataset.code).toBe('set_aside');
  expect(within(error).queryByTestId('retry')).toBeNull();
  await user.click(get('lift-set-aside'));
  await screen.findByText(/is ready$/);
  expect(backend.calls).toContain(`liftSetAside ${fakeModels[0]!.path}`);
  expect(screen.queryByTestId('error')).toBeNull();
});

it('offers the same under an answer, and then gives the answer', async () => {
  const { backend, user } = showWindow('setaside');
  await find('error');
  await user.type(get('composer'), 'Hello{Enter}');
  await waitFor(() => expect(screen.getByLabelText('Answer').contains(get('error'))).toBe(true));
  await user.click(get('lift-set-aside'));
  await find('stats');
  expect(backend.requests).toHaveLength(1);
});

it('stops the answer before it changes the model, and takes the new model’s sampling', async () => {
  const { backend, user } = showWindow('streaming', { asks: ['About hammering'] });
  await find('stop');
  await user.click(get('model-button'));
  await user.click(screen.getAllByTestId('model-item')[2]!);
  await waitFor(() => expect(modelButton()).toContain('stories260K'));
  await waitFor(() => expect(modelButton()).toContain('1.0 MB'));
  expect(backend.calls.filter((call) => call === 'stop')).toHaveLength(1);
  await ask(user, 'Hello');
  expect(backend.requests.at(-1)!.sampling.temperature).toBe(0);
});

it('unloads', async () => {
  const { backend, user } = showWindow('ready');
  await screen.findByText(/is ready$/);
  await user.click(get('model-button'));
  await user.click(get('model-unload'));
  await waitFor(() => expect(modelButton()).toContain('Choose a model'));
  expect(backend.calls).toContain('unloadModel');
});

it('leads from the first start to the demo model in three clicks', async () => {
  const { backend, user } = showWindow('first', { models: [fakeDemo] });
  await user.click(await find('try-demo'));
  const source = (await find('convert-source')) as HTMLSelectElement;
  expect(source.selectedOptions[0]?.textContent).toBe('ingot-demo');
  expect(screen.getByTestId('convert').textContent).toContain('A tiny demo model that knows about Ingot');
  await user.click(await find('convert-start'));
  expect(backend.calls).toContain(`startConversion ${source.value} balanced-5bit 64 false`);
  const made = { name: 'ingot-demo-balanced-5bit-g64', path: '/Models/ingot-demo-balanced-5bit-g64' };
  backend.scenario.models.push({ ...fakeDemo, ...made, place: 'library', recipe: 'balanced-5bit' });
  backend.tellConversion({ ...fakeConversion, state: 'done', made: { ...fakeMade, ...made } });
  await user.click(await find('conversion-chat'));
  expect(await screen.findByText('ingot-demo-balanced-5bit-g64 is ready')).toBeTruthy();
  expect(screen.getByText(/Ask it which recipe to take/)).toBeTruthy();
});

it('lists the demo as what it is, to convert and not to remove', async () => {
  showWindow('first', { section: 'models' });
  const item = await find('local-model');
  expect(item.textContent).toContain('comes with Ingot');
  expect(item.querySelector('[data-testid=local-convert]')).toBeTruthy();
  expect(item.querySelector('[data-testid=local-remove]')).toBeNull();
  expect(screen.getByTestId('starter')).toBeTruthy();
});
