/** Records metrics and ships request events from inside an application. */
export { Bellwether, type BellwetherOptions, createBellwether } from './bellwether.ts';
export { type Outcome, outcomes, type ShipperCounts } from './counts.ts';
export type {
  EventDetails,
  EventToShip,
  TrackedBalancedRequest,
  TrackedError,
  TrackedRequest,
} from './event.ts';
export type { ShipperOptions, SpoolOptions } from './options.ts';
export { Shipper, type Waiting } from './shipper.ts';
