/**
 * A plugin as a check of health: each run loads it if need be, asks for its values and
 * hands them on. What fails in it makes its check unhealthy and nothing else. Checks
 * that the plugin brings itself stand beside it.
 */

import type { FamilyDeclaration } from '@bellwether/events';
import type { Clock } from '../../clock.ts';
import type { PluginDefinition } from '../../config/index.ts';
import type { CheckOutcome, Health, HealthCheck } from '../../health/index.ts';
import type { Sample } from '../../samples/sample.ts';
import { declarationOf, outcomeOf, type PluginShape, prefixOf, valuesOf } from './contract.ts';
import { PluginError, PluginHost } from './plugin-host.ts';

/** What plugins need. */
export interface PluginOptions {
  readonly clock: Clock;
  readonly health: Pick<Health, 'add'>;
  /** The address of a module, as a file URL. */
  readonly urlOf: (module: string) => string;
  /** Shows families from now on; gives what ends it. @throws Error if one is known already. */
  readonly declare: (families: readonly FamilyDeclaration[]) => () => void;
  readonly keep: (id: string, samples: readonly Sample[]) => Promise<void>;
  readonly onRun: (
    id: string,
    run: { readonly outcome: 'success' | 'failure' | 'timeout'; readonly durationMs: number },
  ) => void;
  readonly onWritten: (id: string, text: string) => void;
  /** Hears why a module cannot be loaded, with the paths that checks do not tell. */
  readonly onUnloadable: (id: string, problem: string) => void;
}

/** Room for starting the thread, besides the run itself. */
const MARGIN_MS = 1000;

/** The check. */
export function pluginCheck(definition: PluginDefinition, options: PluginOptions): HealthCheck {
  const plugin = new Plugin(definition, options);
  const { id, intervalMs, timeoutMs } = definition;
  return {
    name: `plugin_${id}`,
    component: 'plugin',
    critical: false,
    measurement: 'values',
    intervalMs,
    timeoutMs: 2 * timeoutMs + MARGIN_MS,
    run: (signal) => plugin.run(signal),
    close: () => plugin.close(),
  };
}

class Plugin {
  readonly #definition: PluginDefinition;
  readonly #options: PluginOptions;
  readonly #host: PluginHost;
  #shape: PluginShape | null = null;
  #undo: (() => void)[] = [];
  #isClosed = false;

  constructor(definition: PluginDefinition, options: PluginOptions) {
    this.#definition = definition;
    this.#options = options;
    const { id, module, timeoutMs, options: told } = definition;
    this.#host = new PluginHost({
      url: options.urlOf(module),
      options: told,
      clock: options.clock,
      timeoutMs,
      onWritten: (text) => options.onWritten(id, text),
    });
  }

  async run(signal: AbortSignal): Promise<CheckOutcome> {
    const { clock, keep, onRun } = this.#options;
    const { id, valuesMax } = this.#definition;
    const fromMs = clock.monotonicMs();
    const end = (outcome: 'success' | 'failure' | 'timeout'): void =>
      onRun(id, { outcome, durationMs: clock.monotonicMs() - fromMs });
    try {
      const shape = await this.#load();
      const atMs = clock.nowMs();
      const given = shape.families.length === 0 ? [] : await this.#host.run(null, signal);
      const types = new Map(shape.families.map(({ name, type }) => [name, type]));
      const samples = valuesOf(given, shape, valuesMax).map(
        ({ family, labels, value }): Sample => ({
          name: prefixOf(id) + family,
          kind: types.get(family) ?? 'gauge',
          labels,
          timestampMs: atMs,
          value,
        }),
      );
      signal.throwIfAborted();
      await keep(id, samples);
      end('success');
      const observed = { value: samples.length, unit: 'values' };
      return { status: 'healthy', message: `It gave ${samples.length} values.`, observed };
    } catch (error) {
      end(error instanceof PluginError && error.code === 'timeout' ? 'timeout' : 'failure');
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const undo of this.#undo) undo();
    this.#undo = [];
    void this.#host.close();
  }

  async #load(): Promise<PluginShape> {
    const { id, module } = this.#definition;
    const { declare, onUnloadable } = this.#options;
    const shape = await this.#host.load().catch((error: unknown) => {
      if (!(error instanceof PluginError) || error.code === 'timeout') throw error;
      onUnloadable(id, `${module}: ${error.message}`);
      // The messages of Node name paths, and anybody may read those of checks.
      const why = /^E[A-Z_]/.test(error.code) ? error.code : error.message;
      throw new PluginError(`Its module cannot be used: ${why}.`);
    });
    // A thread that was started again has the same module.
    if (this.#shape !== null || this.#isClosed) return this.#shape ?? shape;
    this.#undo.push(declare(shape.families.map((family) => declarationOf(id, family))));
    for (const check of shape.checks) this.#undo.push(this.#add(check));
    this.#shape = shape;
    return shape;
  }

  #add({ name, critical }: PluginShape['checks'][number]): () => void {
    const { id, intervalMs, timeoutMs } = this.#definition;
    return this.#options.health.add({
      name: `plugin_${id}.${name}`,
      component: 'plugin',
      critical,
      intervalMs,
      timeoutMs: 2 * timeoutMs + MARGIN_MS,
      run: async (signal) => outcomeOf(await this.#host.run(name, signal)),
    });
  }
}
