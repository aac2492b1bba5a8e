/** The reports with what happened, why and what next: as text, JSON, or a page that can be mailed. */

import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { systemClock } from '../clock.ts';
import type { Config, Environment } from '../config/index.ts';
import { findServer } from '../data-directory.ts';
import type { DocumentKind } from '../documents/document.ts';
import { documentText } from '../documents/document-text.ts';
import { documentHtml } from '../documents/html/document-html.ts';
import { documentDefaults, readDocument, type WithDocument } from '../documents/read-document.ts';
import { documentSources } from '../open-documents.ts';
import { createOutgoing } from '../outgoing/index.ts';
import { dimensionNames, readDimensions } from '../report/dimensions.ts';
import { readTimeRange } from '../report/time-range.ts';
import { configOf, type ServerOptions, withServerOptions } from './common-options.ts';
import { askServerOrStores } from './store-access.ts';

/** Options of every report. */
export interface DocumentOptions extends ServerOptions {
  readonly from?: string;
  readonly to?: string;
  readonly hours?: string;
  readonly by?: string;
  readonly format: 'text' | 'json' | 'html';
  readonly out?: string;
}

/** Adds the options of every report. */
export function withDocumentOptions(command: Command, kind: DocumentKind): Command {
  const { hours, by } = documentDefaults[kind];
  const since = hours === null ? 'the beginning' : `${hours} hours back`;
  command
    .option('--from <time>', `date or RFC 3339, included (default: ${since})`)
    .option('--to <time>', 'date or RFC 3339, excluded (default: now)')
    .option('--hours <number>', 'the last so many hours, instead of --from')
    .addOption(
      new Option('--format <format>', 'how to print it').choices(['text', 'json', 'html']).default('text'),
    )
    .option('--out <file>', 'write it to this file instead of printing it');
  if (by !== '') command.option('--by <dimensions>', 'group by these, separated by commas', by);
  return withServerOptions(command);
}

/** Makes the command of a kind of report whose text is that of the document. */
export function documentCommand(
  environment: Environment,
  kind: DocumentKind,
  description: string,
  example: string,
): Command {
  const dimensions = documentDefaults[kind].by === '' ? '' : `\nDimensions: ${dimensionNames.join(', ')}\n`;
  const command = new Command(kind)
    .description(description)
    .addHelpText('after', `${dimensions}\nExample:\n  bellwether report ${kind} ${example}\n`);
  return withDocumentOptions(command, kind).action((options: DocumentOptions) =>
    printDocument(options, environment, kind, ({ document }) => documentText(document)),
  );
}

/** Asks for a report and prints it. @param text how it is written as text; it is given the report of that kind. */
export async function printDocument(
  options: DocumentOptions,
  environment: Environment,
  kind: DocumentKind,
  text: (report: WithDocument) => string,
): Promise<void> {
  const { config } = configOf(options, environment);
  const report = await askDocument(options, config, kind);
  if (options.format === 'json') return write(options, `${JSON.stringify(report, null, 2)}\n`);
  if (options.format === 'text') return write(options, text(report));
  const address = options.url ?? findServer(config.storage.data_dir)?.url ?? '';
  write(options, documentHtml(report.document, config.notifications.external_url || address));
}

function write({ out }: DocumentOptions, text: string): void {
  if (out === undefined) process.stdout.write(text);
  else writeFileSync(out, text);
}

function askDocument(options: DocumentOptions, config: Config, kind: DocumentKind): Promise<WithDocument> {
  const { from, to, hours, by } = options;
  const nowMs = systemClock.nowMs();
  // What is wrong is said before anything is opened.
  const range = readTimeRange({ from, to, hours: hours === undefined ? undefined : Number(hours) }, nowMs);
  readDimensions(by ?? '');
  const given = Object.entries({ from, to, hours, by });
  const query = new URLSearchParams(
    given.flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]])),
  );
  return askServerOrStores(options, config, `/api/v1/reports/${kind}?${query.toString()}`, async (stores) => {
    await stores.ledger.settle(30_000);
    const outgoing = createOutgoing({ allowPrivate: config.outgoing.allow_private, clock: systemClock });
    try {
      const sources = documentSources({ config, clock: systemClock, outgoing, stores });
      return await readDocument(sources, { kind, range, by, nowMs });
    } finally {
      outgoing.close();
    }
  });
}
