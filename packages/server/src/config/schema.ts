/**
 * The configuration as one schema. The type of the loaded configuration, the JSON
 * Schema for editors, the names of the environment variables and the reference
 * page all derive from it.
 */

import type { Static, TObject } from 'typebox';
import { Type } from 'typebox';
import { access, scrape, tls } from './access-sections.ts';
import { alerts, notifications } from './alerting-sections.ts';
import { analysis } from './analysis-section.ts';
import {
  businessIntelligence,
  costAnalysis,
  metrics,
  monitoring,
  performance,
  service,
  userAnalytics,
} from './contract-sections.ts';
import { federation } from './federation-section.ts';
import type { Leaf, LeafSchema } from './leaf.ts';
import {
  backup,
  budgets,
  collectors,
  discovery,
  identity,
  ingest,
  ledger,
  logs,
  objectives,
  outgoing,
  packs,
  pricing,
  reload,
  retention,
  selfHosted,
  storage,
} from './own-sections.ts';
import { preset } from './preset-section.ts';
import { sqlDatabase } from './sql-database-section.ts';

/** The whole configuration as a file may spell it. */
export const configSchema = Type.Object(
  {
    preset,
    service,
    metrics,
    business_intelligence: businessIntelligence,
    cost_analysis: costAnalysis,
    user_analytics: userAnalytics,
    performance,
    monitoring,
    storage,
    ingest,
    identity,
    retention,
    backup,
    pricing,
    budgets,
    objectives,
    sql_database: sqlDatabase,
    analysis,
    self_hosted: selfHosted,
    collectors,
    federation,
    alerts,
    notifications,
    ledger,
    packs,
    access,
    tls,
    scrape,
    discovery,
    outgoing,
    reload,
    logs,
  },
  { additionalProperties: false },
);

type Sections = Static<typeof configSchema>;

/** The loaded configuration: every key present, checked, in the unit its description names, and frozen. */
export type Config = {
  readonly [Section in keyof Sections]: { readonly [Key in keyof Sections[Section]]: Sections[Section][Key] };
};

/** The name of a section. */
export type ConfigSection = keyof Sections;

/** The full name of a key, e.g. `metrics.retention_days`. */
export type ConfigKey = {
  [Section in ConfigSection]: `${Section}.${Extract<keyof Sections[Section], string>}`;
}[ConfigSection];

/** One key of the configuration, with all that the loader knows of it. */
export interface DeclaredKey extends Leaf {
  readonly name: ConfigKey;
  readonly section: ConfigSection;
  readonly key: string;
  readonly variable: string;
}

/** Every section, in the order of the file. */
export const configSections = Object.entries(configSchema.properties).map(([name, schema]) => ({
  name: name as ConfigSection,
  description: String(Reflect.get(schema, 'description')),
  keys: declaredKeys(name as ConfigSection, schema),
}));

/** Every key by its full name, in the order of the file. */
export const configKeys: ReadonlyMap<string, DeclaredKey> = new Map(
  configSections.flatMap((section) => section.keys.map((key) => [key.name, key] as const)),
);

function declaredKeys(section: ConfigSection, schema: TObject): DeclaredKey[] {
  return Object.entries(schema.properties).map(([key, property]) =>
    declaredKey(section, key, (property as LeafSchema<unknown>)['x-bellwether']),
  );
}

function declaredKey(section: ConfigSection, key: string, leaf: Leaf): DeclaredKey {
  const variable = leaf.variable ?? `BELLWETHER_${section}_${key}`.toUpperCase();
  return { ...leaf, section, key, name: `${section}.${key}` as ConfigKey, variable };
}
