/** Completions that the server asks for by itself, as a part: their events go the way of all events. */

import { completionsPack, usdAsNumber } from '@bellwether/events';
import { defineMetrics } from '@bellwether/metrics';
import { completionCheck, type CompletionOptions } from './collect/completions/completion-check.ts';
import { ProbeSpend, probeSpendStatePart } from './collect/completions/probe-spend.ts';
import { FollowedChecks } from './collect/followed-checks.ts';
import type { CompletionDefinition } from './config/index.ts';
import type { Part, PartContext } from './part.ts';
import { openStateDatabase } from './state/state-database.ts';

/** Opens the part; nothing is asked before `start`. */
export function openCompletions(context: PartContext): Part {
  const { config, clock, health, intake, outgoing, pricer, reloader, secrets, stores } = context;
  const families = defineMetrics(completionsPack, { registry: stores.metrics.registry });
  const state = openStateDatabase({
    dataDir: config.storage.data_dir,
    clock,
    parts: [probeSpendStatePart],
  });
  const options: CompletionOptions = {
    clock,
    outgoing,
    pricer,
    spend: new ProbeSpend(state),
    onSecret: (secret) => secrets.add(secret),
    store: async (event) => {
      const body = new TextEncoder().encode(JSON.stringify(event));
      const how = { format: 'json', partial: false, live: true, tenant: null } as const;
      await intake.ingest.prepare({ body, ...how, arrivedMs: clock.nowMs() }, async ({ submission }) => {
        if (submission !== null) await intake.ingest.append(submission);
      });
    },
    onResult: (probe, { outcome, latencyMs, costPicoUsd }) => {
      families.probes.inc({ probe, outcome });
      if (outcome === 'limited') return;
      families.duration.observe({ probe }, latencyMs / 1000);
      families.spend.inc({ probe }, usdAsNumber(costPicoUsd ?? 0n));
    },
  };
  const checks = new FollowedChecks(health, (definition: CompletionDefinition) =>
    completionCheck(definition, options),
  );
  let isRunning = false;
  reloader.add(({ collectors }) => () => {
    if (isRunning) checks.follow(collectors.completions);
  });
  return {
    start() {
      isRunning = true;
      checks.follow(config.collectors.completions);
    },
    stop() {
      isRunning = false;
      checks.follow([]);
    },
    async close() {
      await checks.ended();
      state.close();
    },
  };
}
