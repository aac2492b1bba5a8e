/** `bellwether export`: rows of the ledger as a file, with the metadata that says what it is of. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { BellwetherError } from '@bellwether/events';
import { Command, Option } from 'commander';
import { systemClock } from '../clock.ts';
import type { Config, Environment } from '../config/index.ts';
import type { ExportMetadata } from '../export/metadata.ts';
import { writeWholeFile } from '../export/out-file.ts';
import {
  type ExportFormat,
  type ExportKind,
  type ExportRequest,
  exportFormats,
  exportKinds,
  queryOf,
} from '../export/request.ts';
import { type Progress, startProgress } from '../replay/progress.ts';
import { pathInside } from '../retention/kept-files.ts';
import { readTimeRange } from '../report/time-range.ts';
import type { Stores } from '../stores.ts';
import { CommandFailure } from './command-failure.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { fetchFromServer, serverOrStores, streamFromServer } from './store-access.ts';

interface ExportOptions extends ServerOptions {
  readonly format: ExportFormat;
  readonly from?: string;
  readonly to?: string;
  readonly backend?: string;
  readonly out?: string;
  readonly array?: boolean;
}

/** An export as the command sees it, from a server or from the stores. */
interface Source {
  readonly events: number;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Events so far; null if only bytes are known. */
  readonly done: () => number | null;
  readonly metadata: () => Promise<ExportMetadata>;
}

/** Makes the command with what can be exported. */
export function exportCommand(environment: Environment): Command {
  const command = new Command('export').description('Export rows of the ledger as CSV, JSON or Parquet');
  for (const kind of exportKinds) command.addCommand(kindCommand(kind, environment));
  return command;
}

const descriptions: Readonly<Record<ExportKind, string>> = {
  events: 'Every event with its charge, as the ledger has it',
  rollups: 'Figures by the hour and the day, by model, backend, owner, deployment and user',
  focus: 'Cost rows of the FinOps Open Cost and Usage Specification (FOCUS) 1.4',
};

function kindCommand(kind: ExportKind, environment: Environment): Command {
  const command = new Command(kind)
    .description(descriptions[kind])
    .addOption(new Option('--format <format>', 'how to write it').choices(exportFormats).default('csv'))
    .option('--from <time>', 'date or RFC 3339, included (default: the beginning)')
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--backend <id>', 'only events of this backend')
    .option('--array', 'JSON as one array instead of one object a line')
    .option('--out <file>', 'write to this file, and FILE.metadata.json beside it (default: standard output)')
    .addHelpText(
      'after',
      `\nExample:\n  bellwether export ${kind} --format csv --from 2026-11-01 --to 2026-12-01 --out november.csv\n`,
    );
  return withServerOptions(command).action(async (options: ExportOptions) => {
    const { config } = configOf(options, environment);
    const request = readRequest(kind, options);
    const { encryption_key_file: key, data_dir: data } = config.storage;
    if (key !== '' && options.out !== undefined && pathInside(data, options.out) !== null)
      throw new CommandFailure('an export is not encrypted and cannot be in the data directory, which is');
    if (options.out === undefined && request.format === 'parquet' && process.stdout.isTTY)
      throw new CommandFailure('Parquet is not for a terminal; name a file with --out');
    await serverOrStores(
      options,
      config,
      (url) => receive(url, request, options, config.storage.data_dir),
      (stores) => make(stores, request, config, options.out),
    );
  });
}

function readRequest(kind: ExportKind, options: ExportOptions): ExportRequest {
  const { format, from, to, backend = null, array = false } = options;
  if (array && format !== 'json') throw new CommandFailure('--array goes with --format json only');
  try {
    return { kind, format, range: readTimeRange({ from, to }, systemClock.nowMs()), backend, array };
  } catch (error) {
    if (error instanceof BellwetherError) throw new CommandFailure(error.message);
    throw error;
  }
}

