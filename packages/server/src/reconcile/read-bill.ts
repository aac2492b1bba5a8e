/**
 * Reads bills: recognises each file by its columns, and sums its lines by day, model
 * and meter as they come, so that a report of any length takes little memory.
 */

import type { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { type Bill, BillError, type BillItem } from './bill.ts';
import { anthropicCosts, anthropicTokens } from './formats/anthropic.ts';
import { awsUsage } from './formats/aws.ts';
import { azureCosts } from './formats/azure.ts';
import { focusRows } from './formats/focus.ts';
import { type BillFormat, columnName, type Line } from './formats/format.ts';
import { openaiCosts } from './formats/openai.ts';

/** Days times models times meters of one reconciliation. */
export const BILL_ITEMS_MAX = 50_000;
/** Characters of one line, which bounds what a file that is no CSV can take. */
const LINE_CHARS_MAX = 1_000_000;

/** The formats, the most particular first: FOCUS files of Azure have Azure's columns too. */
const formats: readonly (readonly BillFormat[])[] = [
  [focusRows],
  [awsUsage],
  anthropicTokens,
  [anthropicCosts],
  [openaiCosts],
  [azureCosts],
];

/** A file of a bill. */
export interface BillFile {
  /** Shown in errors. */
  readonly name: string;
  readonly bytes: Readable;
}

/**
 * Reads the files of a bill.
 *
 * @throws BillError naming file and line for what is no bill, for amounts in another currency, and beyond {@link BILL_ITEMS_MAX}.
 */
export async function readBill(files: readonly BillFile[]): Promise<Bill> {
  const sums = new Map<string, BillItem>();
  const titles = new Set<string>();
  let [lines, ignored] = [0, 0];
  for (const { name, bytes } of files) {
    let formatsOfFile: readonly BillFormat[] = [];
    const parser = bytes.pipe(
      parse({
        bom: true,
        columns: (header: string[]) => {
          formatsOfFile = formatsOf(header, name);
          for (const { title } of formatsOfFile) titles.add(title);
          return header.map(columnName);
        },
        info: true,
        max_record_size: LINE_CHARS_MAX,
        relax_column_count: true,
        skip_empty_lines: true,
      }),
    );
    bytes.once('error', (error) => parser.destroy(error));
    try {
      for await (const { record, info } of parser as AsyncIterable<{
        record: Line;
        info: { lines: number };
      }>) {
        lines += 1;
        const items = readLine(formatsOfFile, record, `${name}, line ${info.lines}`);
        if (items.length === 0) ignored += 1;
        for (const item of items) addTo(sums, item);
      }
    } catch (error) {
      throw error instanceof BillError ? error : new BillError(`${name}: ${(error as Error).message}`);
    }
  }
  if (sums.size === 0)
    throw new BillError('the bill has no line for a model: nothing to compare with the ledger');
  return { formats: [...titles], items: [...sums.values()], lines, ignored };
}

function formatsOf(header: readonly string[], file: string): readonly BillFormat[] {
  const columns = new Set(header.map(columnName));
  const known = formats.find((group) =>
    group.every((format) => format.columns.every((column) => columns.has(column))),
  );
  if (known !== undefined) return known;
  throw new BillError(
    `${file} is none of the bills that are known (OpenAI, Anthropic, Azure, AWS, FOCUS): its columns are ${header.slice(0, 12).join(', ')}`,
  );
}

function readLine(formatsOfFile: readonly BillFormat[], line: Line, place: string): BillItem[] {
  try {
    return formatsOfFile.flatMap((format) => format.read(line) ?? []);
  } catch (error) {
    throw new BillError(`${place}: ${(error as Error).message}`);
  }
}

function addTo(sums: Map<string, BillItem>, item: BillItem): void {
  const key = JSON.stringify([item.day, item.provider, item.model, item.meter]);
  const sum = sums.get(key);
  if (sum === undefined && sums.size >= BILL_ITEMS_MAX)
    throw new BillError(
      `the bill has more than ${BILL_ITEMS_MAX.toLocaleString('en-US')} combinations of day, model and meter; compare a shorter time`,
    );
  sums.set(key, sum === undefined ? item : merge(sum, item));
}

/** Adds two items. A figure that one of them does not have is taken from the other. */
function merge(a: BillItem, b: BillItem): BillItem {
  const isListed = a.listPicoUsd !== null || b.listPicoUsd !== null;
  const listed = ({ listPicoUsd, costPicoUsd }: BillItem): bigint => listPicoUsd ?? costPicoUsd;
  return {
    ...a,
    costPicoUsd: a.costPicoUsd + b.costPicoUsd,
    listPicoUsd: isListed ? listed(a) + listed(b) : null,
    tokens: a.tokens === null && b.tokens === null ? null : (a.tokens ?? 0n) + (b.tokens ?? 0n),
  };
}
