import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openAuditReader } from './audit/index.ts';
import { fakeClock } from './clock.ts';
import { keysOfData, recordRewraps } from './data-keys.ts';
import { claimForKeys, ENCRYPTION_MARK, ENCRYPTION_MARK_COPY, keyRingOf } from './encryption/index.ts';
import { silentLog } from './log.ts';

const [first, second, third] = [1, 2, 3].map((byte) => Buffer.alloc(32, byte)) as [Buffer, Buffer, Buffer];
const [one, two, three] = [first, second, third].map((secret) => keyRingOf([secret]).newest.fingerprint);

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-keys-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Opens a directory as the stores do. */
async function open(dataDirectory: string, ...secrets: Buffer[]): Promise<void> {
  keysOfData(dataDirectory, keyRingOf(secrets), silentLog);
  await record(dataDirectory);
}

function record(dataDirectory: string, log = silentLog): Promise<void> {
  return recordRewraps({ dataDirectory, clock: fakeClock(0), log, actor: 'server' });
}

async function recorded(dataDirectory: string): Promise<unknown[]> {
  const reader = openAuditReader(dataDirectory);
  try {
    return (await reader.list()).map(({ actor, action, target, details }) => [
      actor,
      action,
      target,
      details['from'],
      details['to'],
    ]);
  } finally {
    await reader.close();
  }
}

const entry = (directory: string, from: unknown, to: unknown): unknown[] => [
  'server',
  'encryption.key_rewrapped',
  directory,
  from,
  to,
];

it('a newer key is recorded once, by fingerprints, and no key is in the log', async () => {
  const directory = temporaryDirectory();
  await open(directory, first);
  await open(directory, second, first);
  await open(directory, second, first);
  await open(directory, second);
  expect(await recorded(directory)).toEqual([entry(directory, one, two)]);
  const state = readFileSync(join(directory, 'state.db'));
  for (const key of [first, second])
    for (const form of [key, key.toString('hex'), key.toString('base64')])
      expect(state.includes(form)).toBe(false);
});

it('what a crash kept out of the log is recorded by the next opening, in order', async () => {
  const directory = temporaryDirectory();
  claimForKeys(directory, keyRingOf([first]));
  // The process dies between the note and the entry, twice.
  claimForKeys(directory, keyRingOf([second, first]));
  claimForKeys(directory, keyRingOf([third, second]));
  await open(directory, third);
  await open(directory, third);
  expect(await recorded(directory)).toEqual([entry(directory, one, two), entry(directory, two, three)]);
  const marks = [ENCRYPTION_MARK, ENCRYPTION_MARK_COPY].map((name) =>
    readFileSync(join(directory, name), 'utf8'),
  );
  expect(marks[1]).toBe(marks[0]);
  expect(Object.keys(JSON.parse(marks[0] ?? '') as object)).toEqual(['version', 'key', 'wrapped']);
});

it('a log that takes no entry is told of, and gets it later', async () => {
  const directory = temporaryDirectory();
  claimForKeys(directory, keyRingOf([first]));
  claimForKeys(directory, keyRingOf([second, first]));
  const database = join(directory, 'state.db');
  mkdirSync(database);
  const problems: string[] = [];
  await record(directory, { ...silentLog, error: (_, message) => void problems.push(message) });
  expect(problems).toEqual(['a change of the key could not be recorded in the audit log']);
  rmSync(database, { recursive: true });
  await record(directory);
  expect(await recorded(directory)).toEqual([entry(directory, one, two)]);
});

it('changes that wait are bounded, and the last are kept', async () => {
  const directory = temporaryDirectory();
  claimForKeys(directory, keyRingOf([third]));
  for (let n = 0; n < 20; n += 1)
    claimForKeys(directory, keyRingOf(n % 2 === 0 ? [first, second, third] : [second, first, third]));
  await record(directory);
  const found = await recorded(directory);
  expect(found).toHaveLength(16);
  expect(found.at(-1)).toEqual(entry(directory, one, two));
});
