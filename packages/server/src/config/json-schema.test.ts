import type { TSchema } from 'typebox';
import { Check } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from './json-schema.ts';
import { Refusal, readValue } from './read-value.ts';
import { configKeys } from './schema.ts';

/** Values of every type and near every bound that a key could have. */
const numbers = [
  0, -0, 1, -1, 0.5, 2, 60, 80, 1000, 1024, 9091, 65_535, 65_536, 1e6, 1e7, 1e9, 1e15, 0.1, 0.125, -3,
];
const words = [
  '',
  'a',
  'x'.repeat(63),
  'x'.repeat(64),
  'x'.repeat(4096),
  'x'.repeat(4097),
  'INFO',
  'debug',
  'loud',
  'yes',
];
const quantities = [
  '20 MiB',
  '2kB',
  '1TB',
  '1.5 GiB',
  '20 mib',
  '10m',
  '15 s',
  '36h',
  '7d',
  '1.5h',
  '10',
  '1e-7',
  '+.5',
  '5.',
];
const addresses = [
  'HOST:5432',
  '[::1]:5432',
  'http://HOST:9090',
  'HTTPS://h/x',
  'ftp://h',
  'localhost',
  '0.0.0.0',
  '::',
  './d',
];
const lists = [[], [1], [1, 2], [2, 1], [1, 1], [0, 1], [-1], ['a.yaml'], ['a', 'b'], [''], [1, 'a'], [null]];
const values: readonly unknown[] = [
  numbers,
  [2 ** 53, 1e300, 3650, 3651, 366, 4096, 4097, 0.3],
  words,
  quantities,
  addresses,
  lists,
  [
    Array.from({ length: 101 }, (_, index) => index + 1),
    Array.from({ length: 65 }, (_, index) => `${index}.yaml`),
  ],
  [null, true, false, {}, { a: 1 }],
].flat();

interface PublishedSchema {
  readonly properties: Record<string, { readonly properties: Record<string, TSchema> }>;
}

describe('configJsonSchema', () => {
  const published = configJsonSchema() as unknown as PublishedSchema;
  const schemaOf = (section: string, key: string): TSchema => {
    const schema = published.properties[section]?.properties[key];
    if (!schema) throw new Error(`${section}.${key} is not in the published schema`);
    return schema;
  };

  it.each([...configKeys.values()].map((declared) => [declared.name, declared] as const))(
    'permits for %s every value that the loader takes',
    (_name, declared) => {
      const schema = schemaOf(declared.section, declared.key);
      const taken = values.filter((value) => !(readValue(declared, value) instanceof Refusal));
      const permitted = values.filter((value) => Check(schema, value));
      expect(taken.filter((value) => !permitted.includes(value))).toEqual([]);
      // Plain kinds have no finer rules: there the two agree both ways.
      const plain = ['integer', 'number', 'flag', 'choice'].includes(declared.kind);
      expect(plain ? permitted : taken).toEqual(taken);
      expect(Check(schema, declared.default)).toBe(true);
      expect(readValue(declared, declared.default)).toEqual(declared.default);
    },
  );

  it('permits files that leave out what they like, and nothing unknown', () => {
    const schema = published as unknown as TSchema;
    expect(Check(schema, {})).toBe(true);
    expect(Check(schema, { service: { port: 1 }, metrics: null })).toBe(true);
    expect(Check(schema, { preset: 'production', service: {} })).toBe(true);
    expect(Check(schema, { preset: { name: 'production' } })).toBe(true);
    expect(Check(schema, { preset: 'lenient' })).toBe(false);
    expect(Check(schema, { service: { prot: 1 } })).toBe(false);
    expect(Check(schema, { serivce: {} })).toBe(false);
  });

  it('is plain JSON and tells of nothing but the variable and the effect what only the loader needs', () => {
    const text = JSON.stringify(published);
    expect(JSON.parse(text)).toEqual(published);
    expect(text).not.toContain('x-bellwether');
    expect(schemaOf('metrics', 'retention_days')).toEqual({
      anyOf: [
        { type: 'integer', minimum: 1, maximum: 3650 },
        { type: 'string', pattern: '^\\d+(\\.\\d+)? ?(ms|s|m|h|d)$' },
      ],
      description: 'How long samples of metrics and rollups by the minute are kept.',
      default: 90,
      'x-effect': 'restart',
      'x-environment-variable': 'METRICS_RETENTION_DAYS',
    });
  });
});
