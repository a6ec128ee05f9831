// House rules, checked on the sources themselves.
import { describe, expect, it } from 'vitest';

const sources = import.meta.glob<string>(['./**/*.{ts,svelte,css}', '!./**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

function filesWith(pattern: RegExp): string[] {
  return Object.keys(sources).filter((file) => pattern.test(sources[file]!));
}

describe('house rules', () => {
  it('imports Tauri in one file only', () => {
    expect(filesWith(/from '@tauri-apps|import\('@tauri-apps/)).toEqual(['./backend/tauri.ts']);
  });

  it('never turns text into markup', () => {
    expect(filesWith(/innerHTML|outerHTML|insertAdjacentHTML|\{@html|document\.write|<a\s/)).toEqual([]);
  });

  it('sets no style attributes, which the content security policy forbids', () => {
    expect(filesWith(/\sstyle=["{]|setAttribute\(\s*['"]style/)).toEqual([]);
  });

  it('opens every file with what it is for', () => {
    const silent = Object.keys(sources).filter((file) => !/^(\/\/|\/\*|<!--) \S/.test(sources[file]!));
    expect(silent).toEqual([]);
  });

  it('lays nothing out under a class that app.css lays out otherwise', () => {
    // Components may place and size these controls.
    const controls = ['button', 'field'];
    const named = [...sources['./app.css']!.matchAll(/^\.([\w-]+)/gm)].map((match) => match[1]!);
    const shared = [...new Set(named)].filter((name) => !controls.includes(name));
    expect(shared).toContain('rows');
    const own = new RegExp(`^\\s*\\.(${shared.join('|')})(,| \\{)$`, 'm');
    expect(filesWith(own).filter((file) => file.endsWith('.svelte'))).toEqual([]);
  });

  it('keeps the words that people read in words.ts', () => {
    const components = Object.entries(sources).filter(([file]) => file.endsWith('.svelte'));
    const strays = components.flatMap(([file, source]) => wordsIn(source).map((found) => `${file}: ${found}`));
    expect(strays).toEqual([]);
  });
});

/** The words of a component's own: in its text, in attributes that are read, and quoted in its code. */
function wordsIn(component: string): string[] {
  const code = component.replace(/<!--[^]*?-->|<style[^]*?<\/style>|\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '');
  let markup = code.replace(/<script[^]*?<\/script>/g, '');
  // Expressions go, the innermost first.
  while (/\{[^{}]*\}/.test(markup)) markup = markup.replace(/\{[^{}]*\}/g, ' ');
  const read = /\s(?:aria-(?:label|description|valuetext)|title|placeholder|label|alt)=("[^"]*"|[^\s>]*)/g;
  const attributes = [...markup.matchAll(read)].map((match) => match[1]!);
  const texts = markup.replace(/<[^>]*>/g, '\n').split('\n');
  // What begins with a capital is meant for people, unless it names a key.
  const quoted = [...code.matchAll(/(['"`])(\p{Lu}\p{Ll}.*?)\1/gu)].map((match) => match[2]!);
  return [...attributes, ...texts, ...quoted.filter((text) => text !== 'Enter' && text !== 'Escape')]
    .map((text) => text.trim())
    .filter((text) => /\p{L}{2}/u.test(text));
}

describe('colours', () => {
  const css = sources['./app.css']!;
  const blocks = { light: css.slice(0, css.indexOf('@media')), dark: css.slice(css.indexOf('@media')) };
  const pairs: [text: string, behind: string[]][] = [
    ['text', ['background', 'sidebar', 'popover', 'field', 'fill', 'fill-hover', 'danger-fill']],
    ['secondary', ['background', 'popover', 'field', 'fill']],
    ['accent', ['background', 'popover']],
    ['on-accent', ['accent-fill']],
    ['danger', ['danger-fill', 'background', 'fill-hover']],
    ['ok', ['background']],
    ['warn', ['background']],
  ];

  for (const [scheme, block] of Object.entries(blocks)) {
    it.each(pairs.flatMap(([text, behind]) => behind.map((back) => [text, back] as const)))(
      `${scheme}: %s on %s has a contrast of at least 4.5`,
      (text, back) => {
        expect(contrast(token(block, text), token(block, back))).toBeGreaterThanOrEqual(4.5);
      },
    );

    it.each(['background', 'popover'])(`${scheme}: a box on %s that is not ticked has a contrast of at least 3`, (back) => {
      expect(contrast(token(block, 'mark-border'), token(block, back))).toBeGreaterThanOrEqual(3);
    });
  }
});

function token(block: string, name: string): string {
  const value = new RegExp(`--${name}: #([0-9a-f]{6});`).exec(block)?.[1];
  if (!value) throw new Error(`no --${name} in app.css`);
  return value;
}

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string): number {
  const [red, green, blue] = [0, 2, 4].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
