/**
 * The archive: Parquet files by the day of the event, in folders named as Hive does,
 * which DuckDB, Spark and ClickHouse read as they are. Every file is read back and
 * held against the ledger before it counts. A row is in the archive once, however
 * often archiving was broken off and begun again.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { BellwetherError } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import { parquetColumns, parquetSettings, unhurried } from '../export/event-text.ts';
import { syncDirectory, writeWholeFile } from '../export/out-file.ts';
import { conditionOf, EVENTS, type Scope, type UpperBound } from '../export/scope.ts';
import { planSlices, within } from '../export/slices.ts';
import type { LedgerConnection, ParquetFile, QueryParameters } from '../ledger/connection.ts';
import { countingEvents, type KeptDay, readKeptDays } from '../ledger/kept-days.ts';
import type { ArchiveFiles } from './archive-files.ts';
import {
  addPart,
  type ArchiveManifest,
  type ArchivePart,
  type ArchiveSums,
  nextPartFile,
  readManifest,
} from './manifest.ts';
import { removeStrays } from './strays.ts';

/** Rows of one file. */
const PART_ROWS_MAX = 500_000;
const DAY_SECONDS = 86_400;

/** SQL of what tells an event from every other, short enough to hold a day of them in memory. */
export const IDENTITY = 'sipHash128(tenant, id)';

const SUMS = `count() AS rows, toString(sum(cost_usd)) AS cost_usd, toString(sum(toUInt128(input_tokens))) AS input_tokens,
  toString(sum(toUInt128(output_tokens))) AS output_tokens`;

export interface ArchiverOptions {
  readonly connection: LedgerConnection;
  readonly clock: Clock;
  /** Whether the files are compressed, with zstd. */
  readonly compressed: boolean;
  readonly files: ArchiveFiles;
}

/** What an archiving of days did. */
export interface ArchiveReport {
  readonly days: number;
  /** Days that were in the archive already, row for row. */
  readonly unchanged: number;
  readonly rows: number;
  readonly bytes: number;
  readonly parts: readonly ArchivePart[];
}

/** Called as the work goes on, with the day that is done. */
export type OnDay = (progress: { readonly day: string; readonly rows: number }) => void;

export class Archiver {
  readonly #options: ArchiverOptions;

  constructor(options: ArchiverOptions) {
    this.#options = options;
  }

