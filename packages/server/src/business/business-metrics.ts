/** The business families that take the history to tell. */

import { businessHistory, usersHistory } from '@bellwether/events';
import { defineMetrics, type Registry } from '@bellwether/metrics';

/** What they show of a window that ends now. */
export interface ShownWindow {
  /** `24h`, `7d` or `30d`. */
  readonly window: string;
  /** `null` where nothing was spent. */
  readonly roi: number | null;
  readonly newUsers: number;
  /** `null` where nobody came. */
  readonly returningRatio: number | null;
}

/** Which of them are recorded. */
export interface BusinessSwitches {
  readonly roi: boolean;
  readonly business: boolean;
  readonly adoption: boolean;
}

/** Shows windows, and the users of the last day by application among those of 30 days. */
export type ShowBusiness = (windows: readonly ShownWindow[], dailyShare: ReadonlyMap<string, number>) => void;

/** Declares the families; what it returns shows figures on them, in place of those before. */
export function businessMetrics(registry: Registry, switches: BusinessSwitches): ShowBusiness {
  const { roi, adoption } = businessHistory;
  const windowRoi = switches.roi ? defineMetrics({ roi }, { registry }).roi : null;
  const daily =
    switches.business && switches.adoption ? defineMetrics({ adoption }, { registry }).adoption : null;
  const users = switches.adoption ? defineMetrics(usersHistory, { registry }) : null;
  return (windows, dailyShare) => {
    windowRoi?.reset();
    daily?.reset();
    users?.fresh.reset();
    users?.returning.reset();
    for (const { window, roi: value, newUsers, returningRatio } of windows) {
      if (value !== null) windowRoi?.set({ window }, value);
      users?.fresh.set({ window }, newUsers);
      if (returningRatio !== null) users?.returning.set({ window }, returningRatio);
    }
    for (const [application, share] of dailyShare)
      daily?.set({ application: application || 'unknown' }, share);
  };
}
