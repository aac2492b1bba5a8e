/**
 * A stretch of a family's text that is kept from scrape to scrape. Only values that
 * changed are written again: in place where the new text is as long as the old,
 * otherwise by moving what lies between.
 */
import type { Exemplar } from '../family.ts';
import type { LineShape } from '../instruments/lines.ts';
import type { LabelTuple } from '../series/label-values.ts';
import type { LineHeads } from './line-heads.ts';
import { digitCount, numberText, writeDigits } from './numbers.ts';
import { exemplarText } from './exemplar-text.ts';

/** What a block reads of a series. */
export interface TextSeries {
  readonly removed: boolean;
  readonly labelValues: LabelTuple;
  readonly createdMs: number;
  readonly exemplars: readonly (Exemplar | undefined)[] | undefined;
}

/** What a block reads of a family. */
export interface TextFamily {
  readonly lines: readonly LineShape[];
  readonly removals: number;
  readonly series: readonly TextSeries[];
  readLines(series: TextSeries, out: Float64Array, at: number): void;
}

/** Where a block is put together anew; no call leaves anything in it. */
let scratch = Buffer.alloc(1 << 16);

/** The lines of some consecutive series of one family. */
export class TextBlock {
  /** The text is the first `length` bytes. */
  bytes = Buffer.alloc(0);
  length = 0;
  /** Whether each byte is a character. */
  ascii = true;
  readonly #family: TextFamily;
  readonly #heads: LineHeads;
  readonly #withExemplars: boolean;
  #series: TextSeries[] = [];
  #built = false;
  #removalsSeen: number;
  /** Where the value of each line begins and ends, and what it shows. */
  #from = new Int32Array(0);
  #to = new Int32Array(0);
  #shown = new Float64Array(0);
  #exemplars: (Exemplar | undefined)[] = [];

  constructor(family: TextFamily, heads: LineHeads, withExemplars: boolean) {
    this.#family = family;
    this.#heads = heads;
    this.#withExemplars = withExemplars;
    this.#removalsSeen = family.removals;
  }

  /** How many series the block has. */
  get size(): number {
    return this.#series.length;
  }

  /** Takes more series in. */
  add(series: readonly TextSeries[]): void {
    this.#series = [...this.#series, ...series];
    this.#built = false;
  }

