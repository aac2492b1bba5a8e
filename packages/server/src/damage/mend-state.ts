/**
 * A look at the database of the small state before anything opens it. SQLite finds
 * damage when it comes upon it, which may be in the middle of a write a year later; so
 * it is read from front to back at the start, and what is readable of a damaged one is
 * put in its place.
 */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { STATE_FILE } from '../state/state-database.ts';
import { finishSalvage, isSound, type Salvage, salvage } from '../salvage/salvage.ts';

/** The tables that say what the schema is. */
const SCHEMA = ['sqlite_schema', 'schema_migrations'];

/** Looks at the database, and mends it if need be; null if it was sound. */
export function mendState(dataDirectory: string, nowMs: number): Salvage | null {
  const path = join(dataDirectory, STATE_FILE);
  const aside = finishSalvage(path, nowMs);
  if (aside !== null) return { aside, rows: {}, incomplete: [] };
  if (isSound(path)) return null;
  const salvaged = salvage(path, nowMs);
  // Without knowing which steps of its schema a database has, it cannot be brought up to date: a new one can.
  if (SCHEMA.some((name) => salvaged.incomplete.includes(name))) rmSync(path);
  return salvaged;
}
