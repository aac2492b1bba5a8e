import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { otlpTypes, toProtobuf } from '../../packages/server/src/ingest/otlp/test-schema.ts';
import { hexId, tracesRequest } from '../../packages/server/src/ingest/otlp/test-spans.ts';
import { metric, root, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
let server: RunningServer;

beforeAll(async () => {
  server = await startServer(directory.path);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

/** The whole of what is stored, by application and model. */
async function costs(application: string): Promise<Record<string, unknown>[]> {
  const answer = await fetch(`${server.url}/api/v1/costs?by=application,provider,model`);
  const { rows } = (await answer.json()) as {
    rows: (Record<string, unknown> & { key: Record<string, string> })[];
  };
  return rows
    .filter(({ key }) => key['application'] === application)
    .map(({ key, ...figures }) => ({ ...key, ...figures }));
}

/** A call of a model, as a span. */
const call = (n: number, more: Record<string, unknown> = {}) => ({
  traceId: hexId(1000 + n, 32),
  spanId: hexId(1000 + n, 16),
  startTimeUnixNano: '1763000000123456789',
  endTimeUnixNano: '1763000001123456789',
  attributes: {
    'gen_ai.operation.name': 'chat',
    'gen_ai.provider.name': 'openai',
    'gen_ai.request.model': 'gpt-4o',
    'gen_ai.usage.input_tokens': 1000,
    'gen_ai.usage.output_tokens': 100,
    'gen_ai.input.messages': 'a secret that is nobody’s business',
    ...more,
  },
});

async function send(
  body: Buffer,
  headers: Record<string, string> = { 'content-type': 'application/x-protobuf' },
): Promise<{ status: number; type: string | null; retryAfter: string | null; body: Buffer }> {
  const answer = await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    headers,
    body: new Uint8Array(body),
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    retryAfter: answer.headers.get('retry-after'),
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

const json = { 'content-type': 'application/json' };

describe('OTLP traces', () => {
  it.each([
    ['protobuf', ProtobufExporter],
    ['JSON', JsonExporter],
  ])(
    'come from the exporter of OpenTelemetry for JavaScript in %s, and agents count once',
    async (name, Exporter) => {
      const exporter = new Exporter({ url: `${server.url}/v1/traces` });
      const provider = new TracerProvider({
        resource: resourceFromAttributes({ 'service.name': `js ${name}`, 'service.version': '7' }),
        spanProcessors: [new BatchSpanProcessor({ exporter })],
      });
      const tracer = provider.getTracer('test');
      const agent = tracer.startSpan(
        'invoke_agent helper',
        { attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.usage.input_tokens': 3000 } },
        ROOT_CONTEXT,
      );
      const within = trace.setSpan(context.active(), agent);
      for (let n = 0; n < 3; n++) {
        const span = tracer.startSpan(
          'chat gpt-4o',
          { kind: SpanKind.CLIENT, attributes: call(n).attributes },
          within,
        );
        if (n === 2) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
      }
      agent.end();
      await provider.forceFlush();
      await provider.shutdown();
      expect(await costs(`js ${name}`)).toEqual([
        expect.objectContaining({
          provider: 'openai',
          model: 'gpt-4o',
          requests: 3,
          errors: 1,
          input_tokens: 3000,
          output_tokens: 300,
          cost_usd: '0.0105',
        }),
      ]);
    },
  );

  it('are the same however often and however they are sent', async () => {
    const request = tracesRequest([call(1), call(2)], { 'service.name': 'again' });
    const body = toProtobuf(otlpTypes.traces, request);
    const text = Buffer.from(JSON.stringify(request));
    const protobuf = { 'content-type': 'application/x-protobuf' };
    const answers = [
      await send(body),
      await send(text, json),
      await send(gzipSync(body), { ...protobuf, 'content-encoding': 'gzip' }),
      await send(zstdCompressSync(body), { ...protobuf, 'content-encoding': 'zstd' }),
      await send(brotliCompressSync(text), { ...json, 'content-encoding': 'br' }),
    ];
    expect(answers.map(({ status, type, body: said }) => [status, type, said.toString()])).toEqual([
      [200, 'application/x-protobuf', ''],
      [200, 'application/json', '{}'],
      [200, 'application/x-protobuf', ''],
      [200, 'application/x-protobuf', ''],
      [200, 'application/json', '{}'],
    ]);
    expect(await costs('again')).toMatchObject([{ requests: 2, input_tokens: 2000 }]);
  });

  it('that tell of one call at two levels count once, also in large requests', async () => {
    const spans = Array.from({ length: 600 }, (_none, n) => {
      const [outer, inner] = [hexId(90_000 + 2 * n, 16), hexId(90_001 + 2 * n, 16)];
      const at = { traceId: hexId(90_000 + n, 32), startTimeUnixNano: '1763000000000000000' };
      return [
        { ...call(n), ...at, spanId: inner, parentSpanId: outer, endTimeUnixNano: '1763000001000000000' },
        { ...call(n), ...at, spanId: outer, endTimeUnixNano: '1763000001000000001' },
      ];
    }).flat();
    const body = toProtobuf(otlpTypes.traces, tracesRequest(spans, { 'service.name': 'levels' }));
    expect(body.length).toBeGreaterThan(100_000);
    const expected = [{ requests: 600, input_tokens: 600_000, output_tokens: 60_000, cost_usd: '2.10' }];
    for (let times = 0; times < 3; times++) {
      expect(await send(body)).toMatchObject({ status: 200, body: Buffer.alloc(0) });
      expect(await costs('levels')).toMatchObject(expected);
    }
    const verified = await fetch(`${server.url}/api/v1/verify`);
    expect(await verified.json()).toMatchObject({ consistent: true });
  });

  it('keep their time to the nanosecond, and nothing of what was said', async () => {
    await send(toProtobuf(otlpTypes.traces, tracesRequest([call(5)], { 'service.name': 'exact' })));
    await costs('exact');
    const answer = await fetch(
      `${server.url}/api/v1/export/events?format=json&from=2025-11-13&to=2025-11-14`,
    );
    const text = await answer.text();
    expect(text).toContain('2025-11-13T02:13:20.123456789Z');
    expect(text).not.toContain('secret');
  });

  it('are stored as far as they are right, and the rest is told', async () => {
    const future = {
      ...call(11),
      startTimeUnixNano: '9000000000000000000',
      endTimeUnixNano: '9000000000000000001',
    };
    const wrong = call(12, { 'gen_ai.usage.input_tokens': -5 });
    const http = { attributes: { 'http.request.method': 'GET' } };
    const request = tracesRequest([call(10), future, wrong, http], { 'service.name': 'partly' });
    const answer = await send(toProtobuf(otlpTypes.traces, request));
    expect(answer.status).toBe(200);
    expect(
      otlpTypes.tracesAnswer.toObject(otlpTypes.tracesAnswer.decode(answer.body), { longs: Number }),
    ).toEqual({
      partialSuccess: {
        rejectedSpans: 2,
        errorMessage: expect.stringContaining('ahead of the server clock'),
      },
    });
    const asJson = await send(Buffer.from(JSON.stringify(request)), json);
    expect(JSON.parse(asJson.body.toString())).toEqual({
      partialSuccess: { rejectedSpans: '2', errorMessage: expect.any(String) },
    });
    expect(await costs('partly')).toMatchObject([{ requests: 1 }]);
    const other = call(10, { 'gen_ai.usage.input_tokens': 7 });
    const conflict = await send(
      Buffer.from(JSON.stringify(tracesRequest([other], { 'service.name': 'partly' }))),
      json,
    );
    expect(JSON.parse(conflict.body.toString())).toMatchObject({ partialSuccess: { rejectedSpans: '1' } });
    expect(await metric(server.url, 'custom_metrics_otlp_spans_total', { outcome: 'rejected' })).toBe(5);
  });

  it('that are malformed are refused in the encoding of the request', async () => {
    const body = toProtobuf(otlpTypes.traces, tracesRequest([call(20)], { 'service.name': 'broken' }));
    const cut = await send(body.subarray(0, -3));
    expect([cut.status, cut.type, cut.retryAfter]).toEqual([400, 'application/x-protobuf', null]);
    expect(otlpTypes.status.toObject(otlpTypes.status.decode(cut.body))).toEqual({
      code: 3,
      message: expect.stringContaining('longer than its message'),
    });
    const text = await send(Buffer.from('{"resourceSpans":5}'), json);
    expect([text.status, text.type, JSON.parse(text.body.toString())]).toEqual([
      400,
      'application/json',
      { code: 3, message: 'This is no OTLP request: resourceSpans is not a list.' },
    ]);
    const media = await send(body, { 'content-type': 'text/plain' });
    expect([media.status, JSON.parse(media.body.toString())]).toEqual([
      415,
      { code: 12, message: expect.any(String) },
    ]);
    const bomb = await send(gzipSync(Buffer.alloc(100 * 1024 * 1024)), {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'gzip',
    });
    expect([bomb.status, bomb.type]).toEqual([413, 'application/x-protobuf']);
    expect(await costs('broken')).toEqual([]);
  });

  it('come from the exporter of OpenTelemetry for Python', async ({ skip }) => {
    const python = pythonWithOpenTelemetry();
    if (python === null) skip('OpenTelemetry for Python is not installed and cannot be installed here');
    execFileSync(python ?? '', ['-c', PYTHON, `${server.url}/v1/traces`], { encoding: 'utf8' });
    expect(await costs('python')).toMatchObject([
      {
        provider: 'anthropic',
        model: 'claude-sonnet-4-5',
        requests: 2,
        input_tokens: 2000,
        output_tokens: 40,
      },
    ]);
  });
});

const PYTHON = `
import sys
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.exporter.otlp.proto.http import Compression
provider = TracerProvider(resource=Resource.create({"service.name": "python"}))
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=sys.argv[1], compression=Compression.Gzip)))
tracer = provider.get_tracer("test")
for n in range(2):
    with tracer.start_as_current_span("chat", attributes={
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5", "gen_ai.usage.input_tokens": 1000, "gen_ai.usage.output_tokens": 20,
    }):
        pass
provider.shutdown()
`;

/** A Python that has OpenTelemetry's exporter, in an environment of its own that is made once; null if there is none. */
function pythonWithOpenTelemetry(): string | null {
  const works = (python: string): boolean =>
    spawnSync(python, ['-c', 'import opentelemetry.exporter.otlp.proto.http']).status === 0;
  if (works('python3')) return 'python3';
  const folder = join(root, 'node_modules', '.cache', 'opentelemetry-python');
  const python = join(folder, 'bin', 'python');
  if (existsSync(join(folder, 'made'))) return works(python) ? python : null;
  mkdirSync(folder, { recursive: true });
  const packages = ['opentelemetry-sdk', 'opentelemetry-exporter-otlp-proto-http'];
  spawnSync('python3', ['-m', 'venv', folder]);
  spawnSync(python, ['-m', 'pip', 'install', '--quiet', ...packages], { timeout: 60_000 });
  writeFileSync(join(folder, 'made'), '');
  return works(python) ? python : null;
}
