/**
 * Writes families as OpenMetrics 2.0 text (2.0.0-rc0): the family is named like its
 * samples, histograms and summaries are one line with a composite value, and the
 * start of counting stands on the line as `st@…`. Served only to those who ask for
 * this version, since the specification is a release candidate.
 */
import { isClassicMetricName } from '../exposition/escape-name.ts';
import { closeLine, escapeQuoted, labelText, openLine } from '../exposition/line-heads.ts';
import { numberText } from '../exposition/numbers.ts';
import type { BucketSpan, Exemplar, MetricFamily, NativeBuckets } from '../family.ts';
import { decodeSpans } from '../native/spans.ts';
import { exposedName, type MetricPoint, pointSteps } from '../points/metric-point.ts';

/** So many points are written between two places where the work can be interrupted. */
const POINTS_PER_STEP = 250;

/** The families as one text that ends with `# EOF`. */
export function writeOpenMetrics2(families: readonly MetricFamily[]): string {
  return [...openMetrics2Chunks(families)].join('');
}

/**
 * The text piece by piece, so that the caller may let others have the event loop
 * between two pieces.
 */
export function* openMetrics2Chunks(families: readonly MetricFamily[]): Generator<string> {
  for (const family of families) {
    const grouping = pointSteps(family);
    let step = grouping.next();
    for (; !step.done; step = grouping.next()) yield '';
    const points = step.value;
    if (
      family.type === 'summary' &&
      points.some(({ count, sum }) => count === undefined || sum === undefined)
    ) {
      yield incompleteSummary(family);
      continue;
    }
    let text = metadata(family);
    let written = 0;
    for (const point of points) {
      text += line(family, point);
      if (++written % POINTS_PER_STEP !== 0) continue;
      yield text;
      text = '';
    }
    yield text;
  }
  yield '# EOF\n';
}

function metadata(family: MetricFamily): string {
  const name = shownName(exposedName(family));
  let text = `# TYPE ${name} ${family.type}\n`;
  if (family.unit !== '') text += `# UNIT ${name} ${family.unit}\n`;
  if (family.help !== '') text += `# HELP ${name} ${escapeQuoted(family.help)}\n`;
  return text;
}

/**
 * A summary must have count and sum here. One without them, as an older format may
 * bring, is written as what it is then: numbers of unknown type.
 */
function incompleteSummary(family: MetricFamily): string {
  const names = [...new Set(family.samples.map((sample) => sample.name))];
  let text = '';
  for (const name of names) {
    text += `# TYPE ${shownName(name)} unknown\n`;
    for (const sample of family.samples) {
      if (sample.name !== name) continue;
      text += `${lineStart(name, sample.labels)}${numberText(sample.value)}${time(sample.timestamp)}\n`;
    }
  }
  return text;
}

function line(family: MetricFamily, point: MetricPoint): string {
  const start = lineStart(exposedName(family), point.labels);
  return `${start}${valueOf(family, point)}${time(point.timestamp)}${startTime(family, point)}${exemplars(point)}\n`;
}

function valueOf(family: MetricFamily, point: MetricPoint): string {
  if (family.type === 'histogram') return histogramValue(point, '');
  if (family.type === 'gaugehistogram') return histogramValue(point, 'g');
  if (family.type === 'summary') return summaryValue(point);
  return numberText(point.value ?? Number.NaN);
}

function summaryValue(point: MetricPoint): string {
  const quantiles = point.quantiles
    .toSorted((a, b) => a.quantile - b.quantile)
    .map(({ quantile, value }) => `${numberText(quantile)}:${numberText(value)}`);
  return `{count:${numberText(point.count ?? 0)},sum:${numberText(point.sum ?? 0)},quantile:[${quantiles.join(',')}]}`;
}

function histogramValue(point: MetricPoint, prefix: string): string {
  const buckets = point.buckets.toSorted((a, b) => a.upperBound - b.upperBound);
  const count = point.count ?? buckets.at(-1)?.cumulativeCount ?? 0;
  // A histogram with negative buckets has no sum in OpenMetrics 1.0; NaN is how 2.0 says unknown.
  const fields = [
    `${prefix}count:${numberText(count)}`,
    `${prefix}sum:${numberText(point.sum ?? Number.NaN)}`,
  ];
  if (point.native !== undefined) fields.push(...nativeFields(point.native));
  // The +Inf bucket alone says no more than the count does.
  if (
    point.native === undefined ||
    buckets.some(({ upperBound }) => upperBound !== Number.POSITIVE_INFINITY)
  ) {
    const pairs = buckets.map(
      ({ upperBound, cumulativeCount }) => `${numberText(upperBound)}:${numberText(cumulativeCount)}`,
    );
    if (buckets.at(-1)?.upperBound !== Number.POSITIVE_INFINITY) pairs.push(`+Inf:${numberText(count)}`);
    fields.push(`bucket:[${pairs.join(',')}]`);
  }
  return `{${fields.join(',')}}`;
}

function nativeFields(native: NativeBuckets): string[] {
  const { schema, zeroThreshold, zeroCount } = native;
  return [
    `schema:${schema},zero_threshold:${numberText(zeroThreshold)},zero_count:${numberText(zeroCount)}`,
    ...sideFields('negative', native.negativeSpans, native.negativeDeltas),
    ...sideFields('positive', native.positiveSpans, native.positiveDeltas),
  ];
}

/** Counts are absolute here, not differences; a side without buckets is left out. */
function sideFields(side: string, spans: readonly BucketSpan[], deltas: readonly number[]): string[] {
  const counts = decodeSpans(spans, deltas).map(([, count]) => numberText(count));
  if (counts.length === 0) return [];
  const pairs = spans.filter((span) => span.length > 0).map(({ offset, length }) => `${offset}:${length}`);
  return [`${side}_spans:[${pairs.join(',')}]`, `${side}_buckets:[${counts.join(',')}]`];
}

function startTime(family: MetricFamily, point: MetricPoint): string {
  if (family.type === 'gaugehistogram' || point.createdTimestamp === undefined) return '';
  return ` st@${numberText(point.createdTimestamp)}`;
}

/** The exemplars of a point, those of classic buckets before those of native ones; each must have a time. */
function exemplars(point: MetricPoint): string {
  let found: readonly Exemplar[] = point.exemplar === undefined ? [] : [point.exemplar];
  const ofBuckets = point.buckets.flatMap(({ exemplar }) => (exemplar === undefined ? [] : [exemplar]));
  if (ofBuckets.length > 0) found = ofBuckets;
  else if (point.native?.exemplars !== undefined) found = point.native.exemplars;
  return found
    .filter((exemplar) => exemplar.timestamp !== undefined)
    .map(({ labels, value, timestamp }) => ` # {${labelList(labels)}} ${numberText(value)}${time(timestamp)}`)
    .join('');
}

function time(seconds: number | undefined): string {
  return seconds === undefined ? '' : ` ${numberText(seconds)}`;
}

/** A name as comment lines have it. */
function shownName(name: string): string {
  return isClassicMetricName(name) ? name : `"${escapeQuoted(name)}"`;
}

function labelList(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => labelText(name, value))
    .join(',');
}

/** The start of a sample line, with the space before the value. */
function lineStart(name: string, labels: Readonly<Record<string, string>>): string {
  return closeLine(openLine(name), labelList(labels));
}
