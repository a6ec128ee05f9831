// The Convert section: choosing, seeing what would be made, converting, stopping and going on.
import { fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import App from '../App.svelte';
import { FakeBackend } from '../backend/fake';
import { fakeConversion, fakeMade } from '../backend/fake_convert';
import { scenarioNamed } from '../backend/scenarios';

async function open(scenario: string): Promise<FakeBackend> {
  const backend = new FakeBackend(scenarioNamed(scenario), 0);
  render(App, { backend, scenario: backend.scenario });
  await screen.findByTestId('convert');
  return backend;
}

async function choose(name: string): Promise<void> {
  const source = (await screen.findByTestId('convert-source')) as HTMLSelectElement;
  const option = [...source.options].find((other) => other.textContent === name);
  await fireEvent.change(source, { target: { value: option!.value } });
}

it('offers what is not quantized yet, and says what each recipe makes of it', async () => {
  await open('convert');
  const source = (await screen.findByTestId('convert-source')) as HTMLSelectElement;
  const names = [...source.options].map((option) => option.textContent);
  expect(names).toEqual(['Choose one', 'stories260K', 'Llama-3.2-1B']);
  await choose('Llama-3.2-1B');
  await waitFor(() => expect(screen.getByTestId('convert').textContent).toContain('8-bit, best quality'));
  expect(screen.getByTestId('quality-speed-4bit').textContent).toBe('94.3 % the same, KL 0.0312');
  expect(screen.getByTestId('speed-speed-4bit').textContent).toBe('3.6 × the source');
  expect(screen.getByTestId('speed-quality-8bit').textContent).toBe('–');
  expect(screen.getByTestId('quality-quality-8bit').textContent).toBe('–');
  expect(screen.getByTestId('convert').textContent).toContain('113 matrices');
});

it('converts with what was chosen, and stops, goes on and clears', async () => {
  const backend = await open('convert');
  await choose('Llama-3.2-1B');
  await fireEvent.click(await screen.findByTestId('recipe-quality-8bit'));
  await fireEvent.click(screen.getByTestId('convert-start'));
  expect(backend.calls).toContain('startConversion /Models/Llama-3.2-1B quality-8bit 64 false');
  expect((await screen.findByTestId('conversion')).textContent).toContain('Converting, 12 s left');
  expect(screen.getByTestId('convert-start')).toHaveProperty('disabled', true);
  await fireEvent.click(screen.getByTestId('conversion-pause'));
  await waitFor(() => expect(screen.getByTestId('conversion').textContent).toContain('What is done is kept'));
  await fireEvent.click(screen.getByTestId('conversion-resume'));
  await waitFor(() => expect(screen.getByTestId('conversion').dataset.state).toBe('running'));
  backend.tellConversion({ ...fakeConversion, state: 'failed', trouble: 'the disk is full' });
  await waitFor(() => expect(screen.getByTestId('conversion').textContent).toContain('the disk is full'));
  await fireEvent.click(screen.getByTestId('conversion-clear'));
  await waitFor(() => expect(screen.queryByTestId('conversion')).toBeNull());
});

it('tells how well the result does, lists it, and leads to a chat with it', async () => {
  const backend = await open('converting');
  let asked = 0;
  const models = backend.models.bind(backend);
  backend.models = () => ((asked += 1), models());
  backend.tellConversion({ ...fakeConversion, state: 'done', made: fakeMade });
  const told = await screen.findByTestId('conversion-quality');
  expect(told.textContent).toContain('the same next token as its source in 94.3 %');
  expect(told.textContent).toContain('perplexity 11.81 (source 11.42)');
  await waitFor(() => expect(asked).toBe(1));
});

it('says what cannot be done', async () => {
  await open('convert');
  await choose('Llama-3.2-1B');
  await fireEvent.change(await screen.findByTestId('convert-group-size'), { target: { value: '128' } });
  expect((await screen.findByTestId('error')).textContent).toContain('choose 64 or 32');
});

it('leads a newcomer to a model', async () => {
  const backend = new FakeBackend({ ...scenarioNamed('convert'), models: [] }, 0);
  render(App, { backend, scenario: backend.scenario });
  await fireEvent.click(await screen.findByTestId('convert-models'));
  expect(await screen.findByTestId('models')).toBeTruthy();
});

it('promises no speed where there is no GPU', async () => {
  const backend = new FakeBackend(scenarioNamed('convert'), 0);
  const plans = backend.recipePlans.bind(backend);
  backend.recipePlans = async (...of) => (await plans(...of)).map((plan) => ({ ...plan, times_as_fast: null }));
  render(App, { backend, scenario: backend.scenario });
  await choose('Llama-3.2-1B');
  await waitFor(() => expect(screen.getByTestId('convert').textContent).toContain('is not faster'));
  expect(screen.queryByTestId('speed-speed-4bit')).toBeNull();
});
