import { describe, expect, it } from 'vitest';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Histogram } from '../instruments/histogram.ts';
import { Info } from '../instruments/info.ts';
import { StateSet } from '../instruments/state-set.ts';
import { Summary } from '../instruments/summary.ts';
import { parseOpenMetrics } from '../parse/openmetrics.ts';
import { parseText } from '../parse/text.ts';
import { Registry } from '../registry/registry.ts';
import { anyNumber, anyText, generator } from '../testing/random.ts';
import { writeText } from './write-text.ts';

const FORMATS = ['text', 'openmetrics'] as const;

async function rendered(registry: Registry, format: (typeof FORMATS)[number]): Promise<string> {
  return Buffer.from(await registry.render({ format })).toString();
}

/** One of each kind, and something that changes at random. */
function zoo(random: () => number) {
  const registry = new Registry({ seriesMax: 5000, nameValidation: 'utf8' });
  const registers = [registry];
  const labelNames = ['a', 'b'] as const;
  const counter = new Counter({ name: 'c_total', help: 'A "counter" \\ \n', labelNames, registers });
  const plain = new Counter({ name: 'plain', help: 'h', registers });
  const gauge = new Gauge({ name: 'some.gauge', help: 'h', labelNames: ['x.y'], registers, allowNaN: true });
  const histogram = new Histogram({ name: 'h_seconds', help: 'h', unit: 'seconds', labelNames, registers });
  const below = new Histogram({ name: 'below', help: 'h', buckets: [-1, 0, 1e6], registers });
  const summary = new Summary({ name: 's', help: 'h', labelNames: ['a'], registers });
  const info = new Info({ name: 'build', help: 'h', labelNames: ['version'], registers });
  const states = new StateSet({ name: 'st', help: 'h', states: ['on', 'off'], labelNames: ['a'], registers });
  registry.setDefaultLabels({ everywhere: anyText(random), a: 'default' });
  const labels = () => ({ a: anyText(random), b: String(Math.floor(random() * 30)) });
  const known: { a: string; b: string }[] = [];
  const exemplar = () => (random() < 0.3 ? { trace_id: anyText(random).slice(0, 40) } : undefined);
  const step = (): void => {
    const old = known[Math.floor(random() * known.length)];
    const target = old !== undefined && random() < 0.7 ? old : labels();
    if (target !== old) known.push(target);
    const actions = [
      () => counter.inc(target, Math.abs(anyNumber(random)) % 1e15, exemplar()),
      () => counter.inc(target, 10 ** Math.floor(random() * 12)),
      () => plain.inc(),
      () => gauge.set({ 'x.y': target.b }, random() < 0.05 ? Number.NaN : anyNumber(random)),
      () => histogram.observe(target, random() * 12, exemplar()),
      () => below.observe(anyNumber(random) % 1e9),
      () => summary.observe({ a: target.a }, Math.abs(anyNumber(random)) % 1e9),
      () => info.set({ version: target.a }),
      () => states.set({ a: target.b }, random() < 0.5 ? 'on' : 'off'),
      () => counter.remove(target),
      () => random() < 0.02 && gauge.reset(),
    ];
    actions[Math.floor(random() * actions.length)]!();
  };
  return { registry, step };
}

