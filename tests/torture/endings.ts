/** The ways in which a server ends in the torture, each at moments that differ from round to round. */

import { type Ending, killAll } from './round.ts';
import type { LoopDisk } from './loop-disk.ts';

/** Longest load before the end. */
const LOAD_MS_MAX = 300;

/** A moment for each round, spread over the load. */
function momentOf(round: number): number {
  return 10 + ((round * 71) % LOAD_MS_MAX);
}

/** kill -9 of the server; in two of three rounds of its engine too, at the same moment. */
export function killAt(round: number): Ending {
  return { afterMs: momentOf(round), end: (server) => killAll(server, round % 3 !== 0) };
}

/** The power goes, then everything that runs. */
export function cutAt(round: number, disk: LoopDisk): Ending {
  return {
    afterMs: momentOf(round),
    async end(server) {
      disk.cut();
      await killAll(server, true);
      await disk.restore();
    },
  };
}
