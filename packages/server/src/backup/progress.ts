/** How far a backup, a check or a restore is, told now and then. */

/** What goes on. */
export type BackupPhase = 'snapshot' | 'copy' | 'verify' | 'stage' | 'switch';

/** A step on the way. */
export interface BackupProgress {
  readonly phase: BackupPhase;
  readonly files: number;
  readonly files_of: number;
  readonly bytes: number;
  readonly bytes_of: number;
}

export type OnProgress = (progress: BackupProgress) => void;

/** Bytes from one message to the next. */
const STEP_BYTES = 64 * 1024 * 1024;

/** Counts files of a phase and tells of it at its begin, now and then, and at its end. */
export class Meter {
  readonly #phase: BackupPhase;
  readonly #of: { readonly files: number; readonly bytes: number };
  readonly #tell: OnProgress;
  #files = 0;
  #bytes = 0;
  #told = 0;

  constructor(phase: BackupPhase, files: readonly { readonly bytes: number }[], tell: OnProgress) {
    this.#phase = phase;
    this.#of = { files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
    this.#tell = tell;
    this.#say();
  }

  /** Counts a file that is done. */
  add(bytes: number): void {
    this.#files += 1;
    this.#bytes += bytes;
    if (this.#bytes - this.#told >= STEP_BYTES || this.#files === this.#of.files) this.#say();
  }

  #say(): void {
    this.#told = this.#bytes;
    this.#tell({
      phase: this.#phase,
      files: this.#files,
      files_of: this.#of.files,
      bytes: this.#bytes,
      bytes_of: this.#of.bytes,
    });
  }
}

/** Tells of a phase that is not counted in files. */
export function tellPhase(phase: BackupPhase, tell: OnProgress): void {
  tell({ phase, files: 0, files_of: 0, bytes: 0, bytes_of: 0 });
}
