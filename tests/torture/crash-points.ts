/**
 * The named points at which a server can be made to die, and how one is chosen. The server
 * knows nothing of them: `crash-preload.ts`, loaded before it, puts itself around
 * methods of its classes and kills the process where the chosen point is passed.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Names the file that holds the point which is chosen; set for a server that is to be killed at a point. */
export const CHOICE_VARIABLE = 'BELLWETHER_TEST_CRASH_CHOICE';

/** A point just before a method of a class is called, or just after it has done its work. */
export interface MethodPoint {
  /** The module in the server's sources, without its ending, and the class. */
  readonly module: string;
  readonly className: string;
  readonly method: string;
  readonly when: 'before' | 'after';
}

/** A point around a statement to the engine that begins so. `sent`: some of it is on its way, nobody has answered. */
export interface StatementPoint {
  readonly statement: string;
  readonly when: 'before' | 'sent' | 'after';
}

const method = (when: MethodPoint['when'], module: string, className: string, name: string): MethodPoint => ({
  module,
  className,
  method: name,
  when,
});

/** In the order in which an event passes them; each is reached under load. */
export const pointsUnderLoad = {
  'before the commit of the journal': method('before', 'journal/journal-store', 'JournalStore', 'append'),
  'after the commit, before the identities know': method(
    'before',
    'journal/identities/store',
    'IdentityStore',
    'commit',
  ),
  'after the commit, before the high-water mark': method(
    'before',
    'journal/high-water',
    'HighWaterMark',
    'set',
  ),
  'after the commit, before the answer': method('after', 'journal/journal-store', 'JournalStore', 'append'),
  'identities half written as a run': method('after', 'journal/identities/run-writer', 'RunWriter', 'append'),
  'a run is written, not in place': method('before', 'journal/identities/run-set', 'RunSet', 'install'),
  'a run is in place, not forgotten by the journal': method(
    'after',
    'journal/identities/run-set',
    'RunSet',
    'install',
  ),
  'rows are read, not sent to the ledger': method('after', 'journal/journal', 'Journal', 'read'),
  'an insert is sent, not answered': { statement: 'INSERT INTO bellwether.events ', when: 'sent' },
  'an insert is answered, nothing counted': { statement: 'INSERT INTO bellwether.events ', when: 'after' },
  'before the counters': method('before', 'live/live-counters', 'LiveCounters', 'count'),
  'after the counters, before the journal is told': method(
    'before',
    'journal/journal',
    'Journal',
    'markLoaded',
  ),
  'the journal has forgotten, nobody knows': method(
    'after',
    'journal/journal-store',
    'JournalStore',
    'markLoaded',
  ),
} as const satisfies Record<string, MethodPoint | StatementPoint>;

/** Reached when a server has begun to compute rollups, which it does soon after its start. */
export const pointsOfRollups = {
  'cells are sent, not answered': { statement: 'INSERT INTO bellwether.rollup_', when: 'sent' },
  'cells are there, not published': { statement: 'INSERT INTO bellwether.rollup_passes', when: 'before' },
  'cells are published, nobody knows': { statement: 'INSERT INTO bellwether.rollup_passes', when: 'after' },
} as const satisfies Record<string, StatementPoint>;

export const crashPoints: Readonly<Record<string, MethodPoint | StatementPoint>> = {
  ...pointsUnderLoad,
  ...pointsOfRollups,
};

/** How a server is made one that can be killed at points, and how one is chosen. */
export class CrashChoice {
  readonly #file: string;

  constructor(directory: string) {
    this.#file = join(directory, 'crash-point');
    this.none();
  }

  /** The environment of such a server. */
  get environment(): Record<string, string> {
    const preload = join(import.meta.dirname, 'crash-preload.ts');
    return { NODE_OPTIONS: `--import=${preload}`, [CHOICE_VARIABLE]: this.#file };
  }

  /** From now on the server dies at this point. */
  choose(point: string): void {
    writeFileSync(this.#file, point);
  }

  none(): void {
    writeFileSync(this.#file, '');
  }
}
