import { expect, it } from 'vitest';
import { escapeHtml, printableHtml } from './html-text.ts';

it('leaves nothing of a text that means something to a browser, and all that does not', () => {
  const text = `<a href="x" title='y'>&amp;\n</a> ü`;
  const escaped = '&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;\n&lt;/a&gt; ü';
  expect(escapeHtml(text)).toBe(escaped);
  expect(printableHtml(text)).toBe(escaped.replace('\n', '\u{FFFD}'));
});
