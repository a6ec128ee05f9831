// Conversations of before, as a reader meets them.
import { screen, waitFor, within } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { ask, showWindow } from '../test_window';

const get = screen.getByTestId;
const titles = () => screen.getAllByTestId('history-title').map((element) => element.textContent);

async function openHistory(user: ReturnType<typeof showWindow>['user']): Promise<void> {
  await user.click(get('history-button'));
  await screen.findAllByTestId('history-item');
}

it('lists conversations, finds one by its words and opens it', async () => {
  const { backend, user } = showWindow('history');
  await screen.findByText(/is ready$/);
  await openHistory(user);
  expect(titles()).toHaveLength(8);
  await user.type(get('history-search'), 'bronze');
  await waitFor(() => expect(titles()).toEqual(['Why is bronze harder than copper?', 'Why is bronze harder than copper?']));
  await user.click(screen.getAllByTestId('history-open')[0]!);
  expect((await screen.findByTestId('message-user')).textContent).toBe('Why is bronze harder than copper?');
  expect(screen.queryByTestId('history')).toBeNull();
  await ask(user, 'And brass?');
  expect(backend.requests[0]).toMatchObject({ chat: 4, question: 'And brass?' });
});

it('says when nothing is found, and when there is nothing yet', async () => {
  const { user } = showWindow('ready');
  await user.click(get('history-button'));
  expect((await screen.findByTestId('history-empty')).textContent).toContain('on this machine only');
  await user.type(get('history-search'), 'zzz');
  await waitFor(() => expect(get('history-empty').textContent).toContain('“zzz”'));
});

it('renames, and leaves the name with Escape', async () => {
  const { backend, user } = showWindow('history', { chats: 1 });
  await openHistory(user);
  await user.click(get('history-rename'));
  await user.clear(get('history-name'));
  await user.type(get('history-name'), 'Metals{Enter}');
  await waitFor(() => expect(titles()).toEqual(['Metals']));
  await user.click(get('history-rename'));
  await user.type(get('history-name'), ' and more{Escape}');
  expect(titles()).toEqual(['Metals']);
  expect(backend.calls.filter((call) => call.startsWith('renameChat'))).toEqual(['renameChat 1 Metals']);
});

it('removes after a second click, and the conversation that is shown with it', async () => {
  const { user } = showWindow('ready');
  await screen.findByText(/is ready$/);
  await ask(user, 'Hello');
  await openHistory(user);
  await user.click(get('history-remove'));
  await user.click(get('history-keep'));
  expect(titles()).toEqual(['Hello']);
  await user.click(get('history-remove'));
  await user.click(get('history-remove-now'));
  await waitFor(() => expect(screen.queryByTestId('history-item')).toBeNull());
  expect(screen.queryByTestId('message-user')).toBeNull();
});

it('copies and saves', async () => {
  const { backend, user } = showWindow('history', { chats: 1 });
  await openHistory(user);
  await user.click(get('history-copy'));
  await waitFor(async () => expect(await navigator.clipboard.readText()).toContain('# What is an ingot?'));
  await user.click(get('history-save'));
  expect(backend.calls).toContain('saveChat 1');
  await waitFor(() => expect(within(get('history')).getByRole('status').textContent).toContain('Chat.md'));
});

it('shows the conversation that was chosen last, whichever comes first', async () => {
  const { backend, user } = showWindow('history');
  await screen.findByText(/is ready$/);
  const open = backend.openChat.bind(backend);
  let release = (): void => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  backend.openChat = async (chat, before) => {
    if (chat === 1) await held;
    return open(chat, before);
  };
  for (const name of ['What is an ingot?', 'Plan a week in Lisbon']) {
    await openHistory(user);
    await user.click(screen.getAllByText(name)[0]!);
  }
  release();
  expect((await screen.findByTestId('message-user')).textContent).toBe('Plan a week in Lisbon');
});
