/**
 * The metrics of all threads as one: an instrument of this thread for each family
 * that any thread declares, whose values are put together from all shards before
 * each exposition.
 */
import { MetricsError } from '../errors.ts';
import type { TimeSlice } from '../exposition/time-slice.ts';
import type { Aggregator } from '../instruments/configuration.ts';
import { Counter } from '../instruments/counter.ts';
import { Gauge } from '../instruments/gauge.ts';
import { Histogram } from '../instruments/histogram.ts';
import { Info } from '../instruments/info.ts';
import { StateSet } from '../instruments/state-set.ts';
import { OVERFLOW_LABEL_VALUE } from '../limits/limits.ts';
import type { LabelTuple } from '../series/label-values.ts';
import type { Run } from '../storage/arena.ts';
import { combine } from './combine.ts';
import type { FamilyDeclaration, Shard } from './memory.ts';
import { ShardReader, type ShardSeries } from './shard-reader.ts';

type Mirror = Counter | Gauge | Histogram | Info | StateSet;

/** A series of all threads: where each thread has its values. */
interface Gathered {
  readonly labelValues: LabelTuple;
  readonly slots: number;
  createdMs: number;
  readonly parts: Run[];
}

interface GatheredFamily {
  readonly declaration: FamilyDeclaration;
  readonly shape: string;
  readonly mirror: Mirror;
  readonly series: Map<string, Gathered>;
}

/** Puts the values of all shards together. */
export class SharedView {
  readonly #readers: readonly ShardReader[];
  readonly #families = new Map<string, GatheredFamily>();
  /** The values of this thread, which alone count where there is nothing to put together. */
  readonly #own: Float64Array;

  constructor(shards: readonly Shard[], own: Shard) {
    this.#own = own.values;
    this.#readers = shards.map(
      ({ values }, index) =>
        new ShardReader(shards[index]!, {
          declared: (family) => void this.#family(family),
          came: (at, series) => this.#came({ values, at }, series),
          went: (at, series) => this.#went({ values, at }, series),
        }),
    );
  }

  /** Brings the values up to date, in pieces, and gives the families by name. */
  async refresh(slice: TimeSlice): Promise<ReadonlyMap<string, Mirror>> {
    for (const reader of this.#readers) reader.update();
    await this.#fill(slice);
    return new Map([...this.#families].map(([name, { mirror }]) => [name, mirror]));
  }

  #family(declaration: FamilyDeclaration): GatheredFamily {
    const { name } = declaration;
    const shape = shapeOf(declaration);
    let family = this.#families.get(name);
    if (family === undefined) {
      const mirror = makeMirror(declaration);
      // A metric without labels begins with a series, which no thread may have yet.
      mirror.drop([]);
      family = { declaration, shape, mirror, series: new Map() };
      this.#families.set(name, family);
    } else if (family.shape !== shape) {
      throw new MetricsError('DUPLICATE_SHAPE', { name, detail: 'threads declare it differently' });
    }
    return family;
  }

  #came(part: Run, { family: declaration, slots, labels, createdMs }: ShardSeries): void {
    const family = this.#family(declaration);
    const key = JSON.stringify(labels);
    let gathered = family.series.get(key);
    if (gathered === undefined) {
      gathered = { labelValues: labels.map((label) => label ?? undefined), slots, createdMs, parts: [] };
      family.series.set(key, gathered);
    }
    gathered.createdMs = Math.min(gathered.createdMs, createdMs);
    gathered.parts.push(part);
  }

  #went(part: Run, { family: declaration, labels }: ShardSeries): void {
    const family = this.#family(declaration);
    const key = JSON.stringify(labels);
    const gathered = family.series.get(key);
    if (gathered === undefined) return;
    const index = gathered.parts.findIndex(({ values, at }) => values === part.values && at === part.at);
    if (index >= 0) gathered.parts.splice(index, 1);
    if (gathered.parts.length > 0) return;
    family.series.delete(key);
    family.mirror.drop(gathered.labelValues);
  }

  async #fill(slice: TimeSlice): Promise<void> {
    let done = 0;
    for (const { declaration, mirror, series } of this.#families.values()) {
      const { type } = declaration;
      const aggregator = declaration.aggregator as Aggregator;
      for (const gathered of series.values()) {
        const { labelValues, slots, createdMs } = gathered;
        const parts = aggregator === 'omit' ? this.#ownParts(gathered) : gathered.parts;
        if (parts.length === 0 || (isOverflow(labelValues) && isEmpty(parts, slots))) continue;
        combine(parts, slots, type, aggregator, mirror.resolveAt(labelValues, createdMs));
        if ((++done & 63) === 0 && slice.over) await slice.pause();
      }
    }
  }

  #ownParts({ parts }: Gathered): Run[] {
    return parts.filter(({ values }) => values === this.#own);
  }
}

/** Overflow series are made beforehand in shared memory; they are of interest once something is in them. */
function isOverflow(labelValues: LabelTuple): boolean {
  return labelValues.length > 0 && labelValues.every((value) => value === OVERFLOW_LABEL_VALUE);
}

function isEmpty(parts: readonly Run[], slots: number): boolean {
  return parts.every(({ values, at }) => values.subarray(at, at + slots).every((value) => value === 0));
}

function shapeOf({ type, labelNames, parts, aggregator }: FamilyDeclaration): string {
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
