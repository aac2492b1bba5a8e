/**
 * Makes names outside the classic character set fit for scrapers that know only
 * that set, by the scheme that was negotiated.
 *
 * Source: Prometheus, "UTF-8 metric and label name escaping schemes"; where that
 * text and the Go implementation differ (characters that are neither legal nor
 * dots, under `dots`), the implementation is followed, since servers undo it.
 */
import { type EscapingScheme, isClassicLabelName, isClassicMetricName } from '../exposition/escape-name.ts';
import type { MetricFamily, NativeSample, Sample } from '../family.ts';
import { exposedName } from '../points/metric-point.ts';

const LEGAL = /^[a-zA-Z0-9_:]$/;
const LEGAL_IN_LABEL = /^[a-zA-Z0-9_]$/;

/** A metric name under a scheme. */
export function escapeMetricName(name: string, scheme: EscapingScheme): string {
  return escapeName(name, scheme, isClassicMetricName(name), LEGAL);
}

/** A label name under a scheme. Unlike in a metric name, a colon is not legal here. */
export function escapeLabelName(name: string, scheme: EscapingScheme): string {
  return escapeName(name, scheme, isClassicLabelName(name), LEGAL_IN_LABEL);
}

function escapeName(name: string, scheme: EscapingScheme, isPlain: boolean, legal: RegExp): string {
  // Dots escape underscores too, so that they can be undone, even in a name that is plain.
  if (scheme === 'allow-utf-8' || (isPlain && scheme !== 'dots')) return name;
  let escaped = scheme === 'values' ? 'U__' : '';
  let first = true;
  for (const char of name) {
    const isLegal = legal.test(char) && !(first && char >= '0' && char <= '9');
    first = false;
    if (scheme === 'underscores') escaped += isLegal ? char : '_';
    else if (char === '_') escaped += '__';
    else if (isLegal) escaped += char;
    else if (scheme === 'values') escaped += `_${char.codePointAt(0)!.toString(16)}_`;
    else escaped += char === '.' ? '_dot_' : '__';
  }
  return escaped;
}

/**
 * The families with all their names under a scheme. Two names that would become
 * one are kept apart: names that need no escaping keep theirs, and the other one is
 * escaped by `values`, which loses nothing.
 */
export function escapeFamilies(
  families: readonly MetricFamily[],
  scheme: EscapingScheme,
): readonly MetricFamily[] {
  if (scheme === 'allow-utf-8') return families;
  const names = assignNames(families.map(exposedName), escapeMetricName, scheme, new Map());
  return families.map((family) => {
    const name = exposedName(family);
    const labelNames = labelNamesOf(family);
    const isUnchanged = names.get(name) === name && scheme !== 'dots';
    return isUnchanged && labelNames.every(isClassicLabelName)
      ? family
      : renamed(family, names.get(name) ?? name, labelNames, scheme);
  });
}

/**
 * An escaped form of its own for each name. `fixed` are names with a meaning that
 * they must keep. The result depends on the set of names only, not on their order,
 * so that a series keeps its name from scrape to scrape.
 */
function assignNames(
  names: readonly string[],
  escape: (name: string, scheme: EscapingScheme) => string,
  scheme: EscapingScheme,
  fixed: ReadonlyMap<string, string>,
): Map<string, string> {
  const assigned = new Map(fixed);
  const taken = new Set(fixed.values());
  const isChanged = (name: string): number => (escape(name, scheme) === name ? 0 : 1);
  const ordered = [...new Set(names)].toSorted((a, b) => isChanged(a) - isChanged(b) || (a < b ? -1 : 1));
  for (const name of ordered) {
    if (assigned.has(name)) continue;
    let escaped = escape(name, scheme);
    if (taken.has(escaped)) escaped = escape(name, 'values');
    while (taken.has(escaped)) escaped += '_';
    assigned.set(name, escaped);
    taken.add(escaped);
  }
  return assigned;
}

function labelNamesOf(family: MetricFamily): string[] {
  const names = new Set<string>();
  for (const { labels } of family.samples) for (const name of Object.keys(labels)) names.add(name);
  for (const { labels } of family.native ?? []) for (const name of Object.keys(labels)) names.add(name);
  return [...names];
}

function renamed(
  family: MetricFamily,
  escapedName: string,
  labelNames: readonly string[],
  scheme: EscapingScheme,
): MetricFamily {
  const name = baseName(family, escapedName);
  const labels = assignNames(labelNames, escapeLabelName, scheme, meaningfulLabels(family, name));
  const samples = family.samples.map((sample): Sample => {
    const copy = {
      ...sample,
      name: name + sample.name.slice(family.name.length),
      labels: relabelled(sample.labels, labels),
    };
    if (sample.exemplar === undefined) return copy;
    const exemplarLabels = assignNames(
      Object.keys(sample.exemplar.labels),
      escapeLabelName,
      scheme,
      new Map(),
    );
    return {
      ...copy,
      exemplar: { ...sample.exemplar, labels: relabelled(sample.exemplar.labels, exemplarLabels) },
    };
  });
  const native = family.native?.map(
    (sample): NativeSample => ({ ...sample, labels: relabelled(sample.labels, labels) }),
  );
  return {
    ...family,
    name,
    samples,
    ...(family.exposedName === undefined ? {} : { exposedName: escapedName }),
    ...(native === undefined ? {} : { native }),
  };
}

/** The name without the suffix of its type: escaped names still end with it. */
function baseName(family: MetricFamily, escapedName: string): string {
  if (family.exposedName !== undefined) return escapedName;
  const suffix = family.type === 'counter' ? '_total' : family.type === 'info' ? '_info' : '';
  return escapedName.endsWith(suffix)
    ? escapedName.slice(0, escapedName.length - suffix.length)
    : escapedName;
}

/** Labels that mean something to the type of the family, with the names they must have. */
function meaningfulLabels(family: MetricFamily, escapedName: string): Map<string, string> {
  const { type, name } = family;
  if (type === 'histogram' || type === 'gaugehistogram') return new Map([['le', 'le']]);
  if (type === 'summary') return new Map([['quantile', 'quantile']]);
  return type === 'stateset' ? new Map([[name, escapedName]]) : new Map();
}

function relabelled(
  labels: Readonly<Record<string, string>>,
  names: ReadonlyMap<string, string>,
): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [names.get(name) ?? name, value]));
}
