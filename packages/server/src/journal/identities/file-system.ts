/**
 * The few file operations that the identity store needs, behind an interface so
 * that tests can fail any one of them. All are synchronous: the store lives in
 * the journal's worker thread, which has nothing else to do meanwhile, and one
 * read of a cached page costs less than a turn of the event loop.
 */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';

/** File operations, each failing with the operating system's error. */
export interface IdentityFiles {
  makeDirectory(path: string): void;
  /** Names of the files in a directory, in no order. */
  list(directory: string): string[];
  openToRead(path: string): number;
  /** Creates the file, or empties it. */
  openToWrite(path: string): number;
  sizeBytes(file: number): number;
  /** Reads up to `bytes.length` bytes at a position; returns how many there were. */
  read(file: number, bytes: Uint8Array, position: number): number;
  /** Writes at a position; returns how many bytes were taken, which may be fewer. */
  write(file: number, bytes: Uint8Array, position: number): number;
  /** Makes the content and the size of a file durable. */
  sync(file: number): void;
  close(file: number): void;
  rename(from: string, to: string): void;
  /** Makes the names in a directory durable. */
  syncDirectory(directory: string): void;
  /** Bytes that can still be written to a directory's disk. */
  freeBytes(directory: string): number;
  /** Bytes of a file that is not open; 0 if it is not there. */
  sizeBytesOf(path: string): number;
  /** Cuts a file short. */
  truncate(path: string, bytes: number): void;
  /** True if the file has another name too, as a snapshot gives it one. */
  isShared(path: string): boolean;
  /** Removes a file; that it is not there is no failure. */
  remove(path: string): void;
}

/** The operating system's files. */
export const nodeFiles: IdentityFiles = {
  makeDirectory: (path) => void mkdirSync(path, { recursive: true }),
  list: (directory) => readdirSync(directory),
  openToRead: (path) => openSync(path, 'r'),
  openToWrite: (path) => openSync(path, 'w', 0o600),
  sizeBytes: (file) => fstatSync(file).size,
  read: (file, bytes, position) => readSync(file, bytes, 0, bytes.length, position),
  write: (file, bytes, position) => writeSync(file, bytes, 0, bytes.length, position),
  sync: fdatasyncSync,
  close: closeSync,
  rename: renameSync,
  syncDirectory(directory) {
    const file = openSync(directory, 'r');
    try {
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  },
  freeBytes(directory) {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize;
  },
  sizeBytesOf: (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0,
  truncate: truncateSync,
  isShared: (path) => (statSync(path, { throwIfNoEntry: false })?.nlink ?? 0) > 1,
  remove: (path) => rmSync(path, { force: true }),
};

/** Writes all bytes, however many calls the system takes. */
export function writeAll(files: IdentityFiles, file: number, bytes: Uint8Array, position: number): void {
  let written = 0;
  while (written < bytes.length) {
    written += files.write(file, bytes.subarray(written), position + written);
  }
}

/** Reads until the buffer is full or the file ends; returns the number of bytes read. */
export function readAll(files: IdentityFiles, file: number, bytes: Uint8Array, position: number): number {
  let done = files.read(file, bytes, position);
  // One read is nearly always enough, and a view of the rest costs more than the comparison.
  while (done < bytes.length) {
    const more = files.read(file, bytes.subarray(done), position + done);
    if (more === 0) break;
    done += more;
  }
  return done;
}
