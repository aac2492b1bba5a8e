/**
 * The note that a running server leaves in its data directory, so that commands on
 * the same machine find it: the data belong to one process at a time.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the note says. */
export interface RunningServer {
  readonly pid: number;
  /** Where it answers, e.g. `http://127.0.0.1:9091`. */
  readonly url: string;
  /** With which commands of whoever may read the data directory may ask it anything. */
  readonly token?: string;
}

const NOTE = 'server.json';

/** Leaves the note. */
export function noteServer(dataDirectory: string, server: RunningServer): void {
  writeFileSync(join(dataDirectory, NOTE), JSON.stringify(server), { mode: 0o600 });
}

/** Takes the note away. */
export function forgetServer(dataDirectory: string): void {
  rmSync(join(dataDirectory, NOTE), { force: true });
}

/** The server that runs on a data directory; null if none does, or the note was left by one that was killed. */
export function findServer(dataDirectory: string): RunningServer | null {
  try {
    const server = JSON.parse(readFileSync(join(dataDirectory, NOTE), 'utf8')) as RunningServer;
    // Signal 0 only asks whether the process is there.
    process.kill(server.pid, 0);
    return server;
  } catch {
    return null;
  }
}
