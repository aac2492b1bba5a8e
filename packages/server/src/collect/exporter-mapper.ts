/**
 * Puts what a known exporter shows under the names of the catalogue. Counters and
 * histograms count what was added since the first scrape of the target: the total of
 * an exporter may fall, by its restart or since it has let a series go, and ours must
 * not be taken for beginning anew when it merely lost one of the series that it adds up.
 */

import { catalogue, type FamilyDeclaration } from '@bellwether/events';
import type { MetricFamily, Sample as Scraped } from '@bellwether/metrics';
import { faultOf, type Labels, type Sample } from '../samples/sample.ts';
import type { ExporterChoice, ExporterKind } from '../config/collector-items.ts';
import type { Target } from './discovery.ts';
import { type ExporterTable, exporterTables, type MappingRule } from './exporters/index.ts';
import { type LabelScope, mappedLabels } from './mapped-labels.ts';

/** What became of a scrape. */
export interface Mapped {
  readonly samples: readonly Sample[];
  /** The exporters that were recognised. */
  readonly exporters: readonly ExporterKind[];
  /** Series of the exporter that are not followed since there are too many. */
  readonly overflow: number;
}

/** Series of one target whose totals are followed, and totals of ours, at most. */
export const FOLLOWED_SERIES_MAX = 50_000;

const declarations = new Map(catalogue.map((declaration) => [declaration.name, declaration]));

