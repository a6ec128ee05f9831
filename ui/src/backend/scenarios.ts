// Named situations for the fake backend, chosen with `?scenario=` in a browser.
import { fakeConversion, fakeMade } from './fake_convert';
import { fakeDownloads, fakeHub } from './fake_hub';
import { fakeDemo, fakeModels, fakePlain } from './fake_models';
import type { AppError, Conversion, Download, ModelSummary } from './bindings';

export interface Scenario {
  models: ModelSummary[];
  /** Opened when the UI starts. */
  open: string | null;
  /** Asked one after another when the UI starts. */
  asks: string[];
  /** Loading stops at 40 % and stays there. */
  loadHolds: boolean;
  /** Thrown by a load until the model's set-aside is lifted. */
  loadError: AppError | null;
  /** Thrown when a report is made. */
  reportError: AppError | null;
  /** The section that is shown first. */
  section: 'chat' | 'models' | 'convert' | 'monitor' | 'hardware' | 'settings';
  /** What runs, or was the last, when the UI starts. */
  conversion: Conversion | null;
  /** Searched for on the Hub when the UI starts, and looked at of what was found. */
  search: string;
  look: string;
  downloads: Download[];
  /** How many earlier conversations there are. */
  chats: number;
  /** What becomes of the last of `asks`; every other answer finishes. */
  lastAnswer: 'finishes' | 'holds' | 'holds_in_prefill' | 'holds_in_loading' | 'crashes';
}

const quiet: Scenario = {
  models: fakeModels,
  open: null,
  asks: [],
  loadHolds: false,
  loadError: null,
  reportError: null,
  section: 'chat',
  conversion: null,
  search: '',
  look: '',
  downloads: [],
  chats: 0,
  lastAnswer: 'finishes',
};

const open = fakeModels[0]!.path;
const convertible = [...fakeModels, fakePlain];
const question = 'Why does hammering make a metal harder?';
const followUp = 'Can that be undone? Answer in two sentences.';

export const scenarios: Record<string, Scenario> = {
  models: quiet,
  empty: { ...quiet, models: [] },
  first: { ...quiet, models: [fakeDemo] },
  loading: { ...quiet, open, loadHolds: true },
  ready: { ...quiet, open },
  finished: { ...quiet, open, asks: [question, followUp] },
  markdown: { ...quiet, open, asks: ['Show me everything about alloys.'] },
  history: { ...quiet, open, chats: 8 },
  prefill: { ...quiet, open, asks: [question], lastAnswer: 'holds_in_prefill' },
  reloading: { ...quiet, open, asks: [question], lastAnswer: 'holds_in_loading' },
  streaming: { ...quiet, open, asks: [followUp, question], lastAnswer: 'holds' },
  error: { ...quiet, open, asks: [question], lastAnswer: 'crashes' },
  catalog: { ...quiet, section: 'models', search: 'Qwen3', look: fakeHub[1]!.repo, downloads: fakeDownloads },
  convert: { ...quiet, section: 'convert', models: convertible },
  converting: { ...quiet, section: 'convert', models: convertible, conversion: fakeConversion },
  converted: { ...quiet, section: 'convert', models: convertible, conversion: { ...fakeConversion, state: 'done', made: fakeMade } },
  nothing: { ...quiet, section: 'models', models: [] },
  monitor: { ...quiet, section: 'monitor' },
  hardware: { ...quiet, section: 'hardware' },
  settings: { ...quiet, section: 'settings' },
  setaside: {
    ...quiet,
    open,
    loadError: {
      code: 'set_aside',
      message: 'It crashed three times in a row while loading, so Ingot no longer starts it by itself.',
    },
  },
};

export function scenarioNamed(name: string | null): Scenario {
  return scenarios[name ?? 'models'] ?? quiet;
}
