import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cli, post, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const run = promisify(execFile);
let server: RunningServer;

// Thirty days, so that a saving of the period is a saving of a month.
const PERIOD = 'from=2026-10-01&to=2026-10-31';
const START_MS = Date.UTC(2026, 9, 2);

const usage = { provider: 'openai', input_tokens: 1000, output_tokens: 100 };

/** Requests a minute apart. */
function events(count: number, name: string, of: (i: number) => object): object[] {
  return Array.from({ length: count }, (_none, i) => ({
    ...usage,
    id: `${name}-${i}`,
    timestamp: START_MS + i * 60_000,
    ...of(i),
  }));
}

const desk = { application: 'desk', task_type: 'chat', user_id: 'u' };
/** Scores of 0.88 and 0.92 in turn. */
const score = (mean: number, i: number) => ({ quality_score: mean + (i % 2 === 0 ? 0.02 : -0.02) });

beforeAll(async () => {
  const config = join(directory.path, 'config.yaml');
  writeFileSync(config, 'budgets:\n  - { id: all, amount_usd: 2.00, period: month }\n');
  server = await startServer(directory.path, { args: ['--config', config] });
  await post(server.url, [
    ...events(200, 'dear', (i) => ({ ...desk, model: 'gpt-4o', ...score(0.9, i) })),
    ...events(200, 'cheap', (i) => ({ ...desk, model: 'gpt-4o-mini', ...score(0.9, i) })),
    ...events(200, 'poor', (i) => ({ ...desk, model: 'gpt-4.1-nano', ...score(0.8, i) })),
    ...events(150, 'night', () => ({ application: 'night', task_type: 'digest', model: 'gpt-4o' })),
    ...events(100, 'b1', (i) => ({
      ...usage,
      application: 'web',
      user_id: 'u',
      model: 'gpt-4.1',
      backend_id: 'b1',
      status: i < 30 ? 'error' : 'success',
      // Six times the same work fails three times within three minutes.
      ...(i < 18 ? { correlation_id: `work-${Math.floor(i / 3)}` } : { correlation_id: `other-${i}` }),
    })),
    ...events(200, 'b2', (i) => ({
      application: 'web',
      user_id: 'u',
      model: 'gpt-4.1',
      backend_id: 'b2',
      status: i < 2 ? 'error' : 'success',
    })),
  ]);
});

afterAll(async () => {
  await server.stop();
  directory.remove();
});

interface Advice {
  readonly kind: string;
  readonly action: string;
  readonly saving_usd_per_month: string | null;
  readonly gain: string;
  readonly confidence: string;
  readonly evidence: { readonly requests: number; readonly path: string };
}

async function advice(): Promise<{ advice: Advice[]; withheld: { kind: string; about: string }[] }> {
  const response = await fetch(`${server.url}/api/v1/advice?${PERIOD}`);
  expect(response.status).toBe(200);
  return (await response.json()) as { advice: Advice[]; withheld: { kind: string; about: string }[] };
}

describe('GET /api/v1/advice', () => {
  it('names the cheaper model that answers as well, and prices the move exactly', async () => {
    const { advice: all, withheld } = await advice();
    // 200 requests of 1000 and 100 tokens: 0.0035 dollars each with gpt-4o, 0.00021 with gpt-4o-mini.
    expect(all.find(({ kind }) => kind === 'cheaper_model')).toMatchObject({
      action: 'Move chat of desk from gpt-4o to gpt-4o-mini.',
      saving_usd_per_month: '0.658',
      evidence: {
        requests: 200,
        figures: { present_cost_usd: '0.70', other_cost_usd: '0.042', quality_difference: 0 },
      },
    });
    expect(withheld.map(({ about }) => about)).toContain('chat of desk: gpt-4o to gpt-4.1-nano');
  });

  it('finds work that nobody waits for', async () => {
    const { advice: all } = await advice();
    // Half of 150 requests at 0.0035 dollars; work with users is not among it.
    expect(all.filter(({ kind }) => kind === 'batch')).toMatchObject([
      {
        action: expect.stringMatching(/^Send digest of night to gpt-4o as batches/),
        saving_usd_per_month: '0.2625',
      },
    ]);
  });

  it('finds the backend that fails and the storms of retries', async () => {
    const { advice: all } = await advice();
    expect(all.filter(({ kind }) => kind === 'failing_backend')).toMatchObject([
      {
        action: 'Send less of gpt-4.1 to b1 until it is mended.',
        gain: 'Some 29 failures fewer in the period: 30.00 % of its 100 requests failed, against 1.00 % at the other backends.',
        confidence: 'high',
      },
    ]);
    // 18 failed requests of 0.0028 dollars.
    expect(all.filter(({ kind }) => kind === 'retries')).toMatchObject([
      { saving_usd_per_month: '0.0504', evidence: { requests: 18 } },
    ]);
  });

  it('leads to a query that answers, and puts what saves most first', async () => {
    const { advice: all } = await advice();
    const answers = await Promise.all(all.map(({ evidence }) => fetch(server.url + evidence.path)));
    expect(answers.map(({ status }) => status)).toEqual(all.map(() => 200));
    const savings = all.map(({ saving_usd_per_month: saving }) => Number(saving ?? -1));
    expect(savings).toEqual(savings.toSorted((a, b) => b - a));
  });

  it('has nothing to say of a period without requests', async () => {
    const response = await fetch(`${server.url}/api/v1/recommendations?from=2026-01-01&to=2026-01-02`);
    expect(await response.json()).toMatchObject({ advice: [], withheld: [] });
  });

  it('is printed', async () => {
    const args = ['advice', '--data', directory.path, '--from', '2026-10-01', '--to', '2026-10-31'];
    const { stdout } = await run(process.execPath, [cli, ...args]);
    expect(stdout).toContain('1. Move chat of desk from gpt-4o to gpt-4o-mini.\n   Saves $0.6580 a month.');
    const all = await run(process.execPath, [cli, ...args, '--all']);
    expect(all.stdout).toContain('One-sided test of non-inferiority');
  });
});

