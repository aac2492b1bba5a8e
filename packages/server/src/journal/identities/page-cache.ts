/**
 * A small cache of checked entry pages. It is for ids that are sent again and
 * again within a short time; what is asked for at random is the business of the
 * operating system's page cache. Direct-mapped: a page has one place it can be in.
 */
import { PAGE_WORDS } from './run-format.ts';

/** Pages of checked entries, each owned by a run. */
export class PageCache {
  readonly words: Uint32Array;
  readonly bytes: Uint8Array;
  private readonly pagesMax: number;
  private readonly owners: (object | null)[];
  private readonly numbers: Float64Array;

  /** @param pagesMax a power of two. */
  constructor(pagesMax: number) {
    this.pagesMax = pagesMax;
    this.words = new Uint32Array(pagesMax * PAGE_WORDS);
    this.bytes = new Uint8Array(this.words.buffer);
    this.owners = Array.from({ length: pagesMax }, () => null);
    this.numbers = new Float64Array(pagesMax);
  }

  /** The place where page `number` of a run is or would be. */
  placeOf(salt: number, number: number): number {
    return (Math.imul(number ^ Math.imul(salt, 0x85ebca6b), 0x9e3779b1) >>> 16) & (this.pagesMax - 1);
  }

  /** True if the page is in its place. */
  holds(place: number, owner: object, number: number): boolean {
    return this.owners[place] === owner && this.numbers[place] === number;
  }

  /** Says that the place is about to be overwritten and has no page until `put`. */
  take(place: number): void {
    this.owners[place] = null;
  }

  /** Says whose page the place now has. */
  put(place: number, owner: object, number: number): void {
    this.owners[place] = owner;
    this.numbers[place] = number;
  }

  /** Forgets the pages of a run that is closed. */
  forget(owner: object): void {
    for (let place = 0; place < this.pagesMax; place++) {
      if (this.owners[place] === owner) this.owners[place] = null;
    }
  }
}
