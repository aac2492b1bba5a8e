/**
 * The configuration service. Values are kept encrypted; the first tier of the cache
 * holds them in the clear, the second one as they are stored.
 */

import type { PlatformRecorders } from '@bellwether/events';
import type { Clock } from '@bellwether/metrics';
import { HttpError } from '../web/router.ts';
import type { AccessControl, Action } from './access.ts';
import type { AuditTrail } from './audit-trail.ts';
import { CacheTier } from './cache-tier.ts';
import type { ConfigStore } from './store.ts';
import type { Vault } from './vault.ts';

/** What the service is made of. */
export interface ConfigServiceParts {
  readonly access: AccessControl;
  readonly audit: AuditTrail;
  readonly vault: Vault;
  readonly store: ConfigStore;
  readonly metrics: PlatformRecorders;
  readonly clock: Clock;
}

const L1_ENTRIES_MAX = 8;
const L2_ENTRIES_MAX = 64;
/** The gateway itself, which reads settings without being asked for permission. */
const SELF = 'gateway';

/** Reads and changes settings. */
export class ConfigService {
  readonly #parts: ConfigServiceParts;
  readonly #clear: CacheTier<string>;
  readonly #sealed: CacheTier<Uint8Array>;

  constructor(parts: ConfigServiceParts) {
    this.#parts = parts;
    this.#clear = new CacheTier('l1', L1_ENTRIES_MAX, parts.metrics, parts.clock);
    this.#sealed = new CacheTier('l2', L2_ENTRIES_MAX, parts.metrics, parts.clock);
    this.#countActive();
  }

  /** A setting. Throws an HttpError if there is none, or the user may not see it. */
  async get(user: string, name: string): Promise<string> {
    return this.#parts.metrics.config.track('get', async () => {
      await this.#require(user, 'config', 'read', name);
      const value = this.#read(name);
      if (value === undefined) throw new HttpError(404, `There is no setting ${name}.`);
      return value;
    });
  }

  /** A setting that the gateway itself needs, as a number. */
  number(name: string, otherwise: number): number {
    const value = this.#parts.metrics.config.track('get', () => this.#read(name));
    return value === undefined ? otherwise : Number(value);
  }

  /** A setting that the gateway itself needs. */
  text(name: string, otherwise: string): string {
    return this.#parts.metrics.config.track('get', () => this.#read(name)) ?? otherwise;
  }

  /** The names of all settings. */
  async list(user: string): Promise<string[]> {
    return this.#parts.metrics.config.track('list', async () => {
      await this.#require(user, 'config', 'read', '*');
      return this.#parts.store.names();
    });
  }

  /** Changes a setting. */
  async set(user: string, name: string, value: string): Promise<void> {
    await this.#parts.metrics.config.track('set', async () => {
      await this.#require(user, 'config', 'write', name);
      this.#write(name, value);
      await this.#parts.audit.add('config.set', user, name);
      this.#countActive();
    });
  }

  /** Forgets a setting; false if there was none. */
  async delete(user: string, name: string): Promise<boolean> {
    return this.#parts.metrics.config.track('delete', async () => {
      await this.#require(user, 'config', 'delete', name);
      this.#clear.delete(name);
      this.#sealed.delete(name);
      const there = this.#parts.store.delete(name);
      await this.#parts.audit.add('config.deleted', user, name);
      this.#countActive();
      return there;
    });
  }

  /** Takes a new key into use and puts every value under it. */
  async rotateKey(user: string): Promise<number> {
    return this.#parts.metrics.config.track('rotate', async () => {
      await this.#require(user, 'key', 'rotate', 'data key');
      const { vault, store, audit } = this.#parts;
      const values = store.names().map((name) => [name, this.#read(name) ?? ''] as const);
      const number = vault.rotate();
      for (const [name, value] of values) this.#write(name, value);
      await audit.add('key.rotated', user, `data key ${number}`);
      return number;
    });
  }

  /** Settings that the gateway starts with, unless they are there already. */
  seed(settings: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(settings)) {
      if (this.#parts.store.read(name) === undefined) this.#write(name, value);
    }
    void this.#parts.audit.add('config.seeded', SELF, '*');
    this.#countActive();
  }

  #read(name: string): string | undefined {
    const { vault, store } = this.#parts;
    const clear = this.#clear.get(name);
    if (clear !== undefined) return clear;
    const sealed = this.#sealed.get(name) ?? store.read(name);
    if (sealed === undefined) return undefined;
    const value = vault.decrypt(name, sealed);
    this.#sealed.set(name, sealed);
    this.#clear.set(name, value);
    return value;
  }

  #write(name: string, value: string): void {
    const sealed = this.#parts.vault.encrypt(name, value);
    this.#parts.store.write(name, sealed);
    this.#sealed.set(name, sealed);
    this.#clear.set(name, value);
  }

  async #require(user: string, resource: 'config' | 'key', action: Action, target: string): Promise<void> {
    if (this.#parts.access.permits(user, resource, action)) return;
    await this.#parts.audit.add('access.denied', user, target);
    throw new HttpError(403, `${user} may not ${action} ${target}.`);
  }

  #countActive(): void {
    this.#parts.metrics.config.setActive(this.#parts.store.names().length);
  }
}
