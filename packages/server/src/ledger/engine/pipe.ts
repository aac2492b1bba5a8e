/**
 * Named pipes between the engine and its process, in the place of files where
 * nothing may reach the disk unencrypted. A pipe has a name in a directory, and its
 * bytes are only ever in memory.
 */

import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Readable } from 'node:stream';

/**
 * Makes a pipe that only this user can open, in the place of what has its name.
 *
 * @throws Error where there is no `mkfifo`.
 */
export function makePipe(path: string): void {
  rmSync(path, { force: true });
  execFileSync('mkfifo', ['-m', '600', path], { stdio: 'ignore' });
}

/** Feeds a pipe while `read` has the engine read it. */
export async function feedPipe(path: string, data: Uint8Array, read: () => Promise<unknown>): Promise<void> {
  const opened = open(path, 'w');
  const fed = opened.then((file) => writeAndClose(file, data));
  // Its failure is only that the engine has stopped reading, which the engine gives the reason of.
  const settled = fed.catch(() => undefined);
  try {
    await read();
  } catch (error) {
    await unblock(path, opened);
    await settled;
    throw error;
  }
  await settled;
}

/** Hands the bytes of a pipe on while `write` has the engine write it. */
export async function drainPipe(
  path: string,
  write: () => Promise<unknown>,
  handOn: (bytes: Readable) => Promise<void>,
): Promise<void> {
  const opened = open(path, 'r');
  const drained = opened.then((file) => handOn(file.createReadStream()));
  const settled = drained.catch(() => undefined);
  try {
    await write();
  } catch (error) {
    await unblock(path, opened);
    await settled;
    throw error;
  }
  await drained;
}

async function writeAndClose(file: FileHandle, data: Uint8Array): Promise<void> {
  try {
    await file.writeFile(data);
  } finally {
    await file.close();
  }
}

/** Lets whoever waits for the other end go: opened both ways a pipe has both, and closing it ends it. */
async function unblock(path: string, opened: Promise<unknown>): Promise<void> {
  const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  try {
    await opened.catch(() => undefined);
  } finally {
    closeSync(both);
  }
}
