// What jsdom lacks and the components need; and patience, for machines that are busy.
import { configure } from '@testing-library/svelte';

configure({ asyncUtilTimeout: 10_000 });

class StillResizeObserver implements ResizeObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

globalThis.ResizeObserver ??= StillResizeObserver;

/** Says light until a test says otherwise. */
class StillMediaQueryList extends EventTarget {
  matches = false;
}

globalThis.matchMedia ??= () => new StillMediaQueryList() as unknown as MediaQueryList;

// jsdom knows the element, and not how to show it.
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement): void {
  this.open = true;
};
