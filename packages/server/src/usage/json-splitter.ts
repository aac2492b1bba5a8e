/**
 * Splitting a text into the JSON objects that stand in it one after another: lines
 * of JSON, a JSON array that is streamed, one document over many lines. An object
 * that was cut off is left out; the ones before it are not lost with it.
 */

const QUOTE = 34;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

/** Finds the objects of a text that arrives in pieces. */
export class JsonSplitter {
  readonly #lengthMax: number;
  readonly #onObject: (text: string) => void;
  #open = '';
  #depth = 0;
  #inString = false;
  #escaped = false;

  /** @param lengthMax objects that are longer are dropped. */
  constructor(lengthMax: number, onObject: (text: string) => void) {
    this.#lengthMax = lengthMax;
    this.#onObject = onObject;
  }

  /** True while an object has begun and not ended. */
  get isOpen(): boolean {
    return this.#depth > 0;
  }

  /** Takes the next piece, cut anywhere. */
  push(piece: string): void {
    let start = this.#depth > 0 ? 0 : -1;
    for (let at = 0; at < piece.length; at += 1) {
      const code = piece.charCodeAt(at);
      if (this.#inString) {
        this.#stepInString(code);
      } else if (code === QUOTE) {
        // Between objects a quote means nothing: there is no string to be in.
        this.#inString = this.#depth > 0;
      } else if (code === OPEN) {
        if (this.#depth === 0) start = at;
        this.#depth += 1;
      } else if (code === CLOSE && this.#depth > 0) {
        this.#depth -= 1;
        if (this.#depth > 0) continue;
        this.#emit(this.#open + piece.slice(start, at + 1));
        this.#open = '';
        start = -1;
      }
    }
    if (start >= 0 && this.#open.length <= this.#lengthMax) this.#open += piece.slice(start);
  }

  #stepInString(code: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (code === BACKSLASH) this.#escaped = true;
    else if (code === QUOTE) this.#inString = false;
  }

  #emit(text: string): void {
    if (text.length <= this.#lengthMax) this.#onObject(text);
  }
}
