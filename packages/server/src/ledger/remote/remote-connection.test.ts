import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../clock.ts';
import type { LedgerConnection } from '../connection.ts';
import { migrate, readMigrations } from '../migrate.ts';
import { Claim } from './claim.ts';
import { connectRemote } from './remote-connection.ts';
import { requireFit } from './requirements.ts';
import { type Fault, TestRemote } from './test-support.ts';
import { waitingFor } from './waiting-for.ts';

const INSERT = /^INSERT INTO bellwether\.events /;

describe('a connection to a remote engine', () => {
  let remote: TestRemote;
  let connection: LedgerConnection;

  beforeAll(async () => {
    remote = await TestRemote.open();
    connection = connectRemote(remote.address(), 'j');
    await migrate(connection, readMigrations());
    await connection.close();
  }, 60_000);
  afterAll(() => remote.close());
  beforeEach(async () => {
    connection = connectRemote(remote.address({ requestTimeoutMs: 1500 }), 'j');
    await connection.command('TRUNCATE TABLE bellwether.events');
  });
  afterEach(() => connection.close());

  const rows = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => ({
      journal: 'j',
      seq: from + i,
      live: true,
      received_at: '2026-11-21 12:00:00.000',
      id: `id-${from + i}`,
      timestamp: '2026-11-20 12:00:00.000000000',
    }));
  const count = async (): Promise<number> => {
    const [found] = await connection.queryAfterInserts<{ rows: number }>(
      'SELECT count() AS rows FROM bellwether.events',
    );
    return found?.rows ?? -1;
  };
  const problemOf = (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => 'none',
      (error: unknown) => waitingFor(error),
    );

  it.each([
    ['broken before', 0],
    ['broken after', 100],
    ['silent after', 100],
    ['status 500', 0],
    ['status 503', 0],
  ] as const)('rejects an insert that is %s; %i rows are there', async (fault: Fault, there) => {
    remote.plan(fault, INSERT);
    await expect(connection.insertRows('bellwether.events', rows(1, 100))).rejects.toBeInstanceOf(Error);
    expect(remote.planned).toBe(0);
    await expect.poll(count, { timeout: 20_000 }).toBe(there);
    await connection.insertRows('bellwether.events', rows(1, 100));
    expect(await count()).toBe(100);
  });

  it('adds nothing when an insert is delivered twice', async () => {
    remote.plan('twice', INSERT);
    await connection.insertRows('bellwether.events', rows(1, 100));
    expect(await count()).toBe(100);
  });

  it('adds nothing when an insert that was given up comes late, after it was sent again', async () => {
    remote.plan('late', INSERT);
    await expect(connection.insertRows('bellwether.events', rows(1, 100))).rejects.toBeInstanceOf(Error);
    expect(remote.planned).toBe(0);
    await connection.insertRows('bellwether.events', rows(1, 100));
    remote.release();
    await connection.insertRows('bellwether.events', rows(101, 110));
    expect(await count()).toBe(110);
  });

  it('takes the same rows again with another attempt', async () => {
    await connection.insertRows('bellwether.events', rows(1, 10));
    await connection.insertRows('bellwether.events', rows(1, 10), 1);
    expect(await count()).toBe(20);
  });

  it.each(['cut', 'fails in mid-answer'] as const)('rejects an answer that is %s', async (fault) => {
    await connection.insertRows('bellwether.events', rows(1, 5000));
    const read = async (): Promise<number> => {
      let bytes = 0;
      for await (const piece of connection.bytes('SELECT seq FROM bellwether.events FORMAT CSV'))
        bytes += piece.length;
      return bytes;
    };
    const stream = async (): Promise<void> => {
      for await (const _ of connection.stream('SELECT seq FROM bellwether.events'));
    };
    for (const work of [read, () => connection.query('SELECT seq FROM bellwether.events'), stream]) {
      remote.plan(fault, /SELECT seq/);
      await expect(work()).rejects.toBeInstanceOf(Error);
      expect(remote.planned).toBe(0);
    }
    expect(await read()).toBeGreaterThan(5000);
  });

  it('says in public words what is wrong', async () => {
    const stranger = connectRemote(remote.address({ password: 'guessed' }), 'j');
    expect(await problemOf(stranger.query('SELECT 1'))).toBe('It refuses the configured user or password.');
    await stranger.close();
    const nowhere = connectRemote(remote.address({ url: 'http://127.0.0.1:1' }), 'j');
    expect(await problemOf(nowhere.query('SELECT 1'))).toBe('It does not answer.');
    await nowhere.close();
    expect(await problemOf(connection.query('SELECT * FROM bellwether.nothing'))).toBe(
      'It answered with error 60.',
    );
    remote.version = '24.8.1.1';
    expect(await problemOf(requireFit(connection))).toBe(
      'ClickHouse 24.8.1.1 is too old; 25.11 or newer is needed.',
    );
    remote.version = '';
    await requireFit(connection);
    const clustered = connectRemote(remote.address({ cluster: 'ours' }), 'j');
    expect(await problemOf(requireFit(clustered))).toBe(
      'The server knows no cluster of the configured name.',
    );
    await clustered.close();
  });

  it('sends settings that make inserts and answers what the ledger needs', async () => {
    await connection.insertRows('bellwether.events', rows(1, 2));
    expect(remote.lastSettings).toMatchObject({ async_insert: '0', insert_deduplicate: '1' });
    await connection.query('SELECT 1');
    expect(remote.lastSettings).toMatchObject({ max_threads: '2', max_execution_time: '20' });
    const clustered = connectRemote(remote.address({ cluster: 'ours' }), 'j');
    await clustered.query('SELECT 1');
    expect(remote.lastSettings).toMatchObject({
      select_sequential_consistency: '1',
      insert_quorum: 'auto',
      insert_quorum_parallel: '0',
      distributed_foreground_insert: '1',
    });
    await clustered.close();
  });

  it('gives a ledger to one server at a time', async () => {
    const take = (journal: string) =>
      Claim.take({ connection, clock: systemClock, journal, server: `server of ${journal}` });
    const claim = await take('a');
    await expect(take('b')).rejects.toThrow('The server "server of a" writes to this ledger.');
    await claim.release();
    const next = await take('b');
    await next.release();
    const both = await Promise.allSettled([take('c'), take('d')]);
    expect(both.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of both) if (result.status === 'fulfilled') await result.value.release();
  });
});