  /** The UTC days before an instant that have rows up to a bound. */
  async days(bound: UpperBound, beforeMs: number): Promise<string[]> {
    const to = { epochSeconds: Math.floor(beforeMs / 1000), nanoseconds: 0 };
    const { sql, parameters } = conditionOf({ range: { from: null, to }, backend: null, bound });
    const counting = countingEvents(await readKeptDays(this.#options.connection));
    const rows = await this.#options.connection.query<{ day: string }>(
      `SELECT DISTINCT toString(toDate(timestamp)) AS day FROM ${EVENTS} WHERE ${sql} AND ${counting.sql} ORDER BY day`,
      { ...parameters, ...counting.parameters },
    );
    return rows.map(({ day }) => day);
  }

  /**
   * Puts the rows of days that are not in it yet into the archive of a directory, and checks them.
   *
   * @throws BellwetherError `invalid_parameter` if the directory holds something else.
   * @throws Error if a file that was written does not read back as the ledger has it; it is not kept.
   */
  async archive(
    directory: string,
    days: readonly string[],
    bound: UpperBound,
    onDay: OnDay = () => undefined,
  ): Promise<ArchiveReport> {
    const { clock } = this.#options;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    let manifest = await readManifest(directory, clock.nowMs());
    const added: ArchivePart[] = [];
    let unchanged = 0;
    const kept = await readKeptDays(this.#options.connection);
    for (const day of days) {
      const result = await this.#archiveDay(directory, manifest, dayScope(day, bound), day, kept);
      manifest = result.manifest;
      if (result.parts.length === 0) unchanged += 1;
      added.push(...result.parts);
      onDay({ day, rows: result.parts.reduce((sum, { rows }) => sum + rows, 0) });
    }
    return {
      days: days.length,
      unchanged,
      rows: added.reduce((sum, { rows }) => sum + rows, 0),
      bytes: added.reduce((sum, { bytes }) => sum + bytes, 0),
      parts: added,
    };
  }

  /** Rows of a day up to a bound that the archive does not have: 0 is what permits to remove them. */
  async missing(directory: string, day: string, bound: UpperBound): Promise<number> {
    const manifest = await readManifest(directory, this.#options.clock.nowMs());
    const { sql, parameters } = conditionOf(dayScope(day, bound));
    const { connection, files } = this.#options;
    const [row] = await notIn({ connection, files, directory }, manifest.days[day] ?? [], (without) =>
      connection.query<{ rows: number }>(
        `SELECT count() AS rows FROM ${EVENTS} WHERE ${sql} AND ${without} SETTINGS max_execution_time = 0`,
        parameters,
      ),
    );
    return row?.rows ?? 0;
  }

  async #archiveDay(
    directory: string,
    manifest: ArchiveManifest,
    scope: Scope,
    day: string,
    kept: readonly KeptDay[],
  ): Promise<{ readonly manifest: ArchiveManifest; readonly parts: ArchivePart[] }> {
    const { connection, files } = this.#options;
    const before = manifest.days[day] ?? [];
    await removeStrays(directory, day, before);
    const counting = countingEvents(kept);
    return notIn({ connection, files, directory }, before, async (without) => {
      const condition = { sql: `${without} AND ${counting.sql}`, parameters: counting.parameters };
      const parts: ArchivePart[] = [];
      let changed = manifest;
      for (const slice of await planSlices(connection, scope, PART_ROWS_MAX)) {
        const file = nextPartFile(day, [...before, ...parts]);
        const part = await this.#writePart(directory, file, within(scope, slice), condition);
        if (part === null) continue;
        changed = await addPart(directory, changed, day, part);
        parts.push(part);
      }
      return { manifest: changed, parts };
    });
  }

  async #writePart(
    directory: string,
    file: string,
    scope: Scope,
    and: { readonly sql: string; readonly parameters: QueryParameters },
  ): Promise<ArchivePart | null> {
    const { connection, clock, compressed, files } = this.#options;
    const { sql, parameters } = conditionOf(scope);
    const source = `FROM ${EVENTS} WHERE ${sql} AND ${and.sql}`;
    const values = { ...parameters, ...and.parameters };
    const [wanted] = await connection.query<ArchiveSums>(
      `SELECT ${SUMS} ${source} SETTINGS max_execution_time = 0`,
      values,
    );
    if (wanted === undefined || wanted.rows === 0) return null;
    const path = join(directory, file);
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
    await syncDirectory(directory);
    const bytes = connection.bytes(
      `SELECT ${parquetColumns} ${source} SETTINGS ${unhurried}, ${parquetSettings(compressed)} FORMAT Parquet`,
      values,
    );
    const written = await writeWholeFile(path, files.toWrite(file, bytes), async (_, unfinished) => {
      const found = await sumsOfFile(connection, files.toRead(directory, file, unfinished));
      if (JSON.stringify(found) !== JSON.stringify(wanted))
        throw new Error(`${file} does not read back as the ledger has it.`);
    });
    const key = files.key === null ? {} : { key: files.key };
    return { file, ...wanted, ...written, ...key, archived_at: new Date(clock.nowMs()).toISOString() };
  }
}

/** Counts and sums of a Parquet file, as the engine reads it. */
export async function sumsOfFile(connection: LedgerConnection, file: ParquetFile): Promise<ArchiveSums> {
  const [sums] = await connection.withParquet(file, (source) =>
    connection.query<ArchiveSums>(`SELECT ${SUMS} FROM ${source} SETTINGS max_execution_time = 0`),
  );
  if (sums === undefined) throw new BellwetherError('internal');
  return sums;
}

/** The rows of a UTC day up to a bound. */
export function dayScope(day: string, bound: UpperBound): Scope {
  const epochSeconds = Date.parse(`${day}T00:00:00Z`) / 1000;
  const at = (seconds: number) => ({ epochSeconds: seconds, nanoseconds: 0 });
  return { range: { from: at(epochSeconds), to: at(epochSeconds + DAY_SECONDS) }, backend: null, bound };
}

/** Runs `work` with the condition that a row is in none of some parts. */
function notIn<R>(
  archive: {
    readonly connection: LedgerConnection;
    readonly files: ArchiveFiles;
    readonly directory: string;
  },
  [part, ...others]: readonly ArchivePart[],
  work: (condition: string) => Promise<R>,
): Promise<R> {
  if (part === undefined) return work('1');
  const { connection, files, directory } = archive;
  return connection.withParquet(files.toRead(directory, part.file), (source) =>
    notIn(archive, others, (condition) =>
      work(`${IDENTITY} NOT IN (SELECT ${IDENTITY} FROM ${source}) AND ${condition}`),
    ),
  );
}
