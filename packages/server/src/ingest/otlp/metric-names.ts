/**
 * The names of OpenTelemetry metrics and attributes in Prometheus' manner, as Prometheus
 * itself makes them of what it takes by OTLP: `http.server.duration` in `ms` becomes
 * `http_server_duration_milliseconds`. A name that is so already stays as it is.
 *
 * Source: OpenTelemetry specification, "Prometheus and OpenMetrics compatibility";
 * Prometheus, "UnderscoreEscapingWithSuffixes".
 */

/** UCUM units by their names in Prometheus. */
const units: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  us: 'microseconds',
  ns: 'nanoseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MiBy: 'mebibytes',
  GiBy: 'gibibytes',
  TiBy: 'tibibytes',
  KBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  TBy: 'terabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '1': '',
  '%': 'percent',
};

/** The same after a stroke: "per second". */
const perUnits: Readonly<Record<string, string>> = {
  s: 'second',
  m: 'minute',
  h: 'hour',
  d: 'day',
  w: 'week',
  mo: 'month',
  y: 'year',
};

/** What of a metric its name depends on. */
export interface NamedMetric {
  readonly name: string;
  readonly unit: string;
  readonly kind: string | null;
  readonly isMonotonic: boolean;
}

/** The name of a metric; `''` if nothing of it can be a name. */
export function metricName({ name, unit, kind, isMonotonic }: NamedMetric): string {
  let tokens = name.split(/[^A-Za-z0-9:]+/).filter(Boolean);
  const [main = '', per] = unit.split('/', 2).map((part) => part.trim());
  for (const suffix of [mainUnit(main), ...perUnit(per)])
    if (suffix !== '' && !tokens.includes(suffix)) tokens.push(suffix);
  if (kind === 'sum' && isMonotonic) tokens = last(tokens, 'total');
  if (kind === 'gauge' && unit.trim() === '1') tokens = last(tokens, 'ratio');
  const joined = tokens.join('_');
  return /^\d/.test(joined) ? `_${joined}` : joined;
}

function mainUnit(unit: string): string {
  return /[{}]/.test(unit) ? '' : word(units, unit);
}

function perUnit(unit: string | undefined): string[] {
  if (unit === undefined || unit === '' || /[{}]/.test(unit)) return [];
  const name = word(perUnits, unit);
  return name === '' ? [] : ['per', name];
}

function word(names: Readonly<Record<string, string>>, unit: string): string {
  const known = Object.hasOwn(names, unit) ? names[unit] : undefined;
  return known ?? unit.replaceAll(/[^A-Za-z0-9]+/g, '_').replaceAll(/^_+|_+$/g, '');
}

function last(tokens: readonly string[], token: string): string[] {
  return [...tokens.filter((other) => other !== token), token];
}

/** The name of a label. */
export function labelName(key: string): string {
  const name = key.replaceAll(/[^A-Za-z0-9_]/g, '_');
  if (/^\d/.test(name)) return `key_${name}`;
  return name.startsWith('_') && !name.startsWith('__') ? `key${name}` : name;
}

/**
 * Attributes as labels, in the order of their names. Where two names become one, the
 * values stand behind one another, so that no two series become one.
 */
export function labelsOf(attributes: ReadonlyMap<string, string>): Record<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of [...attributes].toSorted(byKey)) {
    const name = labelName(key);
    const before = labels.get(name);
    labels.set(name, before === undefined ? value : `${before};${value}`);
  }
  return Object.fromEntries([...labels].toSorted(byKey));
}

function byKey([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
