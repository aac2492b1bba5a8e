/** The machine: Node, system, disk, clock, and the port. */

import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { diskSpaceCheck } from '../../health/index.ts';
import { type Examination, type Finding, fine, problem, warning } from './finding.ts';

/** The first version of Node that runs the server. */
const NODE_MAJOR_MIN = 24;
/** The engine is a native library, and there is one for these. */
const systems: ReadonlySet<string> = new Set(['linux x64', 'linux arm64', 'darwin x64', 'darwin arm64']);
/** Before this nobody can have run this version: the clock is wrong. */
const FIRST_MS = Date.UTC(2026, 0, 1);
/** File systems and clocks differ by a little. */
const TOLERANCE_MS = 60_000;

/** Which Node runs, on what. */
export const node: Examination = {
  check: 'node',
  run() {
    const { node: version } = process.versions;
    if (Number(version.split('.')[0]) < NODE_MAJOR_MIN)
      return [problem('node', `This is Node ${version}.`, `Install Node ${NODE_MAJOR_MIN} or newer.`)];
    const system = `${process.platform} ${process.arch}`;
    return systems.has(system)
      ? [fine('node', `Node ${version} on ${system}.`)]
      : [
          problem(
            'node',
            `The engine does not run on ${system}.`,
            'Use Linux with glibc or macOS, x64 or arm64.',
          ),
        ];
  },
};

/** Room on the disk of the data directory. */
export const disk: Examination = {
  check: 'disk',
  async run({ loaded: { config } }) {
    const { storage } = config;
    const check = diskSpaceCheck({
      path: nearestThatExists(storage.data_dir),
      thresholds: () => ({
        warningPercent: storage.disk_warning_percent,
        criticalPercent: storage.disk_critical_percent,
      }),
    });
    const { status, message } = await check.run(AbortSignal.timeout(TOLERANCE_MS));
    const advice =
      'Make room, shorten retention.events_days, or move storage.data_dir; see docs/operate/retention.md.';
    if (status === 'healthy') return [fine('disk', message)];
    return [status === 'degraded' ? warning('disk', message, advice) : problem('disk', message, advice)];
  },
};

/** Whether the time can be right. */
export const clock: Examination = {
  check: 'clock',
  run({ clock: wall, loaded }) {
    const now = wall.nowMs();
    const text = new Date(now).toISOString();
    const advice = 'Set the clock, and keep it set by NTP. Events are refused or removed by what it says.';
    if (now < FIRST_MS) return [problem('clock', `The clock says ${text}.`, advice)];
    const newest = newestFile(loaded.config.storage.data_dir);
    if (newest !== null && newest.atMs > now + TOLERANCE_MS)
      return [
        warning(
          'clock',
          `The clock says ${text}, but ${newest.path} was written ${new Date(newest.atMs).toISOString()}.`,
          advice,
        ),
      ];
    return [fine('clock', `The clock says ${text}, after everything that was written.`)];
  },
};

/** Whether the port can be listened on, where no server does. */
export const port: Examination = {
  check: 'port',
  async run({ loaded: { config }, server }) {
    if (server !== null) return [fine('port', `A server answers at ${server.url}.`)];
    const { host, port: number } = config.service;
    return [await tryPort(host, number)];
  },
};

async function tryPort(host: string, number: number): Promise<Finding> {
  const place = `port ${number} on ${host}`;
  const server = createServer();
  try {
    await once(server.listen(number, host), 'listening');
    server.close();
    return fine('port', `Nobody listens on ${place}; no server runs.`);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'EADDRINUSE')
      return problem(
        'port',
        `Another program listens on ${place}.`,
        'Set service.port to another, or end it.',
      );
    if (code === 'EACCES')
      return problem('port', `This user may not listen on ${place}.`, 'Set service.port to 1024 or more.');
    return problem(
      'port',
      `It is not possible to listen on ${place}: ${code}.`,
      'Set service.host to an address of this machine.',
    );
  }
}

function nearestThatExists(path: string): string {
  let nearest = resolve(path);
  while (!existsSync(nearest) && dirname(nearest) !== nearest) nearest = dirname(nearest);
  return nearest;
}

/** The file of the data directory that was written last; null if there is none. */
function newestFile(directory: string): { readonly path: string; readonly atMs: number } | null {
  let newest: { path: string; atMs: number } | null = null;
  for (const folder of [directory, join(directory, 'journal')]) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) {
      const path = join(folder, name);
      const atMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
      if (newest === null || atMs > newest.atMs) newest = { path, atMs };
    }
  }
  return newest;
}

/** All of them, in the order in which they are looked at. */
export const machine: readonly Examination[] = [node, disk, clock, port];
