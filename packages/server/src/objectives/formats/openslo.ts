/**
 * OpenSLO v1: https://github.com/OpenSLO/OpenSLO. SLOs with their SLIs and data
 * sources, over a Prometheus or over our own ledger (`type: Bellwether`). Alert
 * policies, conditions, targets and services are read over: alerts are configured
 * here, and burn rates have the pairs of the Site Reliability Workbook.
 */

import {
  type Fields,
  fieldsOf,
  given,
  idOf,
  labelsOf,
  lineOf,
  listOf,
  numberOf,
  oneLine,
  optionalFields,
  percentOf,
  textOf,
} from './fields.ts';

/** True for a document of OpenSLO. */
export function isOpenSlo(document: Fields): boolean {
  return document['apiVersion'] === 'openslo/v1';
}

/** What the documents of one file refer to by name. */
interface Named {
  readonly indicators: ReadonlyMap<string, Fields>;
  readonly sources: ReadonlyMap<string, string>;
}

/** The objectives of the documents of a file, in our form. */
export function openSloItems(documents: readonly Fields[]): Fields[] {
  const ofKind = (kind: string): Fields[] => documents.filter((document) => document['kind'] === kind);
  const named: Named = {
    indicators: new Map(ofKind('SLI').map((sli) => [nameOf(sli, 'SLI'), fieldsOf(sli['spec'], 'SLI.spec')])),
    sources: new Map(
      ofKind('DataSource').map((source) => [
        nameOf(source, 'DataSource'),
        textOf(fieldsOf(source['spec'], 'DataSource.spec')['type'], 'DataSource.spec.type'),
      ]),
    ),
  };
  return ofKind('SLO').flatMap((slo) => itemsOfSlo(slo, named));
}

function nameOf(document: Fields, where: string): string {
  return textOf(fieldsOf(document['metadata'], `${where}.metadata`)['name'], `${where}.metadata.name`);
}

function itemsOfSlo(slo: Fields, named: Named): Fields[] {
  const name = nameOf(slo, 'SLO');
  const metadata = fieldsOf(slo['metadata'], 'metadata');
  const spec = fieldsOf(slo['spec'], `${name}: spec`);
  const indicator = indicatorOf(spec, named, name);
  const objectives = listOf(spec['objectives'], `${name}: objectives`);
  return objectives.map((objective, index) => {
    const title = objective['displayName'] ?? metadata['displayName'];
    return {
      id: idOf(name, ...(objectives.length === 1 ? [] : [String(index + 1)])),
      name: typeof title === 'string' ? title : name,
      ...given('description', lineOf(spec['description'])),
      ...given('service', spec['service']),
      labels: labelsOf(metadata['labels']),
      target_percent: targetOf(objective, name),
      ...windowOf(spec, name),
      ...measured(indicator, objective, spec, named, name),
    };
  });
}

function indicatorOf(spec: Fields, { indicators }: Named, name: string): Fields {
  const reference = spec['indicatorRef'];
  if (reference === undefined)
    return fieldsOf(fieldsOf(spec['indicator'], `${name}: indicator`)['spec'], `${name}: indicator.spec`);
  const found = indicators.get(lineOf(reference));
  if (found === undefined) throw new TypeError(`${name}: there is no SLI ${lineOf(reference)} in the file`);
  return found;
}

function targetOf(objective: Fields, name: string): string | number {
  if (objective['targetPercent'] !== undefined)
    return numberOf(objective['targetPercent'], `${name}: targetPercent`);
  return percentOf(numberOf(objective['target'], `${name}: target`));
}

const calendarOf: Readonly<Record<string, string>> = {
  '1d': 'day',
  '1w': 'week',
  '1M': 'month',
  '1Q': 'quarter',
};

function windowOf(spec: Fields, name: string): Fields {
  const [window = {}] = listOf(spec['timeWindow'], `${name}: timeWindow`);
  const duration = textOf(window['duration'], `${name}: timeWindow.duration`);
  const calendar = window['calendar'];
  if (window['isRolling'] === true || calendar === undefined) {
    // A month or a quarter that rolls has no fixed length: 30 and 90 days are what tools take.
    const [, count = '', unit = ''] = /^(\d+)([MQ])$/.exec(duration) ?? [];
    return { window: unit === '' ? duration : `${Number(count) * (unit === 'M' ? 30 : 90)}d` };
  }
  const unit = calendarOf[duration];
  if (unit === undefined)
    throw new TypeError(`${name}: a calendar window must be 1d, 1w, 1M or 1Q, is ${duration}`);
  return { window: unit, ...given('time_zone', fieldsOf(calendar, 'calendar')['timeZone']) };
}

/** Whether a slice of time, and not each event, is good or bad. */
function sliceOf(objective: Fields, spec: Fields, name: string): Slice | null {
  const method = spec['budgetingMethod'] ?? 'Occurrences';
  if (method === 'Occurrences') return null;
  if (method !== 'Timeslices')
    throw new TypeError(`${name}: budgetingMethod must be Occurrences or Timeslices`);
  const window = textOf(objective['timeSliceWindow'] ?? '1m', `${name}: timeSliceWindow`);
  if (!/^\d+m$/.test(window)) throw new TypeError(`${name}: timeSliceWindow must be in minutes, e.g. 5m`);
  return { minutes: Number(window.slice(0, -1)), target: objective['timeSliceTarget'] };
}

interface Slice {
  readonly minutes: number;
  readonly target: unknown;
}

/** The operators, ours for a good event. */
const operators: Readonly<Record<string, string>> = { lte: '<=', lt: '<', gte: '>=', gt: '>' };

