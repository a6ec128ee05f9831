// The live charts: there while they are shown, and not otherwise.
import { screen, waitFor } from '@testing-library/svelte';
import { beforeEach, expect, it } from 'vitest';
import { showWindow } from '../test_window';

const get = screen.getByTestId;
let hidden = false;

beforeEach(() => {
  hidden = false;
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
  // jsdom lays nothing out.
  Object.defineProperty(HTMLElement.prototype, 'clientWidth', { configurable: true, get: () => 400 });
});

function turn(away: boolean): void {
  hidden = away;
  document.dispatchEvent(new Event('visibilitychange'));
}

it('watches while its section is shown, and shows what comes', async () => {
  const { backend, user } = showWindow('models');
  expect(backend.calls.join()).not.toContain('watchMonitor');
  await user.click(get('section-monitor'));
  const chart = (await screen.findByTestId('chart-utilization')) as HTMLImageElement;
  expect(chart.src).toContain('data:image/svg+xml');
  expect(screen.getByText('338 MHz')).toBeTruthy();
  expect(screen.getByText('Llama-3.2-3B-Instruct')).toBeTruthy();
  expect(backend.calls).toContain('watchMonitor light 400');
  await user.click(get('section-chat'));
  await waitFor(() => expect(backend.calls.at(-1)).toBe('unwatchMonitor'));
});

it('stops while the window is hidden, and goes on afterwards', async () => {
  const { backend } = showWindow('monitor');
  await screen.findByTestId('chart-memory');
  turn(true);
  await waitFor(() => expect(backend.calls.at(-1)).toBe('unwatchMonitor'));
  turn(false);
  await waitFor(() => expect(backend.calls.at(-1)).toBe('watchMonitor light 400'));
});
