import { describe, expect, it } from 'vitest';
import { readSeries, SeriesCsvError, type SeriesRow } from './series-csv.ts';

/** Reads a text that arrives in pieces of so many bytes. */
async function read(text: string, pieceBytes = 1_000_000): Promise<SeriesRow[]> {
  const bytes = new TextEncoder().encode(text);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
  const rows: SeriesRow[] = [];
  for await (const batch of readSeries(pieces())) rows.push(...batch);
  return rows;
}

const pairs = (rows: readonly SeriesRow[]): unknown[] =>
  rows.map(({ timestamp, value }) => [timestamp, value]);

const TWO_ROWS = [
  ['2026-11-20 00:00:00', 1.5],
  ['2026-11-20 00:05:00', -2e3],
];

describe('a series from CSV', () => {
  it.each([
    ['with a header', 'timestamp,value\n2026-11-20 00:00:00,1.5\n2026-11-20 00:05:00,-2e3\n'],
    ['without one', '2026-11-20 00:00:00,1.5\n2026-11-20 00:05:00,-2e3'],
    ['with another header', 'time,cpu\n2026-11-20 00:00:00,1.5\n2026-11-20 00:05:00,-2e3'],
    ['with other columns', 'id,value,timestamp\na,1.5,2026-11-20 00:00:00\nb,-2e3,2026-11-20 00:05:00'],
    ['with further columns', '2026-11-20 00:00:00,1.5,x\n2026-11-20 00:05:00,-2e3,y'],
    ['from Windows', '\uFEFFtimestamp,value\r\n2026-11-20 00:00:00,1.5\r\n2026-11-20 00:05:00,-2e3\r\n'],
    ['with blank lines', '\n2026-11-20 00:00:00,1.5\n\n   \n2026-11-20 00:05:00,-2e3\n\n'],
    [
      'with spaces and quotes',
      '"timestamp","value"\n"2026-11-20 00:00:00" , 1.5\n 2026-11-20 00:05:00,"-2e3"\n',
    ],
  ])('%s', async (_, text) => {
    expect(pairs(await read(text))).toEqual(TWO_ROWS);
  });

  it('may arrive in pieces of any size', async () => {
    const text = 'timestamp,value\r\n2026-11-20T00:00:00Z,1.5\r\n1795178096,.25\r\n';
    const whole = await read(text);
    expect(whole.map(({ line, timestampMs }) => [line, timestampMs])).toEqual([
      [2, Date.UTC(2026, 10, 20)],
      [3, 1_795_178_096_000],
    ]);
    for (const bytes of [1, 2, 7, 30]) expect(await read(text, bytes)).toEqual(whole);
  });

  it.each([
    ['an empty value', '2026-11-20 00:00:00,\n', 'line 3: "" is not a number within 1e+300'],
    ['NaN', '2026-11-20 00:00:00,NaN\n', 'line 3: "NaN" is not a number within 1e+300'],
    ['infinity', '2026-11-20 00:00:00,1e999\n', 'line 3: "1e999" is not a number within 1e+300'],
    ['hexadecimal', '2026-11-20 00:00:00,0x10\n', 'line 3: "0x10" is not a number within 1e+300'],
    ['no value', '2026-11-20 00:00:00\n', 'line 3: a timestamp and a value are needed'],
    ['no timestamp', ',1\n', 'line 3: "" is not a timestamp'],
    ['a wrong timestamp', '2026-11-20 25:00:00,1\n', 'line 3: "2026-11-20 25:00:00" is not a timestamp'],
    ['a second header', 'timestamp,value\n', 'line 3: "timestamp" is not a timestamp'],
    ['a long cell', `${'x'.repeat(70)},1\n`, `line 3: "${'x'.repeat(60)}…" is not a timestamp`],
  ])('refuses %s and names the line', async (_, row, message) => {
    const text = `timestamp,value\n2026-11-20 00:00:00,1\n${row}`;
    for (const bytes of [1, 10, 1_000_000]) {
      await expect(read(text, bytes)).rejects.toThrow(
        new SeriesCsvError(3, message.slice('line 3: '.length)),
      );
    }
  });

  it('refuses a first row that is neither a header nor a row', async () => {
    await expect(read('2026-11-20 00:00:00,none\n')).rejects.toThrow('line 1: "none" is not a number');
    await expect(read('value\n1\n')).rejects.toThrow('line 1: a timestamp and a value are needed');
  });

  it('refuses a line without end instead of filling the memory', async () => {
    await expect(read(`2026-11-20 00:00:00,1\n${'9'.repeat(200_000)}`, 10_000)).rejects.toThrow(
      'line 2: longer than 65536 characters',
    );
  });
});
