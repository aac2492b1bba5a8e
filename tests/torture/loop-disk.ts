/**
 * A disk whose power can be cut: an ext4 file system in a file, and the ioctl that
 * makes the kernel forget everything of it that has not reached the file, without
 * writing its journal out. It needs root, a loop device and perl.
 */

import { spawnSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** `EXT4_IOC_SHUTDOWN`, which is `_IOR('X', 125, u32)`, with the flag for "without flushing the log". */
const SHUTDOWN =
  'open(my $d, "<", $ARGV[0]) or die $!; my $flag = pack("I", 2); ioctl($d, 0x8004587d, $flag) or die $!';
const DISK_BYTES = 2 * 1024 ** 3;
const UNMOUNT_TRIES = 200;

export class LoopDisk {
  readonly #image: string;
  readonly path: string;

  private constructor(directory: string) {
    this.#image = join(directory, 'disk.img');
    this.path = join(directory, 'disk');
  }

  /** Makes a disk in a directory, or null if that cannot be done here. */
  static make(directory: string): LoopDisk | null {
    const disk = new LoopDisk(directory);
    mkdirSync(disk.path, { recursive: true });
    writeFileSync(disk.#image, '');
    truncateSync(disk.#image, DISK_BYTES);
    const made = run('mkfs.ext4', ['-q', '-F', disk.#image]) && disk.mount();
    return made && run('perl', ['-e', '1']) ? disk : null;
  }

  /** The disk that an earlier run has made, mounted; null if it is not there. */
  static reopen(directory: string): LoopDisk | null {
    const disk = new LoopDisk(directory);
    return run('mountpoint', ['-q', disk.path]) || disk.mount() ? disk : null;
  }

  mount(): boolean {
    return run('mount', ['-o', 'loop', this.#image, this.path]);
  }

  /** Cuts the power: nothing is written from now on, and what was not on the disk is gone. */
  cut(): void {
    if (!run('perl', ['-e', SHUTDOWN, this.path])) throw new Error('The power could not be cut.');
  }

  /** Brings the power back, once nobody uses the disk any more. */
  async restore(): Promise<void> {
    await this.unmount();
    if (!this.mount()) throw new Error('The disk could not be mounted again.');
  }

  async unmount(): Promise<void> {
    for (let tries = 0; !run('umount', [this.path]); tries++) {
      if (tries === UNMOUNT_TRIES) throw new Error('The disk is still in use.');
      await pause(25);
    }
  }
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
