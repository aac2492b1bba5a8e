/** The validation of the live counters as a part of the server: on request, and now and then by itself. */

import { accuracyPack } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';
import type { ClockTimer } from './clock.ts';
import { accuracyRoutes } from './http/accuracy-routes.ts';
import type { Part, PartContext } from './part.ts';
import type { Accuracy } from './verify/accuracy.ts';

/** When it validates by itself for the first time, and how often from then on. */
const FIRST_MS = 60_000;
const INTERVAL_MS = 3_600_000;
/** The families of the exposition that are business figures. */
const BUSINESS = /^(?:business|cost|users)_/;

/** Opens the part. */
export function openAccuracy({ stores, clock, log }: PartContext): Part {
  const show = accuracyMetrics(stores.metrics.registry);
  const validate = async (): Promise<Accuracy> => {
    const found = await stores.validateAccuracy();
    show(found);
    if (!found.exact) {
      const families = found.families.filter(({ equal }) => !equal).map(({ family }) => family);
      log.warn({ accuracy: found.accuracy, families }, 'live counters differ from the ledger');
    }
    return found;
  };
  let timer: ClockTimer | undefined;
  let stopped = false;
  let under = Promise.resolve();
  const pass = async (): Promise<void> => {
    await validate().catch((error: unknown) => {
      if (!stopped) log.warn({ problem: String(error) }, 'live counters could not be validated');
    });
    if (!stopped) timer = clock.setTimeout(begin, INTERVAL_MS).unref();
  };
  const begin = (): void => {
    under = pass();
  };
  return {
    routes: [accuracyRoutes(stores.ledger, validate)],
    ready: async () => {
      if (!stopped) timer = clock.setTimeout(begin, FIRST_MS).unref();
    },
    stop: () => {
      stopped = true;
      clock.clearTimeout(timer);
    },
    close: () => under,
  };
}

/** What shows a validation. There is no family before the first, since 0 would say that nothing agrees. */
export function accuracyMetrics(registry: Registry): (found: Accuracy) => void {
  const declare = () => defineMetrics(accuracyPack, { registry });
  let declared: ReturnType<typeof declare> | undefined;
  return ({ families }) => {
    const business = families.filter(({ family }) => BUSINESS.test(family));
    if (business.length === 0) return;
    declared ??= declare();
    declared.accuracy.set(business.filter(({ equal }) => equal).length / business.length);
  };
}
