/**
 * The latest values of families that applications record and send, so that one scrape
 * of the server shows them beside its own. Only families of the catalogue that the
 * server does not fill itself are shown: they are known, bounded and documented. What
 * a source has not sent for a while is not shown any more.
 */

import { catalogue, type FamilyDeclaration } from '@bellwether/events';
import type { MetricFamily, NativeSample, Sample } from '@bellwether/metrics';
import { writeText } from '@bellwether/metrics';

/** After so long without a new value a series is gone, as it is in Prometheus. */
export const RELAY_STALE_MS = 300_000;
/** Series at most, of all families and sources together. */
const SERIES_MAX = 20_000;

type Labels = Readonly<Record<string, string>>;

/** The value of a series. Histograms have their buckets as differences, one more than bounds. */
export type RelayedValue =
  | { readonly kind: 'number'; readonly value: number }
  | {
      readonly kind: 'histogram';
      readonly count: number;
      readonly sum: number;
      readonly bounds: readonly number[];
      readonly counts: readonly number[];
      readonly native?: Omit<NativeSample, 'labels' | 'count' | 'sum'>;
    }
  | {
      readonly kind: 'summary';
      readonly count: number;
      readonly sum: number;
      readonly quantiles: readonly { readonly quantile: number; readonly value: number }[];
    };

/** What a source said of a series. */
export interface Relayed {
  /** The name as it is exposed: of a counter with `_total`. */
  readonly name: string;
  readonly source: { readonly job: string; readonly instance: string };
  readonly labels: Labels;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
  /** Null if there is no value any more. */
  readonly value: RelayedValue | null;
  /** Whether the value is what was added, and not the whole. */
  readonly isDelta: boolean;
}

interface Series {
  readonly labels: Labels;
  timestampMs: number;
  seenMs: number;
  value: RelayedValue;
}

interface Family {
  readonly declaration: FamilyDeclaration;
  readonly series: Map<string, Series>;
}

/** The types of value that a type of family takes. */
const valueOfType: Readonly<Record<FamilyDeclaration['type'], RelayedValue['kind']>> = {
  counter: 'number',
  gauge: 'number',
  info: 'number',
  stateset: 'number',
  histogram: 'histogram',
  summary: 'summary',
};

export class RelayedFamilies {
  readonly #families: Map<string, Family>;
  readonly #isOwn: (name: string) => boolean;
  #series = 0;

