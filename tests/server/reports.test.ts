import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const run = promisify(execFile);
let server: RunningServer;

const DAY = 'from=2026-11-02&to=2026-11-03';
const HOUR_MS = 3_600_000;

/** A request of every hour of two days; the second day has twice as many, and half of model `b` fail there. */
function events(): object[] {
  return Array.from({ length: 48 }, (_, hour) => {
    const second = hour >= 24;
    return Array.from({ length: second ? 8 : 4 }, (_none, i) => ({
      id: `${hour}-${i}`,
      timestamp: Date.UTC(2026, 10, 1) + hour * HOUR_MS + i * 1000,
      provider: 'openai',
      model: i % 2 === 0 ? 'a' : 'b',
      input_tokens: 100,
      output_tokens: 10,
      latency_ms: second ? 400 : 100,
      cost_usd: '0.01',
      revenue_usd: i % 2 === 0 ? '0.05' : '0.002',
      application: i % 2 === 0 ? 'chat' : 'search',
      status: second && i % 4 === 1 ? 'error' : 'success',
      ...(second && i % 4 === 1 ? { error_type: 'rate_limit' } : {}),
    }));
  }).flat();
}

beforeAll(async () => {
  const config = join(directory.path, 'config.yaml');
  writeFileSync(
    config,
    'objectives:\n  items:\n    - { id: available, kind: availability, target_percent: 90 }\n    - { id: fast, kind: latency, threshold_ms: 500, target_percent: 99 }\n',
  );
  server = await startServer(directory.path, { args: ['--config', config] });
  await post(server.url, events());
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

interface Answer {
  readonly document: {
    readonly figures: readonly { name: string; value: string; change: { text: string } | null }[];
    readonly happened: readonly { text: string; path: string }[];
    readonly why: readonly { text: string; path: string }[];
    readonly next: readonly { text: string; path: string }[];
  };
}

async function report(path: string): Promise<Answer & Record<string, unknown>> {
  const response = await fetch(`${server.url}/api/v1/reports/${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Answer & Record<string, unknown>;
}

const textsOf = (statements: readonly { text: string }[]): string[] => statements.map(({ text }) => text);

describe('GET /api/v1/reports/KIND', () => {
  it('performance: what changed, in which group, and what to look into', async () => {
    const { document, total } = await report(`performance?${DAY}&by=model`);
    expect(total).toMatchObject({ requests: 192, errors: 48 });
    expect(textsOf(document.happened).slice(0, 2)).toEqual([
      'Traffic rose by 100.0 %, from 96 to 192 requests.',
      '48 requests of 192 failed (25.0 %), against 0.0 % before.',
    ]);
    expect(textsOf(document.why)).toEqual([
      'Of +96 requests: a +48, b +48.',
      'Of +48 failed requests: b +48.',
    ]);
    expect(textsOf(document.next)).toEqual([
      'Look into the errors of b: 50.0 % of its 96 requests failed, against 0.0 % of the others.',
    ]);
  });

  it('cost: the same figures as /api/v1/costs, and why they changed', async () => {
    const answer = await report(`cost?${DAY}&by=model`);
    const costs = await (await fetch(`${server.url}/api/v1/costs?${DAY}&by=model`)).json();
    expect(answer).toMatchObject(costs as object);
    expect(textsOf(answer.document.happened)).toEqual([
      '192 requests cost $1.9200; in the period before, 96 requests cost $0.9600. Cost rose by 100.0 %.',
    ]);
    expect(textsOf(answer.document.why)[0]).toBe(
      'The difference of +$0.9600 is made of +$0.9600 by more or fewer requests in all.',
    );
    expect(textsOf(answer.document.next)).toEqual([
      '$0.4800 (25.0 %, 48 requests) went into requests that failed: see what fails, and whether it must be tried at all.',
    ]);
  });

  it('sla: what was kept, and what failed', async () => {
    const { document } = await report(`sla?${DAY}`);
    expect(textsOf(document.happened)).toEqual([
      '1 of 2 objectives were kept.',
      'available was missed: 75 % of 192 requests were good, 90 % are asked.',
    ]);
    expect(textsOf(document.why)).toEqual(['100.0 % of the 48 errors are rate_limit (48).']);
    expect(textsOf(document.next)).toEqual([
      'Mend available before anything is added: its error budget is spent 2.5 times over.',
    ]);
  });

  it('roi: profit, who changed it, and who loses', async () => {
    const { document } = await report(`roi?${DAY}`);
    expect(document.figures.slice(0, 2)).toMatchObject([{ value: '160.0 %' }, { value: '$3.0720' }]);
    expect(textsOf(document.why)).toEqual(['Profit changed by +$1.5360: chat +$1.9200.']);
    expect(textsOf(document.next)).toEqual([
      'search costs more than it is worth: $0.9600 for $0.1920. Make it cheaper, or see whether its worth is told.',
    ]);
  });

  it('capacity: peaks, minutes with refusals, and requests at once', async () => {
    const answer = await report(`capacity?${DAY}&by=model`);
    expect(answer['total']).toMatchObject({
      requests: 192,
      requests_per_minute: { avg: 192 / 1440, peak: 8, p99: 8 },
      tokens_per_minute: { peak: 880 },
      // Eight requests of 400 ms in a minute.
      concurrency: { peak: (8 * 0.4) / 60 },
      rate_limited: { requests: 48, minutes: 24, least_requests: 8, median_requests: 8 },
    });
    expect(answer['ahead']).toBeNull();
    expect(textsOf(answer.document.next)).toContain(
      'Ask for a higher limit for b, or spread its load: refusals came in minutes of 4 requests in the median, from 4 on; its busiest minute has 4.',
    );
  });

  it('every number leads to a query that answers', async () => {
    for (const kind of ['performance', 'cost', 'sla', 'roi', 'capacity']) {
      const { document } = await report(`${kind}?${DAY}`);
      const paths = JSON.stringify(document).match(/(?<="path":")[^"]*/g) ?? [];
      expect(paths.length).toBeGreaterThan(3);
      const answers = await Promise.all(
        [...new Set(paths)].map(async (path) => ({ path, status: (await fetch(server.url + path)).status })),
      );
      expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    }
  });

  it('is a page of its own that may neither run nor load anything', async () => {
    const response = await fetch(`${server.url}/api/v1/reports/cost?${DAY}&format=html`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const page = await response.text();
    const [, sheet = ''] = /<style>(.*?)<\/style>/s.exec(page) ?? [];
    const hash = createHash('sha256').update(sheet).digest('base64');
    expect(response.headers.get('content-security-policy')).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
    expect(page).toContain(`href="${server.url}/api/v1/costs?`);
  });

  it('says what is wrong with a question', async () => {
    const status = async (path: string) => (await fetch(`${server.url}/api/v1/reports/${path}`)).status;
    expect(await status('nothing')).toBe(404);
    expect(await status('sla?by=model')).toBe(400);
    expect(await status('capacity?by=hour')).toBe(400);
    expect(await status('cost?format=pdf')).toBe(400);
  });
});

