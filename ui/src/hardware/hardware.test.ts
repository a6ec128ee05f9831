// Making, reading, copying and saving the hardware report, in the whole window on the fake backend.
import { screen, waitFor } from '@testing-library/svelte';
import { expect, it } from 'vitest';
import { showWindow } from '../test_window';

const get = screen.getByTestId;

it('makes a report at a click and shows it with sources', async () => {
  const { backend, user } = showWindow('models');
  await user.click(get('section-hardware'));
  expect(screen.queryByTestId('report-summary')).toBeNull();
  await user.click(get('report-make'));
  expect((await screen.findByTestId('report-summary')).textContent).toContain('Apple M4 Pro');
  expect(backend.calls).toContain('makeReport');
  expect(screen.getByText('sysctl.txt has no hw.perflevel0.physicalcpu')).toBeTruthy();
  expect(screen.getByText('unknown')).toBeTruthy();
  expect(screen.getAllByTestId('finding').map((finding) => finding.dataset['status'])).toEqual(['warn', 'ok', 'ok', 'ok']);
  expect(get('report-step').textContent?.trim()).toBe('');
});

it('copies as Markdown, saves, and keeps the report while another section is shown', async () => {
  const { backend, user } = showWindow('hardware');
  await user.click(get('report-make'));
  await screen.findByTestId('report-summary');
  await user.click(get('report-copy'));
  expect(await navigator.clipboard.readText()).toBe('## Hardware report\n');
  expect(get('report-copy').textContent).toContain('Copied');
  await user.click(get('report-save'));
  expect(backend.calls).toContain('saveReport');
  await waitFor(() => expect(get('report-step').textContent).toContain('Saved to'));
  await user.click(get('section-chat'));
  await user.click(get('section-hardware'));
  expect(get('report-summary')).toBeTruthy();
});

it('says why there is no report', async () => {
  const { user } = showWindow('hardware', { reportError: { code: 'busy', message: 'A report is being made already.' } });
  await user.click(get('report-make'));
  expect((await screen.findByTestId('error')).textContent).toContain('A report is being made already.');
  expect((get('report-make') as HTMLButtonElement).disabled).toBe(false);
});
