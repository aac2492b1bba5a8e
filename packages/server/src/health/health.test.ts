import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FakeClock } from '../clock.ts';
import { fakeClock } from '../clock.ts';
import type { CheckOutcome, HealthCheck } from './check.ts';
import type { Health, HealthChange, HealthOptions } from './health.ts';
import { createHealth } from './health.ts';
import { pingCheck } from './ping-check.ts';
import { reasonOf } from './watch.ts';

const START_MS = Date.UTC(2026, 10, 20, 10);

function check(name: string, run: HealthCheck['run'], options: Partial<HealthCheck> = {}): HealthCheck {
  return { name, component: `${name}-part`, critical: false, run, ...options };
}

const outcome = (status: CheckOutcome['status'], message: string = status): CheckOutcome => ({
  status,
  message,
});
const never = async (): Promise<CheckOutcome> => new Promise(() => undefined);

function healthOf(
  checks: readonly HealthCheck[],
  options: Partial<HealthOptions> = {},
): { health: Health; clock: FakeClock } {
  const clock = fakeClock(START_MS);
  const health = createHealth({
    clock,
    checks,
    service: 'custom-metrics',
    version: '0.1.0',
    metricsCollected: () => true,
    redact: (text) => text.replaceAll('canary', '***'),
    ...options,
  });
  onTestFinished(() => health.stop());
  return { health, clock };
}

async function started(
  checks: readonly HealthCheck[],
  options: Partial<HealthOptions> = {},
): Promise<{ health: Health; clock: FakeClock }> {
  const made = healthOf(checks, options);
  const starting = made.health.start();
  await made.clock.advanceAsync(5000);
  await starting;
  return made;
}

const statuses = (health: Health): Record<string, string> =>
  Object.fromEntries(health.report().checks.map(({ check: { name }, result }) => [name, result.status]));

describe('GET /health', () => {
  it('has the shape that was asked for', async () => {
    const { health, clock } = healthOf([check('a', async () => outcome('healthy', 'all well'))]);
    await health.start();
    clock.advance(1500);
    const { statusCode, contentType, body } = health.health();
    expect([statusCode, contentType]).toEqual([200, 'application/json; charset=utf-8']);
    expect(JSON.parse(body)).toEqual({
      status: 'healthy',
      service: 'custom-metrics',
      version: '0.1.0',
      metrics_collected: true,
      timestamp: '2026-11-20T10:00:01.500Z',
      uptime_seconds: 1.5,
      checks: {
        a: {
          component: 'a-part',
          status: 'healthy',
          message: 'all well',
          last_check: '2026-11-20T10:00:00.000Z',
          duration_ms: 0,
        },
      },
    });
  });

  it.each([
    [[], 'healthy', 200],
    [['healthy'], 'healthy', 200],
    [['degraded'], 'degraded', 200],
    [['unhealthy'], 'degraded', 200],
    [['healthy', 'critical degraded'], 'degraded', 200],
    [['degraded', 'critical unhealthy'], 'unhealthy', 503],
    [['critical unhealthy', 'critical healthy'], 'unhealthy', 503],
  ] as const)('of checks that are %j is %s with %i', async (states, status, statusCode) => {
    const checks = states.map((state, index) => {
      const critical = state.startsWith('critical ');
      return check(`${index}`, async () => outcome(state.replace('critical ', '') as 'healthy'), {
        critical,
      });
    });
    const { health } = await started(checks);
    const answer = health.health();
    expect([(JSON.parse(answer.body) as { status: string }).status, answer.statusCode]).toEqual([
      status,
      statusCode,
    ]);
  });

  it('says degraded, and that nothing is known yet, before the first results', () => {
    const { health } = healthOf([check('a', async () => outcome('healthy'))]);
    expect(JSON.parse(health.health().body)).toMatchObject({
      status: 'degraded',
      checks: {
        a: { status: 'degraded', message: 'The check has not run yet.', last_check: null, duration_ms: 0 },
      },
    });
  });

  it.each([
    [undefined, 'application/json; charset=utf-8'],
    ['*/*', 'application/json; charset=utf-8'],
    ['text/html, application/json', 'application/json; charset=utf-8'],
    ['application/health+json', 'application/health+json'],
    ['application/json, application/Health+JSON; charset=utf-8', 'application/health+json'],
    ['application/health+json;q=0.5, application/json', 'application/json; charset=utf-8'],
    ['application/json;q=0.5, application/health+json; q=0.9', 'application/health+json'],
    ['application/health+json;q=0', 'application/json; charset=utf-8'],
  ])('for Accept: %s is %s', (accept, contentType) => {
    expect(healthOf([]).health.health(accept).contentType).toBe(contentType);
  });

  it('as application/health+json follows the draft', async () => {
    const { health } = await started([
      check(
        'disk',
        async () => ({ ...outcome('degraded', 'filling up'), observed: { value: 81, unit: 'percent' } }),
        {
          component: 'storage',
          componentType: 'system',
          measurement: 'utilization',
        },
      ),
      check('one', async () => outcome('healthy'), { component: 'db' }),
      check('two', async () => outcome('unhealthy', 'gone'), { component: 'db', critical: true }),
    ]);
    const answer = health.health('application/health+json');
    expect(answer.statusCode).toBe(503);
    const time = '2026-11-20T10:00:00.000Z';
    expect(JSON.parse(answer.body)).toEqual({
      status: 'fail',
      version: '0',
      releaseId: '0.1.0',
      serviceId: 'custom-metrics',
      checks: {
        'storage:utilization': [
          {
            componentId: 'disk',
            componentType: 'system',
            observedValue: 81,
            observedUnit: 'percent',
            status: 'warn',
            time,
            output: 'filling up',
          },
        ],
        'db:responseTime': [
          {
            componentId: 'one',
            componentType: 'component',
            observedValue: 0,
            observedUnit: 'ms',
            status: 'pass',
            time,
          },
          {
            componentId: 'two',
            componentType: 'component',
            observedValue: 0,
            observedUnit: 'ms',
            status: 'fail',
            time,
            output: 'gone',
          },
        ],
      },
    });
  });
});

