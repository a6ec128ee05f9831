// Starts the UI on the real engine inside Tauri, and on the fake one elsewhere.
import { mount } from 'svelte';
import './app.css';
import App from './App.svelte';
import type { Backend } from './backend/backend';
import type { Scenario } from './backend/scenarios';

async function connect(): Promise<{ backend: Backend; scenario?: Scenario }> {
  if ('__TAURI_INTERNALS__' in window) {
    const { tauri } = await import('./backend/tauri');
    return { backend: tauri };
  }
  const [{ FakeBackend }, { scenarioNamed }] = await Promise.all([
    import('./backend/fake'),
    import('./backend/scenarios'),
  ]);
  const scenario = scenarioNamed(new URLSearchParams(location.search).get('scenario'));
  return { backend: new FakeBackend(scenario), scenario };
}

const target = document.getElementById('app');
if (target) mount(App, { target, props: await connect() });
