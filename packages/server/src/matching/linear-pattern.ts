/**
 * Regular expressions from people, matched in time that grows with the text and
 * nothing worse: all states that can be reached are followed at once (Thompson,
 * CACM 11/6, 1968), so there is no back-tracking. What needs memory of what was
 * matched (back-references, look-around) does not exist here, as in RE2.
 */

/** The longest pattern, in characters. */
export const PATTERN_LENGTH_MAX = 256;
/** The most states; repetitions count as often as they may repeat. */
const STATES_MAX = 2000;
const REPEATS_MAX = 100;
const DEPTH_MAX = 32;

/** A pattern that cannot be used, with the reason. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

type Test = (codePoint: number) => boolean;
type Node =
  | { readonly kind: 'test'; readonly test: Test }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly from: number; readonly to: number };

/** A state: it takes a character, or leads on without one. */
interface State {
  test: Test | null;
  next: number[];
}

/**
 * Compiles a pattern. It must match the whole text, as in Alertmanager's matchers.
 *
 * @throws {PatternError} for what is no pattern, or too large.
 * @example compilePattern('gpt-4.*|o[13]')('gpt-4o') // true
 */
export function compilePattern(pattern: string): (text: string) => boolean {
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new PatternError(`has more than ${PATTERN_LENGTH_MAX} characters`);
  const states: State[] = [];
  const start = emit(new Parser(pattern).parse(), addState(states, null, []), states);
  return (text) => run(states, start, text);
}

/** State 0 is the end: whoever reaches it with the last character matches. */
function run(states: readonly State[], start: number, text: string): boolean {
  let present = new Set<number>();
  follow(states, start, present);
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    const after = new Set<number>();
    for (const index of present) {
      const state = states[index];
      if (state?.test?.(codePoint) === true) for (const next of state.next) follow(states, next, after);
    }
    if (after.size === 0) return false;
    present = after;
  }
  return present.has(0);
}

/** Adds a state and all that it leads to without a character. */
function follow(states: readonly State[], first: number, reached: Set<number>): void {
  const open = [first];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (reached.has(index)) continue;
    reached.add(index);
    const state = states[index];
    if (state !== undefined && state.test === null) open.push(...state.next);
  }
}

function addState(states: State[], test: Test | null, next: number[]): number {
  if (states.length >= STATES_MAX) throw new PatternError('is too large');
  states.push({ test, next });
  return states.length - 1;
}

/** Makes the states of a node that lead to `next`, and gives the first. */
function emit(node: Node, next: number, states: State[]): number {
  if (node.kind === 'test') return addState(states, node.test, [next]);
  if (node.kind === 'all') return node.parts.reduceRight((after, part) => emit(part, after, states), next);
  if (node.kind === 'any') {
    const ways = node.parts.map((part) => emit(part, next, states));
    return addState(states, null, ways);
  }
  let after = next;
  if (node.to === Infinity) {
    const loop = addState(states, null, [next]);
    states[loop]?.next.push(emit(node.part, loop, states));
    after = loop;
  } else {
    for (let n = node.from; n < node.to; n += 1)
      after = addState(states, null, [emit(node.part, after, states), next]);
  }
  for (let n = 0; n < node.from; n += 1) after = emit(node.part, after, states);
  return after;
}

const isDigit: Test = (c) => c >= 48 && c <= 57;
const isWord: Test = (c) => isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
const isSpace: Test = (c) => c === 32 || (c >= 9 && c <= 13);
const not =
  (test: Test): Test =>
  (c) =>
    !test(c);
const shorthands: Readonly<Record<string, Test>> = {
  d: isDigit,
  D: not(isDigit),
  w: isWord,
  W: not(isWord),
  s: isSpace,
  S: not(isSpace),
};
const controls: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** Reads a pattern by recursive descent. */
class Parser {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(pattern: string) {
    // Anchors around the whole change nothing, and people write them.
    const inner = pattern.replace(/^\^/, '').replace(/(?<!\\)\$$/, '');
    this.#characters = Array.from(inner);
  }

