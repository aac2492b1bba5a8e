/** For tests: audit logs on disk, and ways to tamper with them. */

import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { onTestFinished } from 'vitest';
import { fakeClock } from '../clock.ts';
import type { AuditEntry, AuditLog } from './log.ts';
import { openAuditLog, openAuditReader } from './log.ts';
import { createSecretRegistry } from './redaction.ts';
import { STATE_FILE } from '../state/state-database.ts';
import type { AuditAnchor, AuditVerdict } from './verify.ts';

/** The time at which test logs begin. */
export const START_MS = Date.UTC(2026, 10, 20, 10);

/** A directory that is gone when the test has finished. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-audit-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Opens the log of a directory; the clock begins at {@link START_MS}. */
export async function openLog(dataDir: string, clock = fakeClock(START_MS)): Promise<AuditLog> {
  return openAuditLog({ dataDir, clock, secrets: createSecretRegistry(['known-secret']) });
}

/** Writes a log of this many entries, a second apart, closes it and gives its directory. */
export async function writtenLog(entries: number): Promise<string> {
  const dataDir = temporaryDirectory();
  const clock = fakeClock(START_MS);
  const log = await openLog(dataDir, clock);
  for (let number = 1; number <= entries; number++) {
    await log.append({
      actor: 'server',
      action: 'config.loaded',
      target: `file-${number}`,
      details: { number },
    });
    clock.advance(1000);
  }
  await log.close();
  return dataDir;
}

/** A copy of a directory, with the files in it. */
export function copyOf(dataDir: string): string {
  const copy = temporaryDirectory();
  for (const file of readdirSync(dataDir)) copyFileSync(join(dataDir, file), join(copy, file));
  return copy;
}

/** Runs SQL as somebody who can write the database and knows about the triggers. */
export function tamper(dataDir: string, ...statements: readonly string[]): void {
  const database = new DatabaseSync(join(dataDir, STATE_FILE));
  for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all()) {
    database.exec(`DROP TRIGGER ${String(name)}`);
  }
  for (const sql of statements) database.exec(sql);
  database.close();
}

/** What verification finds in a directory. */
export async function verify(dataDir: string, anchor?: AuditAnchor): Promise<AuditVerdict> {
  const reader = openAuditReader(dataDir);
  try {
    return await reader.verify(anchor);
  } finally {
    await reader.close();
  }
}

/** The first break as `sequence reason`, or `intact`. */
export async function firstBreak(dataDir: string, anchor?: AuditAnchor): Promise<string> {
  const { broken } = await verify(dataDir, anchor);
  return broken === null ? 'intact' : `${broken.sequence} ${broken.reason}`;
}

/** Every entry in a directory. */
export async function listAll(dataDir: string): Promise<AuditEntry[]> {
  const reader = openAuditReader(dataDir);
  try {
    return await reader.list({ limit: 1000 });
  } finally {
    await reader.close();
  }
}
