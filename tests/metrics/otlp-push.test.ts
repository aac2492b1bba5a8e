/**
 * OTLP push over real HTTP against a receiver that decodes with a decoder of others
 * and is out of order half of the time: what arrives must add up to what was counted.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import protobuf from 'protobufjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Counter,
  datadog,
  Histogram,
  OtlpPusher,
  type OtlpPushOptions,
  Registry,
} from '../../packages/metrics/src/index.ts';
import { OTLP_SCHEMA } from './otlp-schema.ts';

const Request = protobuf.parse(OTLP_SCHEMA).root.lookupType('ExportMetricsServiceRequest');

interface Point {
  readonly startTimeUnixNano?: string;
  readonly timeUnixNano: string;
  readonly asDouble?: number;
  readonly count?: string;
  readonly sum?: number;
  readonly zeroCount?: string;
  readonly bucketCounts?: readonly string[];
}

interface Metric {
  readonly name: string;
  readonly sum?: { aggregationTemporality: number; dataPoints: Point[] };
  readonly histogram?: { aggregationTemporality: number; dataPoints: Point[] };
  readonly exponentialHistogram?: { aggregationTemporality: number; dataPoints: Point[] };
}

type Shape = { resourceMetrics: { scopeMetrics: { metrics: Metric[] }[] }[] };

/** Takes requests, or fails as told. */
class Receiver {
  readonly metrics: Metric[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  /** What to do with the next requests: a status, or nothing at all. */
  faults: (number | 'hang up')[] = [];

  handle(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const fault = this.faults.shift();
      if (fault === 'hang up') request.socket.destroy();
      else if (fault !== undefined) response.writeHead(fault, { 'retry-after': '0' }).end();
      else {
        this.headers.push(request.headers);
        this.metrics.push(...decode(Buffer.concat(chunks), request));
        response.writeHead(200, { 'content-type': request.headers['content-type'] }).end();
      }
    });
  }

  points(name: string, kind: 'sum' | 'histogram' | 'exponentialHistogram'): Point[] {
    return this.metrics
      .filter((metric) => metric.name === name)
      .flatMap((metric) => metric[kind]?.dataPoints ?? []);
  }
}

function decode(body: Buffer, request: IncomingMessage): Metric[] {
  const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
  const isJson = request.headers['content-type'] === 'application/json';
  const message = isJson
    ? (JSON.parse(plain.toString()) as Shape)
    : (Request.toObject(Request.decode(plain), { longs: String }) as Shape);
  return message.resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics),
  );
}

describe('OTLP push', () => {
  let receiver: Receiver;
  let server: Server;
  let url: string;

  beforeEach(async () => {
    receiver = new Receiver();
    server = createServer((request, response) => receiver.handle(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/metrics`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  function pusherOf(registry: Registry, options: Partial<OtlpPushOptions>): OtlpPusher {
    const retry = { attemptsMax: 2, initialMs: 1, maxMs: 5 };
    return new OtlpPusher({ families: () => registry.families(), retry, ...options, url });
  }

  it.each(['protobuf', 'json'] as const)(
    'adds up to what was counted although pushes fail (%s)',
    async (encoding) => {
      const registry = new Registry();
      const registers = [registry];
      const counter = new Counter({ name: 'jobs_total', help: 'Jobs', registers });
      const classic = new Histogram({ name: 'latency', help: 'Latency', buckets: [1, 10], registers });
      const native = new Histogram({
        name: 'size',
        help: 'Size',
        native: { bucketFactor: 1.1, maxBuckets: 20 },
        registers,
      });
      const pusher = pusherOf(registry, { ...datadog({ apiKey: 'secret' }), encoding });
      for (let round = 0; round < 30; round++) {
        counter.inc(round);
        for (let i = 0; i <= round; i++) {
          classic.observe(i);
          native.observe(1.3 ** i * (i % 2 === 0 ? 1 : -1));
        }
        // Some pushes succeed at once, some at the second attempt, some not at all.
        receiver.faults = ([[], [503], ['hang up', 429], ['hang up', 502]] as const)[round % 4]!.slice();
        const { error } = await pusher.push();
        expect(error === undefined).toBe(round % 4 < 2);
      }
      await pusher.close();
      expect(sumOf(receiver.points('jobs_total', 'sum'), 'asDouble')).toBe(435);
      expect(sumOf(receiver.points('latency', 'histogram'), 'count')).toBe(465);
      expect(sumOf(receiver.points('size', 'exponentialHistogram'), 'count')).toBe(465);
      const buckets = [0, 1, 2].map((i) =>
        receiver
          .points('latency', 'histogram')
          .reduce((sum, { bucketCounts }) => sum + Number(bucketCounts?.[i]), 0),
      );
      // 30 rounds observe 0, 29 observe 1, and so on; the last bucket has what is above 10.
      expect(buckets).toEqual([59, 216, 190]);
      expect(receiver.metrics.every(({ sum }) => sum === undefined || sum.aggregationTemporality === 1)).toBe(
        true,
      );
      expect(receiver.headers.every((headers) => headers['dd-api-key'] === 'secret')).toBe(true);
      expectNoGaps(receiver.points('jobs_total', 'sum'));
    },
  );

  it('sends running totals when they are wanted', async () => {
    const registry = new Registry();
    const counter = new Counter({ name: 'jobs_total', help: 'Jobs', registers: [registry] });
    const pusher = pusherOf(registry, { temporality: 'cumulative' });
    counter.inc(2);
    await pusher.push();
    counter.inc(3);
    await pusher.close();
    expect(receiver.points('jobs_total', 'sum').map(({ asDouble }) => asDouble)).toEqual([2, 5]);
    const starts = new Set(
      receiver.points('jobs_total', 'sum').map(({ startTimeUnixNano }) => startTimeUnixNano),
    );
    expect(starts.size).toBe(1);
  });
});

function sumOf(points: readonly Point[], field: 'asDouble' | 'count'): number {
  return points.reduce((sum, point) => sum + Number(point[field]), 0);
}

/** Each difference begins where the one before ended. */
function expectNoGaps(points: readonly Point[]): void {
  const starts = points.slice(1).map(({ startTimeUnixNano }) => startTimeUnixNano);
  expect(starts).toEqual(points.slice(0, -1).map(({ timeUnixNano }) => timeUnixNano));
}
