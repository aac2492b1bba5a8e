/** Reads the maps of other people's formats: a TypeError says which field is not what it should be. */

/** A map whose values are not known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** A map. */
export function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new TypeError(`${where} must be a map`);
}

/** A map, empty if absent. */
export function optionalFields(value: unknown, where: string): Fields {
  return value === undefined || value === null ? {} : fieldsOf(value, where);
}

/** A list of maps. */
export function listOf(value: unknown, where: string): Fields[] {
  if (!Array.isArray(value) || value.length === 0) throw new TypeError(`${where} must be a list`);
  return value.map((item, index) => fieldsOf(item, `${where}[${index}]`));
}

/** A text that is not empty. */
export function textOf(value: unknown, where: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new TypeError(`${where} must be a text`);
}

/** A number. */
export function numberOf(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError(`${where} must be a number`);
}

/** Names joined to an id of ours: what an id cannot hold becomes a hyphen. */
export function idOf(...names: readonly string[]): string {
  return names
    .join('-')
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/g, '-')
    .replaceAll(/^[-_]+|-+$/g, '')
    .slice(0, 63);
}

/** Text on one line, as PromQL may be folded over several. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** Labels, where a format has lists or numbers for values. */
export function labelsOf(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(optionalFields(value, 'labels')).map(([name, label]) => [
      name,
      Array.isArray(label) ? label.join(',') : scalarOf(label),
    ]),
  );
}

function scalarOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A fraction such as 0.999 as a percentage in text, without the noise of binary fractions. */
export function percentOf(fraction: number): string {
  return String(Math.round(fraction * 1e9) / 1e7);
}

/** A text on one line; empty if it is absent or none. */
export function lineOf(value: unknown): string {
  return typeof value === 'string' ? oneLine(value) : '';
}

/** An entry, where there is a value for it. */
export function given(name: string, value: unknown): Fields {
  return value === undefined || value === null || value === '' ? {} : { [name]: value };
}
