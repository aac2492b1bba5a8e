/**
 * Whatever is set comes back after rendering and parsing, for any names, labels and
 * values, in every text format.
 */
import { describe, expect, it } from 'vitest';
import type { MetricFamily, Sample } from '../family.ts';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Histogram } from '../instruments/histogram.ts';
import { Registry } from '../registry/registry.ts';
import { writeText } from '../exposition/write-text.ts';
import { generator } from '../testing/random.ts';
import { parseOpenMetrics } from './openmetrics.ts';
import { parseText } from './text.ts';

/** What the tests need at random, from a seed, so that a failure can be repeated. */
class Random {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = generator(seed);
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  text(pieces: readonly string[], lengthMax: number): string {
    return Array.from({ length: this.below(lengthMax + 1) }, () => this.pick(pieces)).join('');
  }

  /** Any double but NaN: whole, fractional, huge, tiny, infinite. */
  number(): number {
    const view = new DataView(new ArrayBuffer(8));
    switch (this.below(5)) {
      case 0:
        return this.below(1000) - 500;
      case 1:
        return this.next() * 10 ** (this.below(40) - 20);
      case 2:
        return this.pick([
          0,
          Infinity,
          -Infinity,
          5e-324,
          Number.MAX_VALUE,
          1e15,
          1e15 + 1,
          123456789012345680000,
        ]);
      default:
        view.setUint32(0, this.below(2 ** 32) & 0xffefffff);
        view.setUint32(4, this.below(2 ** 32));
        return view.getFloat64(0);
    }
  }
}

const VALUE_PIECES = [
  'a',
  '"',
  '\\',
  '\n',
  '\\n',
  '{',
  '}',
  ',',
  '=',
  ' ',
  '#',
  ' # ',
  'é',
  '😀',
  '\t',
  '\r',
  '\0',
  'le',
  '+Inf',
  '\u2028',
];
const NAME_PIECES = [
  'a',
  'b',
  '_',
  '0',
  '.',
  '-',
  ' ',
  '"',
  '\\',
  '\n',
  'é',
  '😀',
  '{',
  '}',
  '=',
  ',',
  ':',
  '#',
];
const FORMATS = ['text', 'openmetrics'] as const;

function parsed(bytes: Uint8Array | string, format: 'text' | 'openmetrics'): MetricFamily[] {
  return format === 'text' ? parseText(bytes) : parseOpenMetrics(bytes);
}

/** Samples without creation times, each with its labels in one order and bounds as numbers. */
function comparable(families: readonly MetricFamily[]): unknown[] {
  return families.map(({ name, type, help, samples }) => ({
    name,
    type,
    help,
    samples: samples
      .filter((sample) => !sample.name.endsWith('_created'))
      .map(({ name: sample, labels, value }) => {
        const bound = labels.le === '+Inf' ? Infinity : Number(labels.le);
        const own = Object.entries(labels).filter(([label]) => label !== 'le');
        return [sample, own.toSorted(byKey), bound, value];
      }),
  }));
}

function byKey(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : 1;
}

describe('what is set in a registry', () => {
  it('comes back from both text formats', async () => {
    const random = new Random(11);
    for (let round = 0; round < 60; round++) {
      const registry = new Registry({ nameValidation: 'utf8' });
      const registers = [registry];
      const help = `help ${random.text(VALUE_PIECES, 6)}.`;
      const names = [...new Set(Array.from({ length: 3 }, () => `l${random.text(NAME_PIECES, 4)}`))];
      const suffix = random.text(NAME_PIECES, 6);
      const gauge = new Gauge({ name: `g${suffix}`, help, labelNames: names, registers });
      const counter = new Counter({ name: `c${suffix}_total`, help, labelNames: names, registers });
      const histogram = new Histogram({
        name: `h${suffix}`,
        help,
        labelNames: names,
        buckets: [0.1, 1, 1e6],
        registers,
      });
      for (let i = 0; i < 8; i++) {
        const labels = Object.fromEntries(names.map((name) => [name, random.text(VALUE_PIECES, 5)]));
        gauge.set(labels, random.number());
        counter.inc(labels, Math.min(1e300, Math.abs(random.number())));
        histogram.observe(labels, random.next() * 10);
      }
      const expected = comparable(await registry.families());
      for (const format of FORMATS) {
        expect(comparable(parsed(await registry.render({ format }), format))).toEqual(expected);
      }
    }
  });
});

function anyFamily(random: Random, index: number): MetricFamily {
  const name = `m${index}${random.text(NAME_PIECES, 6)}x`;
  const type = random.pick(['gauge', 'counter', 'unknown'] as const);
  const sampleName = type === 'counter' ? `${name}_total` : name;
  const samples: Sample[] = Array.from({ length: random.below(6) }, (_, i) => {
    const labels = Object.fromEntries(
      Array.from({ length: random.below(4) }, (_unused, k) => [
        `n${k}${random.text(NAME_PIECES, 3)}`,
        `v${random.text(VALUE_PIECES, 6)}`,
      ]),
    );
    const value = type === 'counter' ? Math.abs(random.number()) : random.number();
    const sample = { name: sampleName, labels: { ...labels, series: String(i) }, value };
    return random.below(2) === 0 ? sample : { ...sample, timestamp: random.below(1e9) / 1000 };
  });
  // In the classic format blanks before the help text are layout.
  return { name, type, help: `h${random.text(VALUE_PIECES, 8)}`, unit: '', samples };
}

describe('any families', () => {
  it('come back as they were written', () => {
    const random = new Random(5);
    for (let round = 0; round < 150; round++) {
      const families = Array.from({ length: 1 + random.below(4) }, (_, i) => anyFamily(random, i));
      for (const format of FORMATS) expect(parsed(writeText(families, format), format)).toEqual(families);
    }
  });
});
