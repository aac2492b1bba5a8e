/** Puts the plugins together: what they give goes the way of scraped samples, how they are is in health. */

import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { pluginsPack } from '@bellwether/events';
import { defineMetrics } from '@bellwether/metrics';
import { FollowedChecks } from './collect/followed-checks.ts';
import { pluginCheck, type PluginOptions } from './collect/plugins/plugin-check.ts';
import type { PluginDefinition } from './config/index.ts';
import { keepSamples, type SamplePath } from './keep-samples.ts';
import type { Part, PartContext } from './part.ts';

/** Opens them; no module is loaded before `start`. */
export function openPlugins(
  context: PartContext,
  path: SamplePath,
): Required<Pick<Part, 'start' | 'stop' | 'close'>> {
  const { config, clock, health, live, log, reloader, secrets, stores } = context;
  const families = defineMetrics(pluginsPack, { registry: stores.metrics.registry });
  const options: PluginOptions = {
    clock,
    health,
    // Relative to the configuration file, or to the working directory if there is none.
    urlOf: (module) => pathToFileURL(resolve(dirname(live.loaded.file ?? 'none'), module)).href,
    declare: (declarations) => path.relay.declare(declarations),
    keep: async (id, samples) => {
      const source = { job: 'plugin', instance: id };
      await keepSamples(context, path, source, { samples, rejected: 0, overflow: 0 });
    },
    onRun: (plugin, { outcome, durationMs }) => {
      families.runs.inc({ plugin, outcome });
      families.duration.set({ plugin }, durationMs / 1000);
    },
    onWritten: (plugin, text) => log.info({ plugin, text: secrets.redact(text) }, 'a plugin wrote'),
    onUnloadable: (plugin, problem) => log.warn({ plugin, problem }, 'a plugin cannot be used'),
  };
  const checks = new FollowedChecks(health, (definition: PluginDefinition) =>
    pluginCheck(definition, options),
  );
  let isRunning = false;
  reloader.add(({ collectors }) => () => {
    if (isRunning) checks.follow(collectors.plugins);
  });
  return {
    start() {
      isRunning = true;
      checks.follow(config.collectors.plugins);
    },
    stop() {
      isRunning = false;
      checks.follow([]);
    },
    close: () => checks.ended(),
  };
}
