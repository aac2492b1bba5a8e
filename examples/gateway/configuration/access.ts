/** Who may do what with which resource. */

import type { PlatformRecorders } from '@bellwether/events';
import type { Clock } from '@bellwether/metrics';

/** What can be done. */
export type Action = 'read' | 'write' | 'delete' | 'rotate';

type Role = 'admin' | 'operator' | 'viewer';

const permissions: Readonly<Record<Role, ReadonlySet<string>>> = {
  admin: new Set(['config:read', 'config:write', 'config:delete', 'key:rotate']),
  operator: new Set(['config:read', 'config:write']),
  viewer: new Set(['config:read']),
};

/** Checks permissions. */
export class AccessControl {
  readonly #metrics: Pick<PlatformRecorders, 'rbac'>;
  readonly #clock: Clock;
  readonly #roles = new Map<string, Role>();

  constructor(metrics: Pick<PlatformRecorders, 'rbac'>, clock: Clock) {
    this.#metrics = metrics;
    this.#clock = clock;
  }

  /** Gives someone a role. */
  assign(user: string, role: Role): void {
    this.#roles.set(user, role);
    this.#metrics.rbac.setActiveRoles(new Set(this.#roles.values()).size);
  }

  /** Whether someone may do something. Someone without a role may do nothing. */
  permits(user: string, resource: 'config' | 'key', action: Action): boolean {
    const startMs = this.#clock.monotonicMs();
    const role = this.#roles.get(user);
    const allowed = role !== undefined && permissions[role].has(`${resource}:${action}`);
    const seconds = (this.#clock.monotonicMs() - startMs) / 1000;
    this.#metrics.rbac.recordPermissionCheck(resource, action, allowed, seconds);
    return allowed;
  }
}
