/**
 * Exports: opens one of a moment, hands on its bytes as they are made, and says
 * afterwards what it was of. Memory stays as it is however many rows there are.
 */

import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BellwetherError, formatUsd, parseUsd } from '@bellwether/events';
import type { ResilientAuditLog } from '../audit/index.ts';
import type { Clock } from '../clock.ts';
import type { Journal } from '../journal/journal.ts';
import { countingEvents, readKeptDays } from '../ledger/kept-days.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Pricer } from '../pricing/pricer.ts';
import { csvBytes, jsonBytes, parquetBytes } from './event-rows.ts';
import { parquetSettings, unhurried } from './event-text.ts';
import { type ChargeRows, readChargeRows } from './focus/charge-rows.ts';
import type { FocusRow } from './focus/columns.ts';
import { focusRows } from './focus/focus-rows.ts';
import { focusCsvHeader, focusCsvLine, focusJsonLine, focusStructure } from './focus/text.ts';
import { type ExportMetadata, metadataOf, readFigures, type ScopeFigures } from './metadata.ts';
import { type ExportRequest, queryOf } from './request.ts';
import { type RollupRow, rollupRows, rollupText } from './rollup-rows.ts';
import { fixBound, type Scope } from './scope.ts';
import { planSlices, type Slice } from './slices.ts';

/** Exports whose metadata is remembered. */
const REMEMBERED_MAX = 256;
/** FOCUS names an account that is billed; the ledger knows of one only. */
const BILLING_ACCOUNT = 'default';
/** Rows that are written at once. */
const ROWS_AT_ONCE = 1000;

export interface ExporterOptions {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly pricer: Pricer;
  /** The data directory; files that are made on the way are in `exports/` in it. */
  readonly dataDirectory: string;
  readonly audit: Pick<ResilientAuditLog, 'append'>;
  /** Who asks, where a request does not say. */
  readonly actor: string;
  /** Whether Parquet is compressed. */
  readonly compressed: boolean;
  /** Whether the data directory is encrypted: then there are no files on the way. */
  readonly encrypted: boolean;
}

/** An export that has begun. */
export interface OpenExport {
  readonly id: string;
  readonly request: ExportRequest;
  /** Events that it is of. */
  readonly events: number;
  /** Events that have been handed on so far. */
  readonly done: () => number;
  /** Its bytes, once. Whoever leaves early ends it. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** What it was of; null until all bytes are handed on. */
  readonly metadata: () => ExportMetadata | null;
  /** Gives way to others, for an export whose bytes nobody reads. */
  readonly abandon: () => void;
}

/** What is known of an export by its id. */
export type ExportState =
  | { readonly id: string; readonly tenant: string | null; readonly state: 'running' | 'failed' }
  | {
      readonly id: string;
      /** The only tenant whose rows it has; null for all. */
      readonly tenant: string | null;
      readonly state: 'complete';
      readonly metadata: ExportMetadata;
    };

/** How rows of a table are written. */
interface TableText<Row> {
  readonly csvHeader: string;
  readonly csvLine: (row: Row) => string;
  readonly jsonLine: (row: Row) => string;
  /** The structure as the engine reads it from JSON lines. */
  readonly structure: string;
}

const focusText: TableText<FocusRow> = {
  csvHeader: focusCsvHeader,
  csvLine: focusCsvLine,
  jsonLine: focusJsonLine,
  structure: focusStructure,
};

/** A scope with the FOCUS rows of days whose events are gone. */
interface FocusScope extends Scope {
  readonly past: readonly FocusRow[];
}

/** Where the rows of an export go on their way. */
interface Progress {
  events: number;
  rows: number;
  /** Of rollups, which have more than the events that are there. */
  unpriced: number;
  costPicoUsd: bigint;
}

export class Exporter {
  readonly #options: ExporterOptions;
  readonly #known = new Map<string, ExportState>();
  #stopped = false;

  constructor(options: ExporterOptions) {
    this.#options = options;
  }

  /** Cuts off what goes on, since the server stops: its reader sees that it is not whole. */
  stop(): void {
    this.#stopped = true;
  }

  /** What became of an export; undefined if it is not known or forgotten. */
  state(id: string): ExportState | undefined {
    return this.#known.get(id);
  }

