// What jsdom lacks and the components need.
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
