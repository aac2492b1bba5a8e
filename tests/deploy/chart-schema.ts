/**
 * `values.schema.json` of the chart: the chart's own values, written here, and under
 * `config` the JSON Schema of the server's configuration file. A test holds the file
 * against it; `vitest -u` writes it anew.
 */

import { configJsonSchema } from '../../packages/server/src/config/json-schema.ts';

type Schema = Readonly<Record<string, unknown>>;

const text: Schema = { type: 'string' };
const flag: Schema = { type: 'boolean' };
const texts: Schema = { type: 'object', additionalProperties: { type: 'string' } };
/** Whatever Kubernetes takes; it checks these itself. */
const anyObject: Schema = { type: 'object' };
const anyList: Schema = { type: 'array' };
const count = (minimum: number): Schema => ({ type: 'integer', minimum });
const choice = (...values: readonly string[]): Schema => ({ enum: values });

const duration: Schema = { type: 'string', pattern: '^\\d+(ms|s|m|h)$' };

function group(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', additionalProperties: false, properties };
}

/** The schema. */
export function chartValuesSchema(): Schema {
  const { $schema, title: _title, ...config } = configJsonSchema();
  return {
    $schema,
    title: 'Values of the chart bellwether',
    ...group({
      // Helm passes these two to a chart that is a dependency of another.
      global: anyObject,
      enabled: flag,
      image: group({ repository: text, tag: text, pullPolicy: choice('Always', 'IfNotPresent', 'Never') }),
      imagePullSecrets: anyList,
      nameOverride: text,
      fullnameOverride: text,
      config,
      env: { type: 'array', items: { type: 'object', required: ['name'] } },
      extraVolumes: { type: 'array', items: { type: 'object', required: ['name'] } },
      extraVolumeMounts: { type: 'array', items: { type: 'object', required: ['name', 'mountPath'] } },
      serviceAccount: group({ create: flag, name: text, annotations: texts }),
      podAnnotations: texts,
      podLabels: texts,
      nodeSelector: texts,
      tolerations: anyList,
      affinity: anyObject,
      priorityClassName: text,
      terminationGracePeriodSeconds: count(10),
      service: group({
        type: choice('ClusterIP', 'NodePort', 'LoadBalancer'),
        port: { type: 'integer', minimum: 1, maximum: 65_535 },
        annotations: texts,
      }),
      persistence: group({
        size: { type: 'string', pattern: '^\\d+(\\.\\d+)?([KMGTPE]i?)?$' },
        storageClass: text,
        accessModes: {
          type: 'array',
          minItems: 1,
          items: choice('ReadWriteOnce', 'ReadWriteOncePod', 'ReadWriteMany'),
        },
        annotations: texts,
      }),
      resources: anyObject,
      probes: group({ startupFailures: count(1), periodSeconds: count(1), timeoutSeconds: count(1) }),
      podDisruptionBudget: group({ enabled: flag, maxUnavailable: { enum: [0, 1] } }),
      networkPolicy: group({ enabled: flag, from: anyList, egress: anyList }),
      runbookUrl: { type: 'string', pattern: '^https?://.*/$' },
      serviceMonitor: group({
        enabled: flag,
        labels: texts,
        interval: duration,
        scrapeTimeout: duration,
        jobLabelValue: { type: 'string', pattern: '^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$' },
        targetLabels: texts,
      }),
      prometheusRule: group({ enabled: flag, labels: texts, recording: flag, alerts: flag, slo: flag }),
      dashboards: group({ enabled: flag, labels: texts, annotations: texts }),
    }),
  };
}
