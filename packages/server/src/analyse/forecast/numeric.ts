/**
 * The few numerical routines that the forecasting methods share: order
 * statistics, a ridge solver and a simplex search. All of them are pure and
 * deterministic. Loops over typed arrays index with `!`: every index is bounded
 * by the loop, and the check would cost a tenth of the running time.
 */

/** Arithmetic mean; 0 of nothing. */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return values.length > 0 ? sum / values.length : 0;
}

/** The `level` quantile (0..1) by linear interpolation between order statistics (type 7); 0 of nothing. */
export function quantile(values: ArrayLike<number>, level: number): number {
  const sorted = Float64Array.from(values).toSorted();
  if (sorted.length === 0) return 0;
  const position = level * (sorted.length - 1);
  const below = Math.floor(position);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!);
}

/** The middle value; 0 of nothing. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/**
 * Solves (A + diag(penalty)) x = b for a symmetric positive semi-definite A of
 * `size` rows (row-major, lower triangle read) by Cholesky decomposition.
 * A pivot that has vanished (a redundant regressor) gives that unknown 0.
 */
export function solveRidge(matrix: Float64Array, right: Float64Array, penalty: Float64Array): Float64Array {
  const size = right.length;
  const lower = new Float64Array(size * size);
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = matrix[row * size + column]! + (row === column ? penalty[row]! : 0);
      for (let k = 0; k < column; k++) sum -= lower[row * size + k]! * lower[column * size + k]!;
      if (row === column) {
        const floor = 1e-10 * (matrix[row * size + row]! + penalty[row]!);
        lower[row * size + row] = sum > floor && sum > 0 ? Math.sqrt(sum) : 0;
      } else {
        const pivot = lower[column * size + column]!;
        lower[row * size + column] = pivot > 0 ? sum / pivot : 0;
      }
    }
  }
  const solution = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    let sum = right[row]!;
    for (let k = 0; k < row; k++) sum -= lower[row * size + k]! * solution[k]!;
    const pivot = lower[row * size + row]!;
    solution[row] = pivot > 0 ? sum / pivot : 0;
  }
  for (let row = size - 1; row >= 0; row--) {
    let sum = solution[row]!;
    for (let k = row + 1; k < size; k++) sum -= lower[k * size + row]! * solution[k]!;
    const pivot = lower[row * size + row]!;
    solution[row] = pivot > 0 ? sum / pivot : 0;
  }
  return solution;
}

/** Maps a free number onto (low, high) by the logistic curve. */
export function squash(free: number, low: number, high: number): number {
  return low + (high - low) / (1 + Math.exp(-free));
}

/** The free number that `squash` maps onto `value`. */
export function unsquash(value: number, low: number, high: number): number {
  const share = Math.min(0.999, Math.max(0.001, (value - low) / (high - low)));
  return Math.log(share / (1 - share));
}

interface Corner {
  point: Float64Array;
  value: number;
}

/**
 * Minimises `cost` from `start` by the downhill simplex of Nelder and Mead (1965)
 * within about `evaluationsMost` calls. Costs that are not finite count as infinitely bad.
 */
export function minimise(
  cost: (point: Float64Array) => number,
  start: readonly number[],
  evaluationsMost: number,
  tolerance = 1e-5,
): Float64Array {
  const size = start.length;
  const measure = (point: Float64Array): Corner => {
    const value = cost(point);
    return { point, value: Number.isFinite(value) ? value : Number.MAX_VALUE };
  };
  const corners = Array.from({ length: size + 1 }, (_, corner) =>
    measure(Float64Array.from(start, (value, k) => (k === corner - 1 ? value + 1 : value))),
  );
  let evaluations = corners.length;
  for (;;) {
    corners.sort((a, b) => a.value - b.value);
    const spread = corners[size]!.value - corners[0]!.value;
    if (spread <= tolerance * Math.abs(corners[0]!.value) || evaluations >= evaluationsMost) break;
    evaluations += improve(corners, measure);
  }
  return corners[0]!.point;
}

/** One step of the simplex on corners sorted by value; returns how many points it measured. */
function improve(corners: Corner[], measure: (point: Float64Array) => Corner): number {
  const size = corners.length - 1;
  const best = corners[0]!;
  const worst = corners[size]!;
  const centre = new Float64Array(size);
  for (let corner = 0; corner < size; corner++) {
    for (let k = 0; k < size; k++) centre[k]! += corners[corner]!.point[k]! / size;
  }
  const blend = (from: Float64Array, corner: Corner, share: number): Corner =>
    measure(from.map((value, k) => value + share * (corner.point[k]! - value)));
  const reflected = blend(centre, worst, -1);
  if (reflected.value < best.value) {
    const stretched = blend(centre, worst, -2);
    corners[size] = stretched.value < reflected.value ? stretched : reflected;
    return 2;
  }
  if (reflected.value < corners[size - 1]!.value) {
    corners[size] = reflected;
    return 1;
  }
  const pulled = blend(centre, worst, reflected.value < worst.value ? -0.5 : 0.5);
  if (pulled.value < Math.min(worst.value, reflected.value)) {
    corners[size] = pulled;
    return 2;
  }
  for (let i = 1; i <= size; i++) corners[i] = blend(best.point, corners[i]!, 0.5);
  return 2 + size;
}

/** Greatest common divisor of two positive integers. */
export function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
