/**
 * Ships ratings of requests, with all that a shipper of events promises: it never
 * throws or waits into the caller, is bounded, and sends again what did not arrive. A
 * rating has an id before it is sent, so it counts once.
 */

import { join } from 'node:path';
import type { Feedback } from '@bellwether/events';
import type { EventToShip } from './event.ts';
import type { ShipperOptions } from './options.ts';
import { Shipper } from './shipper.ts';

const PATH = '/v1/feedback?partial=true';

/** A shipper of ratings beside one of events that has these options. Ratings have no defaults, and no metrics of their own. */
export function feedbackShipper({
  defaults: _defaults,
  registry: _registry,
  spool,
  ...rest
}: ShipperOptions) {
  const own =
    spool === undefined ? {} : { spool: { ...spool, directory: join(spool.directory, 'feedback') } };
  const shipper = new Shipper({ ...rest, ...own, exitSignals: [] }, PATH);
  return {
    /** What became of the ratings. */
    shipper,
    /** Takes a rating; gives its id. */
    send(feedback: Feedback): string {
      // A shipper looks at the id and the time only, and fills those in.
      return shipper.ship(feedback as unknown as EventToShip);
    },
  };
}