describe('checks', () => {
  it('run on their own interval and not when somebody asks', async () => {
    let runs = 0;
    const { health, clock } = await started([
      check('a', async () => outcome('healthy', `run ${++runs}`), { intervalMs: 10_000 }),
    ]);
    for (let asked = 0; asked < 100; asked++) health.health();
    expect(runs).toBe(1);
    await clock.advanceAsync(4999);
    expect(runs).toBe(1);
    await clock.advanceAsync(1);
    expect(runs).toBe(2);
    await clock.advanceAsync(20_000);
    expect(runs).toBe(4);
  });

  it('that hang are given up at the time-out, harm no other and are not begun twice', async () => {
    let begun = 0;
    let wellRuns = 0;
    const { health, clock } = await started([
      check('stuck', async () => (begun++, never()), { timeoutMs: 2000, intervalMs: 1000, critical: true }),
      check('well', async () => outcome('healthy', `${++wellRuns}`), { intervalMs: 1000 }),
    ]);
    expect(statuses(health)).toEqual({ stuck: 'unhealthy', well: 'healthy' });
    expect(health.report().checks[0]?.result).toMatchObject({
      message: 'No answer within 2000 ms.',
      atMs: START_MS + 2000,
      durationMs: 2000,
    });
    await clock.advanceAsync(60_000);
    expect([begun, wellRuns]).toEqual([1, 66]);
  });

  it('that end after their time-out are begun again, and what they said late is not used', async () => {
    let release: (() => void) | undefined;
    let runs = 0;
    const { health, clock } = await started([
      check(
        'slow',
        async () => {
          if (++runs === 1) {
            await new Promise<void>((resolve) => {
              release = resolve;
            });
          }
          return outcome('healthy', `run ${runs}`);
        },
        { timeoutMs: 1000, intervalMs: 1000 },
      ),
    ]);
    await clock.advanceAsync(10_000);
    expect([runs, statuses(health)]).toEqual([1, { slow: 'unhealthy' }]);
    release?.();
    await clock.advanceAsync(999);
    expect([runs, statuses(health)]).toEqual([1, { slow: 'unhealthy' }]);
    await clock.advanceAsync(1);
    expect([runs, statuses(health)]).toEqual([2, { slow: 'healthy' }]);
  });

  it('hear that they are given up', async () => {
    const reasons: unknown[] = [];
    const listening = check(
      'a',
      async (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason);
            reject(new Error('given up'));
          });
        }),
      { timeoutMs: 100 },
    );
    const { health } = await started([listening]);
    expect(reasons).toEqual([new Error('The check took longer than 100 ms.')]);
    expect(statuses(health)).toEqual({ a: 'unhealthy' });
  });

  it.each([
    ['rejects', async () => Promise.reject(new Error('no canary\u001b[31m\nhere'))],
    [
      'throws',
      () => {
        throw new Error('no canary\u001b[31m\nhere');
      },
    ],
  ] as [string, HealthCheck['run']][])(
    'that %s are unhealthy, with a message that is safe to show',
    async (_what, run) => {
      const { health } = await started([check('a', run)]);
      expect(health.report().checks[0]?.result).toMatchObject({
        status: 'unhealthy',
        message: 'no *** [31m here',
      });
    },
  );

  it('have messages of bounded length', async () => {
    const { health } = await started([check('a', async () => outcome('healthy', 'x'.repeat(10_000)))]);
    expect(health.report().checks[0]?.result.message).toHaveLength(300);
  });

  it('can be added and removed while others run', async () => {
    let closed = 0;
    const { health, clock } = await started([check('a', async () => outcome('healthy'))]);
    const remove = health.add(
      check('b', async () => outcome('unhealthy'), { critical: true, close: () => void closed++ }),
    );
    await clock.advanceAsync(0);
    expect(health.health().statusCode).toBe(503);
    expect(() => health.add(check('b', never))).toThrow('There already is a health check called b.');
    remove();
    remove();
    expect([health.health().statusCode, closed]).toEqual([200, 1]);
    await clock.advanceAsync(60_000);
    expect(statuses(health)).toEqual({ a: 'healthy' });
  });

  it('tell of every change once', async () => {
    const changes: HealthChange[] = [];
    let status: CheckOutcome['status'] = 'healthy';
    const { clock } = await started(
      [
        check('a', async () => outcome(status), { intervalMs: 1000 }),
        check('b', async () => outcome('degraded'), { intervalMs: 1000 }),
      ],
      { onChange: (change) => changes.push(change) },
    );
    await clock.advanceAsync(5000);
    status = 'unhealthy';
    await clock.advanceAsync(5000);
    status = 'healthy';
    await clock.advanceAsync(5000);
    expect(changes.map(({ name, component, from, to }) => `${name} ${component} ${from} ${to}`)).toEqual([
      'b b-part healthy degraded',
      'a a-part healthy unhealthy',
      'a a-part unhealthy healthy',
    ]);
  });

  it('end with stop, and leave no timer', async () => {
    const { health, clock } = await started([
      check('a', async () => outcome('healthy')),
      check('b', async () => outcome('healthy')),
    ]);
    expect(clock.pendingTimers).toBe(2);
    health.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the probes', () => {
  it('say alive whatever the checks say', async () => {
    const { health } = await started([check('a', async () => outcome('unhealthy'), { critical: true })]);
    expect(health.live()).toEqual({
      statusCode: 200,
      contentType: 'text/plain; charset=utf-8',
      body: 'ok\n',
    });
  });

  it('say ready between start and stop, while nothing critical is broken', async () => {
    let status: CheckOutcome['status'] = 'healthy';
    const { health, clock } = await started([
      check('journal', async () => outcome(status, 'words'), { critical: true, intervalMs: 1000 }),
      check('ledger', async () => outcome('unhealthy', 'no ledger')),
    ]);
    const answers = [health.ready()];
    health.setPhase('ready');
    answers.push(health.ready());
    status = 'unhealthy';
    await clock.advanceAsync(1000);
    answers.push(health.ready());
    health.setPhase('stopping');
    answers.push(health.ready(true));
    expect(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).toEqual([
      '503 not ready: starting\n',
      '200 ok\n',
      '503 not ready: unhealthy\n',
      '503 [-]phase stopping\n[-]journal unhealthy: words\n[+]ledger unhealthy: no ledger\nnot ready: stopping\n',
    ]);
  });
});

