import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { loadConfig } from './config/index.ts';
import type { Submission } from './journal/submission.ts';
import { noTotals } from './journal/submission.ts';
import { silentLog } from './log.ts';
import { openStores, type Stores } from './stores.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'bellwether-stores-'));
});

afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Opens the stores beside a remote ledger that is away. */
function open(): Promise<Stores> {
  const file = join(directory, 'bellwether.yaml');
  const data = join(directory, 'data');
  writeFileSync(file, `storage: { data_dir: ${data} }\nledger: { url: "http://127.0.0.1:9" }\n`);
  const { config } = loadConfig({ file, environment: {} });
  return openStores({ config, clock: systemClock, log: silentLog, actor: 'test' });
}

/** An event, always the same. */
function event(): Submission {
  return {
    payload: new TextEncoder().encode('{"seq":1}\n'),
    identities: new Uint32Array([1, 2, 3, 4]),
    totals: { ...noTotals, events: 1 },
    arrivedMs: Date.now(),
    partial: false,
  };
}

it.each(['journal/journal.db', 'journal'])(
  'takes nothing for new beside a remote ledger once %s is lost, until the ledger has said what it has',
  async (lost) => {
    const first = await open();
    expect(await first.journal.append(event())).toMatchObject({ accepted: 1 });
    await first.close();
    rmSync(join(directory, 'data', lost), { recursive: true });
    const second = await open();
    await expect(second.journal.append(event())).rejects.toMatchObject({ fault: 'recovering' });
    await second.close();
  },
);

it('takes events before a remote ledger has answered for the first time', async () => {
  for (const accepted of [1, 0]) {
    const stores = await open();
    expect(await stores.journal.append(event())).toMatchObject({ accepted });
    await stores.close();
  }
});