/** Exports through a running server. */
async function receive(
  url: string,
  request: ExportRequest,
  options: ExportOptions,
  dataDirectory: string,
): Promise<void> {
  const response = await streamFromServer(url, queryOf(request), options.token);
  const id = String(response.headers['x-bellwether-export-id']);
  const source: Source = {
    events: Number(response.headers['x-bellwether-export-events']),
    bytes: response,
    done: () => null,
    async metadata() {
      const answer = await fetchFromServer(url, `/api/v1/exports/${id}`, options.token);
      const state = (await answer.json()) as { state: string; metadata?: ExportMetadata };
      if (state.metadata === undefined) throw new CommandFailure('the export did not come to its end');
      return state.metadata;
    },
  };
  await deliver(options.out, source, dataDirectory);
}

/** Exports from the stores, where no server runs. */
async function make(
  stores: Stores,
  request: ExportRequest,
  config: Config,
  out: string | undefined,
): Promise<void> {
  // Not loaded where a server does the work.
  const { keepingOfCommand } = await import('./keeping-access.ts');
  const keeping = await keepingOfCommand(config, stores);
  const open = await keeping.exporter.open(request);
  try {
    const source: Source = {
      events: open.events,
      bytes: open.bytes,
      done: open.done,
      async metadata() {
        const metadata = open.metadata();
        if (metadata === null) throw new CommandFailure('the export did not come to its end');
        return metadata;
      },
    };
    await deliver(out, source, config.storage.data_dir);
  } finally {
    open.abandon();
    await keeping.close();
  }
}

/** Writes an export to where it is wanted. */
async function deliver(out: string | undefined, source: Source, dataDirectory: string): Promise<void> {
  const known = source.done() !== null;
  const progress = startProgress(process.stderr, systemClock, {
    label: 'Exporting',
    unit: known ? 'events' : 'bytes',
    total: known ? source.events : null,
  });
  try {
    const bytes = counted(source, progress);
    if (out === undefined) await toStandardOutput(bytes);
    else await toFile(out, bytes, source, dataDirectory);
  } catch (error) {
    if (error instanceof BellwetherError) throw new CommandFailure(error.message);
    const { code } = error as { code?: string };
    if (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR' || code === 'ENOSPC')
      throw new CommandFailure(`${out ?? 'standard output'} cannot be written: ${(error as Error).message}`);
    throw error;
  } finally {
    progress.finish();
  }
}

async function toFile(
  out: string,
  bytes: AsyncIterable<Uint8Array>,
  source: Source,
  dataDirectory: string,
): Promise<void> {
  const path = resolve(out);
  let metadata: ExportMetadata | null = null;
  await writeWholeFile(path, bytes, async (written) => {
    metadata = await source.metadata();
    if (metadata.sha256 !== written.sha256 || metadata.bytes !== written.bytes)
      throw new CommandFailure('what arrived is not what was sent; nothing was kept');
    await writeWholeFile(`${path}.metadata.json`, [Buffer.from(`${JSON.stringify(metadata, null, 2)}\n`)]);
  });
  if (metadata === null || !existsSync(path)) throw new CommandFailure('the export did not come to its end');
  const { rows, events, sha256 } = metadata as ExportMetadata;
  await rememberExport(path, dataDirectory, metadata);
  process.stderr.write(`${rows} rows of ${events} events in ${out}, SHA-256 ${sha256}\n`);
}

/** An export in the data directory is one that the system keeps: what has to reach every copy finds it. */
async function rememberExport(path: string, dataDirectory: string, metadata: ExportMetadata): Promise<void> {
  const { keptInside } = await import('./kept-export.ts');
  keptInside(path, dataDirectory, metadata);
}

async function* counted(source: Source, progress: Progress): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of source.bytes) {
    bytes += chunk.length;
    progress.update(source.done() ?? bytes);
    yield chunk;
  }
}

async function toStandardOutput(bytes: AsyncIterable<Uint8Array>): Promise<void> {
  // Whoever reads no further, such as `head`, ends the export; that is no failure.
  let closed = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    closed = true;
    process.stdout.emit('drain');
  });
  for await (const chunk of bytes) {
    if (closed) return;
    if (!process.stdout.write(chunk))
      await new Promise((continued) => process.stdout.once('drain', continued));
  }
}
