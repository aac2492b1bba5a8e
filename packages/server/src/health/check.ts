/** What a health check is: something that can be asked, with a time-out, how one part of the system is. */

/** How a part is: as it should be, usable with a loss, or not usable. */
export type HealthStatus = 'healthy' | 'degraded' | 'unhealthy';

/** The answer of a check. */
export interface CheckOutcome {
  readonly status: HealthStatus;
  /** One sentence for a person. It is public: no secret, no path, no address of a person. */
  readonly message: string;
  /** What was measured, for `application/health+json`. */
  readonly observed?: { readonly value: number; readonly unit: string };
}

/** One part of the system to watch. */
export interface HealthCheck {
  /** Unique among the checks, e.g. `disk_space`. */
  readonly name: string;
  /** The part that it is about, e.g. `storage`. */
  readonly component: string;
  /** True if the server cannot do its work without this part: it is then unhealthy when the part is, else degraded. */
  readonly critical: boolean;
  /** What kind of part it is, for `application/health+json`. */
  readonly componentType?: 'component' | 'datastore' | 'system' | undefined;
  /** What is measured, for `application/health+json`; `responseTime` if absent. */
  readonly measurement?: string | undefined;
  /** How long after one run the next begins. */
  readonly intervalMs?: number | undefined;
  /** After this time a run counts as failed. */
  readonly timeoutMs?: number | undefined;
  /**
   * Finds out how the part is. A rejection means unhealthy, with the error's message.
   *
   * @param signal is aborted at the time-out; a check that heeds it can be run again sooner.
   */
  run(signal: AbortSignal): Promise<CheckOutcome>;
  /** Releases what the check holds. */
  close?(): void;
}

const severity: Readonly<Record<HealthStatus, number>> = { healthy: 0, degraded: 1, unhealthy: 2 };

/** The worse of two. */
export function worse(a: HealthStatus, b: HealthStatus): HealthStatus {
  return severity[a] >= severity[b] ? a : b;
}

/** Where a measurement lies between two thresholds that it should stay below. */
export function judge(
  value: number,
  thresholds: { readonly warning: number; readonly critical: number },
): HealthStatus {
  if (value >= thresholds.critical) return 'unhealthy';
  return value >= thresholds.warning ? 'degraded' : 'healthy';
}