  /** Drops the series that were removed. */
  prune(): void {
    if (this.#removalsSeen === this.#family.removals) return;
    this.#removalsSeen = this.#family.removals;
    const living = this.#series.filter((series) => !series.removed);
    if (living.length === this.#series.length) return;
    this.#series = living;
    this.#built = false;
  }

  /** Brings the text up to date. `figures` is room for the values of one series. */
  refresh(figures: Float64Array): void {
    this.prune();
    if (!this.#built) {
      this.#build(figures);
      return;
    }
    const { shown } = this.#heads;
    let line = 0;
    let respaced = 0;
    for (const series of this.#series) {
      this.#family.readLines(series, figures, 0);
      for (let index = 0; index < shown.length; index++, line++) {
        const value = figures[shown[index]!]!;
        const exemplar = this.#withExemplars ? series.exemplars?.[shown[index]!] : undefined;
        if (value === this.#shown[line] && exemplar === this.#exemplars[line]) continue;
        this.#shown[line] = value;
        if (this.#withExemplars) this.#exemplars[line] = exemplar;
        if (!this.#overwrite(line)) pending[respaced++] = line;
      }
    }
    if (respaced > 0) this.#respace(respaced);
  }

  /** Writes a value over the old one if it takes as much room; says whether it did. */
  #overwrite(line: number): boolean {
    const value = this.#shown[line]!;
    const room = this.#to[line]! - this.#from[line]!;
    const digits = this.#exemplars[line] === undefined ? digitCount(value) : 0;
    if (digits > 0) {
      if (digits !== room) return false;
      writeDigits(this.bytes, this.#to[line]!, value);
      return true;
    }
    const text = this.#valueText(line);
    // An exemplar may hold characters of several bytes, so its text is always placed anew.
    if (text.length !== room || this.#exemplars[line] !== undefined) return false;
    this.bytes.write(text, this.#from[line]!, 'latin1');
    return true;
  }

  /** Puts the text together anew around the first `count` lines of `pending`, whose values take other room. */
  #respace(count: number): void {
    const lines = this.#shown.length;
    const roomMax = this.length + this.#extraRoom(count);
    if (scratch.length < roomMax) scratch = Buffer.alloc(roomMax * 2);
    let source = 0;
    let target = 0;
    let next = 0;
    let shift = 0;
    for (let line = 0; line < lines; line++) {
      const from = this.#from[line]!;
      const to = this.#to[line]!;
      if (line !== pending[next] || next >= count) {
        this.#from[line] = from + shift;
        this.#to[line] = to + shift;
        continue;
      }
      next++;
      this.bytes.copy(scratch, target, source, from);
      target += from - source;
      source = to;
      this.#from[line] = target;
      target = this.#writeValue(line, target);
      this.#to[line] = target;
      shift = target - to;
    }
    this.bytes.copy(scratch, target, source, this.length);
    target += this.length - source;
    if (this.bytes.length < target) this.bytes = Buffer.allocUnsafeSlow(target + (target >> 3));
    scratch.copy(this.bytes, 0, 0, target);
    this.length = target;
  }

  /** An upper bound of the bytes that the first `count` lines of `pending` may take beyond what they had. */
  #extraRoom(count: number): number {
    let room = count * 32;
    if (this.#withExemplars) {
      for (let index = 0; index < count; index++) {
        const exemplar = this.#exemplars[pending[index]!];
        if (exemplar !== undefined) room += exemplarText(exemplar).length * 3;
      }
    }
    return room;
  }

  #writeValue(line: number, at: number): number {
    const value = this.#shown[line]!;
    const digits = this.#exemplars[line] === undefined ? digitCount(value) : 0;
    if (digits === 0) {
      const text = this.#valueText(line);
      const bytes = scratch.write(text, at);
      if (bytes !== text.length) this.ascii = false;
      return at + bytes;
    }
    writeDigits(scratch, at + digits, value);
    return at + digits;
  }

  #valueText(line: number): string {
    const exemplar = this.#exemplars[line];
    const number = numberText(this.#shown[line]!);
    return exemplar === undefined ? number : number + exemplarText(exemplar);
  }

  /** Writes all lines from nothing. */
  #build(figures: Float64Array): void {
    const { shown } = this.#heads;
    const lines = this.#series.length * shown.length;
    this.#from = new Int32Array(lines);
    this.#to = new Int32Array(lines);
    this.#shown = new Float64Array(lines);
    this.#exemplars = [];
    if (pending.length < lines) pending = new Int32Array(lines * 2);
    let text = '';
    let line = 0;
    for (const series of this.#series) {
      this.#family.readLines(series, figures, 0);
      const shared = this.#heads.shared(series.labelValues);
      for (const index of shown) {
        this.#shown[line] = figures[index]!;
        if (this.#withExemplars) this.#exemplars[line] = series.exemplars?.[index];
        text += this.#heads.head(index, shared);
        this.#from[line] = text.length;
        text += this.#valueText(line);
        this.#to[line] = text.length;
        text += '\n';
        line++;
      }
      text += this.#heads.created(shared, series.createdMs);
    }
    this.#encode(text);
    this.#built = true;
  }

  #encode(text: string): void {
    this.length = Buffer.byteLength(text);
    this.ascii = this.length === text.length;
    // Some room to grow, since most values gain digits over time.
    this.bytes = Buffer.allocUnsafeSlow(this.length + (this.length >> 4));
    this.bytes.write(text, 0);
    if (this.ascii) return;
    let characters = 0;
    let bytes = 0;
    for (let line = 0; line < this.#from.length; line++) {
      const from = this.#from[line]!;
      const to = this.#to[line]!;
      bytes += Buffer.byteLength(text.slice(characters, from));
      this.#from[line] = bytes;
      bytes += Buffer.byteLength(text.slice(from, to));
      this.#to[line] = bytes;
      characters = to;
    }
  }
}

/** The lines of the block at hand whose values take other room than before. */
let pending = new Int32Array(1024);