  parse(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#characters.length) throw new PatternError('has a ) too many');
    return node;
  }

  #alternatives(): Node {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new PatternError('is nested too deeply');
    const parts = [this.#sequence()];
    while (this.#takes('|')) parts.push(this.#sequence());
    this.#depth -= 1;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'any', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    for (let next = this.#peek(); next !== undefined && next !== '|' && next !== ')'; next = this.#peek())
      parts.push(this.#repeated(this.#single()));
    return { kind: 'all', parts };
  }

  #repeated(part: Node): Node {
    const bounds = this.#bounds();
    if (bounds === null) return part;
    // Whether a repetition is greedy makes no difference to whether the whole text matches.
    this.#takes('?');
    if (this.#bounds() !== null) throw new PatternError('repeats a repetition');
    return { kind: 'repeat', part, from: bounds[0], to: bounds[1] };
  }

  #bounds(): readonly [number, number] | null {
    if (this.#takes('*')) return [0, Infinity];
    if (this.#takes('+')) return [1, Infinity];
    if (this.#takes('?')) return [0, 1];
    if (this.#peek() !== '{') return null;
    const rest = this.#characters.slice(this.#at, this.#at + 12).join('');
    const match = /^\{(\d{1,3})(,(\d{0,3}))?\}/.exec(rest);
    if (match === null) throw new PatternError('has a { that begins no repetition; write \\{');
    this.#at += match[0].length;
    const from = Number(match[1]);
    const to = match[2] === undefined ? from : match[3] === '' ? Infinity : Number(match[3]);
    if (from > REPEATS_MAX || (to !== Infinity && to > REPEATS_MAX) || to < from)
      throw new PatternError(`repeats other than 0 to ${REPEATS_MAX} times`);
    return [from, to];
  }

  #single(): Node {
    const character = this.#next();
    if (character === '(') return this.#group();
    if (character === '[') return { kind: 'test', test: this.#set() };
    if (character === '.') return { kind: 'test', test: (c) => c !== 10 };
    if (character === '\\') return { kind: 'test', test: this.#escaped() };
    if ('*+?{}]^$'.includes(character)) throw new PatternError(`has a ${character} where none can stand`);
    return { kind: 'test', test: exactly(character) };
  }

  #group(): Node {
    if (this.#takes('?') && !this.#takes(':')) throw new PatternError('has a group of an unknown kind');
    const node = this.#alternatives();
    if (!this.#takes(')')) throw new PatternError('has a ( without its )');
    return node;
  }

  #set(): Test {
    const negated = this.#takes('^');
    const tests: Test[] = [];
    while (tests.length === 0 || this.#peek() !== ']') {
      const from = this.#next();
      if (from === '\\') {
        tests.push(this.#escaped());
        continue;
      }
      if (this.#peek() === '-' && ![']', undefined].includes(this.#characters[this.#at + 1])) {
        this.#at += 1;
        const [low, high] = [from.codePointAt(0) ?? 0, this.#next().codePointAt(0) ?? 0];
        if (high < low) throw new PatternError('has a range that ends before it begins');
        tests.push((c) => c >= low && c <= high);
      } else tests.push(exactly(from));
    }
    this.#at += 1;
    const any: Test = (c) => tests.some((test) => test(c));
    return negated ? not(any) : any;
  }

  #escaped(): Test {
    const character = this.#next();
    const shorthand = shorthands[character];
    if (shorthand !== undefined) return shorthand;
    const control = controls[character];
    if (control !== undefined) return exactly(control);
    if (isWord(character.codePointAt(0) ?? 0)) throw new PatternError(`has an unknown \\${character}`);
    return exactly(character);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #takes(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #next(): string {
    const character = this.#peek();
    if (character === undefined) throw new PatternError('ends too early');
    this.#at += 1;
    return character;
  }
}

function exactly(character: string): Test {
  const codePoint = character.codePointAt(0);
  return (c) => c === codePoint;
}
