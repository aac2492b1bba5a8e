/**
 * How much memory the bodies of requests may take together. What would exceed it is
 * refused before it is read, so that overload costs senders a retry and not the
 * server its life.
 */

/** A compressed body is taken to unpack to this many times its size until it is known. */
const EXPECTED_RATIO = 10;

/** The memory held for one request. */
export class Admitted {
  readonly #admission: Admission;
  #bytes: number;
  #released = false;

  constructor(admission: Admission, bytes: number) {
    this.#admission = admission;
    this.#bytes = bytes;
  }

  /** Holds at least `bytes` from now on; false if there is no room for them. */
  grow(bytes: number): boolean {
    return this.resize(Math.max(bytes, this.#bytes));
  }

  /** Holds `bytes` instead; false if there is no room for them, or the request has ended: nobody would give them back. */
  resize(bytes: number): boolean {
    if (this.#released) return false;
    if (!this.#admission.hold(bytes - this.#bytes)) return false;
    this.#bytes = bytes;
    return true;
  }

  /** Gives the memory back. */
  release(): void {
    this.#released = true;
    this.#admission.hold(-this.#bytes);
    this.#bytes = 0;
  }
}

/** The bound over all requests. */
export class Admission {
  readonly #bytesMax: number;
  #held = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes that requests hold now. */
  get heldBytes(): number {
    return this.#held;
  }

  /** Lets a request in whose body has `bodyBytes` bytes, or null if there is no room. */
  admit(bodyBytes: number, compressed: boolean): Admitted | null {
    const bytes = compressed ? bodyBytes * EXPECTED_RATIO : bodyBytes;
    return this.hold(bytes) ? new Admitted(this, bytes) : null;
  }

  /** Takes or gives back memory; false if there is not enough. One request alone always fits. */
  hold(bytes: number): boolean {
    if (bytes > 0 && this.#held > 0 && this.#held + bytes > this.#bytesMax) return false;
    this.#held += bytes;
    return true;
  }
}
