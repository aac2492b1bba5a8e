import { describe, expect, it } from 'vitest';
import { parseTemplate, RENDERED_LENGTH_MAX, TemplateError } from './template.ts';

const values = {
  labels: { provider: 'openai', evil: '{{ labels.provider }}<!channel>' },
  value: 0.25,
  threshold: 1500,
  severity: 'high',
  name: 'Busy',
};
const render = (text: string): string => parseTemplate(text).render(values);

describe('a template', () => {
  it('shows values in their places', () => {
    expect(render('{{ name }} {{severity}}: {{ labels.provider }} {{ value | percent }}')).toBe(
      'Busy high: openai 25 %',
    );
    expect(render('{{ threshold | duration }} {{ threshold | money }} {{ threshold | bytes }}')).toBe(
      '1.5 s $1,500.00 1.465 KiB',
    );
    expect(render('{{ labels.none }}')).toBe('none');
    expect(parseTemplate('{{ value }}').render({ ...values, value: Number.NaN })).toBe('no value');
  });

  it.each([
    '{{ config.access.admin_token }}',
    '{{ env.HOME }}',
    '{{ process.env }}',
    '{{ secrets }}',
    '{{ labels }}',
    '{{ labels.provider.constructor }}',
    '{{ labels[provider] }}',
    '{{ this }}',
    '{{ constructor }}',
    '{{ __proto__ }}',
    '{{ channel }}',
    '{{ value | constructor }}',
    '{{ value | toString }}',
    '{{ value | env | number }}',
    '{{ labels.provider | number }}',
    '{{ range value }}',
    '{{ include "/etc/passwd" }}',
    '{{ value',
    '{{ value }} '.repeat(40),
  ])('%s is refused: it can name nothing but what the alert says', (text) => {
    expect(() => parseTemplate(text)).toThrow(TemplateError);
  });

  it('finds nothing in what objects have by themselves', () => {
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty'])
      expect(render(`{{ labels.${name} }}`)).toBe('none');
  });

  it('takes what a label says for a text, not for a template', () => {
    expect(render('{{ labels.evil }}')).toBe('{{ labels.provider }}<!channel>');
  });

  it('is never longer than its bound', () => {
    const long = { ...values, labels: { provider: '\u{1f4a5}'.repeat(3000) } };
    const text = parseTemplate('{{ labels.provider }}').render(long);
    expect(text.length).toBeLessThanOrEqual(RENDERED_LENGTH_MAX);
    expect(text.isWellFormed()).toBe(true);
  });
});
