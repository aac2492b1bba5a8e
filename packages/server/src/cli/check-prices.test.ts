import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkPricesCommand } from './check-prices.ts';
import type { CommandResult } from './test-output.ts';
import { runCommand } from './test-output.ts';

function fileOf(content: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'bellwether-check-prices-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, 'prices.yaml');
  writeFileSync(file, content);
  return file;
}

const check = async (...options: string[]): Promise<CommandResult> =>
  runCommand(checkPricesCommand, ...options);

const CARD = `
name: ours
version: 2026-11
prices:
  - { provider: acme, model: large, until: 2026-10-01, per_million_tokens: { input: 2 } }
  - { provider: acme, model: large, from: 2026-10-01, per_million_tokens: { input: 3 } }
`;

describe('check prices', () => {
  it('says what a right card has, and how old the bundled prices are', async () => {
    const { written, failure, exitCode } = await check(fileOf(CARD));
    expect([failure, exitCode]).toEqual([null, 0]);
    expect(written.split('\n')).toEqual([
      'ours 2026-11: 2 prices, 0 discounts, 0 commitments',
      'Bundled prices: genai-prices 0.1.8, data of 2026-09-23',
      '',
      'OK',
      '',
    ]);
  });

  it('prints what is doubtful, and exits with 1 only if it is an error', async () => {
    const gap = await check(fileOf(CARD.replace('from: 2026-10-01', 'from: 2026-10-02')));
    expect(gap.exitCode).toBe(0);
    expect(gap.written).toContain(
      'warning  gap  ours: prices[1]  no price of acme/large between 2026-10-01 and 2026-10-02\n',
    );
    const file = fileOf(CARD.replace('from: 2026-10-01', 'from: 2026-09-30'));
    expect((await check(file)).exitCode).toBe(1);
    const { written, exitCode } = await check('--json', file);
    expect(exitCode).toBe(1);
    expect(JSON.parse(written)).toEqual({
      ok: false,
      snapshot: { packageVersion: '0.1.8', dataDate: '2026-09-23' },
      findings: [
        {
          severity: 'error',
          code: 'overlap',
          card: 'ours',
          place: 'prices[1]',
          message: 'holds at the same time as prices[0] for acme/large',
        },
      ],
    });
  });

  it('names the line of what it cannot read', async () => {
    const file = fileOf(CARD.replace('version: 2026-11', 'version: 2026-11\nprize: 3'));
    const { failure, exitCode } = await check(file);
    expect([failure, exitCode]).toEqual([`${file}:4: prize is not a key that a rate card has`, 1]);
    expect((await check('/nowhere.yaml')).failure).toContain('/nowhere.yaml cannot be read: ENOENT');
    expect((await check()).failure).toBe('name the rate cards to check');
  });

  it('prints the schema', async () => {
    const schema = JSON.parse((await check('--schema')).written) as { title: string; required: string[] };
    expect([schema.title, schema.required]).toEqual(['RateCard', ['name', 'version']]);
  });
});
