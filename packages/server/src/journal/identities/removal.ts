/**
 * Removes files without holding up the journal: to remove a file of some
 * gigabytes takes the file system up to a second, so a large one is renamed, made
 * shorter bit by bit and removed when it is short. What has such a name at the
 * next start is removed in the same way, whatever is left of it.
 */
import { writing } from './errors.ts';
import type { IdentityFiles } from './file-system.ts';

/** The end of the name of a file that is being removed. */
export const CONDEMNED = '.removed';

/** Bytes that are removed at once by default. */
export const REMOVAL_STEP_BYTES = 64 * 2 ** 20;

/** The files that are still to be removed. */
export class Removal {
  private readonly files: IdentityFiles;
  private readonly stepBytes: number;
  private readonly condemned: string[] = [];

  constructor(files: IdentityFiles, stepBytes: number) {
    this.files = files;
    this.stepBytes = stepBytes;
  }

  /** Takes a file that has the name already, from before this start. */
  resume(path: string): void {
    this.condemned.push(path);
  }

  /**
   * Removes a small file; takes a large one's name away and leaves the rest to `steps`.
   *
   * @throws IdentityStoreError `write_failed`; the file is as before.
   */
  condemn(path: string): void {
    writing(() => {
      // Made shorter, it would be so under its other name too; and its room is not given back yet, so it goes quickly.
      if (this.files.sizeBytesOf(path) <= this.stepBytes || this.files.isShared(path)) {
        this.files.remove(path);
      } else {
        this.files.rename(path, path + CONDEMNED);
        this.condemned.push(path + CONDEMNED);
      }
    });
  }

  /** Removes what is condemned, a piece with every step. */
  *steps(): Generator<void, void, void> {
    for (let path = this.condemned[0]; path !== undefined; path = this.condemned[0]) {
      const left = writing(() => this.shorten(path));
      if (left === 0) this.condemned.shift();
      yield;
    }
  }

  /** Takes one piece off a file, or the file away; returns how many bytes are left. */
  private shorten(path: string): number {
    const bytes = this.files.sizeBytesOf(path);
    const left = this.files.isShared(path) ? 0 : Math.max(0, bytes - this.stepBytes);
    if (left > 0) this.files.truncate(path, left);
    else this.files.remove(path);
    return left;
  }
}
