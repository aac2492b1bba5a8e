/**
 * The arithmetic of native histograms: which exponential bucket a value falls
 * into and where a bucket ends. Everything is decided on the bits of the float,
 * never by a logarithm, so a value that lies on a boundary is always counted
 * below it, as `(base^(i-1), base^i]` demands.
 *
 * Source: the Prometheus native histogram specification (schemas -4 to 8).
 */

/** The finest schema: 256 buckets for each power of two. */
export const SCHEMA_MAX = 8;
/** The coarsest schema: one bucket for sixteen powers of two. */
export const SCHEMA_MIN = -4;

/** Bits of the fixed-point numbers that the boundaries are computed with. */
const PRECISION = 200n;

interface SchemaTable {
  /** Boundaries in [0.5, 1], rounded down to doubles; the last one is 1. */
  readonly bounds: Float64Array;
  /** For each cell of the mantissa, the first boundary at or above the cell's lower end. */
  readonly firstBound: Uint16Array;
}

const tables: (SchemaTable | undefined)[] = [];
const floatView = new Float64Array(1);
const wordView = new Uint32Array(floatView.buffer);
/** The index of the word with sign and exponent; it depends on the machine's byte order. */
const HIGH: 0 | 1 = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

function squareRoot(n: bigint): bigint {
  let guess = 1n << BigInt(Math.ceil(n.toString(2).length / 2));
  for (;;) {
    const next = (guess + n / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/**
 * 2^(i / 2^schema) / 2 for every i, rounded down. For a double v and a real bound
 * b, v <= b holds exactly if v <= (b rounded down), so nothing is lost by the
 * rounding. The exact values are irrational, so 200 bits settle every rounding.
 */
function boundsOf(schema: number): Float64Array {
  const perOctave = 1 << schema;
  let factor = 2n << PRECISION;
  for (let i = 0; i < schema; i++) factor = squareRoot(factor << PRECISION);
  const bounds = new Float64Array(perOctave + 1);
  let bound = 1n << PRECISION;
  for (let i = 0; i < perOctave; i++) {
    bounds[i] = Number(bound >> (PRECISION - 52n)) / 2 ** 53;
    bound = (bound * factor) >> PRECISION;
  }
  bounds[perOctave] = 1;
  return bounds;
}

/**
 * The mantissa is cut into twice as many cells as there are boundaries. A cell is
 * then narrower than the gap between any two boundaries, so one comparison after
 * the table look-up finds the bucket.
 */
function tableOf(schema: number): SchemaTable {
  const known = tables[schema];
  if (known) return known;
  const bounds = boundsOf(schema);
  const cells = 2 << schema;
  const firstBound = new Uint16Array(cells);
  let bound = 0;
  for (let cell = 0; cell < cells; cell++) {
    while (bounds[bound]! < 0.5 + (cell * 0.5) / cells) bound++;
    firstBound[cell] = bound;
  }
  const table = { bounds, firstBound };
  tables[schema] = table;
  return table;
}

/**
 * The index of the bucket that counts `magnitude`, which must be greater than 0;
 * infinity has the bucket after that of the largest double. Takes constant time
 * and allocates nothing once a schema's table exists.
 */
export function bucketIndex(magnitude: number, schema: number): number {
  if (magnitude === Number.POSITIVE_INFINITY) return bucketIndex(Number.MAX_VALUE, schema) + 1;
  floatView[0] = magnitude;
  let high = wordView[HIGH]!;
  let exponent = (high >>> 20) - 1022;
  if (exponent === -1022) {
    // A subnormal number becomes a normal one by an exact multiplication.
    floatView[0] = magnitude * 2 ** 54;
    high = wordView[HIGH]!;
    exponent = (high >>> 20) - 1022 - 54;
  }
  const isPowerOfTwo = (high & 0xfffff) === 0 && wordView[1 - HIGH] === 0;
  if (schema <= 0) {
    const index = isPowerOfTwo ? exponent - 1 : exponent;
    return (index + (1 << -schema) - 1) >> -schema;
  }
  const { bounds, firstBound } = tableOf(schema);
  const candidate = firstBound[(high & 0xfffff) >>> (19 - schema)]!;
  wordView[HIGH] = (high & 0xfffff) | 0x3fe00000;
  const within = floatView[0] > bounds[candidate]! ? candidate + 1 : candidate;
  return within + ((exponent - 1) << schema);
}

/**
 * The inclusive upper bound of the positive bucket `index`. The bucket of the
 * largest double ends there, and the one after it at infinity.
 */
export function bucketUpperBound(index: number, schema: number): number {
  if (schema <= 0) {
    const exponent = index * 2 ** -schema;
    return exponent === 1024 ? Number.MAX_VALUE : 2 ** exponent;
  }
  const perOctave = 1 << schema;
  const { bounds } = tableOf(schema);
  const within = index & (perOctave - 1);
  const exponent = (index >> schema) + 1;
  if (within === 0 && exponent === 1025) return Number.MAX_VALUE;
  // Two steps, since 2^1024 is not a double although the product may be one.
  return bounds[within]! * 2 * 2 ** (exponent - 1);
}

/**
 * The finest schema whose growth from bucket to bucket is at most `bucketFactor`,
 * kept within -4 and 8: 1.1 gives 3. The factor must be greater than 1.
 */
export function schemaForFactor(bucketFactor: number): number {
  const doublings = Math.floor(Math.log2(Math.log2(bucketFactor)));
  return Math.min(SCHEMA_MAX, Math.max(SCHEMA_MIN, 0 - doublings));
}
