/**
 * The metrics of all threads as one: an instrument of this thread for each family
 * that any thread declares, whose values are put together from all shards before
 * each exposition.
 */
import { MetricsError } from '../errors.ts';
import type { Aggregator } from '../instruments/configuration.ts';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Histogram } from '../instruments/histogram.ts';
import { Info } from '../instruments/info.ts';
import { StateSet } from '../instruments/state-set.ts';
import { OVERFLOW_LABEL_VALUE } from '../limits/limits.ts';
import type { LabelTuple } from '../series/label-values.ts';
import type { Run } from '../storage/arena.ts';
import type { FamilyDeclaration } from './memory.ts';
import { ShardReader } from './shard-reader.ts';
import type { Shard } from './memory.ts';

type Mirror = Counter | Gauge | Histogram | Info | StateSet;

/** A series of all threads: where each thread has its values. */
interface Gathered {
  readonly labelValues: LabelTuple;
  readonly slots: number;
  createdMs: number;
  readonly parts: { readonly shard: Shard; readonly at: number }[];
}

interface GatheredFamily {
  readonly declaration: FamilyDeclaration;
  readonly series: Map<string, Gathered>;
}

/** So often the shards are read anew when they change while they are read. */
const ATTEMPTS_MAX = 5;

/** Puts the values of all shards together. */
export class SharedView {
  readonly #readers: readonly ShardReader[];
  /** The shard of this thread, whose values alone count where there is nothing to put together. */
  readonly #own: Shard;
  readonly #mirrors = new Map<string, { readonly key: string; readonly mirror: Mirror }>();
  #families = new Map<string, GatheredFamily>();

  constructor(shards: readonly Shard[], own: Shard) {
    this.#readers = shards.map((shard) => new ShardReader(shard));
    this.#own = own;
  }

  /** Brings the values up to date and gives the families by name. */
  refresh(): ReadonlyMap<string, Mirror> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      // All of them must be read, hence no short cut by `some`.
      const changed = this.#readers.filter((reader) => reader.update()).length > 0;
      if (changed) this.#gather();
      this.#fill();
      // A run that was freed meanwhile may hold another series' values by now.
      if (!this.#readers.some((reader) => reader.behind)) break;
    }
    return new Map([...this.#mirrors].map(([name, { mirror }]) => [name, mirror]));
  }

  /** Finds out which series there are, and who has a part in them. */
  #gather(): void {
    this.#families = new Map();
    for (const { shard, families, series } of this.#readers) {
      for (const declaration of families.values()) this.#family(declaration);
      for (const [at, { familyId, slots, labels, createdMs }] of series) {
        const family = this.#family(families.get(familyId)!);
        const key = JSON.stringify(labels);
        let gathered = family.series.get(key);
        if (gathered === undefined) {
          gathered = { labelValues: labels.map((label) => label ?? undefined), slots, createdMs, parts: [] };
          family.series.set(key, gathered);
        }
        gathered.createdMs = Math.min(gathered.createdMs, createdMs);
        gathered.parts.push({ shard, at });
      }
    }
    for (const [name, { declaration, series }] of this.#families) this.#prune(name, declaration, series);
  }

  #family(declaration: FamilyDeclaration): GatheredFamily {
    const { name } = declaration;
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { declaration, series: new Map() };
      this.#families.set(name, family);
    } else if (shapeOf(family.declaration) !== shapeOf(declaration)) {
      throw new MetricsError('DUPLICATE_SHAPE', { name, detail: 'threads declare it differently' });
    }
    return family;
  }

  /** Makes the mirror of a family, and drops from it what no thread has any more. */
  #prune(name: string, declaration: FamilyDeclaration, series: ReadonlyMap<string, Gathered>): void {
    const key = shapeOf(declaration);
    const known = this.#mirrors.get(name);
    if (known?.key !== key) {
      const mirror = makeMirror(declaration);
      // A metric without labels begins with a series, which no thread may have yet.
      mirror.drop([]);
      this.#mirrors.set(name, { key, mirror });
      return;
    }
    for (const { labelValues } of known.mirror.series) {
      const labels = JSON.stringify(labelValues.map((value) => value ?? null));
      if (!series.has(labels)) known.mirror.drop(labelValues);
    }
  }

  #fill(): void {
    for (const [name, { declaration, series }] of this.#families) {
      const { mirror } = this.#mirrors.get(name)!;
      for (const gathered of series.values()) {
        const parts = this.#parts(gathered, declaration.aggregator as Aggregator);
        if (parts.length === 0 || (isOverflow(gathered.labelValues) && isEmpty(parts, gathered.slots)))
          continue;
        const run = mirror.resolveAt(gathered.labelValues, gathered.createdMs);
        for (let slot = 0; slot < gathered.slots; slot++)
          run.values[run.at + slot] = combine(parts, slot, declaration);
      }
    }
  }

  #parts(gathered: Gathered, aggregator: Aggregator): Run[] {
    const all = gathered.parts.map(({ shard, at }) => ({
      values: shard.values,
      at,
      own: shard === this.#own,
    }));
    return aggregator === 'omit' ? all.filter(({ own }) => own) : all;
  }
}

