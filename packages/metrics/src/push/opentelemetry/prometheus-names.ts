/**
 * How OpenTelemetry's names, units and attributes look in Prometheus.
 *
 * Source: OpenTelemetry, "Prometheus and OpenMetrics Compatibility".
 */
import type { SdkAttributes, SdkAttributeValue } from './sdk-shapes.ts';

const UNITS: Readonly<Record<string, string>> = {
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
  kBy: 'kilobytes',
  MBy: 'megabytes',
  GBy: 'gigabytes',
  m: 'meters',
  V: 'volts',
  A: 'amperes',
  J: 'joules',
  W: 'watts',
  g: 'grams',
  Cel: 'celsius',
  Hz: 'hertz',
  '%': 'percent',
};

/**
 * The name of a family, without the suffix of its type, and its unit: words instead
 * of UCUM, annotations such as `{token}` dropped, `1` of a gauge a ratio.
 */
export function familyNames(
  descriptor: { readonly name: string; readonly unit: string },
  isGauge: boolean,
): { name: string; unit: string } {
  const unit = unitWord(descriptor.unit, isGauge);
  const base = legalName(descriptor.name, ':').replace(/_total$/, '');
  return { name: unit === '' || base.endsWith(`_${unit}`) ? base : `${base}_${unit}`, unit };
}

function unitWord(unit: string, isGauge: boolean): string {
  const plain = unit.replaceAll(/\{[^}]*\}/g, '').trim();
  if (plain === '1') return isGauge ? 'ratio' : '';
  if (plain === '' || plain.includes('/')) return rateUnit(plain);
  return legalName(UNITS[plain] ?? plain, '').replaceAll(/^_+|_+$/g, '');
}

/** `By/s` is `bytes_per_second`; a unit whose number is an annotation has none. */
function rateUnit(unit: string): string {
  const [amount = '', per = ''] = unit.split('/', 2);
  if (amount === '' || per === '') return '';
  const word = UNITS[per] ?? per;
  return legalName(`${UNITS[amount] ?? amount}_per_${word.replace(/s$/, '')}`, '');
}

/** Illegal characters become underscores, several of them one. */
function legalName(name: string, alsoLegal: string): string {
  const legal = name.replaceAll(/[^a-zA-Z0-9_:]/g, '_').replaceAll(':', alsoLegal === ':' ? ':' : '_');
  const single = legal.replaceAll(/_{2,}/g, '_');
  return /^\d/.test(single) ? `_${single}` : single;
}

/**
 * Attributes as labels, with the name of the scope. Attributes whose names become
 * one are joined by a semicolon in the order of their original names.
 */
export function labelsOf(attributes: SdkAttributes, scopeName: string): Record<string, string> {
  const labels = new Map<string, string>();
  for (const name of Object.keys(attributes).toSorted()) {
    const value = attributes[name];
    if (value === undefined) continue;
    const label = legalName(name, '');
    const present = labels.get(label);
    labels.set(label, present === undefined ? text(value) : `${present};${text(value)}`);
  }
  if (scopeName !== '') labels.set('otel_scope_name', scopeName);
  return Object.fromEntries(labels);
}

function text(value: SdkAttributeValue): string {
  return Array.isArray(value) ? JSON.stringify(value) : String(value);
}
