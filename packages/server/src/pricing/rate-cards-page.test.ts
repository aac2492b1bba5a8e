import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkCards, parseRateCard, rateCardSchema } from './index.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../docs/reference/rate-cards.md'), 'utf8');
const blocks = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, text]) => text ?? '');

/** Every key that a schema or a part of it has. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]: [string, unknown]) => {
    const own = key === 'properties' ? Object.keys(value as object) : [];
    return [...own, ...keysOf(value)];
  });
}

describe('the page on rate cards', () => {
  it('names every key that a card has', () => {
    const keys = new Set(keysOf(rateCardSchema));
    expect(keys.size).toBeGreaterThan(40);
    expect([...keys].filter((key) => !new RegExp(`\\b${key}\\b`).test(page))).toEqual([]);
  });

  it('shows cards that are right', () => {
    const [whole = ''] = blocks;
    const fragments = blocks.slice(1).filter((text) => !text.startsWith('# bellwether.yaml'));
    const entry = 'prices:\n  - provider: p\n    model: m\n';
    const cards = [
      whole,
      ...fragments.map((text) => `name: a\nversion: b\n${text.startsWith(' ') ? entry : ''}${text}`),
    ].map((text) => parseRateCard(text, 'rate-cards.md'));
    expect(cards).toHaveLength(6);
    expect(cards.flatMap((card) => checkCards([card]))).toEqual([]);
  });
});
