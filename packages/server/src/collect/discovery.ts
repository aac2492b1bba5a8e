/**
 * The targets of a job: those that the configuration names, and those that files and
 * HTTP service discovery give, in Prometheus' forms.
 * https://prometheus.io/docs/prometheus/latest/http_sd/
 */

import { readFile, stat } from 'node:fs/promises';
import { parse } from 'yaml';
import { type CollectorJob, hostPortOf } from '../config/collector-items.ts';
import type { Outgoing } from '../outgoing/index.ts';

/** Something to scrape. */
export interface Target {
  /** `HOST:PORT`. */
  readonly instance: string;
  readonly job: string;
  readonly url: string;
  /** Put on every series of it. */
  readonly labels: Readonly<Record<string, string>>;
  /** Whether the operator named it: what a discovery service names reaches private addresses only by `outgoing.allow_private`. */
  readonly isOwn: boolean;
}

/** Targets of one job at most. */
export const TARGETS_MAX = 1000;
const BYTES_MAX = 4 * 1_048_576;
const LABELS_MAX = 32;
const LABEL_LENGTH_MAX = 1024;

interface Group {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The targets that the configuration itself names. */
export function staticTargets(job: CollectorJob): Target[] {
  return targetsOf(job, [{ targets: job.targets, labels: {} }], true);
}

/** Asks a discovery service. @throws Error if it gives no list of targets. */
export async function httpTargets(
  job: CollectorJob,
  url: string,
  outgoing: Outgoing,
  signal: AbortSignal,
): Promise<Target[]> {
  const { status, body } = await outgoing.request({
    url,
    headers: {
      accept: 'application/json',
      'x-prometheus-refresh-interval-seconds': String(job.refreshMs / 1000),
    },
    timeoutMs: job.timeoutMs,
    responseBytesMax: BYTES_MAX,
    ownDependency: true,
    signal,
  });
  if (status !== 200) throw new Error(`discovery answered ${status}`);
  return targetsOf(job, readGroups(JSON.parse(body.toString())), false);
}

/** Reads a file of targets. @throws Error if there is no list of targets in it. */
export async function fileTargets(job: CollectorJob, path: string): Promise<Target[]> {
  if ((await stat(path)).size > BYTES_MAX) throw new Error('a file of targets is too large');
  return targetsOf(job, readGroups(parse(await readFile(path, 'utf8'), { maxAliasCount: 0 })), true);
}

function readGroups(raw: unknown): Group[] {
  if (!Array.isArray(raw)) throw new Error('discovery gave no list');
  return raw.map((group: unknown) => {
    const { targets, labels = {} } = (group ?? {}) as { targets?: unknown; labels?: unknown };
    if (!Array.isArray(targets) || !targets.every((target) => typeof target === 'string'))
      throw new Error('discovery gave a group without a list of targets');
    return { targets, labels: readLabels(labels) };
  });
}

function readLabels(raw: unknown): Readonly<Record<string, string>> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new Error('discovery gave labels that are no map');
  const labels = Object.entries(raw);
  const fits = labels.every(([name, value]) => {
    const isNamed = /^[A-Za-z_][A-Za-z0-9_]{0,255}$/.test(name);
    return isNamed && typeof value === 'string' && value.length <= LABEL_LENGTH_MAX;
  });
  if (!fits || labels.length > LABELS_MAX) throw new Error('discovery gave a label that cannot be kept');
  return Object.fromEntries(labels) as Record<string, string>;
}

/** The targets of groups; labels that begin with `__` steer and are not kept. */
function targetsOf(job: CollectorJob, groups: readonly Group[], isOwn: boolean): Target[] {
  const found = groups.flatMap(({ targets, labels }) =>
    targets.map((instance): Target => {
      hostPortOf(instance);
      const scheme = labels['__scheme__'] ?? job.scheme;
      const path = labels['__metrics_path__'] ?? job.path;
      if (!/^https?$/.test(scheme) || !path.startsWith('/'))
        throw new Error('discovery gave a scheme or a path that is none');
      const kept = Object.entries({ ...labels, ...job.labels }).filter(([name]) => !name.startsWith('__'));
      const { job: _job, instance: _instance, ...others } = Object.fromEntries(kept);
      return { instance, job: job.id, url: `${scheme}://${instance}${path}`, labels: others, isOwn };
    }),
  );
  if (found.length > TARGETS_MAX) throw new Error(`discovery gave more than ${TARGETS_MAX} targets`);
  return found;
}
