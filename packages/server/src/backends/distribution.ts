/** How evenly load falls on backends, by what each can take where that is known. */

import { BellwetherError } from '@bellwether/events';

/** How even it is. */
export interface Distribution {
  /** Jain's index, 1/n to 1; null without requests. */
  readonly score: number | null;
  /** Standard deviation by mean of the loads, 0 if all are equal; null without requests. */
  readonly coefficient_of_variation: number | null;
  /** How many backends it is of, idle ones with a capacity included. */
  readonly backends: number;
}

/** Backends that can be given a capacity. */
const CAPACITIES_MAX = 1000;

/**
 * Jain's index of the loads, (Σx)² / (n · Σx²), and their coefficient of variation c, of all n and not of a sample:
 * the index is 1 / (1 + c²). Source: Jain, Chiu, Hawe, "A quantitative measure of fairness and discrimination
 * for resource allocation in shared computer systems", DEC-TR-301 (1984).
 *
 * @param requests by backend.
 * @param capacities by backend, relative to each other; a load is requests by capacity. Backends without one count as 1.
 */
export function distributionOf(
  requests: ReadonlyMap<string, number>,
  capacities: ReadonlyMap<string, number>,
): Distribution {
  const names = new Set([...requests.keys(), ...capacities.keys()]);
  const loads = [...names].map((name) => (requests.get(name) ?? 0) / (capacities.get(name) ?? 1));
  const sum = loads.reduce((total, load) => total + load, 0);
  if (sum === 0) return { score: null, coefficient_of_variation: null, backends: names.size };
  const mean = sum / loads.length;
  const squares = loads.reduce((total, load) => total + load * load, 0);
  const spread = loads.reduce((total, load) => total + (load - mean) ** 2, 0) / loads.length;
  return {
    score: sum ** 2 / (loads.length * squares),
    coefficient_of_variation: Math.sqrt(spread) / mean,
    backends: names.size,
  };
}

/**
 * Reads capacities as `b1=4,b2=1`.
 *
 * @throws BellwetherError `invalid_parameter` for anything else, and for more than a thousand.
 */
export function readCapacities(list: string): Map<string, number> {
  const entries = list.split(',').filter((entry) => entry.trim() !== '');
  if (entries.length > CAPACITIES_MAX) throw wrong(`names at most ${CAPACITIES_MAX} backends`);
  const capacities = new Map<string, number>();
  for (const entry of entries) {
    // The name of a backend may have the sign in it.
    const [, name = '', amount = ''] = /^\s*(.+)=\s*(\d{1,9}(?:\.\d{1,6})?)\s*$/.exec(entry) ?? [];
    if (name === '' || Number(amount) === 0) throw wrong('must be like b1=4,b2=1, with numbers above 0');
    if (capacities.has(name)) throw wrong('names a backend twice');
    capacities.set(name, Number(amount));
  }
  return capacities;
}

function wrong(problem: string): BellwetherError {
  return new BellwetherError('invalid_parameter', `capacity ${problem}.`, { field: 'capacity' });
}
