/**
 * Reads files of objectives: a list in our own form, documents of OpenSLO, or a
 * specification of Sloth. The others are turned into our form first, so that there
 * is one place that says what an objective may be.
 */

import { globSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import {
  type Config,
  type ObjectiveDefinition,
  OBJECTIVES_MAX,
  readObjectives,
  readSmallFile,
} from '../../config/index.ts';
import { type Fields, fieldsOf } from './fields.ts';
import { isOpenSlo, openSloItems } from './openslo.ts';
import { isSloth, slothItems } from './sloth.ts';

/** The largest file: 512 KiB. */
const FILE_BYTES_MAX = 524_288;
const ALIASES_MAX = 100;
const FILES_MAX = 256;

/** A file of objectives that cannot be used, or several that do not go together. */
export class ObjectiveFileError extends Error {
  override readonly name = 'ObjectiveFileError';
}

/** The forms that a file can have. */
export type ObjectiveFileForm = 'bellwether' | 'openslo' | 'sloth';

/** What a file holds. */
export interface ObjectiveFile {
  readonly form: ObjectiveFileForm;
  readonly objectives: readonly ObjectiveDefinition[];
}

/**
 * Reads a file.
 *
 * @throws ObjectiveFileError with the file and what is wrong with it.
 */
export function readObjectiveFile(file: string): ObjectiveFile {
  const text = readSmallFile(file, FILE_BYTES_MAX);
  if (typeof text !== 'string') throw new ObjectiveFileError(`${file} ${text.reason}`);
  try {
    return readObjectiveText(text);
  } catch (error) {
    if (error instanceof ObjectiveFileError) throw new ObjectiveFileError(`${file}: ${error.message}`);
    throw error;
  }
}

/** The same of a text. */
export function readObjectiveText(text: string): ObjectiveFile {
  const documents = parseAllDocuments(text, { prettyErrors: true, stringKeys: true, logLevel: 'error' });
  if (!Array.isArray(documents)) throw new ObjectiveFileError('is empty');
  const contents = documents.map((document): unknown => {
    const [fault] = [...document.errors, ...document.warnings];
    if (fault !== undefined) throw new ObjectiveFileError(fault.message);
    try {
      return document.toJS({ maxAliasCount: ALIASES_MAX });
    } catch (error) {
      throw new ObjectiveFileError(error instanceof Error ? error.message : String(error));
    }
  });
  const { form, items } = itemsOf(contents.filter((content) => content !== null && content !== undefined));
  const objectives = readObjectives(items);
  if (typeof objectives === 'string') throw new ObjectiveFileError(`objectives ${objectives}`);
  return { form, objectives };
}

function itemsOf(contents: readonly unknown[]): {
  readonly form: ObjectiveFileForm;
  readonly items: readonly unknown[];
} {
  try {
    const documents = contents.map((content): Fields => fieldsOf(content, 'the document'));
    if (documents.length === 0) throw new TypeError('the file is empty');
    if (documents.every(isOpenSlo)) return { form: 'openslo', items: openSloItems(documents) };
    if (documents.every(isSloth)) return { form: 'sloth', items: documents.flatMap(slothItems) };
    const items = documents.flatMap((document): readonly unknown[] => {
      const other = Object.keys(document).find((key) => key !== 'objectives');
      const list = document['objectives'];
      if (other === undefined && Array.isArray(list)) return list;
      throw new TypeError(
        'must be a map with the list objectives, OpenSLO (apiVersion: openslo/v1) or Sloth (version: prometheus/v1)',
      );
    });
    return { form: 'bellwether', items };
  } catch (error) {
    if (error instanceof TypeError) throw new ObjectiveFileError(error.message);
    throw error;
  }
}

/**
 * All objectives of a configuration: its own and those of its files.
 *
 * @throws ObjectiveFileError for a file that is wrong or absent, for an id given twice, and for too many.
 */
export function allObjectives({ objectives }: Pick<Config, 'objectives'>): readonly ObjectiveDefinition[] {
  const all = [
    ...objectives.items,
    ...filesOf(objectives.files).flatMap((file) => readObjectiveFile(file).objectives),
  ];
  const ids = new Set<string>();
  for (const { id } of all) {
    if (ids.has(id)) throw new ObjectiveFileError(`There are two objectives with the id ${id}.`);
    ids.add(id);
  }
  if (all.length > OBJECTIVES_MAX)
    throw new ObjectiveFileError(`There are more than ${OBJECTIVES_MAX} objectives.`);
  return all;
}

/** The files that patterns name, in alphabetical order. A pattern without `*` must name a file. */
function filesOf(patterns: readonly string[]): string[] {
  const files = patterns.flatMap((pattern) =>
    pattern.includes('*') ? globSync(pattern).toSorted() : [pattern],
  );
  if (files.length > FILES_MAX)
    throw new ObjectiveFileError(`There are more than ${FILES_MAX} files of objectives.`);
  return [...new Set(files)];
}
