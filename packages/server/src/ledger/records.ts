/**
 * Moves what is no event from the journal into the ledger: feedback and samples, each
 * into its table, as the JSON lines that ingest wrote. A row is known by the number
 * that the journal gave it, as an event is.
 */

import type { Journal } from '../journal/journal.ts';
import type { JournalBlock } from '../journal/journal-state.ts';
import { linesOf } from '../journal/lines.ts';
import type { RowKind } from '../journal/submission.ts';
import { LEDGER_DATABASE, type LedgerConnection } from './connection.ts';

/** The table of each kind of record. */
export const recordTables = {
  feedback: `${LEDGER_DATABASE}.feedback`,
  sample: `${LEDGER_DATABASE}.samples`,
} as const satisfies Record<Exclude<RowKind, 'event'>, string>;

/** The tables in the order in which they are written. */
const kinds = Object.keys(recordTables) as (keyof typeof recordTables)[];

/** Rows of one insert. */
const INSERT_ROWS_MAX = 32_768;
/** So often rows are inserted again that the engine, having answered that it took them, does not hold. */
const ATTEMPTS_MAX = 4;

/** The beginning of each line, as {@link recordHead} writes it. */
const HEAD = /^\{"journal":"([\w-]*)","seq":(\d+)/;

/** The beginning of a record's JSON line: where it is from. */
export function recordHead(journal: string, seq: number): string {
  return `{"journal":"${journal}","seq":${seq}`;
}

/**
 * Inserts the records of blocks.
 *
 * @param inDoubt whether the ledger may hold some of them already; then it is asked which.
 */
export async function insertRecords(
  { connection, journal }: { readonly connection: LedgerConnection; readonly journal: Journal },
  blocks: readonly JournalBlock[],
  inDoubt: boolean,
): Promise<void> {
  for (const kind of kinds) {
    const own = blocks.filter((block) => block.kind === kind);
    if (own.length === 0) continue;
    const lines = own.flatMap(({ payload }) => linesOf(payload));
    const table = recordTables[kind];
    const ask = (asked: readonly Uint8Array[]) => missingLines(connection, table, journal.identity.id, asked);
    let missing = inDoubt ? await ask(lines) : lines;
    for (let attempt = 0; missing.length > 0; attempt += 1) {
      if (attempt === ATTEMPTS_MAX)
        throw new Error(`The ledger says that it took ${missing.length} records, and does not hold them.`);
      for (let at = 0; at < missing.length; at += INSERT_ROWS_MAX)
        await connection.insertJsonLines(table, missing.slice(at, at + INSERT_ROWS_MAX), attempt);
      // A remote engine drops lines that it believes to have; if it has lost them, another attempt is due.
      missing = inDoubt && connection.kind === 'remote' ? await ask(missing) : [];
    }
  }
}

/** The lines whose rows the ledger does not hold. */
async function missingLines(
  connection: LedgerConnection,
  table: string,
  journal: string,
  lines: readonly Uint8Array[],
): Promise<readonly Uint8Array[]> {
  const numbers = lines.map(seqOf);
  const from = numbers.reduce((lowest, seq) => Math.min(lowest, seq), Number.POSITIVE_INFINITY);
  const to = numbers.reduce((highest, seq) => Math.max(highest, seq), 0);
  const present = await connection.queryAfterInserts<{ seq: number }>(
    `SELECT seq FROM ${table} WHERE journal = {journal:String} AND seq BETWEEN {from:UInt64} AND {to:UInt64}`,
    { journal, from, to },
  );
  const held = new Set(present.map(({ seq }) => seq));
  return lines.filter((_, i) => !held.has(numbers[i] ?? 0));
}

/** The number of a row, read from the head of its line, which is all ASCII. */
function seqOf(line: Uint8Array): number {
  const head = Buffer.from(line.buffer, line.byteOffset, Math.min(line.length, 128)).toString('latin1');
  const seq = HEAD.exec(head)?.[2];
  if (seq === undefined) throw new Error('A line of the journal does not begin as records do.');
  return Number(seq);
}
