// The hardware report as it is made, kept while other sections are shown.
import { toAppError, type Backend } from '../backend/backend';
import type { AppError, ChartTheme, HardwareReport, ReportCharts } from '../backend/bindings';
import { words } from '../words';

export class ReportDesk {
  report = $state<HardwareReport | null>(null);
  /** What is being done, while a report is made. */
  step = $state<string | null>(null);
  error = $state<AppError | null>(null);
  /** Where the report was saved last. */
  saved = $state<string | null>(null);
  copied = $state(false);

  readonly #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async make(): Promise<void> {
    if (this.step !== null) return;
    this.step = words.hardware.starting;
    await this.#attempt(async () => {
      this.report = await this.#backend.makeReport(({ step }) => {
        if (this.step !== null) this.step = step;
      });
    });
    this.step = null;
  }

  async charts(theme: ChartTheme, width: number): Promise<ReportCharts | null> {
    // Nobody asked for them, so what was said before stays.
    try {
      return await this.#backend.reportCharts(theme, width);
    } catch (cause) {
      this.error = toAppError(cause);
      return null;
    }
  }

  async copy(): Promise<void> {
    const { report } = this;
    if (!report) return;
    await this.#attempt(async () => {
      await navigator.clipboard.writeText(report.markdown);
      this.copied = true;
    });
  }

  async save(): Promise<void> {
    await this.#attempt(async () => {
      this.saved = (await this.#backend.saveReport()) ?? this.saved;
    });
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    this.error = null;
    this.copied = false;
    try {
      await work();
    } catch (cause) {
      this.error = toAppError(cause);
    }
  }
}
