// The log of what went wrong, shown when an error asks for it.
import { getContext, setContext } from 'svelte';
import { toAppError, type Backend } from '../backend/backend';

const KEY = Symbol('log');

export class LogView {
  /** What is shown; null while it is not. */
  text = $state<string | null>(null);
  #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  async show(): Promise<void> {
    try {
      this.text = await this.#backend.recentLog();
    } catch (cause) {
      this.text = toAppError(cause).message;
    }
  }

  hide(): void {
    this.text = null;
  }
}

export function provideLog(log: LogView): LogView {
  return setContext(KEY, log);
}

export function useLog(): LogView {
  return getContext<LogView>(KEY);
}
