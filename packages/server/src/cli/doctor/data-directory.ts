/** The data directory: whether it can be used, by whom, and what a server that was killed has left in it. */

import { accessSync, constants, existsSync, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Examination, type Finding, fine, problem, warning } from './finding.ts';

/** Files of the data directory that hold keys or tokens. */
const secretFiles = ['audit.key', 'server.json'];

/** Whether the directory is there and this user may use it. */
const directory: Examination = {
  check: 'data directory',
  run({ loaded }) {
    const path = resolve(loaded.config.storage.data_dir);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return [missing(path)];
    if (!stat.isDirectory())
      return [problem('data directory', `${path} is no directory.`, 'Set storage.data_dir to one.')];
    try {
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch {
      return [
        problem(
          'data directory',
          `This user may not write to ${path}.`,
          `Run the server as the owner of the directory, or give it away: chown -R USER ${path}`,
        ),
      ];
    }
    return [fine('data directory', `${path} can be written to.`), ...permissions(path, stat)];
  },
};

function missing(path: string): Finding {
  const parent = dirname(path);
  try {
    accessSync(parent, constants.W_OK | constants.X_OK);
    return fine('data directory', `${path} is not there yet; a server makes it when it starts.`);
  } catch {
    return problem(
      'data directory',
      `${path} is not there, and this user cannot make it in ${parent}.`,
      'Make it, or set storage.data_dir to another.',
    );
  }
}

/** Who may read what only the server should. Windows has no such modes. */
function permissions(path: string, { mode }: Stats): Finding[] {
  const open = (file: string, bits: number): boolean => (bits & 0o077) !== 0 && existsSync(file);
  const findings: Finding[] = [];
  if (open(path, mode))
    findings.push(
      warning('permissions', `Other users of this machine may look into ${path}.`, `chmod 700 ${path}`),
    );
  for (const name of secretFiles) {
    const file = join(path, name);
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat !== undefined && open(file, stat.mode))
      findings.push(
        problem('permissions', `Other users may read ${file}, which is a key.`, `chmod 600 ${file}`),
      );
  }
  return findings.length === 0
    ? [fine('permissions', 'Nobody else may read the data and the keys.')]
    : findings;
}

/** What was left behind, and what was set aside since it was damaged. */
const leftovers: Examination = {
  check: 'leftovers',
  run({ loaded, server }) {
    const path = resolve(loaded.config.storage.data_dir);
    if (!existsSync(path)) return [];
    const findings: Finding[] = [];
    const note = join(path, 'server.json');
    if (server === null && existsSync(note))
      findings.push(
        warning(
          'leftovers',
          `A server (process ${pidIn(note)}) was ended without warning.`,
          'Nothing that it acknowledged is lost. Look into its log, or the log of the system, for why.',
        ),
      );
    const damaged = readdirSync(path).filter((name) => name.includes('.damaged-'));
    if (damaged.length > 0)
      findings.push(
        problem(
          'leftovers',
          `${damaged.join(', ')} was damaged and set aside.`,
          'Look at the disk, then restore what is missing from a backup; see docs/operate/backup.md.',
        ),
      );
    return findings;
  },
};

function pidIn(note: string): string {
  try {
    return String((JSON.parse(readFileSync(note, 'utf8')) as { pid?: number }).pid);
  } catch {
    return 'unknown';
  }
}

/** All of them. */
export const dataDirectory: readonly Examination[] = [directory, leftovers];
