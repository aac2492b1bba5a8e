/**
 * OTLP traces over HTTP, acknowledged on disk, beside their ceilings in one run: our
 * decoder alone, a descriptor-based decoder on the same bytes, and JSON.
 *
 * node --conditions=source bench/otlp/run.ts [SPANS] [BATCH] [CONNECTIONS]
 */

import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { otlpTypes } from '../../packages/server/src/ingest/otlp/test-schema.ts';
import { decodeTracesJson } from '../../packages/server/src/ingest/otlp/traces-json.ts';
import { decodeTracesProtobuf } from '../../packages/server/src/ingest/otlp/traces-protobuf.ts';
import { type SpanOptions, spanRequests } from './spans.ts';

const [spans = 200_000, batch = 512, connections = 16] = process.argv.slice(2).map(Number);
const here = fileURLToPath(new URL('.', import.meta.url));
const startMs = Math.floor(performance.timeOrigin) - 3_600_000;
const WARM_SPANS = 40_000;
const mediaTypes = { protobuf: 'application/x-protobuf', json: 'application/json' } as const;
type Encoding = keyof typeof mediaTypes;

function perSecond(count: number, work: () => void): number {
  const started = performance.now();
  work();
  return (count * 1000) / (performance.now() - started);
}

/** A decoder alone, warm. */
function decodeOnly(bodies: readonly Buffer[], decode: (body: Buffer) => void): number {
  for (const body of bodies.slice(0, 40)) decode(body);
  return perSecond(spans, () => {
    for (const body of bodies) decode(body);
  });
}

/** Writes requests to a file that the client reads; gives its path. */
function fileOf(directory: string, name: string, options: SpanOptions, encoding: Encoding): string {
  const parts: Buffer[] = [];
  for (const body of spanRequests(options, encoding)) {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(body.length);
    parts.push(head, body);
  }
  const path = join(directory, name);
  writeFileSync(path, Buffer.concat(parts));
  return path;
}

let ids = 0;

/** Spans a second from a client to the acknowledgement, the server a process of its own. */
async function overHttp(directory: string, encoding: Encoding, callEvery: number): Promise<number> {
  const server = spawn(
    process.execPath,
    [
      join(here, '../../packages/server/bin/bellwether.js'),
      'serve',
      '--port',
      '0',
      '--data',
      join(directory, `${encoding}-${callEvery}`),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const url = await new Promise<string>((resolve) => {
    server.stdout.on('data', (chunk: Buffer) => {
      const address = /answers at\s+(http:\S+)/.exec(chunk.toString('utf8'))?.[1];
      if (address !== undefined) resolve(address);
    });
  });
  const send = (count: number): number => {
    const options = { spans: count, batch, callEvery, from: ids, startMs };
    ids += count;
    const file = fileOf(directory, 'bodies', options, encoding);
    const args = [join(here, 'load.ts'), url, file, mediaTypes[encoding], String(connections)];
    return Number(execFileSync(process.execPath, args, { encoding: 'utf8' }));
  };
  send(WARM_SPANS);
  await fetch(`${url}/api/v1/costs`);
  const seconds = send(spans);
  server.kill('SIGTERM');
  await new Promise((resolve) => server.once('exit', resolve));
  return spans / seconds;
}

const directory = mkdtempSync(join(tmpdir(), 'bellwether-bench-'));
try {
  const options = { spans, batch, callEvery: 1, from: 0, startMs };
  const protobuf = [...spanRequests(options, 'protobuf')];
  const json = [...spanRequests(options, 'json')];
  const bytes = protobuf.reduce((sum, body) => sum + body.length, 0) / spans;
  const nothing = (): void => undefined;
  const ours = decodeOnly(protobuf, (body) => decodeTracesProtobuf(body, nothing));
  const descriptors = decodeOnly(protobuf, (body) => void otlpTypes.traces.decode(body));
  const ofJson = decodeOnly(json, (body) => decodeTracesJson(body, nothing));
  const calls = await overHttp(directory, 'protobuf', 1);
  const mixed = await overHttp(directory, 'protobuf', 4);
  const jsonCalls = await overHttp(directory, 'json', 1);
  const line = (value: number, what: string): void =>
    console.log(`  ${Math.round(value).toLocaleString('en-US').padStart(11)} spans/s  ${what}`);
  console.log(
    `OTLP traces: ${spans.toLocaleString('en-US')} spans of ${Math.round(bytes)} bytes, ${batch} a request, ${connections} connections`,
  );
  console.log(
    `${cpus()[0]?.model ?? 'unknown processor'}, ${availableParallelism()} cores for all, Node ${process.version}\n`,
  );
  line(ours, 'ceiling: our decoder of protobuf alone');
  line(descriptors, 'for comparison: protobufjs on the same bytes');
  line(ofJson, 'ceiling: our decoder of JSON alone');
  line(calls, 'protobuf over HTTP, acknowledged on disk, every span a call of a model');
  line(mixed, 'the same, one span in four a call');
  line(jsonCalls, 'JSON over HTTP, every span a call');
} finally {
  rmSync(directory, { recursive: true, force: true });
}
