/**
 * Reads the Numenta Anomaly Benchmark from a folder: series as CSV, the windows in
 * which an incident counts as found, and the weights of the three profiles.
 */

import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseInstant } from '../../packages/server/src/analyse/detect/instants.ts';
import { readSeries } from '../../packages/server/src/analyse/detect/series-csv.ts';

/** A window, as the numbers of its first and its last row. */
export interface Window {
  readonly first: number;
  readonly last: number;
}

/** A series with its windows. */
export interface LabelledSeries {
  readonly name: string;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  readonly windows: readonly Window[];
}

/** What mistakes cost. */
export interface Profile {
  readonly name: string;
  readonly missed: number;
  readonly falseAlarm: number;
}

interface ProfilesFile {
  readonly [name: string]: { readonly CostMatrix: { readonly fnWeight: number; readonly fpWeight: number } };
}

/** Where the development half lies, seen from the root of a checkout. */
export const nabFolder: string = new URL('../../../shared/data/nab/', import.meta.url).pathname;

/** All series of a folder, in the order of its windows file. */
export async function readNab(folder: string): Promise<LabelledSeries[]> {
  const windows = JSON.parse(readFileSync(join(folder, 'windows.json'), 'utf8')) as Record<
    string,
    readonly (readonly [string, string])[]
  >;
  const all: LabelledSeries[] = [];
  for (const [name, spans] of Object.entries(windows)) {
    const rows = [];
    for await (const batch of readSeries(createReadStream(join(folder, 'data', name)))) rows.push(...batch);
    const timestampsMs = Float64Array.from(rows, (row) => row.timestampMs);
    const values = Float64Array.from(rows, (row) => row.value);
    all.push({ name, timestampsMs, values, windows: spans.map((span) => windowOf(span, timestampsMs)) });
  }
  return all;
}

/** The profiles of a folder: standard, low false positives, low false negatives. */
export function readProfiles(folder: string): Profile[] {
  const file = JSON.parse(readFileSync(join(folder, 'profiles.json'), 'utf8')) as ProfilesFile;
  return Object.entries(file).map(
    ([
      name,
      {
        CostMatrix: { fnWeight, fpWeight },
      },
    ]) => ({
      name,
      missed: fnWeight,
      falseAlarm: fpWeight,
    }),
  );
}

function windowOf([from, to]: readonly [string, string], timestampsMs: Float64Array): Window {
  const fromMs = instantOf(from);
  const toMs = instantOf(to);
  return {
    first: timestampsMs.findIndex((instant) => instant >= fromMs),
    last: timestampsMs.findLastIndex((instant) => instant <= toMs),
  };
}

function instantOf(text: string): number {
  const instantMs = parseInstant(text);
  if (Number.isNaN(instantMs)) throw new Error(`windows.json: ${text} is not a timestamp`);
  return instantMs;
}
