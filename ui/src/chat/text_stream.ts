// The text of one answer while it grows. It is shown in a single text node that
// is only ever appended to, at most once a frame, so a long answer costs no
// more per token than a short one.

export class TextStream {
  #text = '';
  #pending = '';
  #node: Text | null = null;
  #frame = 0;

  get text(): string {
    return this.#text;
  }

  append(piece: string): void {
    this.#text += piece;
    this.#pending += piece;
    this.#frame ||= requestAnimationFrame(() => this.flush());
  }

  /** Shows what is pending now; a hidden window gets no frames. */
  flush(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (this.#pending) this.#node?.appendData(this.#pending);
    this.#pending = '';
  }

  /** A Svelte attachment for the element that shows the text. */
  attach = (element: HTMLElement): (() => void) => {
    const node = document.createTextNode(this.#text);
    this.#node = node;
    this.#pending = '';
    element.replaceChildren(node);
    return () => {
      if (this.#node === node) this.#node = null;
    };
  };
}
