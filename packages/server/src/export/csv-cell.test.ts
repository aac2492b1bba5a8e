import { expect, it } from 'vitest';
import { csvCell, harmlessText } from './csv-cell.ts';

it.each([
  '=1+1',
  '+1+1',
  '-1+1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '-2+3',
  '--1',
  '+',
  '-',
  '=',
  '-1e',
  '-1.',
  '+1\n',
])('%j is no formula any more', (text) => {
  expect(harmlessText(text)).toBe(`'${text}`);
});

it.each(['-1', '-12.5', '+1', '-1e-9', '-0', 'gpt-4o', '', ' =1', "'=1", '1-1'])(
  '%j stays as it is',
  (text) => {
    expect(harmlessText(text)).toBe(text);
  },
);

it('puts what would break a line into quotes', () => {
  expect(csvCell(harmlessText('=HYPERLINK("x","y")\r\n'))).toBe(`"'=HYPERLINK(""x"",""y"")\r\n"`);
  expect(csvCell('plain')).toBe('plain');
});
