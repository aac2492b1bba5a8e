/** Ways to choose a backend. */

import type { Backend } from './backend.ts';

/** Chooses one of some backends, of which there is at least one. */
export type Algorithm = (candidates: readonly Backend[]) => Backend;

/** Each in turn. */
function roundRobin(): Algorithm {
  let turn = 0;
  return (candidates) => candidates[turn++ % candidates.length]!;
}

const best =
  (cost: (backend: Backend) => number): Algorithm =>
  (candidates) =>
    candidates.reduce((chosen, other) => (cost(other) < cost(chosen) ? other : chosen));

/** The algorithms by the names under which they can be configured. */
export const algorithms: Readonly<Record<string, Algorithm>> = {
  round_robin: roundRobin(),
  least_connections: best(({ slots }) => slots.load),
  least_latency: best(({ meanLatencyMs, slots }) => meanLatencyMs * (1 + slots.load)),
};
