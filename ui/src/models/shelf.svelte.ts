// The known models, the chosen one and whether it is loaded. Only one thing
// loads at a time; a chosen model whose worker is gone is loaded again on demand.
import { toAppError, type Backend } from '../backend/backend';
import type { AppError, ModelSummary, Present, Sampling } from '../backend/bindings';
import { isDemo } from './describe';

export type ModelPhase = 'none' | 'loading' | 'ready' | 'not_loaded';

const GREEDY: Sampling = {
  temperature: 0,
  top_p: 1,
  top_k: 0,
  min_p: 0,
  repetition_penalty: 1,
  seed: null,
  max_tokens: 1024,
};

export class ModelShelf {
  known = $state.raw<ModelSummary[]>([]);
  /** Whether `known` has been asked for: before that, empty means nothing. */
  listed = $state(false);
  /** Whether there is a model besides the demo that comes with Ingot and what was made of it. */
  hasOwn = $derived(this.known.some((model) => !isDemo(model)));
  chosen = $state.raw<ModelSummary | null>(null);
  phase = $state<ModelPhase>('none');
  progress = $state(0);
  /** The last failure outside an answer, such as a model that did not load. */
  error = $state.raw<AppError | null>(null);
  /** Starts as the chosen model's own values, then belongs to the reader. */
  sampling = $state<Sampling>({ ...GREEDY });
  #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async refresh(): Promise<void> {
    try {
      this.known = await this.#backend.models();
      this.listed = true;
    } catch (cause) {
      this.error = toAppError(cause);
    }
  }

  chooseFolder(): Promise<string | null> {
    return this.#backend.chooseFolder();
  }

  /** Reads a folder and adds it to the known models; throws an `AppError`. */
  async inspect(path: string): Promise<ModelSummary> {
    const model = await this.#backend.inspectModel(path);
    const index = this.known.findIndex((other) => other.path === model.path);
    // Of one that is listed it is known whose it is.
    const listed = this.known[index];
    const { name, place } = listed ?? model;
    const now = { ...model, name, place };
    this.known = listed ? this.known.with(index, now) : [...this.known, now];
    return now;
  }

  /**
   * Takes over which model the app has in use: another window, or the menu, may have changed it. With `last`, also the
   * one that was used last, which loads with the first message.
   */
  async sync(last = false): Promise<void> {
    let present: Present | null;
    try {
      present = await this.#backend.presentModel();
    } catch (cause) {
      this.error = toAppError(cause);
      return;
    }
    if (!present || this.phase === 'loading') return;
    const isSame = present.model.path === this.chosen?.path;
    if (!isSame && !present.is_loaded && !last) return;
    if (!isSame) this.sampling = { ...present.model.sampling };
    this.chosen = present.model;
    this.phase = present.is_loaded ? 'ready' : 'not_loaded';
  }

  /** Chooses and loads a model; a failure is kept in `error`. */
  async open(model: ModelSummary): Promise<void> {
    if (this.phase === 'loading') return;
    if (model.path !== this.chosen?.path) this.sampling = { ...model.sampling };
    this.chosen = model;
    this.error = null;
    try {
      await this.#load(model);
    } catch (cause) {
      this.error = toAppError(cause);
    }
  }

  /** Makes sure that the chosen model is loaded; throws an `AppError`. */
  async ensureLoaded(): Promise<void> {
    this.error = null;
    if (this.chosen && this.phase !== 'ready') await this.#load(this.chosen);
  }

  /** Whether the chosen model may be loaded again; if not, `error` says why. */
  async liftSetAside(): Promise<boolean> {
    if (!this.chosen) return false;
    try {
      await this.#backend.liftSetAside(this.chosen.path);
      return true;
    } catch (cause) {
      this.error = toAppError(cause);
      return false;
    }
  }

  async unload(): Promise<void> {
    try {
      await this.#backend.unloadModel();
      this.chosen = null;
      this.phase = 'none';
      this.error = null;
    } catch (cause) {
      this.error = toAppError(cause);
    }
  }

  /** Takes note of an error that says the worker is gone. */
  noteFailure(error: AppError): void {
    if (['worker_died', 'worker_hung', 'set_aside', 'not_loaded'].includes(error.code)) {
      this.phase = 'not_loaded';
    }
  }

  async #load(model: ModelSummary): Promise<void> {
    this.phase = 'loading';
    this.progress = 0;
    try {
      this.chosen = await this.#backend.loadModel(model.path, (event) => {
        this.progress = event.fraction;
      });
      this.phase = 'ready';
    } catch (cause) {
      this.phase = 'not_loaded';
      throw cause;
    }
  }
}
