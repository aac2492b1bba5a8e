/** Recorders of a configuration service: its values, its permissions and its audit trail. */

import { defineMetrics } from '@bellwether/metrics';
import { auditPack, configPack, rbacPack } from '../../../catalogue/platform/configuration.ts';
import { safely } from '../failures.ts';
import type { Recording } from '../recording.ts';
import { errorKind, timed } from '../timed-work.ts';

/** Records operations on configuration values. */
export class ConfigRecorder {
  readonly #families;
  readonly #clock;
  readonly #environment: string;

  /** @param environment the one that operations belong to unless they name another. */
  constructor({ registry, clock, failures }: Recording, environment: string) {
    this.#families = safely(defineMetrics(configPack, { registry }), failures.of('config'));
    this.#clock = clock;
    this.#environment = environment;
  }

  /** Counts an operation: `get`, `set`, `delete`, `list`, … */
  recordOperation(operation: string, environment: string = this.#environment): void {
    this.#families.operations.inc({ operation, environment });
  }

  /** Tells how long an operation took. */
  observeDuration(operation: string, seconds: number): void {
    this.#families.duration.observe({ operation }, seconds);
  }

  /** Counts an operation that failed. */
  recordError(operation: string, errorType: string): void {
    this.#families.errors.inc({ operation, error_type: errorType });
  }

  /** Tells how many values are in force. */
  setActive(values: number, environment: string = this.#environment): void {
    this.#families.active.set({ environment }, values);
  }

  /** Does an operation and records all of the above about it. */
  track<T>(operation: string, work: () => T): T {
    return timed(this.#clock, work, (seconds, error) => {
      this.recordOperation(operation);
      this.observeDuration(operation, seconds);
      if (error !== undefined) this.recordError(operation, errorKind(error));
    });
  }
}

/** Records permission checks. */
export class RbacRecorder {
  readonly #families;

  constructor({ registry, failures }: Recording) {
    this.#families = safely(defineMetrics(rbacPack, { registry }), failures.of('rbac'));
  }

  /**
   * Counts a permission check.
   *
   * @param seconds how long it took, if that was measured.
   * @example metrics.rbac.recordPermissionCheck('config', 'read', true)
   */
  recordPermissionCheck(resource: string, action: string, allowed: boolean, seconds?: number): void {
    this.#families.checks.inc({ resource, action, result: allowed ? 'allowed' : 'denied' });
    if (!allowed) this.#families.denials.inc({ resource, action });
    if (seconds !== undefined) this.observeDuration(seconds);
  }

  /** Tells how long a permission check took. */
  observeDuration(seconds: number): void {
    this.#families.duration.observe(seconds);
  }

  /** Tells how many roles are assigned to someone. */
  setActiveRoles(roles: number): void {
    this.#families.roles.set(roles);
  }
}

/** Records the audit trail. */
export class AuditRecorder {
  readonly #families;

  constructor({ registry, failures }: Recording) {
    this.#families = safely(defineMetrics(auditPack, { registry }), failures.of('audit'));
  }

  /** Counts an audit event: what was done, and by whom. */
  recordEvent(eventType: string, user: string): void {
    this.#families.events.inc({ event_type: eventType });
    this.#families.byUser.inc({ user });
  }

  /** Tells how long it took until an event was on disk. */
  observeProcessing(eventType: string, seconds: number): void {
    this.#families.duration.observe({ event_type: eventType }, seconds);
  }

  /** Tells how many events are not on disk yet. */
  setQueueSize(events: number): void {
    this.#families.queue.set(events);
  }
}
