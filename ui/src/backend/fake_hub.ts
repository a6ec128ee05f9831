// The Hub that the fake backend knows.
import type { Download, HubModel, HubPreview } from './bindings';

const GB = 1e9;

function model(repo: string, change: Partial<HubModel> = {}): HubModel {
  return {
    repo,
    family: 'qwen3',
    supported: true,
    reason: null,
    bytes: 3.4 * GB,
    parameters: 1.72e9,
    memory_bytes: 1.9 * GB,
    license: 'apache-2.0',
    downloads: 1_200_000,
    gated: false,
    fit: 'fits',
    is_here: false,
    ...change,
  };
}

export const fakeHub: HubModel[] = [
  model('Qwen/Qwen3-0.6B', { bytes: 1.4 * GB, is_here: true }),
  model('Qwen/Qwen3-1.7B'),
  model('Qwen/Qwen3-14B', { bytes: 27.5 * GB, fit: 'tight' }),
  model('Qwen/Qwen3-32B', { bytes: 61 * GB, fit: 'too_large', license: null }),
  model('Qwen/Qwen3-30B-A3B', { family: 'qwen3_moe', supported: false, reason: 'qwen3_moe is not one of llama, mistral, qwen2, qwen3' }),
];

export const fakePreview: HubPreview = {
  repo: '',
  commit: '70d244cc86ccca08cf5af4e1e306ecf908b1ad5e',
  reason: null,
  license: 'apache-2.0',
  gated: false,
  context_length: 40960,
  parameters: 1.72e9,
  files: 9,
  bytes: 3.8 * GB,
  memory_bytes: 4.4 * GB,
  fit: 'fits',
  recipes: [
    { recipe: 'speed-4bit', title: '4-bit, fastest', bytes: 0.9 * GB, memory_bytes: 1.5 * GB, fit: 'fits' },
    { recipe: 'balanced-5bit', title: '5-bit, balanced', bytes: 1.1 * GB, memory_bytes: 1.7 * GB, fit: 'fits' },
    { recipe: 'quality-8bit', title: '8-bit, most exact', bytes: 1.7 * GB, memory_bytes: 2.3 * GB, fit: 'tight' },
    { recipe: 'mixed-precision', title: 'Mixed', bytes: 1.0 * GB, memory_bytes: 1.6 * GB, fit: 'fits' },
  ],
  free_disk_bytes: 120 * GB,
};

export const newDownload: Download = {
  repo: '',
  state: 'fetching',
  done_bytes: 0,
  total_bytes: 0,
  bytes_per_second: 0,
  seconds_left: null,
  trouble: null,
  path: null,
};

export const fakeDownloads: Download[] = [
  {
    ...newDownload,
    repo: 'Qwen/Qwen3-4B',
    done_bytes: 3.1 * GB,
    total_bytes: 7.6 * GB,
    bytes_per_second: 48e6,
    seconds_left: 100,
  },
  { ...newDownload, repo: 'acme/Llama-8B', state: 'paused', done_bytes: 5 * GB, total_bytes: 15 * GB },
  {
    ...newDownload,
    repo: 'acme/private',
    state: 'failed',
    trouble: 'huggingface.co wants a token for acme/private; make one at huggingface.co/settings/tokens',
  },
];
