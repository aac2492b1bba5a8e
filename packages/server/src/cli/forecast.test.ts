import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { forecastCommand } from './forecast.ts';
import { type CommandResult, runCommand } from './test-output.ts';

function folder(files: Readonly<Record<string, string>>): string {
  const base = mkdtempSync(join(tmpdir(), 'bellwether-forecast-'));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(base, name, '..'), { recursive: true });
    writeFileSync(join(base, name), text);
  }
  return base;
}

/** Hourly rows of a daily wave. */
function wave(hours: number): string {
  const rows = Array.from({ length: hours }, (_, t) => {
    const time = new Date(Date.UTC(2026, 0, 1) + t * 3_600_000).toISOString();
    return `${time},${100 + 10 * Math.sin((2 * Math.PI * t) / 24)}`;
  });
  return `timestamp,value\n${rows.join('\n')}\n`;
}

let told = '';
const run = async (...options: string[]): Promise<CommandResult> => {
  told = '';
  return runCommand((output) => forecastCommand({}, output, { write: (text) => (told += text) }), ...options);
};

describe('bellwether forecast', () => {
  it('prints JSON with intervals, model and back-tested error', async () => {
    const base = folder({ 'a.csv': wave(240) });
    const { written, failure, exitCode } = await run(join(base, 'a.csv'), '--horizon', '3', '--json');
    expect([failure, exitCode]).toEqual([null, 0]);
    const answer = JSON.parse(written) as Record<string, number[]> & {
      model: string;
      backtest: { smape: number; mase: number };
      timestamps: string[];
    };
    for (const name of ['point', 'lower80', 'upper80', 'lower95', 'upper95'])
      expect(answer[name]).toHaveLength(3);
    expect(answer.point![0]).toBeCloseTo(100, 6);
    expect(answer.model).toMatch(/^combination of /);
    expect(answer.backtest.smape).toBeLessThan(1e-6);
    expect(answer.timestamps[0]).toBe('2026-01-11T00:00:00.000Z');
    expect(answer.seasons).toEqual([24]);
  });

  it('prints a table for people', async () => {
    const base = folder({ 'a.csv': wave(240) });
    const { written } = await run(join(base, 'a.csv'), '--horizon', '2');
    expect(written).toMatch(/^time +95 % from +80 % from +forecast +80 % to +95 % to$/m);
    expect(written.split('\n').filter((line) => line.startsWith('2026-01-11T0'))).toHaveLength(2);
  });

  it('writes a tree of files for a tree of files', async () => {
    const base = folder({ 'in/a.csv': wave(100), 'in/deep/er/b.CSV': '1\n2\n3\n', 'in/c.txt': 'no series' });
    const out = join(base, 'out');
    const { failure, exitCode } = await run(
      join(base, 'in'),
      '--horizon',
      '2',
      '--period',
      '24',
      '--out',
      out,
    );
    expect([failure, exitCode]).toEqual([null, 0]);
    const answer = JSON.parse(readFileSync(join(out, 'deep/er/b.json'), 'utf8')) as { point: number[] };
    expect(answer.point).toEqual([3, 3]);
    expect(existsSync(join(out, 'a.json'))).toBe(true);
    expect(existsSync(join(out, 'c.json'))).toBe(false);
  });

  it('goes on after a bad file, names it, and fails at the end', async () => {
    const base = folder({ 'in/a.csv': '1\nx\n', 'in/b.csv': '1\n2\n' });
    const { failure, exitCode } = await run(join(base, 'in'), '--horizon', '1', '--out', join(base, 'out'));
    expect([failure, exitCode]).toEqual(['1 of 2 files could not be forecast', 1]);
    expect(told).toContain('a.csv: line 2: "x" is no finite number');
    expect(existsSync(join(base, 'out/b.json'))).toBe(true);
  });

  it('writes one file where it is told to', async () => {
    const base = folder({ 'a.csv': '1\n2\n' });
    await run(join(base, 'a.csv'), '--horizon', '1', '--out', join(base, 'x/y.json'));
    expect(existsSync(join(base, 'x/y.json'))).toBe(true);
    await run(join(base, 'a.csv'), '--horizon', '1', '--out', join(base, 'z'));
    expect(existsSync(join(base, 'z/a.json'))).toBe(true);
  });

  it('lets what was never negative become so when told', async () => {
    const base = folder({ 'a.csv': '5\n3\n4\n' });
    const bounded = await run(join(base, 'a.csv'), '--horizon', '4', '--json');
    const free = await run(join(base, 'a.csv'), '--horizon', '4', '--json', '--allow-negative');
    const lowest = ({ written }: CommandResult): number =>
      Math.min(...(JSON.parse(written) as { lower95: number[] }).lower95);
    expect(lowest(bounded)).toBe(0);
    expect(lowest(free)).toBeLessThan(0);
  });

  it.each([
    ['a horizon that is no count', ['a.csv', '--horizon', '2.5'], '--horizon takes a whole number'],
    [
      'a period that is no count',
      ['a.csv', '--horizon', '2', '--period', 'day'],
      '--period takes a whole number',
    ],
    ['a file that is not there', ['nowhere.csv', '--horizon', '2'], 'nowhere.csv cannot be read'],
    ['a folder without --out', ['.', '--horizon', '2'], 'a folder needs --out'],
    ['an empty folder', ['empty', '--horizon', '2', '--out', 'out'], 'no CSV file below'],
    ['an empty file', ['b.csv', '--horizon', '2'], 'no rows'],
  ])('refuses %s', async (_, [path = '', ...options], message) => {
    const base = folder({ 'a.csv': '1\n2\n', 'b.csv': '', 'empty/readme.txt': '' });
    const { failure, exitCode } = await run(join(base, path), ...options);
    expect(failure).toContain(message);
    expect(exitCode).toBe(1);
  });

  it('has an example in its help', () => {
    let help = '';
    const command = forecastCommand().configureOutput({ writeOut: (text) => (help += text) });
    command.outputHelp();
    expect(help).toContain('bellwether forecast spend.csv --horizon 30');
  });
});