/** Overflow series are made beforehand in shared memory; they are of interest once something is in them. */
function isOverflow(labelValues: LabelTuple): boolean {
  return labelValues.length > 0 && labelValues.every((value) => value === OVERFLOW_LABEL_VALUE);
}

function isEmpty(parts: readonly Run[], slots: number): boolean {
  return parts.every(({ values, at }) => values.subarray(at, at + slots).every((value) => value === 0));
}

/** One slot of all threads. Slot 1 of a gauge tells when it was set, for which the latest counts. */
function combine(parts: readonly Run[], slot: number, { type, aggregator }: FamilyDeclaration): number {
  const numbers = parts.map(({ values, at }) => values[at + slot]!);
  if (type === 'histogram') return sum(numbers);
  if (type === 'gauge' && slot === 1) return aggregator === 'last' ? Math.max(...numbers) : sum(numbers);
  switch (aggregator as Aggregator) {
    case 'min':
      return Math.min(...numbers);
    case 'max':
      return Math.max(...numbers);
    case 'average':
      return sum(numbers) / numbers.length;
    case 'first':
    case 'omit':
      return numbers[0]!;
    case 'last':
      return latest(parts, slot, type);
    case 'sum':
    default:
      return sum(numbers);
  }
}

function latest(parts: readonly Run[], slot: number, type: string): number {
  const setMs = ({ values, at }: Run): number => (type === 'gauge' ? values[at + 1]! : 0);
  const { values, at } = parts.reduce((last, part) => (setMs(part) >= setMs(last) ? part : last));
  return values[at + slot]!;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function shapeOf(declaration: FamilyDeclaration): string {
  const { type, labelNames, parts, aggregator } = declaration;
  return JSON.stringify([type, labelNames, parts, aggregator]);
}

function makeMirror(declaration: FamilyDeclaration): Mirror {
  const { name, help, unit, labelNames, parts } = declaration;
  // Whatever a thread let in is let in here: the bounds were kept where it was recorded.
  const base = {
    name,
    help,
    unit,
    labelNames,
    registers: [],
    aggregator: declaration.aggregator as Aggregator,
    seriesMax: Infinity,
    labelValueLengthMax: Infinity,
    nameValidation: 'utf8',
  } as const;
  switch (declaration.type) {
    case 'counter':
      return new Counter(base);
    case 'histogram':
      return new Histogram({ ...base, buckets: parts.map(Number) });
    case 'info':
      return new Info(base);
    case 'stateset':
      return new StateSet({ ...base, states: parts.map(String) });
    default:
      return new Gauge(base);
  }
}