  /** @param isOwn whether the server fills a family itself. */
  constructor(isOwn: (name: string) => boolean) {
    this.#isOwn = isOwn;
    this.#families = new Map(
      catalogue
        .filter(({ recordedBy }) => recordedBy.includes('application') || recordedBy.includes('exporter'))
        .map((declaration) => [declaration.name, { declaration, series: new Map() }]),
    );
  }

  /**
   * Shows further families, until what it gives is called.
   *
   * @throws Error if there is one of that name.
   */
  declare(declarations: readonly FamilyDeclaration[]): () => void {
    const known = declarations.find(({ name }) => this.#families.has(name) || this.#isOwn(name));
    if (known !== undefined) throw new Error(`There already is a family called ${known.name}.`);
    for (const declaration of declarations)
      this.#families.set(declaration.name, { declaration, series: new Map() });
    return () => {
      for (const { name } of declarations) {
        this.#series -= this.#families.get(name)?.series.size ?? 0;
        this.#families.delete(name);
      }
    };
  }

  /** Takes what was said of a series; false if it is not shown since there are too many. */
  take(relayed: Relayed, nowMs: number): boolean {
    const family = this.#families.get(relayed.name);
    if (family === undefined || this.#isOwn(relayed.name)) return true;
    const labels = labelsWithSource(relayed);
    const key = JSON.stringify(labels);
    const known = family.series.get(key);
    const { value, timestampMs } = relayed;
    if (value === null) {
      if (family.series.delete(key)) this.#series -= 1;
      return true;
    }
    if (value.kind !== valueOfType[family.declaration.type]) return true;
    if (known === undefined)
      return this.#add(family, key, { labels, timestampMs, seenMs: nowMs, value }, nowMs);
    // What is sent again, or comes late, is in the value already, or older than it.
    if (timestampMs <= known.timestampMs) return true;
    known.value = relayed.isDelta ? sumOf(known.value, value) : value;
    known.timestampMs = timestampMs;
    known.seenMs = nowMs;
    return true;
  }

  /** The families that have series, in the order of the catalogue. Only the classic text has bounds such as `1`, others `1.0`. */
  families(nowMs: number, names: readonly string[] = [], numbers: Numbers = 'openmetrics'): MetricFamily[] {
    this.#forgetStale(nowMs);
    const found: MetricFamily[] = [];
    for (const { declaration, series } of this.#families.values()) {
      if (series.size === 0 || this.#isOwn(declaration.name)) continue;
      const family = exposed(declaration, [...series.values()], numbers);
      if (names.length === 0 || isNamed(family, names)) found.push(family);
    }
    return found;
  }

  #add(family: Family, key: string, series: Series, nowMs: number): boolean {
    if (this.#series >= SERIES_MAX) this.#forgetStale(nowMs);
    if (this.#series >= SERIES_MAX) return false;
    family.series.set(key, series);
    this.#series += 1;
    return true;
  }

  #forgetStale(nowMs: number): void {
    for (const { series } of this.#families.values())
      for (const [key, { seenMs }] of series)
        if (nowMs - seenMs > RELAY_STALE_MS) {
          series.delete(key);
          this.#series -= 1;
        }
  }
}

/** The labels with the job and the instance; a label of such a name is kept as Prometheus would. */
function labelsWithSource({ labels, source: { job, instance } }: Relayed): Labels {
  const own = Object.entries(labels).map(([name, value]): [string, string] => {
    if (name !== 'job' && name !== 'instance') return [name, value];
    let other = `exported_${name}`;
    while (Object.hasOwn(labels, other)) other = `exported_${other}`;
    return [other, value];
  });
  const from: [string, string][] =
    instance === ''
      ? [['job', job]]
      : [
          ['instance', instance],
          ['job', job],
        ];
  return Object.fromEntries([...own, ...from]);
}

function sumOf(before: RelayedValue, added: RelayedValue): RelayedValue {
  if (before.kind === 'number' && added.kind === 'number')
    return { kind: 'number', value: before.value + added.value };
  if (before.kind !== 'histogram' || added.kind !== 'histogram') return added;
  const isSame =
    before.bounds.length === added.bounds.length && before.bounds.every((b, i) => b === added.bounds[i]);
  // Other bounds begin anew, as after a restart of the application. Native buckets are not added up.
  if (!isSame || before.native !== undefined || added.native !== undefined) return added;
  return {
    kind: 'histogram',
    count: before.count + added.count,
    sum: before.sum + added.sum,
    bounds: before.bounds,
    counts: before.counts.map((count, i) => count + (added.counts[i] ?? 0)),
  };
}

/** How a whole number is written where it is a label. */
export type Numbers = 'text' | 'openmetrics';

function labelNumber(value: number, numbers: Numbers): string {
  return numbers === 'openmetrics' && Number.isInteger(value) && Math.abs(value) < 1e21
    ? `${value}.0`
    : String(value);
}

/** A family as an exposition has it. */
function exposed(
  { name, type, help, unit = '' }: FamilyDeclaration,
  series: readonly Series[],
  numbers: Numbers,
): MetricFamily {
  const base = type === 'counter' ? name.replace(/_total$/, '') : name;
  const native = series.flatMap(({ labels, value }): NativeSample[] =>
    value.kind === 'histogram' && value.native !== undefined
      ? [{ labels, count: value.count, sum: value.sum, ...value.native }]
      : [],
  );
  return {
    name: base,
    // States and infos come as plain numbers.
    type: type === 'info' || type === 'stateset' ? 'gauge' : type,
    help,
    unit,
    samples: series.flatMap(({ labels, value }) => samplesOf(name, labels, value, numbers)),
    ...(native.length === 0 ? {} : { native }),
  };
}

function samplesOf(name: string, labels: Labels, value: RelayedValue, numbers: Numbers): Sample[] {
  if (value.kind === 'number') return [{ name, labels, value: value.value }];
  const ends = [
    { name: `${name}_sum`, labels, value: value.sum },
    { name: `${name}_count`, labels, value: value.count },
  ];
  if (value.kind === 'summary')
    return [
      ...value.quantiles.map(({ quantile, value: at }) => ({
        name,
        labels: { ...labels, quantile: labelNumber(quantile, numbers) },
        value: at,
      })),
      ...ends,
    ];
  let sum = 0;
  const buckets = value.bounds.map((bound, i) => {
    sum += value.counts[i] ?? 0;
    return { name: `${name}_bucket`, labels: { ...labels, le: labelNumber(bound, numbers) }, value: sum };
  });
  return [
    ...buckets,
    { name: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: value.count },
    ...ends,
  ];
}

function isNamed({ name, samples }: MetricFamily, names: readonly string[]): boolean {
  return names.includes(name) || samples.some((sample) => names.includes(sample.name));
}

const END = Buffer.from('# EOF\n');

/** An exposition in text with further families behind it. */
export function appendText(body: Uint8Array, families: readonly MetricFamily[], format: Numbers): Uint8Array {
  if (families.length === 0) return body;
  const text = Buffer.from(writeText(families, format));
  if (format === 'text') return Buffer.concat([body, Buffer.from('\n'), text]);
  return Buffer.concat([body.subarray(0, body.length - END.length), text]);
}
