import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { firstBreak, listAll, openLog, temporaryDirectory } from './test-log.ts';

const script = `
import { openAuditLog } from ${JSON.stringify(join(import.meta.dirname, 'log.ts'))};
import { createSecretRegistry } from ${JSON.stringify(join(import.meta.dirname, 'redaction.ts'))};
import { systemClock } from ${JSON.stringify(join(import.meta.dirname, '../clock.ts'))};
const log = await openAuditLog({ dataDir: process.argv[1], clock: systemClock, secrets: createSecretRegistry() });
for (;;) {
  const { sequence } = await log.append({ actor: 'server', action: 'server.started', target: 'crash test' });
  process.stdout.write(sequence + '\\n');
}`;

/** Lets a process append until it has acknowledged some entries, kills it, and gives the last acknowledged number. */
async function killedAfter(dataDir: string, acknowledgements: number): Promise<number> {
  const child = spawn(
    process.execPath,
    ['--conditions=source', '--input-type=module', '--eval', script, dataDir],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const exited = once(child, 'exit');
  let output = '';
  for await (const chunk of child.stdout) {
    output += String(chunk);
    if (output.split('\n').length > acknowledgements) child.kill('SIGKILL');
  }
  await exited;
  return Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1));
}

it('keeps every acknowledged entry, and the chain whole, when the process is killed again and again', async () => {
  const dataDir = temporaryDirectory();
  for (const acknowledgements of [1, 7, 40, 3]) {
    const acknowledged = await killedAfter(dataDir, acknowledgements);
    // Read-only, over what the dead process left behind.
    expect(await firstBreak(dataDir)).toBe('intact');
    expect((await listAll(dataDir)).length).toBeGreaterThanOrEqual(acknowledged);
  }
  const before = await listAll(dataDir);
  const log = await openLog(dataDir);
  const entry = await log.append({ actor: 'server', action: 'server.started', target: 'after' });
  await log.close();
  expect(entry.sequence).toBe(before.length + 1);
  expect(await firstBreak(dataDir)).toBe('intact');
}, 60_000);
