// Streaming appends to one text node, at most once a frame.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { TextStream } from './text_stream';

let frames: FrameRequestCallback[] = [];

beforeEach(() => {
  frames = [];
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => frames.push(callback));
  vi.stubGlobal('cancelAnimationFrame', () => {});
});
afterEach(() => vi.unstubAllGlobals());

it('batches pieces into one frame and one node', () => {
  const stream = new TextStream();
  const element = document.createElement('div');
  stream.attach(element);
  const node = element.firstChild;
  for (const piece of ['a', 'b', 'c']) stream.append(piece);
  expect([element.textContent, stream.text, frames.length]).toEqual(['', 'abc', 1]);
  frames.forEach((frame) => frame(0));
  stream.append('d');
  expect(frames).toHaveLength(2);
  stream.flush();
  expect(element.textContent).toBe('abcd');
  expect(element.childNodes).toHaveLength(1);
  expect(element.firstChild).toBe(node);
});

it('shows everything so far when attached late', () => {
  const stream = new TextStream();
  stream.append('before');
  const element = document.createElement('div');
  stream.attach(element);
  stream.flush();
  expect(element.textContent).toBe('before');
});
