// What people set, as the backend keeps it. Each change is made at once.
import { toAppError, type Backend } from '../backend/backend';
import type { AppError, SettingsChange, SettingsView } from '../backend/bindings';

export class Preferences {
  /** Null until they are known. */
  now = $state.raw<SettingsView | null>(null);
  error = $state.raw<AppError | null>(null);
  /** Changes that were refused: the controls show again what is. */
  refusals = $state(0);
  #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  refresh(): Promise<void> {
    return this.#attempt(() => this.#backend.settings());
  }

  /** Whether it was done; if not, `error` says why. */
  async change(change: SettingsChange): Promise<boolean> {
    await this.#attempt(() => this.#backend.changeSettings(change));
    if (this.error !== null && change.set !== 'add_folder') this.refusals += 1;
    return this.error === null;
  }

  /** Adds a folder that the person chooses. */
  async chooseFolder(): Promise<void> {
    try {
      const folder = await this.#backend.chooseFolder();
      if (folder !== null) await this.change({ set: 'add_folder', to: folder });
    } catch (cause) {
      this.error = toAppError(cause);
    }
  }

  async #attempt(work: () => Promise<SettingsView>): Promise<void> {
    this.error = null;
    try {
      this.now = await work();
    } catch (cause) {
      this.error = toAppError(cause);
    }
  }
}
