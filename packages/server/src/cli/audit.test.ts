import { auditActions } from '../audit/index.ts';
import { describe, expect, it } from 'vitest';
import { listAll, openLog, tamper, temporaryDirectory, writtenLog } from '../audit/test-log.ts';
import { auditCommand } from './audit.ts';
import type { CommandResult } from './test-output.ts';
import { runCommand } from './test-output.ts';

const audit = async (...options: string[]): Promise<CommandResult> =>
  runCommand((output) => auditCommand({}, output), ...options);

describe('audit list', () => {
  it('prints entries in columns, while a server has the log open', async () => {
    const dataDir = await writtenLog(2);
    const log = await openLog(dataDir);
    const { written, exitCode } = await audit('list', '--data', dataDir);
    await log.close();
    expect(exitCode).toBe(0);
    expect(written).toBe(
      '1  2026-11-20T10:00:00.000Z  server  config.loaded  file-1  {"number":1}\n' +
        '2  2026-11-20T10:00:01.000Z  server  config.loaded  file-2  {"number":2}\n',
    );
  });

  it('goes through as many pages as there are, or stops at the limit', async () => {
    const dataDir = await writtenLog(5);
    const sequences = async (...options: string[]): Promise<number[]> => {
      const { written } = await audit('list', '--json', '--data', dataDir, ...options);
      const lines = written.split('\n').slice(0, -1);
      return lines.map((line) => (JSON.parse(line) as { sequence: number }).sequence);
    };
    expect(await sequences()).toEqual([1, 2, 3, 4, 5]);
    expect(await sequences('--after', '1', '--limit', '2')).toEqual([2, 3]);
    expect(await sequences('--from', '2026-11-20T10:00:03Z')).toEqual([4, 5]);
    expect(await sequences('--action', 'server.stopped')).toEqual([]);
  });

  it('marks what was tampered with', async () => {
    const dataDir = await writtenLog(1);
    tamper(dataDir, "UPDATE audit_entries SET actor = 'mal' || char(27) || '[2Jlory'");
    const { written } = await audit('list', '--data', dataDir);
    expect(written).toBe(
      '1  2026-11-20T10:00:00.000Z  mal\uFFFD[2Jlory  config.loaded  file-1  (damaged) {"number":1}\n',
    );
  });

  it.each([
    [
      ['--action', 'nothing'],
      `There is no action "nothing"; there are ${Object.keys(auditActions).join(', ')}.`,
    ],
    [['--from', 'yesterday'], '"yesterday" is not an RFC 3339 time.'],
    [['--limit', 'x'], '--limit takes a whole number, not "x".'],
  ])('%j is refused', async (options, message) => {
    const dataDir = await writtenLog(1);
    expect((await audit('list', '--data', dataDir, ...options)).failure).toBe(message);
  });

  it('says so where there is no log', async () => {
    const dataDir = temporaryDirectory();
    const { failure, exitCode } = await audit('list', '--data', dataDir);
    expect([failure, exitCode]).toEqual([`There is no state.db in ${dataDir}.`, 1]);
  });
});

describe('audit verify', () => {
  it('prints OK and an anchor that it takes itself', async () => {
    const dataDir = await writtenLog(2);
    const [, last] = await listAll(dataDir);
    const { written, exitCode } = await audit('verify', '--data', dataDir);
    const anchor = `2:${last?.hash}`;
    expect([written, exitCode]).toEqual([
      `OK: 2 entries are as they were recorded.\nAnchor, to be kept elsewhere: ${anchor}\n`,
      0,
    ]);
    expect((await audit('verify', '--data', dataDir, '--anchor', anchor)).exitCode).toBe(0);
    const other = await audit('verify', '--data', dataDir, '--anchor', `1:${last?.hash}`);
    expect(other.exitCode).toBe(1);
    expect(other.written).toContain(
      'BROKEN at entry 1 (anchor): Entry 1 is another one than the anchor names.\n',
    );
    expect((await audit('verify', '--data', dataDir, '--anchor', 'x')).failure).toBe(
      'An anchor is a number, a colon and 64 hexadecimal digits.',
    );
  });

  it('names the first broken entry, with exit status 1, also as JSON', async () => {
    const dataDir = await writtenLog(3);
    const [first] = await listAll(dataDir);
    tamper(dataDir, "UPDATE audit_entries SET details = '{}' WHERE sequence = 2");
    const text = await audit('verify', '--data', dataDir);
    expect(text.exitCode).toBe(1);
    expect(text.written.split('\n').slice(0, 3)).toEqual([
      'BROKEN at entry 2 (altered): Entry 2 is not what was recorded.',
      'Before it, 1 entry is as it was recorded.',
      `Anchor, to be kept elsewhere: 1:${first?.hash}`,
    ]);
    expect(text.written).toContain(
      'Warning: The trigger audit_entries_are_not_changed is missing or was changed.\n',
    );
    const json = await audit('verify', '--data', dataDir, '--json');
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.written)).toMatchObject({
      intact: false,
      entries: 1,
      broken: { sequence: 2, reason: 'altered' },
    });
  });
});
