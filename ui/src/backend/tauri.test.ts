// The names and arguments that the Rust side expects, and the order of a stream's end.
import { clearMocks, mockIPC } from '@tauri-apps/api/mocks';
import type { Channel } from '@tauri-apps/api/core';
import { afterEach, expect, it } from 'vitest';
import { toAppError } from './backend';
import type { ChatEvent, LoadEvent, Sampling } from './bindings';
import { tauri } from './tauri';

afterEach(clearMocks);

const sampling: Sampling = {
  temperature: 0, top_p: 1, top_k: 0, min_p: 0, repetition_penalty: 1, seed: null, max_tokens: 8,
};

it('calls each command by its name', async () => {
  const calls: unknown[] = [];
  mockIPC((command, args) => void calls.push([command, args ?? {}]));
  await tauri.models();
  await tauri.chooseFolder();
  await tauri.inspectModel('/m');
  await tauri.unloadModel();
  await tauri.stop();
  await tauri.liftSetAside('/m');
  await tauri.unwatchMonitor(7);
  await tauri.reportCharts('dark', 300);
  await tauri.saveReport();
  expect(calls).toEqual([
    ['models', {}],
    ['choose_folder', {}],
    ['inspect_model', { path: '/m' }],
    ['unload_model', {}],
    ['stop', {}],
    ['lift_set_aside', { path: '/m' }],
    ['unwatch_monitor', { turn: 7 }],
    ['report_charts', { theme: 'dark', width: 300 }],
    ['save_report', {}],
  ]);
});

it('passes a channel named onEvent', async () => {
  mockIPC((command, args) => {
    const { path, onEvent } = args as { path: string; onEvent: Channel<LoadEvent> };
    onEvent.onmessage({ type: 'progress', fraction: 0.5 });
    return { command, path };
  });
  const events: LoadEvent[] = [];
  expect(await tauri.loadModel('/m', (event) => events.push(event))).toEqual({ command: 'load_model', path: '/m' });
  expect(events).toEqual([{ type: 'progress', fraction: 0.5 }]);
});

it('waits for the last event when the reply comes first', async () => {
  mockIPC((_command, args) => {
    const { onEvent } = args as { onEvent: Channel<ChatEvent> };
    setTimeout(() => onEvent.onmessage({ type: 'patches', patches: [] }), 5);
    setTimeout(() => onEvent.onmessage({ type: 'failed', error: { code: 'worker_died', message: 'x' } }), 10);
  });
  const types: string[] = [];
  const inquiry = { chat: null, turn: null, question: 'hello', system: '', sampling };
  await tauri.ask(inquiry, (event) => types.push(event.type));
  expect(types).toEqual(['patches', 'failed']);
});

it('rejects with an AppError whatever the shell throws', async () => {
  const error = { code: 'set_aside', message: 'It crashed three times.' } as const;
  mockIPC(() => Promise.reject(error));
  await expect(tauri.inspectModel('/m')).rejects.toEqual(error);
  mockIPC(() => Promise.reject('Command stop not found'));
  await expect(tauri.stop()).rejects.toEqual({ code: 'internal', message: 'Command stop not found' });
  expect(toAppError(new Error('broken'))).toEqual({ code: 'internal', message: 'broken' });
});
