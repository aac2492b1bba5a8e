/** The configuration file's JSON Schema, for editors that complete and check while one types. */

import { configKeys, configSchema, configSections } from './schema.ts';

/**
 * JSON Schema (2020-12) of a configuration file: every section and key optional,
 * nothing else permitted. Bounds between keys and the finer rules of addresses
 * are not in it; `bellwether check config` knows them.
 */
export function configJsonSchema(): Record<string, unknown> {
  const sections = configSections.map(({ name, description, keys }) => {
    const properties = keys.map(({ key }) => [key, publishedKey(`${name}.${key}`)] as const);
    const schema = {
      type: ['object', 'null'],
      description,
      additionalProperties: false,
      properties: Object.fromEntries(properties),
    };
    // This section may be a word: a pattern is held against texts only, properties against maps.
    if (name === 'preset') {
      const words = publishedKey('preset.name')['enum'] as readonly string[];
      return [
        name,
        { ...schema, type: [...schema.type, 'string'], pattern: `^(${words.join('|')})$` },
      ] as const;
    }
    const list = properties.find(([key]) => key === 'items')?.[1];
    // A section of one list may be that list: what is said of items holds for arrays only, of properties for maps.
    if (list === undefined) return [name, schema] as const;
    const { items, maxItems } = list;
    return [name, { ...schema, type: [...schema.type, 'array'], items, maxItems }] as const;
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Bellwether configuration',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(sections),
  };
}

/** The schema of a key without what only the loader needs. */
function publishedKey(name: string): Record<string, unknown> {
  const declared = configKeys.get(name);
  if (!declared) throw new Error(`No such key: ${name}`);
  const section: Readonly<Record<string, unknown>> = configSchema.properties[declared.section].properties;
  const { 'x-bellwether': _loader, ...schema } = structuredClone(section[declared.key]) as Record<
    string,
    unknown
  >;
  return {
    ...schema,
    'x-environment-variable': declared.variable,
    'x-effect': declared.live === true ? 'live' : 'restart',
  };
}
