/**
 * Matching of model names by glob: `*` stands for any run of characters, `?` for
 * one. Matching is by hand and linear, without regular expressions, since the
 * patterns come from configuration files and the names from anybody.
 */

/** Whether a name matches a glob, without regard to case. */
export function matchesGlob(pattern: string, name: string): boolean {
  const glob = pattern.toLowerCase();
  const text = name.toLowerCase();
  let at = 0;
  let globAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const expected = glob[globAt];
    if (expected === '*') {
      starAt = globAt;
      resumeAt = at;
      globAt += 1;
    } else if (expected === '?' || expected === text[at]) {
      globAt += 1;
      at += 1;
    } else if (starAt >= 0) {
      // The last star takes one character more; earlier stars never need to, which keeps this quadratic at worst.
      globAt = starAt + 1;
      resumeAt += 1;
      at = resumeAt;
    } else {
      return false;
    }
  }
  while (glob[globAt] === '*') globAt += 1;
  return globAt === glob.length;
}

/** Whether a pattern can match more than one name. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** How narrowly a glob matches: its literal characters, and an exact name above every glob. */
export function specificityOf(pattern: string): number {
  const literals = pattern.replaceAll(/[*?]/g, '').length;
  return literals === pattern.length ? literals + 1000 : literals;
}

/** Whether some name matches both globs. */
export function globsMeet(a: string, b: string): boolean {
  const left = a.toLowerCase();
  const right = b.toLowerCase();
  if (!beginAlike(left, right)) return false;
  // meets[i][j]: the rests left[i..] and right[j..] have a common name.
  const meets = Array.from({ length: left.length + 1 }, () => new Uint8Array(right.length + 1));
  for (let i = left.length; i >= 0; i -= 1) {
    for (let j = right.length; j >= 0; j -= 1) (meets[i] as Uint8Array)[j] = Number(meetAt(i, j));
  }
  return meets[0]?.[0] === 1;

  function meetAt(i: number, j: number): boolean {
    if (i === left.length && j === right.length) return true;
    const x = left[i];
    const y = right[j];
    if (x === '*' && (meets[i + 1]?.[j] === 1 || (y !== undefined && meets[i]?.[j + 1] === 1))) return true;
    if (y === '*' && (meets[i]?.[j + 1] === 1 || (x !== undefined && meets[i + 1]?.[j] === 1))) return true;
    if (x === undefined || y === undefined || x === '*' || y === '*') return false;
    return (x === y || x === '?' || y === '?') && meets[i + 1]?.[j + 1] === 1;
  }
}

/** Whether the literal beginnings of two globs allow a common name: a quick no for most pairs. */
function beginAlike(left: string, right: string): boolean {
  const length = Math.min(literalLength(left), literalLength(right));
  return left.slice(0, length) === right.slice(0, length);
}

function literalLength(glob: string): number {
  const wildcard = glob.search(/[*?]/);
  return wildcard < 0 ? glob.length : wildcard;
}
