// Shows the whole UI on a fake backend, for tests.
import { render, screen } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import App from './App.svelte';
import { FakeBackend } from './backend/fake';
import { scenarioNamed, type Scenario } from './backend/scenarios';

export function showWindow(scenario: string, change: Partial<Scenario> = {}): { backend: FakeBackend; user: UserEvent } {
  const played = { ...scenarioNamed(scenario), ...change };
  const backend = new FakeBackend(played, 0);
  render(App, { props: { backend, scenario: played } });
  return { backend, user: userEvent.setup() };
}

/** Types a message and waits until it has been answered. */
export async function ask(user: UserEvent, text: string): Promise<void> {
  const answers = screen.queryAllByTestId('stats').length;
  await user.type(screen.getByTestId('composer'), `${text}{Enter}`);
  await screen.findAllByTestId('stats').then(() => undefined);
  while (screen.getAllByTestId('stats').length <= answers) await new Promise((resolve) => setTimeout(resolve, 5));
}
