import { describe, expect, it } from 'vitest';
import { CsvError, parseCsv } from './csv.ts';

const read = (text: string): [number[] | undefined, number[], string | undefined] => {
  const { timestampsMs, values, times } = parseCsv(text);
  return [timestampsMs && Array.from(timestampsMs), Array.from(values), times];
};
const noon = Date.UTC(2026, 2, 1, 12);

describe('parseCsv', () => {
  it.each([
    ['2026-03-01 12:00:00', noon],
    ['2026-03-01T12:00:00Z', noon],
    ['2026-03-01T13:00:00+01:00', noon],
    ['2026-03-01T13:00+0100', noon],
    ['2026-03-01T12:00:00.250', noon + 250],
    ['2026-03-01', noon - 43_200_000],
    ['2026-03', noon - 43_200_000],
    [`${noon / 1000}`, noon],
    [`${noon}`, noon],
    [`${noon}000`, noon],
    [`${noon}000000`, noon],
  ])('reads the time %s', (cell, expected) => {
    expect(read(`timestamp,value\n${cell},1\n`)).toEqual([[expected], [1], 'instants']);
  });

  it('takes a header or none, CRLF, a byte order mark, quotes, blank lines, semicolons and tabs', () => {
    const wanted = [[noon, noon + 1000], [1, -2.5e3], 'instants'];
    const first = '2026-03-01T12:00:00Z';
    const second = '2026-03-01T12:00:01Z';
    expect(read(`\uFEFFtimestamp,value\r\n"${first}","1"\r\n${second},-2.5e3\r\n\r\n`)).toEqual(wanted);
    expect(read(`${first},1\n${second},-2.5e3`)).toEqual(wanted);
    expect(read(`${first};1\n${second};-2.5e3`)).toEqual(wanted);
    expect(read(`${first}\t1\n${second}\t-2.5e3`)).toEqual(wanted);
  });

  it('finds named columns in any order', () => {
    expect(read(`value,host,time\n7,a,2026-03-01T12:00:00Z`)).toEqual([[noon], [7], 'instants']);
    expect(read(`"V1","V2"\n1,5\n2,6`)).toEqual([[1, 2], [5, 6], 'positions']);
  });

  it('takes empty cells and NA for gaps', () => {
    expect(read('1,5\n2,\n3,NA\n4,nan\n5,6')[1]).toEqual([5, Number.NaN, Number.NaN, Number.NaN, 6]);
  });

  it('reads values alone, and positions', () => {
    expect(read('value\n3\n4\n')).toEqual([undefined, [3, 4], undefined]);
    expect(read('3\n4\n')).toEqual([undefined, [3, 4], undefined]);
    expect(read('1,3\n2,4\n')).toEqual([[1, 2], [3, 4], 'positions']);
  });

  it.each([
    ['', 'no rows'],
    ['timestamp,value\n', 'header and no rows'],
    ['1,5\n2,five\n', 'line 2: "five" is no finite number'],
    ['1,5\n2,1e999\n', 'line 2: "1e999" is no finite number'],
    ['2026-03-01,5\nlater,6\n', 'line 2: "later" is no time'],
    ['2026-03-01,5\n2026-13-45,6\n', 'line 2: "2026-13-45" is no time'],
  ])('refuses %j', (text, message) => {
    expect(() => parseCsv(text)).toThrow(CsvError);
    expect(() => parseCsv(text)).toThrow(message);
  });
});