describe('bellwether report', () => {
  it.each(['performance', 'cost', 'sla', 'roi', 'capacity'])(
    '%s prints text and JSON and writes HTML',
    async (kind) => {
      const args = ['report', kind, '--data', directory.path, '--from', '2026-11-02', '--to', '2026-11-03'];
      const { stdout } = await run(process.execPath, [cli, ...args]);
      expect(stdout).toContain('What happened\n  • ');
      const json = await run(process.execPath, [cli, ...args, '--format', 'json']);
      expect(JSON.parse(json.stdout)).toMatchObject({ from: '2026-11-02T00:00:00Z', document: { kind } });
      const out = join(directory.path, `${kind}.html`);
      await run(process.execPath, [cli, ...args, '--format', 'html', '--out', out]);
      expect(readFileSync(out, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
    },
  );
});

describe('validate accuracy', () => {
  it('finds every family of the exposition exact', async () => {
    const before = await (await fetch(`${server.url}/metrics`)).text();
    // A figure that nobody has computed yet is not there: 0 would be an alarm.
    expect(before).not.toContain('custom_metrics_business_accuracy_ratio 0');
    const response = await fetch(`${server.url}/api/v1/accuracy`);
    const found = (await response.json()) as { families: { equal: boolean; family: string }[] };
    expect(found).toMatchObject({ exact: true, accuracy: 1, asked: 0.99, sufficient: true, rows: 288 });
    expect(found.families.filter(({ equal }) => !equal)).toEqual([]);
    expect(found.families.map(({ family }) => family)).toContain('llm_latency_seconds_sum');
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain('\ncustom_metrics_business_accuracy_ratio 1\n');
  });

  it('prints a table', async () => {
    const { stdout } = await run(process.execPath, [cli, 'validate', 'accuracy', '--data', directory.path]);
    expect(stdout).toMatch(/^llm_requests_total +2 +288 +288 +100\.0000 % +equal$/m);
    expect(stdout).toMatch(/Exact: \d+ families agree with 288 rows of the ledger\.\n$/);
  });
});
