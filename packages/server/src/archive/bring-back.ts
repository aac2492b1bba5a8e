/**
 * Brings days of an archive back into the ledger, each row once: what is there already
 * stays as it is. Where a day's events had become charges, the charges of the events
 * that come back go, in one step with the events' coming to count, so that no report
 * ever sees a cost twice or not at all.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { BellwetherError } from '@bellwether/events';
import type { Clock } from '../clock.ts';
import { EVENTS } from '../export/scope.ts';
import { nextVersion, writeCharges, writeKeptDays } from '../ledger/charges.ts';
import { ledgerColumns } from '../ledger/columns.ts';
import type { LedgerConnection } from '../ledger/connection.ts';
import type { RowChanges } from '../ledger/row-changes.ts';
import { type KeptDay, readKeptDays } from '../ledger/kept-days.ts';
import { IDENTITY, type OnDay } from './archive.ts';
import type { ArchiveFiles } from './archive-files.ts';
import { type ArchivePart, readExistingManifest } from './manifest.ts';

const DAY_MS = 86_400_000;

export interface BringBackOptions {
  readonly connection: LedgerConnection;
  readonly rowChanges: RowChanges;
  /** Makes the identities of rows known, by what they are selected from. */
  readonly learn: (source: string) => Promise<void>;
  /** Waits until the ledger has all that was acknowledged up to now; false if it did not come to that. */
  readonly settle: () => Promise<boolean>;
  readonly clock: Clock;
  readonly directory: string;
  readonly files: ArchiveFiles;
  /** The first day, included, and the last, excluded; null is without bound. */
  readonly from: string | null;
  readonly to: string | null;
  /** For how long the days are held from being removed again, in milliseconds. */
  readonly holdMs: number;
  readonly onDay?: OnDay;
}

/** What was brought back. */
export interface BringBackReport {
  readonly days: number;
  /** Rows that came back. */
  readonly rows: number;
  /** Rows of the archive that the ledger had. */
  readonly present: number;
}

const columns = ledgerColumns.map(({ name }) => name).join(', ');

/**
 * Brings days back.
 *
 * @throws BellwetherError `invalid_parameter` if a file is not what the manifest says; its day is left as it was.
 */
export async function bringBack(options: BringBackOptions): Promise<BringBackReport> {
  const { connection, directory, from, to, onDay } = options;
  const manifest = await readExistingManifest(directory);
  let [days, rows, present] = [0, 0, 0];
  for (const [day, parts] of Object.entries(manifest.days)) {
    if ((from !== null && day < from) || (to !== null && day >= to)) continue;
    for (const part of parts) await checkHash(directory, part);
    const before = await countDay(connection, day);
    const kept = (await readKeptDays(connection)).find((candidate) => candidate.day === day);
    if (kept?.state === 'expired') throw expired(day);
    const fromMs = Date.parse(day);
    await options.rowChanges.during([{ fromMs, toMs: fromMs + DAY_MS }], () =>
      kept === undefined || kept.state === 'present'
        ? insertMissing(options, day, parts)
        : insertInPlaceOfCharges(options, kept, parts),
    );
    const came = (await countDay(connection, day)) - before;
    days += 1;
    rows += came;
    present += parts.reduce((sum, part) => sum + part.rows, 0) - came;
    onDay?.({ day, rows: came });
  }
  return { days, rows, present };
}

/** The events of the day do not count while they come in; then they count, and their charges no more. */
async function insertInPlaceOfCharges(
  options: BringBackOptions,
  kept: KeptDay,
  parts: readonly ArchivePart[],
): Promise<void> {
  const { connection, clock, holdMs } = options;
  const nowMs = clock.nowMs();
  const held = { held_ms: nowMs + holdMs };
  const bound = { journal: kept.bound_journal, seq: kept.bound_seq };
  const days = [kept.day];
  if (kept.state !== 'restoring') {
    // Where a removal was broken off, its rows are there still and do not count: just as if they had come back.
    const version = await nextVersion(connection);
    await writeKeptDays(connection, [{ ...kept, ...held, version, state: 'restoring' }], nowMs);
  }
  await insertMissing(options, kept.day, parts);
  const version = await nextVersion(connection);
  await writeCharges(connection, { days, bound, version, events: 'taken off' });
  await writeKeptDays(connection, [{ ...kept, ...held, version, charges: version, state: 'present' }], nowMs);
}

/**
 * Inserts what is not there. First the identities become known, so that no re-send is taken for new from then on; what
 * was taken before is waited for, so that it is found in the ledger.
 */
async function insertMissing(
  { connection, directory, files, learn, settle }: BringBackOptions,
  day: string,
  parts: readonly ArchivePart[],
): Promise<void> {
  for (const { file } of parts) {
    await connection.withParquet(files.toRead(directory, file), async (source) => {
      await learn(source);
      if (!(await settle())) throw new BellwetherError('ledger_unavailable');
      await connection.command(
        `INSERT INTO ${EVENTS} (${columns}) SELECT ${columns} FROM ${source}
         WHERE ${IDENTITY} NOT IN (SELECT ${IDENTITY} FROM ${EVENTS} WHERE toDate(timestamp) = toDate({day:String}))
         SETTINGS max_execution_time = 0, max_insert_threads = 1, max_threads = 1, max_block_size = 8192,
           min_insert_block_size_rows = 8192, min_insert_block_size_bytes = 4194304`,
        { day },
      );
    });
  }
}

async function countDay(connection: LedgerConnection, day: string): Promise<number> {
  const [row] = await connection.query<{ rows: number }>(
    `SELECT count() AS rows FROM ${EVENTS} WHERE toDate(timestamp) = toDate({day:String})`,
    { day },
  );
  return row?.rows ?? 0;
}

/** Holds a file against the manifest. */
export async function checkHash(directory: string, { file, sha256 }: ArchivePart): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(join(directory, file))) hash.update(chunk as Buffer);
  } catch (error) {
    throw damaged(file, 'cannot be read', error);
  }
  if (hash.digest('hex') !== sha256) throw damaged(file, 'is not what the manifest says');
}

function damaged(file: string, problem: string, cause?: unknown): BellwetherError {
  const message = `${file} ${problem}; nothing of its day was brought back.`;
  return new BellwetherError('invalid_parameter', message, { field: 'directory' }, { cause });
}

function expired(day: string): BellwetherError {
  const message = `The charges of ${day} are past their retention; its events would be counted anew. Bring them back into another data directory.`;
  return new BellwetherError('invalid_parameter', message, { field: 'from' });
}
