/**
 * Reloading the configuration: the new one is checked whole, down to the files it
 * names, before any of it takes effect. If anything is wrong the present one stays,
 * and the answer, the log and a gauge say so. Every change is audited.
 */

import { type ErrorCode, BellwetherError } from '@bellwether/events';
import type { ResilientAuditLog, SecretRegistry } from './audit/index.ts';
import type { Clock } from './clock.ts';
import {
  type Config,
  type ConfigChange,
  ConfigError,
  type ConfigKey,
  type LiveConfig,
  type LoadedConfig,
  secretValues,
} from './config/index.ts';
import type { Log } from './log.ts';

/**
 * Readies a part of the server for another configuration.
 *
 * @returns what puts it into effect, which must not fail.
 * @throws Error if the part cannot work with that configuration.
 */
export type Prepare = (config: Config) => Promise<() => void> | (() => void);

export interface ReloaderOptions {
  readonly live: LiveConfig;
  /** Loads the configuration again from where it was loaded first. @throws {ConfigError} */
  readonly load: () => LoadedConfig;
  readonly audit: ResilientAuditLog;
  readonly secrets: SecretRegistry;
  readonly clock: Clock;
  readonly log: Log;
  /** Hears how each reload ended. */
  readonly onReload: (outcome: { readonly ok: boolean; readonly atMs: number }) => void;
}

/** What a reload has changed. */
export interface ReloadAnswer {
  readonly file: string | null;
  readonly changed: readonly ConfigChange[];
  /** Keys whose loaded value is not in effect before a restart, also from earlier reloads. */
  readonly awaiting_restart: readonly ConfigKey[];
}

export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #prepares: Prepare[] = [];
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** Adds a part that has to be told of a new configuration. */
  add(prepare: Prepare): void {
    this.#prepares.push(prepare);
  }

  /**
   * Loads the configuration again; one reload after another.
   *
   * @param actor who wants it, for the audit log.
   * @throws BellwetherError `invalid_configuration`, with every fault and its place; nothing has changed then.
   */
  reload(actor: string): Promise<ReloadAnswer> {
    const reloading = this.#last.then(() => this.#reload(actor));
    this.#last = reloading.catch(() => undefined);
    return reloading;
  }

  async #reload(actor: string): Promise<ReloadAnswer> {
    const { live, load, secrets, clock, log, onReload } = this.#options;
    try {
      const next = load();
      for (const secret of secretValues(next.config)) secrets.add(secret);
      const apply = [];
      for (const prepare of this.#prepares) apply.push(await prepare(next.config));
      const changed = live.changesTo(next);
      live.replace(next);
      for (const put of apply) put();
      await this.#account(actor, changed);
      onReload({ ok: true, atMs: clock.nowMs() });
      const keys = changed.map(({ key }) => key);
      log.info({ actor, keys, awaiting_restart: live.awaitingRestart() }, 'the configuration was reloaded');
      return { file: next.file, changed, awaiting_restart: live.awaitingRestart() };
    } catch (error) {
      onReload({ ok: false, atMs: clock.nowMs() });
      const problem = secrets.redact(messageOf(error));
      log.error({ actor, problem }, 'the configuration was not reloaded; the present one stays');
      await this.#record(actor, 'config.refused', live.loaded.file ?? 'defaults', { problem });
      throw new BellwetherError(codeOf(error), problem, {}, { cause: error });
    }
  }

  async #account(actor: string, changed: readonly ConfigChange[]): Promise<void> {
    for (const { key, from, to, effect } of changed) {
      await this.#record(actor, 'config.changed', key, { from, to, effect });
    }
  }

  async #record(
    actor: string,
    action: 'config.changed' | 'config.refused',
    target: string,
    details: Record<string, string>,
  ): Promise<void> {
    const { audit, log } = this.#options;
    await audit
      .append({ actor, action, target, details })
      .catch((error: unknown) => log.error({ problem: String(error) }, 'a reload could not be audited'));
  }
}

/** What is wrong, without the extract that some readers of files add after an empty line. */
function messageOf(error: unknown): string {
  const [message = ''] = (error instanceof Error ? error.message : String(error)).split(/\n\s*\n/);
  return message.replace(/:$/, '.');
}

/** What a configuration's author can mend, and what is a fault of ours. */
function codeOf(error: unknown): ErrorCode {
  if (error instanceof ConfigError || error instanceof BellwetherError) return 'invalid_configuration';
  // A file that a key names, which cannot be read or does not hold what it should.
  return error instanceof Error ? 'invalid_configuration' : 'internal';
}
