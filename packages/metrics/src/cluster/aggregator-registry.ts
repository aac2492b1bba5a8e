/**
 * Metrics of all workers of a cluster: the primary asks each worker for its values
 * and makes them one.
 */
import type { Worker } from 'node:cluster';
import cluster from 'node:cluster';
import { MetricsError } from '../errors.ts';
import type { MetricValues } from '../instruments/lines.ts';
import { PROMETHEUS_CONTENT_TYPE, type RegistryContentType } from '../registry/content-types.ts';
import { register } from '../registry/default-registry.ts';
import { Registry } from '../registry/registry.ts';
import { aggregateMetric } from './aggregate.ts';

const REQUEST = 'bellwether:metrics-request';
const RESPONSE = 'bellwether:metrics-response';
/** A worker that does not answer within this time fails the whole request. */
const ANSWER_MS = 5000;

interface Message {
  readonly type?: unknown;
  readonly requestId: number;
  readonly registries?: readonly MetricValues[][];
  readonly error?: string;
}

interface Request {
  /** The workers that have not answered yet. */
  readonly waiting: Set<number>;
  readonly answers: MetricValues[][];
  settle(error?: Error): void;
}

const requests = new Map<number, Request>();
let lastRequest = 0;
let listening = false;
let registries: readonly Registry[] = [register];

/** A registry of the primary process that can gather the metrics of its workers. */
export class AggregatorRegistry<C extends RegistryContentType = RegistryContentType> extends Registry<C> {
  constructor(contentType?: C) {
    super(contentType ?? (PROMETHEUS_CONTENT_TYPE as C));
    listen();
  }

  /**
   * The metrics of all workers together, as text; empty if there is no worker. Fails
   * with CLUSTER_TIMEOUT when a worker does not answer within five seconds, and with
   * CLUSTER_WORKER when one reports an error.
   */
  async clusterMetrics(): Promise<string> {
    const workers = Object.values(cluster.workers ?? {}).filter((worker) => worker?.isConnected() === true);
    if (workers.length === 0) return '';
    const answers = await ask(workers as Worker[]);
    return AggregatorRegistry.aggregate(answers, this.contentType).metrics();
  }

  /**
   * A registry of metrics that `getMetricsAsJSON()` of several registries gave, each
   * made one by its `aggregator`.
   */
  static aggregate<C extends RegistryContentType>(
    metricsArr: readonly object[],
    contentType: C = PROMETHEUS_CONTENT_TYPE as C,
  ): Registry<C> {
    const byName = new Map<string, MetricValues[]>();
    for (const metrics of metricsArr as readonly MetricValues[][]) {
      for (const metric of metrics) {
        const same = byName.get(metric.name);
        if (same === undefined) byName.set(metric.name, [metric]);
        else same.push(metric);
      }
    }
    const whole = new Registry(contentType);
    for (const metrics of byName.values()) {
      const values = aggregateMetric(metrics);
      if (values !== undefined) whole.registerMetric({ ...values, get: () => values });
    }
    return whole;
  }

  /** Which registries a worker answers with; the default registry if this is not called. */
  static setRegistries(given: Registry | readonly Registry[]): void {
    const list: readonly unknown[] = Array.isArray(given) ? given : [given];
    for (const registry of list) {
      if (!(registry instanceof Registry)) {
        throw new MetricsError('CONFIG_INVALID', { detail: `expected a Registry, got ${typeof registry}` });
      }
    }
    registries = list as readonly Registry[];
  }
}

async function ask(workers: readonly Worker[]): Promise<MetricValues[][]> {
  const requestId = ++lastRequest;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      request.settle(new MetricsError('CLUSTER_TIMEOUT', { waiting: [...request.waiting] }));
    }, ANSWER_MS);
    const request: Request = {
      waiting: new Set(workers.map(({ id }) => id)),
      answers: [],
      settle(error) {
        clearTimeout(timer);
        requests.delete(requestId);
        if (error === undefined) resolve(request.answers);
        else reject(error);
      },
    };
    requests.set(requestId, request);
    for (const worker of workers) worker.send({ type: REQUEST, requestId });
  });
}

/** Begins to answer the primary, or to take the workers' answers; once per process. */
function listen(): void {
  if (listening) return;
  listening = true;
  if (cluster.isPrimary) {
    cluster.on('message', (worker, message: Message) => take(worker.id, message));
    // A worker that is gone has nothing to tell any more.
    cluster.on('disconnect', (worker) => {
      for (const request of requests.values()) done(request, worker.id);
    });
  } else {
    process.on('message', (message: Message) => {
      if (message?.type === REQUEST) void answer(message.requestId);
    });
  }
}

function take(workerId: number, message: Message): void {
  if (message?.type !== RESPONSE) return;
  const request = requests.get(message.requestId);
  if (request === undefined) return;
  if (message.error !== undefined) {
    request.settle(new MetricsError('CLUSTER_WORKER', { worker: workerId, error: message.error }));
    return;
  }
  request.answers.push(...(message.registries ?? []));
  done(request, workerId);
}

function done(request: Request, workerId: number): void {
  if (request.waiting.delete(workerId) && request.waiting.size === 0) request.settle();
}

async function answer(requestId: number): Promise<void> {
  let message: Message;
  try {
    const values = await Promise.all(registries.map((registry) => registry.valuesForAggregation()));
    message = { type: RESPONSE, requestId, registries: values };
  } catch (error) {
    message = { type: RESPONSE, requestId, error: String(error) };
  }
  // The channel is closed when the primary has gone or lets the worker go.
  if (process.connected) process.send?.(message);
}
