/**
 * Remote write 2.0 against a receiver that holds to the specification: it checks
 * the headers, decodes the block format and the message with a decoder of others,
 * refuses what breaks a MUST, and says what it has written.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import protobuf from 'protobufjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PushError, RemoteWriter, type RemoteWriteOptions } from '../../packages/metrics/src/index.ts';
import { VERSION_2_SCHEMA } from './remote-write-schema.ts';
import { flatten, sampleRegistry, seriesKey } from './sample-registry.ts';
import { snappyDecompress } from './snappy-decompress.ts';

const Request = protobuf.parse(VERSION_2_SCHEMA).root.lookupType('Request');
const STALE = 0x7ff0000000000002n;

interface Decoded {
  readonly symbols: readonly string[];
  readonly timeseries: readonly {
    readonly labelsRefs: readonly number[];
    readonly samples: readonly { value: string; timestamp: string; startTimestamp: string }[];
    readonly histograms: readonly { countInt?: string; timestamp: string }[];
    readonly exemplars: readonly { labelsRefs: readonly number[]; timestamp: string }[];
    readonly metadata?: { type: number; helpRef: number; unitRef: number };
  }[];
}

/** A receiver of version 2.0 that keeps what it was sent. */
class Receiver {
  /** Series → samples that were written. */
  readonly stored = new Map<string, { value: number | 'stale' | 'histogram'; timestamp: number }[]>();
  /** What it found wrong. */
  readonly complaints: string[] = [];
  /** Statuses to answer with before it begins to work. */
  failures: number[] = [];
  requests = 0;

  handle(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      this.requests++;
      const failure = this.failures.shift();
      if (failure !== undefined) response.writeHead(failure).end('not now');
      else this.#receive(request, Buffer.concat(chunks), response);
    });
  }

  #receive(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const { headers } = request;
    const isKnown = headers['content-type'] === 'application/x-protobuf;proto=io.prometheus.write.v2.Request';
    if (!isKnown || headers['content-encoding'] !== 'snappy') {
      response.writeHead(415).end('unsupported');
      return;
    }
    this.#require(request.method === 'POST', 'not a POST');
    this.#require(headers['x-prometheus-remote-write-version'] === '2.0.0', 'no version');
    this.#require(/\S+\/\d/.test(headers['user-agent'] ?? ''), 'no user agent');
    const message = Request.toObject(Request.decode(snappyDecompress(body)), {
      longs: String,
      defaults: true,
    }) as Decoded;
    const written = this.#store(message);
    response.writeHead(204, {
      'X-Prometheus-Remote-Write-Samples-Written': String(written.samples),
      'X-Prometheus-Remote-Write-Histograms-Written': String(written.histograms),
      'X-Prometheus-Remote-Write-Exemplars-Written': String(written.exemplars),
    });
    response.end();
  }

  #store({ symbols, timeseries }: Decoded): { samples: number; histograms: number; exemplars: number } {
    const written = { samples: 0, histograms: 0, exemplars: 0 };
    this.#require(symbols[0] === '', 'the first symbol is not empty');
    this.#require(new Set(symbols).size === symbols.length, 'a symbol occurs twice');
    for (const series of timeseries) {
      const { labelsRefs, samples, histograms, exemplars, metadata } = series;
      this.#require(labelsRefs.length % 2 === 0 && labelsRefs.length > 0, 'odd or no label references');
      this.#require(
        [...labelsRefs].every((reference) => reference < symbols.length),
        'a reference to nowhere',
      );
      this.#require(samples.length === 0 || histograms.length === 0, 'samples and histograms in one series');
      this.#require(samples.length + histograms.length > 0, 'neither samples nor histograms');
      this.#require(metadata !== undefined && metadata.type >= 0, 'no metadata');
      const labels: [string, string][] = [];
      for (let i = 0; i < labelsRefs.length; i += 2)
        labels.push([symbols[labelsRefs[i]!]!, symbols[labelsRefs[i + 1]!]!]);
      this.#require(
        labels.every(([name, value]) => name !== '' && value !== ''),
        'an empty label',
      );
      const names = labels.map(([name]) => name);
      this.#require(
        names.every(
          (name, i) => i === 0 || Buffer.compare(Buffer.from(names[i - 1]!), Buffer.from(name)) < 0,
        ),
        'labels out of order',
      );
      const { __name__: name = '', ...rest } = Object.fromEntries(labels);
      this.#require(name !== '', 'no metric name');
      this.#require(
        exemplars.every(({ timestamp }) => timestamp !== '0'),
        'an exemplar without time',
      );
      const key = seriesKey(name, rest);
      for (const { value, timestamp } of samples) this.#append(key, decodeValue(value), Number(timestamp));
      for (const { timestamp } of histograms) this.#append(key, 'histogram', Number(timestamp));
      written.samples += samples.length;
      written.histograms += histograms.length;
      written.exemplars += exemplars.length;
    }
    return written;
  }

  #append(key: string, value: number | 'stale' | 'histogram', timestamp: number): void {
    const known = this.stored.get(key) ?? [];
    this.#require((known.at(-1)?.timestamp ?? 0) < timestamp, `${key} is out of order`);
    known.push({ value, timestamp });
    this.stored.set(key, known);
  }

  #require(condition: boolean, complaint: string): void {
    if (!condition) this.complaints.push(complaint);
  }
}

function decodeValue(bits: string): number | 'stale' {
  if (BigInt(bits) === STALE) return 'stale';
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(bits));
  return view.getFloat64(0);
}

describe('remote write 2.0', () => {
  const registry = sampleRegistry();
  let receiver: Receiver;
  let server: Server;
  let errors: PushError[];

  beforeEach(async () => {
    receiver = new Receiver();
    errors = [];
    server = createServer((request, response) => receiver.handle(request, response));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });

  function writer(options: Partial<RemoteWriteOptions> = {}): RemoteWriter {
    return new RemoteWriter({
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`,
      families: () => registry.families(),
      version: '2.0',
      samplesPerRequestMax: 30,
      backoff: { initialMs: 5, maxMs: 10 },
      onError: (error) => errors.push(error),
      ...options,
    });
  }

  it('breaks no rule of the specification, and everything that is written is confirmed', async () => {
    const expected = flatten(await registry.families());
    const stats = await writer().push();
    expect(receiver.complaints).toEqual([]);
    expect(errors).toEqual([]);
    expect(stats).toMatchObject({ version: '2.0', written: expected.size + 1, rejected: 0, queued: 0 });
    const stored = [...receiver.stored].filter(([, samples]) => samples[0]?.value !== 'histogram');
    expect(Object.fromEntries(stored.map(([key, samples]) => [key, samples[0]?.value]))).toEqual(
      Object.fromEntries(expected),
    );
  });

  it('loses nothing and repeats nothing over failures, and ends every series', async () => {
    receiver.failures = [503, 500, 429];
    const pushing = writer();
    await pushing.push();
    receiver.failures = [502];
    await pushing.push();
    await pushing.close();
    expect(receiver.complaints).toEqual([]);
    expect(errors.map(({ status }) => status)).toEqual([503, 500, 429, 502]);
    for (const samples of receiver.stored.values()) {
      // Two pushes, the last one at closing, and the end.
      expect(samples).toHaveLength(4);
      expect(samples[0]?.value === 'histogram' || samples[3]?.value === 'stale').toBe(true);
    }
  });
});
