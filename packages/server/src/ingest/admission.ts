/**
 * How much memory the bodies of requests may take together. What would exceed it is
 * refused before it is read, so that overload costs senders a retry and not the
 * server its life.
 */

/** A compressed body is taken to unpack to this many times its size until it is known. */
const EXPECTED_RATIO = 10;
/**
 * What a body holds before any of it has come. The rest is held as it comes: otherwise a few clients that announce
 * much and send nothing would keep all others out.
 */
const FIRST_BYTES = 64 * 1024;

/** The memory held for one request. */
export class Admitted {
  readonly #admission: Admission;
  readonly #ratio: number;
  #bytes: number;
  #released = false;

  constructor(admission: Admission, bytes: number, ratio: number) {
    this.#admission = admission;
    this.#bytes = bytes;
    this.#ratio = ratio;
  }

  /** Notes how many bytes of the body have come so far; false if there is no room for what they may become. */
  arrived(bodyBytes: number): boolean {
    return this.grow(bodyBytes * this.#ratio);
  }

  /** Holds at least `bytes` from now on; false if there is no room for them. */
  grow(bytes: number): boolean {
    return this.resize(Math.max(bytes, this.#bytes));
  }

  /** Holds `bytes` instead; false if there is no room for them, or the request has ended: nobody would give them back. */
  resize(bytes: number): boolean {
    if (this.#released) return false;
    if (!this.#admission.hold(bytes - this.#bytes, this.#bytes)) return false;
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
  readonly #isPointless: () => boolean;
  #held = 0;

  /** @param isPointless whether what is let in would be refused later all the same, when its body has been worked on. */
  constructor(bytesMax: number, isPointless: () => boolean = () => false) {
    this.#bytesMax = bytesMax;
    this.#isPointless = isPointless;
  }

  /** Bytes that requests hold now. */
  get heldBytes(): number {
    return this.#held;
  }

  /** Lets a request in whose body will have `bodyBytes` bytes, or null if there is no room for them. */
  admit(bodyBytes: number, compressed: boolean): Admitted | null {
    const ratio = compressed ? EXPECTED_RATIO : 1;
    const bytes = bodyBytes * ratio;
    if (this.#isPointless() || !this.#hasRoom(bytes, 0)) return null;
    const first = Math.min(bytes, FIRST_BYTES);
    this.#held += first;
    return new Admitted(this, first, ratio);
  }

  /**
   * Takes or gives back memory; false if there is not enough. One request alone always fits.
   *
   * @param own what the request holds already.
   */
  hold(bytes: number, own = 0): boolean {
    if (bytes > 0 && !this.#hasRoom(bytes, own)) return false;
    this.#held += bytes;
    return true;
  }

  #hasRoom(bytes: number, own: number): boolean {
    return this.#held <= own || this.#held + bytes <= this.#bytesMax;
  }
}
