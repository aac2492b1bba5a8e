/**
 * What somebody chooses on the command line of `generate`, read and checked. The
 * files with objectives and channels are checked against a schema, so that a
 * misspelt key is told and not left out.
 */

import { readFileSync } from 'node:fs';
import { type Pack, packs } from '@bellwether/events';
import {
  alertmanagerVersion,
  type Channel,
  defaultSettings,
  type MonitoringSettings,
  type Objective,
} from '@bellwether/monitoring';
import { type TSchema, Type } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { parse } from 'yaml';
import { CommandFailure } from '../command-failure.ts';

/** Options of rules. */
export interface RuleOptions {
  readonly packs?: string;
  readonly label: readonly string[];
  readonly threshold: readonly string[];
  readonly objectives?: string;
  readonly serverJob: string;
  readonly applicationJob: string;
  readonly keepLabels: string;
  readonly runbookUrl: string;
  readonly durations: string;
}

/** The packs that were named, separated by commas; all of them unless any were. @throws CommandFailure for an unknown one. */
export function readPacks(list: string | undefined): readonly Pack[] {
  if (list === undefined) return packs;
  const named = words(list);
  const stray = named.find((name) => !packs.includes(name as Pack));
  if (stray !== undefined || named.length === 0)
    throw new CommandFailure(`--packs takes some of ${packs.join(', ')}, separated by commas`);
  return named as Pack[];
}

/** The settings of dashboards. @throws CommandFailure for an option that is wrong. */
export function readGrafanaSettings(
  options: Pick<RuleOptions, 'packs' | 'applicationJob' | 'keepLabels' | 'runbookUrl'>,
): MonitoringSettings {
  return {
    ...defaultSettings,
    packs: readPacks(options.packs),
    applicationJob: options.applicationJob,
    keepLabels: readKeepLabels(options.keepLabels),
    runbookUrl: withSlash(options.runbookUrl),
  };
}

/** The settings of rules. @throws CommandFailure for an option that is wrong. */
export function readSettings(options: RuleOptions): MonitoringSettings {
  const durationFactor = Number(options.durations);
  if (!(durationFactor > 0 && durationFactor <= 1))
    throw new CommandFailure('--durations takes a number above 0 and at most 1');
  return {
    ...readGrafanaSettings(options),
    serverJob: options.serverJob,
    alertLabels: Object.fromEntries(options.label.map((pair) => readLabel(pair))),
    thresholds: Object.fromEntries(options.threshold.map((pair) => readThreshold(pair))),
    ...(options.objectives === undefined ? {} : { objectives: readObjectives(options.objectives) }),
    durationFactor,
  };
}

function readKeepLabels(list: string): readonly string[] {
  const labels = words(list);
  for (const label of labels) checkLabel(label, '--keep-labels');
  return labels;
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

/** A version of Alertmanager. @throws CommandFailure if it is none. */
export function readVersion(text: string): ReturnType<typeof alertmanagerVersion> {
  try {
    return alertmanagerVersion(text);
  } catch (error) {
    throw new CommandFailure(error instanceof Error ? error.message : String(error));
  }
}

function readLabel(pair: string): [string, string] {
  const [name, value] = split(pair, '--label', 'NAME=VALUE');
  checkLabel(name, '--label');
  if (name === 'severity' || name === 'alertname') throw new CommandFailure(`--label cannot set ${name}`);
  return [name, value];
}

function readThreshold(pair: string): [string, number] {
  const [name, text] = split(pair, '--threshold', 'ALERT=NUMBER');
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value))
    throw new CommandFailure(`--threshold ${name} takes a number`);
  return [name, value];
}

function split(pair: string, option: string, form: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new CommandFailure(`${option} takes ${form}, not ${JSON.stringify(pair)}`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

function checkLabel(name: string, option: string): void {
  if (!/^[a-zA-Z_]\w*$/.test(name))
    throw new CommandFailure(`${option}: ${JSON.stringify(name)} is no name of a label`);
}

function words(list: string): string[] {
  return list
    .split(',')
    .map((word) => word.trim())
    .filter(Boolean);
}

const slug = Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$' });

const objectivesSchema = Type.Object(
  {
    objectives: Type.Array(
      Type.Object(
        {
          name: slug,
          description: Type.String({ minLength: 1 }),
          target: Type.Number({ exclusiveMinimum: 0, exclusiveMaximum: 1 }),
          period_days: Type.Optional(Type.Integer({ minimum: 4, maximum: 366 })),
          bad_query: Type.String({ pattern: '\\$window' }),
          total_query: Type.String({ pattern: '\\$window' }),
          events_per_hour_min: Type.Optional(Type.Number({ minimum: 0 })),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 100 },
    ),
  },
  { additionalProperties: false },
);

/** Objectives from a file. @throws CommandFailure naming what is wrong. */
export function readObjectives(file: string): Objective[] {
  const { objectives } = readChecked(file, objectivesSchema);
  const names = objectives.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new CommandFailure(`${file}: two objectives are called ${twice}`);
  return objectives.map((objective) => ({
    name: objective.name,
    description: objective.description,
    target: objective.target,
    periodDays: objective.period_days ?? 30,
    badQuery: objective.bad_query.trim(),
    totalQuery: objective.total_query.trim(),
    eventsPerHourMin: objective.events_per_hour_min ?? 50,
  }));
}

const text = Type.String({ minLength: 1 });
const base = {
  name: slug,
  severities: Type.Array(
    Type.Union([Type.Literal('critical'), Type.Literal('warning'), Type.Literal('info')]),
    {
      minItems: 1,
      uniqueItems: true,
    },
  ),
};
const closed = { additionalProperties: false };

const channelsSchema = Type.Object(
  {
    channels: Type.Array(
      Type.Union([
        Type.Object({ ...base, kind: Type.Literal('slack'), url_file: text, channel: text }, closed),
        Type.Object(
          { ...base, kind: Type.Literal('teams'), url_file: text, adapter_url: Type.Optional(text) },
          closed,
        ),
        Type.Object({ ...base, kind: Type.Literal('pagerduty'), routing_key_file: text }, closed),
        Type.Object(
          {
            ...base,
            kind: Type.Literal('email'),
            to: text,
            from: text,
            smarthost: text,
            username: Type.Optional(text),
            password_file: Type.Optional(text),
          },
          closed,
        ),
        Type.Object(
          { ...base, kind: Type.Literal('webhook'), url: Type.String({ pattern: '^https?://' }) },
          closed,
        ),
      ]),
      { minItems: 1, maxItems: 50 },
    ),
  },
  closed,
);

/** Channels from a file. @throws CommandFailure naming what is wrong. */
export function readChannels(file: string): Channel[] {
  const { channels } = readChecked(file, channelsSchema);
  return channels.map(
    (channel) =>
      // The same keys in the spelling of the code; the schema has checked the kinds.
      Object.fromEntries(
        Object.entries(channel).map(([key, value]) => [camel(key), value]),
      ) as unknown as Channel,
  );
}

function camel(key: string): string {
  return key.replace(/_(\w)/g, (_text, letter: string) => letter.toUpperCase());
}

function readChecked<S extends TSchema>(file: string, schema: S) {
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8'), { maxAliasCount: 100 });
  } catch (error) {
    throw new CommandFailure(
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (Check(schema, value)) return value;
  const problems = [...Errors(schema, value)].slice(0, 5);
  const lines = problems.map(({ instancePath, message }) => `  ${instancePath || '/'}: ${message}`);
  throw new CommandFailure(`${file} is wrong:\n${lines.join('\n')}`);
}
