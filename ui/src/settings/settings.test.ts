// Settings as a reader meets them.
import { screen, waitFor } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { showWindow } from '../test_window';

const get = screen.getByTestId;

async function open() {
  const shown = showWindow('settings');
  await screen.findByTestId('settings-appearance');
  return shown;
}

function changes(backend: ReturnType<typeof showWindow>['backend']): unknown[] {
  const made = backend.calls.filter((call) => call.startsWith('changeSettings '));
  return made.map((call) => JSON.parse(call.slice('changeSettings '.length)));
}

it('makes each change at once', async () => {
  const { backend, user } = await open();
  await user.selectOptions(get('settings-appearance'), 'Dark');
  await user.click(get('settings-login'));
  await user.type(get('settings-shortcut'), 'Alt+Space');
  await user.tab();
  await user.type(get('settings-limit'), '8');
  await user.tab();
  await user.selectOptions(get('settings-idle'), 'never');
  await user.selectOptions(get('settings-recipe'), '4-bit, fast');
  expect(changes(backend)).toEqual([
    { set: 'appearance', to: 'dark' },
    { set: 'launch_at_login', to: true },
    { set: 'shortcut', to: 'Alt+Space' },
    { set: 'memory_limit', to: 8 * 1024 ** 3 },
    { set: 'idle_unload', to: null },
    { set: 'recipe', to: 'speed-4bit' },
  ]);
});

it('adds and forgets folders by path', async () => {
  const { user } = await open();
  await user.type(get('settings-folder-path'), '/models{Enter}');
  await waitFor(() => expect(screen.getAllByTestId('settings-folder')).toHaveLength(2));
  expect((get('settings-folder-path') as HTMLInputElement).value).toBe('');
  await user.click(screen.getAllByTestId('settings-folder-forget')[0]!);
  await waitFor(() => expect(get('settings-folder').textContent).toContain('/models'));
});

it('says why a change cannot be made, and offers the log', async () => {
  const { user } = await open();
  await user.type(get('settings-limit'), '0.1');
  await user.tab();
  expect((await screen.findByTestId('error')).textContent).toContain('at least 0.25 GB');
  await user.click(get('show-log'));
  expect((await screen.findByTestId('log')).textContent).toContain('WorkerDied');
  await user.click(get('log-close'));
  expect(screen.queryByTestId('log')).toBeNull();
});

it('gives new chats the system prompt', async () => {
  const { user } = await open();
  await user.type(get('settings-system'), 'Be brief.');
  await user.tab();
  await user.click(get('section-chat'));
  expect((get('system-prompt') as HTMLTextAreaElement).value).toBe('Be brief.');
});