function measured(indicator: Fields, objective: Fields, spec: Fields, named: Named, name: string): Fields {
  const slice = sliceOf(objective, spec, name);
  const threshold = indicator['thresholdMetric'];
  const ratio = indicator['ratioMetric'];
  if (threshold !== undefined) {
    const source = sourceOf(threshold, named, `${name}: thresholdMetric`);
    const value = numberOf(objective['value'], `${name}: value`);
    const operator = operators[lineOf(objective['op'])];
    if (operator === undefined) throw new TypeError(`${name}: op must be lte, lt, gte or gt`);
    if (source.ledger !== null) return ledgerItem(source.ledger, value, operator, slice, name);
    const minutes = slice?.minutes ?? 1;
    const good = `((${source.query}) ${operator} bool ${value})`;
    return { kind: 'promql', good_ratio_query: `avg_over_time(${good}[$window:${minutes}m])` };
  }
  const fields = fieldsOf(ratio, `${name}: ratioMetric or thresholdMetric`);
  if (fields['raw'] !== undefined) {
    const { query } = sourceOf(fields['raw'], named, `${name}: raw`);
    const key = fields['rawType'] === 'failure' ? 'bad_ratio_query' : 'good_ratio_query';
    return { kind: 'promql', [key]: `avg_over_time((${query})[$window:1m])` };
  }
  const isGood = fields['good'] !== undefined;
  const part = sourceOf(fields[isGood ? 'good' : 'bad'], named, `${name}: ${isGood ? 'good' : 'bad'}`);
  const total = sourceOf(fields['total'], named, `${name}: total`);
  if (total.ledger !== null) return ledgerItem(total.ledger, null, '', slice, name);
  const isCounter = fields['counter'] === true;
  if (slice !== null) return slicedRatio(part.query, total.query, isGood, isCounter, slice, name);
  return {
    kind: 'promql',
    [isGood ? 'good_query' : 'bad_query']: counted(part.query, isCounter, '$window'),
    total_query: counted(total.query, isCounter, '$window'),
  };
}

function slicedRatio(
  part: string,
  total: string,
  isGood: boolean,
  isCounter: boolean,
  { minutes, target }: Slice,
  name: string,
): Fields {
  const least = numberOf(target, `${name}: timeSliceTarget`);
  const share = `${counted(part, isCounter, `${minutes}m`)} / ${counted(total, isCounter, `${minutes}m`)}`;
  const good = isGood ? `(${share}) >= bool ${least}` : `(1 - ${share}) >= bool ${least}`;
  return { kind: 'promql', good_ratio_query: `avg_over_time((${good})[$window:${minutes}m])` };
}

/**
 * What a query counts within a window. A query that names its window itself is taken
 * as it is; of a counter the increase is taken; of anything else the sum over samples.
 */
function counted(query: string, isCounter: boolean, window: string): string {
  const own = query.replaceAll(/\{\{\s*\.window\s*\}\}|\$window/g, window);
  if (own !== query) return own;
  if (!isCounter) return `sum_over_time((${query})[${window}:1m])`;
  const isSelector = /^[a-zA-Z_:][a-zA-Z0-9_:]*(\{[^{}]*\})?$/.test(query);
  return isSelector ? `sum(increase(${query}[${window}]))` : `increase((${query})[${window}:1m])`;
}

interface MetricSource {
  /** PromQL; empty for the ledger. */
  readonly query: string;
  /** Fields of our own form; `null` for a Prometheus. */
  readonly ledger: Fields | null;
}

function sourceOf(metric: unknown, { sources }: Named, where: string): MetricSource {
  const source = fieldsOf(fieldsOf(metric, where)['metricSource'], `${where}.metricSource`);
  const reference = source['metricSourceRef'];
  const type = (lineOf(source['type']) || (sources.get(lineOf(reference)) ?? 'Prometheus')).toLowerCase();
  const spec = optionalFields(source['spec'], `${where}.metricSource.spec`);
  if (type === 'bellwether') return { query: '', ledger: spec };
  if (type !== 'prometheus')
    throw new TypeError(`${where}: the type of a metricSource must be Prometheus or Bellwether`);
  const query = spec['query'] ?? spec['promql'];
  return { query: oneLine(textOf(query, `${where}.metricSource.spec.query`)), ledger: null };
}

const thresholdNames: Readonly<Record<string, string>> = {
  latency: 'threshold_ms',
  ttft: 'threshold_ms',
  cost: 'threshold_usd',
  quality: 'threshold',
  satisfaction: 'threshold',
};

/** An objective over the ledger: its kind and scope are in the spec of the metric source, its bound in the objective. */
function ledgerItem(
  spec: Fields,
  value: number | null,
  operator: string,
  slice: Slice | null,
  name: string,
): Fields {
  const kind = textOf(spec['kind'], `${name}: metricSource.spec.kind`);
  const bound = thresholdNames[kind];
  if (value !== null && bound !== undefined) {
    const wanted = bound === 'threshold' ? '>=' : '<=';
    if (operator !== wanted)
      throw new TypeError(`${name}: op must be ${wanted === '>=' ? 'gte' : 'lte'} for ${kind}`);
  }
  return {
    ...spec,
    ...(value === null || bound === undefined ? {} : { [bound]: value }),
    ...(slice === null
      ? {}
      : {
          slices: {
            minutes: slice.minutes,
            target_percent: percentOf(numberOf(slice.target, `${name}: timeSliceTarget`)),
          },
        }),
  };
}
