/**
 * What is remembered of an erasure: enough to know the user again in an older backup
 * or an archive, and not who it was. A tombstone is a hash under a random key. Both lie
 * in one file, so whoever has the file and an id can find out whether that was erased;
 * nobody can list the ids.
 */

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWholeFile } from '../export/out-file.ts';

/** The file in the data directory and, as a copy, in that of the backups. */
export const ERASURES_FILE = 'erasures.json';

/** One erased user. */
export interface Tombstone {
  readonly id: string;
  /** RFC 3339. */
  readonly erased_at: string;
  /** Whether the user was erased in one tenant or in all. */
  readonly scope: 'tenant' | 'all';
  /** 32 bytes in hexadecimal. */
  readonly key: string;
  /** SHA-256 of the key and of what {@link saltedText} makes of the user, in hexadecimal. */
  readonly hash: string;
}

/** The whole file. */
export interface Erasures {
  readonly erasures_version: 1;
  /** True if older data have come in since, on which they are to be carried out again. */
  readonly reapply: boolean;
  readonly erasures: readonly Tombstone[];
}

const HEX = /^[0-9a-f]{64}$/;

/**
 * Reads the file of a directory; empty if there is none.
 *
 * @throws Error for one that cannot be read: what it knows must not be forgotten in silence.
 */
export function readErasures(directory: string): Erasures {
  const none: Erasures = { erasures_version: 1, reapply: false, erasures: [] };
  const path = join(directory, ERASURES_FILE);
  if (!existsSync(path)) return none;
  const { reapply, erasures } = JSON.parse(readFileSync(path, 'utf8')) as Erasures;
  // They become part of statements, and a file may come from anywhere.
  const sound = erasures.filter(({ key, hash }) => HEX.test(key) && HEX.test(hash));
  return { ...none, reapply, erasures: sound };
}

/** Writes the file whole or not at all. */
export async function writeErasures(directory: string, erasures: Erasures): Promise<void> {
  await writeWholeFile(join(directory, ERASURES_FILE), [
    Buffer.from(`${JSON.stringify(erasures, null, 1)}\n`),
  ]);
}

/** All erasures of several files, each once, oldest first. */
export function mergeErasures(files: readonly Erasures[], reapply: boolean): Erasures {
  const byHash = new Map(
    files.flatMap(({ erasures }) => erasures.map((each) => [each.key + each.hash, each] as const)),
  );
  const erasures = [...byHash.values()].toSorted((a, b) => (a.erased_at < b.erased_at ? -1 : 1));
  return { erasures_version: 1, reapply, erasures };
}

/** Asks for all erasures to be carried out again, since older data have come in. */
export async function askForReapply(directory: string): Promise<void> {
  const known = readErasures(directory);
  if (known.erasures.length > 0) await writeErasures(directory, { ...known, reapply: true });
}

/** Sees to it that a directory knows of all erasures that another one knows of. */
export async function copyErasures(from: string, to: string): Promise<void> {
  const [known, there] = [readErasures(from), readErasures(to)];
  const merged = mergeErasures([there, known], there.reapply);
  if (merged.erasures.length > there.erasures.length) await writeErasures(to, merged);
}

/**
 * Makes a tombstone.
 *
 * @param tenant null for all tenants.
 * @param before those that are there: a key is used again, so that one comparison serves all.
 */
export function tombstoneOf(
  user: string,
  tenant: string | null,
  nowMs: number,
  before: readonly Tombstone[],
): Tombstone {
  const key = before[0]?.key ?? randomBytes(32).toString('hex');
  const hash = createHash('sha256').update(Buffer.from(key, 'hex')).update(saltedText(user, tenant));
  return {
    id: randomUUID(),
    erased_at: new Date(nowMs).toISOString(),
    scope: tenant === null ? 'all' : 'tenant',
    key,
    hash: hash.digest('hex'),
  };
}

function saltedText(user: string, tenant: string | null): string {
  return tenant === null ? `u${user}` : `t${tenant}\0${user}`;
}

/** The condition on `tenant` and `user_id` for rows of erased users. It names nobody: the engine keeps such texts. */
export function erasedCondition(tombstones: readonly Tombstone[]): string {
  const groups = new Map<string, { readonly salted: string; readonly hashes: string[] }>();
  for (const { key, scope, hash } of tombstones) {
    const text = scope === 'all' ? "'u', user_id" : "'t', tenant, char(0), user_id";
    const salted = `lower(hex(SHA256(concat(unhex('${key}'), ${text}))))`;
    const group = groups.get(salted) ?? { salted, hashes: [] };
    group.hashes.push(`'${hash}'`);
    groups.set(salted, group);
  }
  const parts = [...groups.values()].map(({ salted, hashes }) => `${salted} IN (${hashes.join(', ')})`);
  return `user_id != '' AND (${parts.join(' OR ')})`;
}
