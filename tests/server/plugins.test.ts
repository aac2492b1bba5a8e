/** Collectors of one's own in a real server: the example, and modules that do everything wrong. */

import { cpSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { metric, type RunningServer, startServer, temporaryDirectory } from './running-server.ts';

const directory = temporaryDirectory();
const file = (...names: string[]): string => join(directory.path, ...names);
const waits = { timeout: 60_000, interval: 100 };
let server: RunningServer;

const family = "families: [{ name: 'x', type: 'gauge', help: 'X.', labels: ['l'] }]";

/** Modules by name, each wrong in a way of its own. */
const modules: Readonly<Record<string, string>> = {
  throws: `export default { ${family}, collect() { throw new Error('no luck with canary-secret'); } };`,
  spins: `export default { ${family}, collect() { for (;;); } };`,
  hangs: `export default { ${family}, collect: () => new Promise(() => {}) };`,
  exits: `export default { ${family}, collect: () => process.exit(3) };`,
  later: `export default { ${family}, async collect() { setTimeout(() => { throw new Error('later'); }, 5); await new Promise((r) => setTimeout(r, 5000)); return []; } };`,
  fills: `export default { ${family}, collect() { const all = []; for (;;) all.push(new Array(1e5).fill({})); } };`,
  lies: `export default { ${family}, collect: () => [{ family: 'y', value: 1 }] };`,
  floods: `export default { ${family}, collect: () => Array.from({ length: 1001 }, (_, i) => ({ family: 'x', labels: { l: String(i) }, value: i })) };`,
  empty: 'export default {};',
  broken: 'export default {',
  looks: `export default { ${family}, collect: () => [{ family: 'x', labels: { l: String(Object.keys(process.env).length) }, value: 1 }] };`,
  counts: `let runs = 0; console.log('loaded'); export default { families: [{ name: 'runs_total', type: 'counter', help: 'Runs.' }], collect: () => [{ family: 'runs_total', value: ++runs }] };`,
};

function configuration(plugins: readonly Record<string, unknown>[]): void {
  writeFileSync(file('bellwether.yaml'), JSON.stringify({ collectors: { plugins } }));
}

async function health(): Promise<Record<string, { readonly status: string; readonly message: string }>> {
  const { checks } = (await (await fetch(`${server.url}/health`)).json()) as {
    checks: Record<string, { readonly status: string; readonly message: string }>;
  };
  return checks;
}

beforeAll(async () => {
  mkdirSync(file('spool'));
  mkdirSync(file('modules'));
  cpSync(
    join(import.meta.dirname, '../../examples/plugins/spool-directory.mjs'),
    file('modules', 'spool.mjs'),
  );
  for (const name of ['a.json', 'b.json', 'c.txt']) writeFileSync(file('spool', name), '');
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(file('spool', 'c.txt'), hourAgo, hourAgo);
  for (const [name, text] of Object.entries(modules)) writeFileSync(file('modules', `${name}.mjs`), text);
  const common = { interval: '1s', timeout: '2s' };
  configuration([
    ...Object.keys(modules).map((id) => ({ ...common, id, module: `modules/${id}.mjs` })),
    { ...common, id: 'absent', module: 'modules/absent.mjs' },
    { ...common, id: 'spool', module: './modules/spool.mjs', options: { directory: file('spool') } },
  ]);
  server = await startServer(file('data'), { args: ['--config', file('bellwether.yaml')] });
}, 60_000);

afterAll(async () => {
  await server.stop();
  directory.remove();
});

describe('plugins', () => {
  it('give families under their prefix, samples, and checks', async () => {
    const files = (ending: string) =>
      metric(server.url, 'plugin_spool_files', { ending, job: 'plugin', instance: 'spool' });
    await expect.poll(() => files('json'), waits).toBe(2);
    expect(await files('txt')).toBe(1);
    expect(await metric(server.url, 'plugin_spool_oldest_file_age_seconds')).toBeGreaterThanOrEqual(3600);
    const samples = async () => {
      const answer = await fetch(`${server.url}/api/v1/samples?name=plugin_spool_files&hours=1`);
      const { series } = (await answer.json()) as {
        series: { source: string; labels: unknown; kind: string }[];
      };
      return series.map(({ source, labels, kind }) => ({ source, labels, kind }));
    };
    await expect.poll(samples, waits).toEqual([
      { source: 'plugin spool', labels: { ending: 'json' }, kind: 'gauge' },
      { source: 'plugin spool', labels: { ending: 'txt' }, kind: 'gauge' },
    ]);
    await expect.poll(health, waits).toMatchObject({
      plugin_spool: { status: 'healthy', message: 'It gave 3 values.' },
      'plugin_spool.age': { status: 'degraded' },
    });
    expect((await health())['plugin_spool.age']?.message).toMatch(
      /^The oldest file has waited for 3\d{3} s\.$/,
    );
  });

  it('are loaded once, and see nothing of the environment of the server', async () => {
    await expect.poll(() => metric(server.url, 'plugin_counts_runs_total'), waits).toBeGreaterThan(2);
    expect(server.output().split('"text":"loaded\\n"').length - 1).toBe(1);
    await expect.poll(() => metric(server.url, 'plugin_looks_x', { l: '0' }), waits).toBe(1);
  });

  it.each([
    ['throws', 'no luck with canary-secret'],
    ['spins', 'It took longer than 2000 ms.'],
    ['hangs', 'It took longer than 2000 ms.'],
    ['exits', 'Its thread ended.'],
    ['later', 'later'],
    ['lies', 'a value is of a family that is not declared'],
    ['floods', 'what collect gives: more than 1000'],
    ['empty', 'Its module cannot be used: it has neither families nor checks.'],
    ['broken', 'Its module cannot be used: Unexpected end of input.'],
    ['absent', 'Its module cannot be used: ERR_MODULE_NOT_FOUND.'],
  ])('that go wrong harm nobody: %s', async (id, message) => {
    await expect
      .poll(async () => (await health())[`plugin_${id}`], waits)
      .toMatchObject({
        status: 'unhealthy',
        message,
      });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  it('that fill the memory end alone', async () => {
    await expect.poll(async () => (await health())['plugin_fills']?.status, waits).toBe('unhealthy');
    expect(JSON.stringify(await health())).not.toContain(directory.path);
    const failures = () =>
      metric(server.url, 'custom_metrics_plugin_runs_total', { plugin: 'throws', outcome: 'failure' });
    const before = await failures();
    await expect.poll(failures, waits).toBeGreaterThan(before);
    expect(
      await metric(server.url, 'custom_metrics_plugin_runs_total', { plugin: 'spins', outcome: 'timeout' }),
    ).toBeGreaterThan(0);
  });

  it('follow a reload, and end with the server', async () => {
    configuration([{ id: 'spins', module: 'modules/spins.mjs', interval: '1s', timeout: '60s' }]);
    expect((await fetch(`${server.url}/-/reload`, { method: 'POST' })).status).toBe(200);
    expect(Object.keys(await health()).filter((name) => name.startsWith('plugin_'))).toEqual([
      'plugin_spins',
    ]);
    expect(await metric(server.url, 'plugin_spool_files')).toBe(0);
    // It spins for the minute that it has, which is more than this test has: its thread must be ended.
    await server.stop();
    configuration([]);
    server = await startServer(file('data'), { args: ['--config', file('bellwether.yaml')] });
  });
});