describe('GET /api/v1/what-if', () => {
  const suppose = async (text: string) => {
    const response = await fetch(
      `${server.url}/api/v1/what-if?${PERIOD}&suppose=${encodeURIComponent(text)}`,
    );
    return { status: response.status, body: (await response.json()) as { notes: string[] } };
  };

  it('prices moved work and tells of the history of the model that it would move to', async () => {
    const { body } = await suppose('move task chat of desk from gpt-4o to gpt-4o-mini');
    expect(body).toMatchObject({
      requests: 200,
      cost_usd_per_month: { present: '0.70', supposed: '0.042', difference: '-0.658' },
      error_ratio: { present: 0, supposed: 0 },
      latency_p95_ms: { present: null, supposed: null },
      budgets: [{ id: 'all', amount_usd: '2.00', exceeded: false }],
    });
    expect(body.notes.join(' ')).toMatch(
      /quality is [+−]0\.000, at worst −0\.00\d with 95 % confidence: as good/,
    );
  });

  it('says what is not known of a model that has not done the task', async () => {
    const { body } = await suppose('move task digest to gpt-4o-mini');
    expect(body).toMatchObject({
      requests: 150,
      error_ratio: { supposed: null },
      quality_score: { supposed: null },
    });
    expect(body.notes).toContain(
      'gpt-4o-mini did this task 0 times in the period; 30 are needed to tell its latency, errors and quality.',
    );
  });

  it('scales traffic, and says which budgets would be exceeded', async () => {
    // 350 requests of 0.0035 dollars, 200 of 0.00021, 200 of 0.00014, and 300 of 0.0028.
    const { body } = await suppose('raise traffic 2x');
    expect(body).toMatchObject({
      requests: 1050,
      cost_usd_per_month: { present: '2.135', supposed: '4.27', difference: '2.135' },
      budgets: [
        { id: 'all', amount_usd: '2.00', present_usd: '2.135', supposed_usd: '4.27', exceeded: true },
      ],
    });
    expect(body.notes).toContain('The budget all of $2.0000 would be exceeded in the mean.');
    expect((await suppose('lower traffic 50 %')).body).toMatchObject({
      cost_usd_per_month: { supposed: '1.0675', difference: '-1.0675' },
    });
  });

  it('refuses what is no supposition, and what there are no requests of', async () => {
    expect((await suppose('make it cheaper')).status).toBe(400);
    expect((await suppose('raise traffic -2x')).status).toBe(400);
    expect((await suppose('move task chat to nothing')).status).toBe(400);
    expect((await suppose('move task nothing to gpt-4o')).status).toBe(400);
  });

  it('is printed', async () => {
    const args = ['--data', directory.path, '--from', '2026-10-01', '--to', '2026-10-31'];
    const { stdout } = await run(process.execPath, [
      cli,
      'what-if',
      'move task chat of desk from gpt-4o to gpt-4o-mini',
      ...args,
    ]);
    expect(stdout).toMatch(/^cost a month +\$0\.7000 +\$0\.0420$/m);
    expect(stdout).toContain('The difference is −$0.6580 a month.');
  });
});
