/**
 * Files with secrets that a configuration names and that are read only when they are
 * needed, such as the address of a channel: whether they are there, hold something, and
 * are for their owner's eyes.
 */

import { statSync } from 'node:fs';
import { readSmallFile } from './read-small-file.ts';
import { Refusal } from './read-value.ts';
import type { Config } from './schema.ts';

const BYTES_MAX = 65_536;
/** The rights of others than owner and group: a group may be who the server is. */
const WORLD = 0o007;

/** What is wrong with a file of a secret. */
export interface SecretFileProblem {
  /** What names it, e.g. `notifications.channels: chat`. */
  readonly key: string;
  readonly file: string;
  /** Goes on after the file's name, e.g. `does not exist`. */
  readonly reason: string;
  /** False where the secret can be used nevertheless. */
  readonly isUnusable: boolean;
}

/** What is wrong with the files of secrets. The key of the encryption is looked at where the data are. */
export function secretFileProblems(config: Config): SecretFileProblem[] {
  const { identity, tls, ledger, notifications, collectors } = config;
  const named = [
    ...single('identity.pseudonym_key_file', identity.pseudonym_key_file),
    ...single('tls.key_file', tls.key_file),
    ...single('ledger.tls_key_file', ledger.tls_key_file),
    ...secretsWithin('notifications.channels', notifications.channels),
    ...secretsWithin('collectors.jobs', collectors.jobs),
    ...secretsWithin('collectors.checks', collectors.checks),
  ];
  return named.flatMap(({ key, file }) => {
    const problem = problemOf(file);
    return problem === null ? [] : [{ key, file, ...problem }];
  });
}

interface NamedFile {
  readonly key: string;
  readonly file: string;
}

function single(key: string, file: string): NamedFile[] {
  return file === '' ? [] : [{ key, file }];
}

/** The files of the secrets of items: each value `{ file }` is one, wherever it stands in the item. */
function secretsWithin(key: string, items: readonly { readonly id: string }[]): NamedFile[] {
  return items.flatMap((item) => filesIn(item).map((file) => ({ key: `${key}: ${item.id}`, file })));
}

function filesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0] === 'file' && typeof only[1] === 'string') return [only[1]];
  return entries.flatMap(([, inner]) => filesIn(inner));
}

function problemOf(file: string): { readonly reason: string; readonly isUnusable: boolean } | null {
  const text = readSmallFile(file, BYTES_MAX);
  if (text instanceof Refusal) return { reason: text.reason, isUnusable: true };
  if (text.trim() === '') return { reason: 'is empty', isUnusable: true };
  const isOpen = process.platform !== 'win32' && (statSync(file).mode & WORLD) !== 0;
  return isOpen
    ? { reason: 'may be read or changed by every user of this machine', isUnusable: false }
    : null;
}
