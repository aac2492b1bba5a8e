/**
 * Pushing and the end of a process: a script that waits for the last push is not cut
 * off in it, and one that does not wait is not held up.
 */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const INDEX = new URL('../../packages/metrics/src/index.ts', import.meta.url).href;
/** Nobody listens there, so every push waits for its next attempt. */
const NOWHERE = 'http://127.0.0.1:1/v1/metrics';

function run(script: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--input-type=module', '--eval', `import { OtlpPusher, RemoteWriter } from '${INDEX}';\n${script}`],
    { encoding: 'utf8', timeout: 30_000 },
  );
  return { status, output: stdout + stderr };
}

describe.each(['OtlpPusher', 'RemoteWriter'])('a process with a %s', (kind) => {
  const gauge = `{ name: 'a', type: 'gauge', help: '', unit: '', samples: [{ name: 'a', labels: {}, value: 1 }] }`;
  const made = `const pusher = new ${kind}({ url: '${NOWHERE}', families: () => [${gauge}], intervalMs: 10 });`;

  it('lives until the last push has been given up', () => {
    const { status, output } = run(`${made} await pusher.close(500); console.log('closed');`);
    expect([status, output]).toEqual([0, 'closed\n']);
  });

  it('ends while pushes fail in the background', () => {
    const { status, output } = run(`${made} pusher.start(); setTimeout(() => console.log('done'), 200);`);
    expect([status, output]).toEqual([0, 'done\n']);
  });
});
