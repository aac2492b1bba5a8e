import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fakeClock } from '../clock.ts';
import { createSecretRegistry } from './redaction.ts';
import { createAuditLog } from './resilient-log.ts';
import { firstBreak, START_MS, temporaryDirectory, writtenLog } from './test-log.ts';

const record = { actor: 'server', action: 'server.started', target: 'x' } as const;

it('fails while the directory cannot be used, and records as soon as it can', async () => {
  const dataDir = join(temporaryDirectory(), 'data');
  writeFileSync(dataDir, 'in the way');
  const log = createAuditLog({ dataDir, clock: fakeClock(START_MS), secrets: createSecretRegistry() });
  await expect(log.append(record)).rejects.toMatchObject({ code: 'unusable' });
  await expect(log.verify()).rejects.toMatchObject({ code: 'unusable' });
  rmSync(dataDir);
  const entries = await Promise.all([log.append(record), log.append(record)]);
  expect(entries.map(({ sequence }) => sequence)).toEqual([1, 2]);
  expect((await log.list()).map(({ target }) => target)).toEqual(['x', 'x']);
  await log.close();
  expect(await firstBreak(dataDir)).toBe('intact');
});

it('tells of a database that was set aside, once', async () => {
  const dataDir = await writtenLog(1);
  writeFileSync(join(dataDir, 'state.db'), 'no database');
  const quarantined: string[] = [];
  const log = createAuditLog({
    dataDir,
    clock: fakeClock(START_MS),
    secrets: createSecretRegistry(),
    onQuarantined: (file) => quarantined.push(file),
  });
  await log.append(record);
  await log.append(record);
  await log.close();
  expect(quarantined).toEqual([join(dataDir, 'state.db.damaged-2026-11-20T100000.000Z')]);
});

it('can be closed without having been opened', async () => {
  const log = createAuditLog({
    dataDir: join(temporaryDirectory(), 'absent'),
    clock: fakeClock(START_MS),
    secrets: createSecretRegistry(),
  });
  await expect(log.close()).resolves.toBeUndefined();
});
