import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { detectCommand } from './detect.ts';
import { type CommandResult, runCommand } from './test-output.ts';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'bellwether-detect-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

interface PrintedRow {
  readonly timestamp: string;
  readonly value: number;
  readonly score: number;
  readonly anomaly: boolean;
}

/** Runs the command; what goes to standard error is thrown away. */
const detect = async (...options: string[]): Promise<CommandResult> =>
  runCommand((output) => detectCommand(output, { write: () => true }), ...options);

/** Rows 5 minutes apart: a wave of a day, and one value that stands out. */
function waveCsv(rows: number, oddRow: number): string {
  const lines = ['timestamp,value'];
  for (let row = 0; row < rows; row += 1) {
    const timestamp = new Date(Date.UTC(2026, 10, 2) + row * 300_000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ');
    const value = row === oddRow ? 500 : 100 + 40 * Math.sin((2 * Math.PI * row) / 288) + (row % 7);
    lines.push(`${timestamp},${value.toFixed(3)}`);
  }
  return `${lines.join('\n')}\n`;
}

describe('detect', () => {
  it('prints a table of the anomalies', async () => {
    const file = join(folder(), 'wave.csv');
    writeFileSync(file, waveCsv(1200, 1000));
    const { written, failure, exitCode } = await detect(file);
    expect([failure, exitCode]).toEqual([null, 0]);
    const lines = written.split('\n');
    expect(lines[0]).toBe('TIMESTAMP                   VALUE           EXPECTED        SCORE    KIND');
    expect(lines[1]).toMatch(/^2026-11-05 11:20:00 {9}500 {13}1\d\d\.\d+ +0\.[6-9]\d\d {4}point$/);
    expect(lines.slice(2)).toEqual(['', '1 anomaly in 1,200 rows', '']);
  });

  it('prints one line of JSON per row, in order', async () => {
    const file = join(folder(), 'wave.csv');
    const csv = waveCsv(1200, 1000);
    writeFileSync(file, csv);
    const { written } = await detect(file, '--json');
    const rows = written
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as PrintedRow);
    expect(rows.map(({ timestamp, value }) => `${timestamp},${value.toFixed(3)}`)).toEqual(
      csv.trimEnd().split('\n').slice(1),
    );
    expect(rows.filter(({ anomaly }) => anomaly).map(({ timestamp }) => timestamp)).toEqual([
      '2026-11-05 11:20:00',
    ]);
    for (const { score, anomaly } of rows) {
      expect(score).toBeGreaterThanOrEqual(0);
      expect(score).toBeLessThan(1);
      expect(anomaly).toBe(score >= 0.5);
    }
  });

  it('prints no table of a file that is none', async () => {
    const file = join(folder(), 'words.csv');
    writeFileSync(file, 'timestamp,value\nsoon,1\n');
    const { written, failure } = await detect(file);
    expect(written).toBe('');
    expect(failure).toContain('is not a timestamp');
  });

  it('takes a threshold', async () => {
    const file = join(folder(), 'wave.csv');
    writeFileSync(file, waveCsv(1200, 1000));
    expect((await detect(file, '--threshold', '0.95')).written).toContain('\n0 anomalies in 1,200 rows\n');
    for (const threshold of ['1', '0', '0.995', 'high', '', '-0.5']) {
      expect((await detect(file, `--threshold=${threshold}`)).failure).toBe(
        `--threshold takes a number from 0.05 to 0.99, not ${JSON.stringify(threshold)}`,
      );
    }
  });

  it('writes a tree of files for a folder', async () => {
    const from = folder();
    const to = join(folder(), 'new', 'out');
    mkdirSync(join(from, 'a', 'b'), { recursive: true });
    writeFileSync(join(from, 'top.csv'), waveCsv(10, 5));
    writeFileSync(join(from, 'a', 'b', 'deep.csv'), waveCsv(20, 5));
    writeFileSync(join(from, 'a', 'readme.txt'), 'not a series');
    const { written, failure } = await detect(from, '--out', to);
    expect([written, failure]).toEqual(['', null]);
    const files = readdirSync(to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ parentPath, name }) => join(parentPath, name)).toSorted()).toEqual([
      join(to, 'a', 'b', 'deep.jsonl'),
      join(to, 'top.jsonl'),
    ]);
    expect(
      readFileSync(join(to, 'a', 'b', 'deep.jsonl'), 'utf8')
        .trimEnd()
        .split('\n').length,
    ).toBe(20);
    const single = await detect(join(from, 'top.csv'), '--json');
    expect(readFileSync(join(to, 'top.jsonl'), 'utf8')).toBe(single.written);
  });

  it('finishes the other files when one fails, and leaves nothing half written', async () => {
    const from = folder();
    const to = folder();
    writeFileSync(join(from, 'bad.csv'), '2026-11-20 00:00:00,1\n2026-11-20 00:05:00,\n');
    writeFileSync(join(from, 'good.csv'), waveCsv(10, 5));
    let said = '';
    const { failure, exitCode } = await runCommand(
      (output) => detectCommand(output, { write: (text) => (said += text) }),
      from,
      '--out',
      to,
    );
    expect([failure, exitCode]).toEqual(['1 of 2 files failed', 1]);
    expect(said).toBe(`${join(from, 'bad.csv')}: line 2: "" is not a number within 1e+300\n`);
    expect(readdirSync(to)).toEqual(['good.jsonl']);
  });

  it('names what is wrong', async () => {
    const from = folder();
    const empty = join(from, 'empty.csv');
    writeFileSync(empty, 'timestamp,value\n');
    expect((await detect(empty)).failure).toBe(`${empty}: there are no rows`);
    expect((await detect(join(from, 'none.csv'))).failure).toContain('ENOENT');
    expect((await detect(from)).failure).toBe('a folder needs --out, where its results go');
    rmSync(empty);
    expect((await detect(from, '--out', from)).failure).toBe(`there is no CSV file below ${from}`);
  });

  it('shows how it is used', () => {
    expect(detectCommand().helpInformation()).toContain('Usage: detect [options] <path>');
  });
});