describe('pingCheck', () => {
  it('is healthy when there is an answer, degraded when it is slow, unhealthy when there is none', async () => {
    const clock = fakeClock(0);
    const wait = async (ms: number): Promise<void> =>
      new Promise((resolve) => {
        clock.setTimeout(resolve, ms);
      });
    const slow = { clock, afterMs: 100 };
    const checks = [
      pingCheck('quick', 'x', async () => wait(99), { slow }),
      pingCheck('worded', 'x', async () => Promise.resolve('3 events wait')),
      pingCheck('slow', 'x', async () => wait(100), { slow }),
      pingCheck('broken', 'x', async () => Promise.reject(new Error('no answer')), { critical: true }),
    ];
    const { health } = healthOf(checks, { clock });
    const starting = health.start();
    await clock.advanceAsync(200);
    await starting;
    expect(health.report().checks.map(({ result }) => `${result.status}: ${result.message}`)).toEqual([
      'healthy: It answers.',
      'healthy: 3 events wait',
      'degraded: It took 100 ms to answer.',
      'unhealthy: no answer',
    ]);
    expect(health.report().status).toBe('unhealthy');
  });

  it('shows what the operating system said without paths and addresses', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    await new Promise((resolve) => {
      server.close(resolve);
    });
    const refused: unknown = await fetch(`http://127.0.0.1:${port}/`).catch((error: unknown) => error);
    expect(reasonOf(refused)).toBe('fetch failed: connect ECONNREFUSED');
    expect(reasonOf(new Error('outer', { cause: new Error('inner') }))).toBe('outer: inner');
    expect(reasonOf('text')).toBe('text');
  });
});
