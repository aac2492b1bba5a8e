/** What the server tells of the completions that it asks for by itself, and of its plugins. */

import { genAiDurationBuckets } from './buckets.ts';
import { byServer, pack } from './family.ts';

/** Completions that the server asks for, to see whether there is an answer. */
export const completionsPack = pack('framework', byServer, {
  probes: {
    name: 'custom_metrics_completion_probes_total',
    type: 'counter',
    help: 'Completions that the server asked for, by outcome: success, error, timeout, or limited if one was left out since its daily limit is reached.',
    labels: ['probe', 'outcome'],
  },
  duration: {
    name: 'custom_metrics_completion_probe_duration_seconds',
    type: 'histogram',
    unit: 'seconds',
    help: 'How long completions took that the server asked for, failed ones included.',
    labels: ['probe'],
    buckets: genAiDurationBuckets,
  },
  spend: {
    name: 'custom_metrics_completion_probe_spend_usd_total',
    type: 'counter',
    help: 'What completions cost that the server asked for, in US dollars; part of llm_cost_usd_total.',
    labels: ['probe'],
  },
});

/** Collectors of one's own. */
export const pluginsPack = pack('framework', byServer, {
  runs: {
    name: 'custom_metrics_plugin_runs_total',
    type: 'counter',
    help: 'Runs of plugins by how they ended: success, failure or timeout.',
    labels: ['plugin', 'outcome'],
  },
  duration: {
    name: 'custom_metrics_plugin_run_duration_seconds',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long the last run of a plugin took.',
    labels: ['plugin'],
  },
});
