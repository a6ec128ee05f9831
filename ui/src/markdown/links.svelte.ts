// Links that a person has clicked: each is opened outside, after its host was shown.
import { getContext, setContext } from 'svelte';
import { toAppError, type Backend } from '../backend/backend';
import type { AppError } from '../backend/bindings';

const KEY = Symbol('links');

export class Links {
  /** The link that waits for a word. */
  asked = $state.raw<{ href: string; host: string } | null>(null);
  error = $state.raw<AppError | null>(null);
  #backend: Backend;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  ask(href: string, host: string): void {
    this.error = null;
    this.asked = { href, host };
  }

  dismiss(): void {
    this.asked = null;
  }

  async open(): Promise<void> {
    if (!this.asked) return;
    try {
      await this.#backend.openLink(this.asked.href);
      this.asked = null;
    } catch (cause) {
      this.error = toAppError(cause);
    }
  }
}

export function provideLinks(links: Links): Links {
  return setContext(KEY, links);
}

export function useLinks(): Links {
  return getContext<Links>(KEY);
}