/** The names of samples by which the types of our families are made. */
const parts: Readonly<Record<FamilyDeclaration['type'], readonly string[]>> = {
  counter: [''],
  gauge: [''],
  info: [''],
  stateset: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/** What rules look for, to pass over everything else at once. */
const wanted: ReadonlySet<string> = new Set(
  exporterTables.flatMap(({ rules }) =>
    rules.flatMap(({ from, to }) => from.flatMap((name) => partsOf(to).map((part) => name + part))),
  ),
);

interface Total {
  readonly name: string;
  readonly labels: Labels;
  value: number;
}

/** What one scrape is looked at for. */
interface Look {
  readonly found: ReadonlyMap<string, readonly Scraped[]>;
  /** Gauges, and quantiles, by series. */
  readonly levels: Map<string, Total & { count: number }>;
  readonly seen: Set<string>;
  overflow: number;
}

export class ExporterMapper {
  readonly #target: Pick<Target, 'instance' | 'labels'>;
  readonly #tables: readonly ExporterTable[];
  /** The exporter's series: their totals when they were last seen, and ours that they add to. */
  readonly #followed = new Map<string, { value: number; readonly scale: number; readonly total: Total }>();
  /** The name that each rule reads. */
  readonly #sources = new Map<MappingRule, string>();
  /** Our own totals. */
  readonly #totals = new Map<string, Total>();
  #isFirst = true;

  constructor(choice: ExporterChoice, target: Pick<Target, 'instance' | 'labels'>) {
    this.#target = target;
    this.#tables = exporterTables.filter(({ kind }) => choice === 'auto' || choice === kind);
  }

  /**
   * Takes the next scrape.
   *
   * @param restarted whether the exporter was seen to have begun anew.
   */
  take(
    families: readonly MetricFamily[],
    { atMs, restarted }: { readonly atMs: number; readonly restarted: boolean },
  ): Mapped {
    const look: Look = {
      found: samplesByName(families),
      levels: new Map(),
      seen: new Set(),
      overflow: 0,
    };
    const exporters = this.#tables.filter((table) => {
      const taken = table.rules.filter((rule, place) => this.#apply(table, rule, place, look));
      return taken.length > 0;
    });
    this.#isFirst = false;
    if (exporters.length === 0) return { samples: [], exporters: [], overflow: 0 };
    // What is not there after a restart begins at 0 when it comes back.
    if (restarted)
      for (const key of this.#followed.keys()) if (!look.seen.has(key)) this.#followed.delete(key);
    const levels = [...look.levels.values()].filter(({ name, count }) => count === 1 || !isQuantile(name));
    const samples = [
      ...levels.map((level) => sampleOf(level, 'gauge', atMs)),
      ...[...this.#totals.values()].map((total) => sampleOf(total, 'counter', atMs)),
    ];
    return {
      samples: samples.filter((sample) => faultOf(sample) === null),
      exporters: exporters.map(({ kind }) => kind),
      overflow: look.overflow,
    };
  }

  /** Takes what a rule is about; false if the exporter does not show it. */
  #apply(table: ExporterTable, rule: MappingRule, place: number, look: Look): boolean {
    const declaration = declarations.get(rule.to);
    if (declaration === undefined) return false;
    const source = this.#sourceOf(rule, look);
    if (source === undefined) return false;
    const scope = { table, rule, declaration, target: this.#target };
    for (const part of partsOf(rule.to)) {
      const isLevel = part === '' && declaration.type !== 'counter';
      const beginning = `${table.kind} ${place} ${source}${part} `;
      const meant = (look.found.get(source + part) ?? []).filter(({ labels }) => isMeant(rule, labels));
      const firsts = firstsOf(rule, meant);
      for (const scraped of meant) {
        const counts = firsts === null || firsts.has(scraped);
        if (isLevel) {
          if (counts) takeLevel(look, scope, mappedLabels(scope, scraped.labels), scraped.value);
        } else if (Number.isFinite(scraped.value)) this.#count(beginning, scope, part, scraped, look, counts);
      }
    }
    return true;
  }

  /** The name that a rule reads. It stays the same while it is exposed: another one counts the same anew. */
  #sourceOf(rule: MappingRule, { found }: Look): string | undefined {
    const isThere = (name: string): boolean => partsOf(rule.to).some((part) => found.has(name + part));
    const before = this.#sources.get(rule);
    if (before !== undefined && isThere(before)) return before;
    const source = rule.from.find(isThere);
    if (source !== undefined) this.#sources.set(rule, source);
    return source;
  }

  /** Adds what a running total of the exporter has grown by to ours. One that does not count is followed, since it may later. */
  #count(
    beginning: string,
    scope: LabelScope,
    part: string,
    { labels, value }: Scraped,
    look: Look,
    counts: boolean,
  ): void {
    const key = beginning + JSON.stringify(labels);
    look.seen.add(key);
    const known = this.#followed.get(key);
    if (known === undefined) {
      const total =
        this.#followed.size >= FOLLOWED_SERIES_MAX
          ? null
          : this.#totalOf(scope.rule.to + part, mappedLabels(scope, labels));
      if (total === null) {
        look.overflow += 1;
        return;
      }
      const scale = scaleOf(scope.rule, part);
      this.#followed.set(key, { value, scale, total });
      // What was there before us is not ours to count; what has come since then began at 0.
      if (!this.#isFirst && counts) total.value += value * scale;
      return;
    }
    if (counts) known.total.value += (value < known.value ? value : value - known.value) * known.scale;
    known.value = value;
  }

  /** Our total of that name; null if there are too many. They stay when the exporter begins anew without its series. */
  #totalOf(name: string, labels: Labels): Total | null {
    const key = `${name} ${JSON.stringify(labels)}`;
    const known = this.#totals.get(key);
    if (known !== undefined) return known;
    if (this.#totals.size >= FOLLOWED_SERIES_MAX) return null;
    const total = { name, labels, value: 0 };
    this.#totals.set(key, total);
    return total;
  }
}

function partsOf(family: string): readonly string[] {
  const declaration = declarations.get(family);
  return declaration === undefined ? [] : parts[declaration.type];
}

function samplesByName(families: readonly MetricFamily[]): Map<string, Scraped[]> {
  const found = new Map<string, Scraped[]>();
  for (const { samples } of families)
    for (const sample of samples) {
      if (!wanted.has(sample.name)) continue;
      const others = found.get(sample.name);
      if (others === undefined) found.set(sample.name, [sample]);
      else others.push(sample);
    }
  return found;
}

function isMeant({ where = {} }: MappingRule, labels: Labels): boolean {
  return Object.entries(where).every(([label, values]) => values.includes(labels[label] ?? ''));
}

/** Of series that tell the same those that count; null if all do. */
function firstsOf({ once }: MappingRule, series: readonly Scraped[]): ReadonlySet<Scraped> | null {
  if (once === undefined) return null;
  const firsts = new Map<string, Scraped>();
  for (const one of series) {
    const others = Object.entries(one.labels).filter(([name]) => !once.includes(name));
    const key = JSON.stringify(others.toSorted(([a], [b]) => (a < b ? -1 : 1)));
    const first = firsts.get(key);
    if (first === undefined || isBefore(one.labels, first.labels, once)) firsts.set(key, one);
  }
  return new Set(firsts.values());
}

function isBefore(a: Labels, b: Labels, once: readonly string[]): boolean {
  for (const name of once) {
    const difference = Number(a[name] ?? '0') - Number(b[name] ?? '0');
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** Counts are in no unit. */
function scaleOf({ scale = 1, to }: MappingRule, part: string): number {
  const type = declarations.get(to)?.type;
  const isCount = part === '_count' || part === '_bucket';
  return isCount && type !== 'counter' ? 1 : scale;
}

/** Takes a value of a gauge, or a quantile. */
function takeLevel(
  { levels }: Look,
  { rule, declaration }: { readonly rule: MappingRule; readonly declaration: FamilyDeclaration },
  labels: Labels,
  raw: number,
): void {
  const value = rule.codes === undefined ? raw * (rule.scale ?? 1) : rule.codes[raw];
  if (value === undefined || Number.isNaN(value)) return;
  const key = `${rule.to} ${JSON.stringify(labels)}`;
  const level = levels.get(key);
  if (level === undefined) {
    levels.set(key, { name: rule.to, labels, value, count: 1 });
    return;
  }
  level.count += 1;
  const merge = rule.merge ?? (declaration.aggregator === 'sum' ? 'sum' : 'max');
  level.value = merge === 'sum' ? level.value + value : Math[merge](level.value, value);
}

/** Quantiles of several series have no common one. */
function isQuantile(name: string): boolean {
  return declarations.get(name)?.type === 'summary';
}

function sampleOf({ name, labels, value }: Total, kind: 'gauge' | 'counter', timestampMs: number): Sample {
  return { name, kind, labels, timestampMs, value };
}