  /**
   * Fixes the moment and plans the work; the bytes are made as they are read.
   *
   * @param actor who wants it, for the audit log.
   * @throws BellwetherError `busy` while other long work goes on, `ledger_unavailable`.
   */
  async open(request: ExportRequest, actor = this.#options.actor): Promise<OpenExport> {
    const { ledger, journal, clock } = this.#options;
    if (this.#options.encrypted) refuseFiles(request);
    if (request.format === 'parquet' && request.kind !== 'events' && ledger.engine === null)
      throw new BellwetherError(
        'needs_embedded_ledger',
        'This table as Parquet needs the embedded engine; take csv or ndjson.',
      );
    const end = ledger.longWork.begin('An export');
    try {
      const bound = await fixBound(ledger, journal);
      const days = await readKeptDays(ledger.connection);
      const { range, backend } = request;
      const scope: Scope = { range, backend, bound, counting: countingEvents(days) };
      // Charges have no backend, and the export of events is of events only.
      const withCharges = request.kind === 'focus' && backend === null;
      const past = await readChargeRows(ledger.connection, range, withCharges ? days : [], BILLING_ACCOUNT);
      const figures = withPast(await readFigures(ledger.connection, scope), past);
      const slices = await planSlices(ledger.connection, scope);
      const id = randomUUID();
      const createdMs = clock.nowMs();
      const { tenant = null } = range;
      await this.#options.audit.append({
        actor,
        action: 'export.made',
        target: id,
        details: { query: queryOf(request), tenant, events: figures.events },
      });
      this.#remember({ id, tenant, state: 'running' });
      const progress: Progress = { events: 0, rows: 0, unpriced: 0, costPicoUsd: 0n };
      let metadata: ExportMetadata | null = null;
      const content = this.#content(request, { ...scope, past: past.rows }, slices, figures, progress);
      const bytes = this.#watched({ id, tenant }, content, end, (bytes, sha256) => {
        const written = { rows: progress.rows, bytes, sha256 };
        // Rollups also have what is left of rows that are gone.
        const { events, unpriced, costPicoUsd } = progress;
        const ofRollups = { ...figures, events, unpriced, cost: formatUsd(costPicoUsd) };
        const sums = request.kind === 'rollups' ? ofRollups : figures;
        metadata = metadataOf(id, request, scope, sums, written, createdMs);
        return metadata;
      });
      return {
        id,
        request,
        events: figures.events,
        done: () => progress.events,
        bytes,
        metadata: () => metadata,
        abandon: end,
      };
    } catch (error) {
      end();
      throw error;
    }
  }

  /** Hashes and counts what passes, and notes how it ended. */
  async *#watched(
    named: Pick<ExportState, 'id' | 'tenant'>,
    content: AsyncIterable<Uint8Array>,
    end: () => void,
    finish: (bytes: number, sha256: string) => ExportMetadata,
  ): AsyncGenerator<Uint8Array> {
    const hash = createHash('sha256');
    let bytes = 0;
    let complete = false;
    try {
      for await (const chunk of content) {
        if (this.#stopped) throw new BellwetherError('not_ready', 'The server stops.');
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
      this.#remember({ ...named, state: 'complete', metadata: finish(bytes, hash.digest('hex')) });
      complete = true;
    } finally {
      if (!complete) this.#remember({ ...named, state: 'failed' });
      end();
    }
  }

  #content(
    request: ExportRequest,
    scope: FocusScope,
    slices: readonly Slice[],
    figures: ScopeFigures,
    progress: Progress,
  ): AsyncIterable<Uint8Array> {
    const { connection } = this.#options.ledger;
    if (request.kind === 'focus')
      return this.#table(request, this.#focusRows(scope, slices, progress), focusText, progress);
    if (request.kind === 'rollups')
      return this.#table(request, this.#rollupRows(request, progress), rollupText, progress);
    const onSlice = (rows: number): void => {
      progress.events += rows;
      progress.rows += rows;
    };
    if (request.format === 'csv') return csvBytes(connection, scope, slices, onSlice);
    if (request.format === 'json') return jsonBytes(connection, scope, slices, request.array, onSlice);
    // One statement writes the whole file: the rows are those that were counted, since the bound is fixed.
    onSlice(figures.events);
    return parquetBytes(connection, scope, this.#options.compressed);
  }

  /** A table that is made row by row: CSV, JSON or, by way of JSON, Parquet. */
  async *#table<Row>(
    { format, array, kind }: ExportRequest,
    groups: AsyncIterable<readonly Row[]>,
    text: TableText<Row>,
    progress: Progress,
  ): AsyncGenerator<Uint8Array> {
    if (format === 'parquet') {
      yield* this.#tableParquet(kind, groups, text, progress);
      return;
    }
    const line = format === 'csv' ? text.csvLine : text.jsonLine;
    const brackets = format === 'json' && array;
    if (format === 'csv') yield Buffer.from(`${text.csvHeader}\n`);
    if (brackets) yield Buffer.from('[\n');
    for await (const rows of groups) {
      const first = progress.rows === 0;
      progress.rows += rows.length;
      const lines = rows.map(line);
      if (!brackets) yield Buffer.from(`${lines.join('\n')}\n`);
      else yield Buffer.from(`${first ? '' : ',\n'}${lines.join(',\n')}`);
    }
    if (brackets) yield Buffer.from('\n]\n');
  }

  async *#rollupRows({ range, backend }: ExportRequest, progress: Progress): AsyncGenerator<RollupRow[]> {
    for await (const rows of rollupRows(this.#options.ledger.connection, range, backend)) {
      // Every rollup has all requests once, so one of them says how many that is.
      if (rows[0]?.['rollup'] === 'backends')
        for (const row of rows) {
          progress.events += Number(row['requests']);
          progress.unpriced += Number(row['unpriced_requests']);
          progress.costPicoUsd += parseUsd(String(row['cost_usd'])) ?? 0n;
        }
      yield rows;
    }
  }

  async *#focusRows(scope: FocusScope, slices: readonly Slice[], progress: Progress) {
    const { ledger, pricer } = this.#options;
    for (let at = 0; at < scope.past.length; at += ROWS_AT_ONCE)
      yield scope.past.slice(at, at + ROWS_AT_ONCE);
    yield* focusRows(ledger.connection, scope, slices, {
      pricer,
      billingAccount: BILLING_ACCOUNT,
      onSlice: (rows) => {
        progress.events += rows;
      },
    });
  }

  /** The engine makes the Parquet file, from lines that are made first. */
  async *#tableParquet<Row>(
    kind: ExportRequest['kind'],
    groups: AsyncIterable<readonly Row[]>,
    { jsonLine, structure }: TableText<Row>,
    progress: Progress,
  ): AsyncGenerator<Uint8Array> {
    const { dataDirectory, ledger, compressed } = this.#options;
    const folder = resolve(dataDirectory, 'exports');
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // One goes on at a time, so any other was left by a process that was killed.
    for (const name of readdirSync(folder))
      if (/^\.(focus|rollups)-[\w-]+\.ndjson$/.test(name)) await rm(join(folder, name), { force: true });
    const path = join(folder, `.${kind}-${randomUUID()}.ndjson`);
    try {
      await writeFile(path, '', { mode: 0o600 });
      for await (const rows of groups) {
        progress.rows += rows.length;
        await writeFile(path, `${rows.map(jsonLine).join('\n')}\n`, { flag: 'a' });
      }
      yield* ledger.connection.bytes(
        `SELECT * FROM file({path:String}, 'JSONEachRow', {structure:String})
         SETTINGS ${unhurried}, ${parquetSettings(compressed)}, date_time_input_format = 'best_effort' FORMAT Parquet`,
        { path, structure },
      );
    } finally {
      await rm(path, { force: true });
    }
  }

  #remember(state: ExportState): void {
    this.#known.delete(state.id);
    this.#known.set(state.id, state);
    for (const id of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED_MAX) break;
      this.#known.delete(id);
    }
  }
}

/** Parquet of anything but events is made by way of a file, which would hold the rows as they are. */
function refuseFiles({ kind, format }: ExportRequest): void {
  if (format !== 'parquet' || kind === 'events') return;
  throw new BellwetherError(
    'invalid_parameter',
    `Parquet of ${kind} needs a file on the way, which an encrypted data directory has no place for; take csv or json.`,
    { field: 'format' },
  );
}

/** The figures of a scope with those of the charges that stand for events which are gone. */
function withPast(figures: ScopeFigures, past: ChargeRows): ScopeFigures {
  if (past.events === 0) return figures;
  const cost = (parseUsd(figures.cost) ?? 0n) + (parseUsd(past.cost) ?? 0n);
  return {
    ...figures,
    events: figures.events + past.events,
    unpriced: figures.unpriced + past.unpriced,
    cost: formatUsd(cost),
  };
}

/** An id of an export as an address has it. */
export function readExportId(text: string): string {
  if (!/^[0-9a-f-]{36}$/.test(text)) throw new BellwetherError('not_found', 'There is no export of that id.');
  return text;
}
