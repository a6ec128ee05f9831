// A little Markdown for the fake backend, enough to see every kind of block. The real one is in the engine.
import type { Block, Document, Patch, Span } from './bindings';

export function fakeDocument(text: string): Document {
  const [, thinking = '', answer = text] = /^<think>([\s\S]*?)(?:<\/think>([\s\S]*)|$)/.exec(text) ?? [];
  return { thinking: blocksOf(thinking), answer: blocksOf(text.startsWith('<think>') && !text.includes('</think>') ? '' : answer) };
}

export function patchesBetween(before: Document, after: Document): Patch[] {
  return (['thinking', 'answer'] as const).flatMap((part) => {
    const [old, now] = [before[part], after[part]];
    let keep = 0;
    while (keep < old.length && keep < now.length && JSON.stringify(old[keep]) === JSON.stringify(now[keep])) keep += 1;
    return keep === old.length && keep === now.length ? [] : [{ part, keep, blocks: now.slice(keep) }];
  });
}

function blocksOf(text: string): Block[] {
  const parts = text.trim().match(/```[\s\S]*?(?:```|$)|(?:(?!\n\n|```)[\s\S])+/g) ?? [];
  return parts.filter((part) => part.trim()).map((part) => blockOf(part.replace(/^\n+/, '')));
}

function blockOf(part: string): Block {
  const lines = part.split('\n');
  const fence = /^```(\w*)\n?([\s\S]*?)(?:```|$)/.exec(part);
  if (fence) return { kind: 'code', language: fence[1]!, text: fence[2]!.trimEnd() };
  const heading = /^(#+) (.*)/.exec(part);
  if (heading) return { kind: 'heading', level: heading[1]!.length, spans: spansOf(heading[2]!) };
  if (/^> /.test(part)) return { kind: 'quote', blocks: [blockOf(part.replace(/^> /gm, ''))] };
  if (/^(- |\d+\. )/.test(part)) {
    const items = lines.map((line) => ({ checked: null, blocks: [{ kind: 'paragraph', spans: spansOf(line.replace(/^(- |\d+\. )/, '')) } as Block] }));
    return { kind: 'list', start: part.startsWith('- ') ? null : Number.parseInt(part, 10), items };
  }
  if (part.startsWith('|') && lines.length > 1) {
    const rows = lines.map((line) => line.split('|').slice(1, -1).map((cell) => spansOf(cell.trim())));
    return { kind: 'table', aligns: rows[0]!.map((_, column) => (column === 0 ? 'start' : 'end')), head: rows[0]!, rows: rows.slice(2) };
  }
  return { kind: 'paragraph', spans: spansOf(part) };
}

function spansOf(text: string): Span[] {
  const pieces = text.split(/(\*\*.+?\*\*|\*.+?\*|~~.+?~~|`.+?`|\[.+?\]\(.+?\)|\n)/).filter(Boolean);
  return pieces.map((piece): Span => {
    const link = /^\[(.+)\]\((.+)\)$/.exec(piece);
    if (link) return { kind: 'link', href: link[2]!, host: new URL(link[2]!).host, spans: [{ kind: 'text', text: link[1]! }] };
    if (/^\*\*.+\*\*$/.test(piece)) return { kind: 'strong', spans: [{ kind: 'text', text: piece.slice(2, -2) }] };
    if (/^\*.+\*$/.test(piece)) return { kind: 'emphasis', spans: [{ kind: 'text', text: piece.slice(1, -1) }] };
    if (/^~~.+~~$/.test(piece)) return { kind: 'struck', spans: [{ kind: 'text', text: piece.slice(2, -2) }] };
    if (/^`.+`$/.test(piece)) return { kind: 'code', text: piece.slice(1, -1) };
    return piece === '\n' ? { kind: 'break' } : { kind: 'text', text: piece };
  });
}
