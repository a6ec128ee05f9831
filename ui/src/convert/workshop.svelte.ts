// Conversion: which model and recipe are chosen, what each recipe would make of it, and the one that runs.
import { toAppError, type Backend } from '../backend/backend';
import type { AppError, Conversion, ModelSummary, RecipePlan } from '../backend/bindings';
import { nextTurn } from '../backend/turns';

export const GROUP_SIZES = [32, 64, 128];

export class Workshop {
  /** The source, by its folder. */
  path = $state<string | null>(null);
  recipe = $state('balanced-5bit');
  groupSize = $state(64);
  pad = $state(false);
  /** Of the source, with these settings; null while they are worked out, or if they cannot be. */
  plans = $state.raw<RecipePlan[] | null>(null);
  conversion = $state.raw<Conversion | null>(null);
  error = $state.raw<AppError | null>(null);
  #backend: Backend;
  #asked = 0;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Hears of the conversion until the returned function is called; `ondone` when it has ended well. */
  watch(ondone: () => void): () => void {
    const turn = nextTurn();
    let watching = true;
    const heard = (conversion: Conversion | null): void => {
      if (!watching) return;
      const wasRunning = this.conversion?.state === 'running';
      this.conversion = conversion;
      if (!wasRunning || conversion?.state !== 'done') return;
      void this.plan();
      ondone();
    };
    void this.#backend.watchConversion(turn, heard).catch((cause: unknown) => {
      if (watching) this.error = toAppError(cause);
    });
    return () => {
      watching = false;
      void this.#backend.unwatchConversion(turn).catch(() => {});
    };
  }

  choose(model: ModelSummary): Promise<void> {
    if (this.path !== model.path) this.plans = null;
    this.path = model.path;
    return this.plan();
  }

  /** Works out anew what each recipe would make. */
  async plan(): Promise<void> {
    const path = this.path;
    if (path === null) return;
    // The last one asked for counts, whichever comes last.
    const asked = (this.#asked += 1);
    this.error = null;
    try {
      const plans = await this.#backend.recipePlans(path, this.groupSize, this.pad);
      if (asked === this.#asked) this.plans = plans;
    } catch (cause) {
      if (asked !== this.#asked) return;
      this.plans = null;
      this.error = toAppError(cause);
    }
  }

  async start(): Promise<void> {
    const path = this.path;
    if (path === null) return;
    await this.#try(() => this.#backend.startConversion(path, this.recipe, this.groupSize, this.pad));
  }

  /** Goes on with the one that was stopped or failed. */
  async resume(): Promise<void> {
    const last = this.conversion;
    if (!last) return;
    await this.#try(() => this.#backend.startConversion(last.source, last.recipe, last.group_size, last.pad));
  }

  pause(): Promise<void> {
    return this.#try(() => this.#backend.pauseConversion());
  }

  clear(): Promise<void> {
    return this.#try(() => this.#backend.clearConversion());
  }

  async #try(work: () => Promise<void>): Promise<void> {
    this.error = null;
    try {
      await work();
    } catch (cause) {
      this.error = toAppError(cause);
    }
  }
}
