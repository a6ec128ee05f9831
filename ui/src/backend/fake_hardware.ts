// A machine for the fake backend: charts in the engine's form, and a small report.
import type { ChartTheme, HardwareReport, MonitorEvent, ReportCharts } from './bindings';

export function fakeCharts(theme: ChartTheme, width: number): ReportCharts {
  const [text, line] = theme === 'dark' ? ['#adadb4', '#65aeff'] : ['#626267', '#0064d2'];
  const chart = (label: string): string =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="132" viewBox="0 0 400 132" preserveAspectRatio="none">` +
    `<path d="M40 100 120 96 125 20 220 24 225 98 340 95" fill="none" stroke="${line}"/>` +
    `<text x="346" y="98" font-size="10" fill="${text}">${label}</text></svg>`;
  return { utilization: chart('GPU 4 %'), memory: chart('18 GB') };
}

export function fakeMonitor(theme: ChartTheme, width: number): MonitorEvent {
  return {
    ...fakeCharts(theme, width),
    figures: [
      { label: 'GPU', value: '4 %' },
      { label: 'GPU clock', value: '338 MHz' },
      { label: 'GPU power', value: '0 W' },
      { label: 'GPU temperature', value: '41 °C' },
      { label: 'Memory available', value: '18 GB' },
      { label: 'Memory', value: 'normal' },
    ],
    models: [{ name: 'Llama-3.2-3B-Instruct', memory: '2.1 GB' }],
  };
}

export const fakeReport: HardwareReport = {
  markdown: '## Hardware report\n',
  view: {
    summary: 'MacBook Pro (Mac16,7), Apple M4 Pro, 20 GPU cores, 48 GB, macOS 26.1',
    made: '23 November 2026, 10:00 UTC, Ingot 0.1.0, schema 1',
    checks: [
      { status: 'warn', message: '18.2 GB free where models are kept', suggestion: 'Remove models that you do not need.' },
      { status: 'ok', message: 'macOS 26.1', suggestion: null },
      { status: 'ok', message: 'MLX 0.32.2 computes correctly on the GPU', suggestion: null },
    ],
    sections: [
      {
        title: 'Machine',
        rows: [
          { label: 'Model', value: 'MacBook Pro', source: 'SPHardwareDataType: machine_name' },
          { label: 'Chip', value: 'Apple M4 Pro', source: 'SPHardwareDataType: chip_type' },
          { label: 'Core clusters', value: null, source: 'sysctl.txt has no hw.perflevel0.physicalcpu' },
        ],
      },
      {
        title: 'GPU',
        rows: [
          { label: 'Cores', value: '20', source: 'SPDisplaysDataType: sppci_cores' },
          { label: 'Bandwidth', value: '273 GB/s', source: 'table: the figure that Apple publishes for this chip' },
        ],
      },
    ],
    backends: [
      {
        name: 'mlx',
        title: 'MLX 0.32.2 on the GPU',
        status: 'ok',
        lines: ['matrix product: right, to 3e-7 of the largest number', 'reading memory: 240 GB/s, 88 % of the theoretical 273 GB/s'],
      },
    ],
    recipes: ['4-bit, fast', '5-bit, balanced'],
    sizes: [
      {
        name: 'Qwen3-8B',
        cells: [
          { fit: 'fits', memory: '5.6 GB', detail: '40k tokens, 58 tok/s' },
          { fit: 'tight', memory: '6.7 GB', detail: '8k tokens, 48 tok/s' },
        ],
      },
      {
        name: 'Llama-3.3-70B',
        cells: [
          { fit: 'too_large', memory: '41.1 GB', detail: '' },
          { fit: 'too_large', memory: '49.9 GB', detail: '' },
        ],
      },
    ],
    sizes_note: 'Memory is with 4k tokens of context; below it the longest context that fits.',
  },
};