describe('text that is kept from scrape to scrape', () => {
  it.each([1, 2, 3, 4])('is the same as text that is written anew (seed %i)', async (seed) => {
    const random = generator(seed);
    const { registry, step } = zoo(random);
    for (let scrape = 0; scrape < 25; scrape++) {
      for (let change = 0; change < 120; change++) step();
      for (const format of FORMATS) {
        const families = await registry.families();
        const anew = families.map((family) =>
          // The classic format writes bounds and quantiles as prom-client does: 1, not 1.0.
          format === 'openmetrics' ? family : { ...family, samples: family.samples.map(classicBounds) },
        );
        expect(await rendered(registry, format)).toBe(writeText(anew, format));
      }
      registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
      expect(await registry.metrics()).toBe(await rendered(registry, 'openmetrics'));
    }
  });

  it.each([5, 6])('is parsed back to what was set (seed %i)', async (seed) => {
    const random = generator(seed);
    const { registry, step } = zoo(random);
    for (let change = 0; change < 2000; change++) step();
    const families = await registry.families();
    // What OpenMetrics cannot say: the sum under negative bounds, and that a counter's name had no suffix.
    const sayable = families.map(({ exposedName: _none, ...family }) => ({
      ...family,
      samples: family.samples.filter(({ name }) => name !== 'below_sum' && name !== 'below_count'),
    }));
    expect(parseOpenMetrics(await rendered(registry, 'openmetrics'))).toEqual(sayable);
    const back = parseText(await rendered(registry, 'text'));
    const values = (all: typeof families) =>
      new Map(
        all.flatMap(({ samples }) => samples.map(({ name, labels, value }) => [key(name, labels), value])),
      );
    const expected = values(families);
    for (const [sample, value] of values(back))
      expect([sample, expected.get(sample)]).toEqual([sample, value]);
  });

  it('rewrites values that grow by a digit, within and between blocks', async () => {
    const registry = new Registry({ seriesMax: 2000 });
    const counter = new Counter({ name: 'c_total', help: 'h', labelNames: ['i'], registers: [registry] });
    const handles = Array.from({ length: 1500 }, (_none, i) => counter.labels(String(i)));
    for (const [index, handle] of handles.entries()) handle.inc(index % 10);
    await registry.metrics();
    for (const handle of handles) handle.inc(95);
    const expected = handles.map((handle, i) => `c_total{i="${i}"} ${handle.value}\n`).join('');
    expect(await registry.metrics()).toBe(`# HELP c_total h\n# TYPE c_total counter\n${expected}`);
  });

  it('lets others have the event loop, and survives what they do meanwhile', async () => {
    let nowMs = 0;
    // Each look at the clock takes a whole slice, so that every block is followed by a pause.
    const clock = { nowMs: () => 0, monotonicMs: () => nowMs++ };
    const registry = new Registry({ seriesMax: 5000, clock });
    const counter = new Counter({ name: 'c_total', help: 'h', labelNames: ['i'], registers: [registry] });
    for (let i = 0; i < 3000; i++) counter.inc({ i });
    let turns = 0;
    const state = { done: false };
    const others = (async () => {
      while (!state.done) {
        await new Promise((resolve) => setImmediate(resolve));
        turns++;
        counter.remove({ i: turns * 7 });
        counter.inc({ i: `new ${turns}` });
      }
    })();
    const [first, second] = await Promise.all([registry.render(), registry.render()]);
    state.done = true;
    await others;
    expect(turns).toBeGreaterThan(10);
    for (const bytes of [first, second]) {
      const [family] = parseText(Buffer.from(bytes).toString());
      expect(family!.samples.length).toBeGreaterThan(2900);
      expect(family!.samples.every(({ value }) => value === 1)).toBe(true);
    }
  });

  it('leaves out what is not named', async () => {
    const registry = new Registry();
    const registers = [registry];
    void new Counter({ name: 'a_total', help: 'h', registers });
    void new Histogram({ name: 'b', help: 'h', buckets: [], registers });
    void new Gauge({ name: 'c', help: 'h', registers });
    const names = async (...wanted: string[]) => {
      const text = Buffer.from(await registry.render({ names: wanted })).toString();
      return [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    };
    expect(await names('a_total', 'c')).toEqual(['a_total', 'c']);
    expect(await names('a')).toEqual(['a_total']);
    expect(await names('b_bucket')).toEqual(['b']);
    expect(await names('none')).toEqual([]);
  });
});

function classicBounds<S extends { readonly labels: Readonly<Record<string, string>> }>(sample: S): S {
  const labels = { ...sample.labels };
  for (const name of ['le', 'quantile']) {
    const value = labels[name];
    if (value !== undefined && value !== '+Inf') labels[name] = String(Number(value));
  }
  return { ...sample, labels };
}

function key(name: string, labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(classicBounds({ labels }).labels).filter(([, value]) => value !== '');
  return JSON.stringify([name.replace(/_total$/, ''), pairs.toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}
